"""The frame of every page: header, sections, search, palette, scripts; made by MkDocs and Material.

This is the one file that knows the site builder. It is run once for a few skeleton pages that hold
placeholders; a page is then a skeleton with its own text put in, byte for byte what the builder would have
made of it. Catalog text never reaches the builder, whose templates do not escape.
"""

import base64
import hashlib
import json
import logging
import re
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from typing import Final

from herdbook import __version__
from herdbook.errors import HerdbookError, StorageError
from herdbook.escaping.html import redact, visible
from herdbook.site.page import File, Page, Section
from herdbook.site.paths import NOT_FOUND, depth_of, path_of_twin
from herdbook.site.search import SEPARATOR
from herdbook.site.templates import Templates

DEPTHS: Final = range(3)
# Nothing leaves the site and nothing runs but its own scripts; `data:` is for the theme's icons.
# A `meta` element cannot hold frame-ancestors.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "object-src 'none'"
)
_INLINE_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
# The theme's assets that a page of ours may load: English needs no word lists, and source maps nobody reads.
_UNUSED_ASSET = re.compile(r".*\.map|assets/javascripts/lunr/.*|assets/images/.*")
# It searches; no page loads it itself.
_WORKER: Final = "workers/search.js"
_SLOTS: Final = ("site", "title", "description", "body", "twin", "trust", "policy")


@dataclass(frozen=True, slots=True)
class Imprint:
    """What every page says of the site: its name, and what stands behind the approvals on it."""

    name: str
    trust: str = ""


@dataclass(frozen=True, slots=True)
class Blank:
    """A page for the builder: where it stands, its section, and the markup that goes in."""

    path: str
    section: Section
    title: str
    description: str
    body: str
    twin: str


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The text of a page with gaps: `pieces` stand around the `gaps`, of which there is one fewer."""

    pieces: tuple[str, ...]
    gaps: tuple[str, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the page; `values` are markup already."""
        parts = [self.pieces[0]]
        for gap, piece in zip(self.gaps, self.pieces[1:], strict=True):
            parts.append(values[gap])
            parts.append(piece)
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Chrome:
    """The frame: skeletons by section and depth, the page for dead links, assets, settings of search."""

    skeletons: Mapping[tuple[Section, int], Skeleton]
    not_found: Skeleton
    assets: tuple[File, ...]
    search: Mapping[str, object]

    def page(self, page: Page, imprint: Imprint) -> File:
        """Put `page` into its frame."""
        values = {
            "site": _shown(imprint.name),
            "trust": _shown(imprint.trust),
            "title": _shown(page.title),
            "description": _shown(page.description),
            "body": str(page.body),
            # It stands beside the page.
            "twin": path_of_twin(page.path).rpartition("/")[2],
        }
        return File(page.path, self.skeleton(page).fill(values).encode())

    def skeleton(self, page: Page) -> Skeleton:
        """Return the frame of `page` with nothing in it."""
        return self.skeletons[page.section, depth_of(page.path)]

    def missing_page(self, imprint: Imprint) -> File:
        """Return the page that a web server shows for dead links."""
        values = {"site": _shown(imprint.name), "trust": _shown(imprint.trust)}
        return File(NOT_FOUND, self.not_found.fill(values).encode())


def _shown(text: str) -> str:
    # As templates show it: the title of a tab may neither hide characters nor give away secrets.
    return escape(redact(visible(text)))


def build_chrome(templates: Templates, folder: str = "/") -> Chrome:
    """Run the site builder on the skeleton pages.

    `folder` is the path of the site on its server, such as ``/`` or ``/herdbook/``. The page for dead links
    needs it, since it is shown at any depth; links of all other pages are relative.

    Raises:
        HerdbookError: a template of the frame is faulty.
        StorageError: the temporary folder cannot be written.
    """
    # Random, so that no text of a template can be taken for a gap.
    token = f"hb{secrets.token_hex(8)}"
    marks = {slot: f"{token}{slot}" for slot in _SLOTS}
    own = _own_assets(templates)
    blanks = [
        Blank(
            "/".join(["x"] * depth + [f"{section.name.lower()}.html"]),
            section,
            *(marks[s] for s in _SLOTS[1:5]),
        )
        for section in Section
        for depth in DEPTHS
    ]
    built = run_builder(templates, blanks, _configuration(own, marks, folder))
    skeletons = {
        (blank.section, depth_of(blank.path)): _skeleton(built[blank.path].decode(), marks)
        for blank in blanks
    }
    assets = [
        File(path, data)
        for path, data in sorted(built.items())
        if path.startswith("assets/") and not _UNUSED_ASSET.fullmatch(path)
    ]
    search = json.loads(built["search/search_index.json"])["config"]
    return Chrome(skeletons, _skeleton(built[NOT_FOUND].decode(), marks), (*assets, *own.values()), search)


def run_builder(
    templates: Templates, blanks: Iterable[Blank], configuration: Mapping[str, object]
) -> dict[str, bytes]:
    """Let MkDocs build `blanks` in a temporary folder; return every file it made by path."""
    try:
        with tempfile.TemporaryDirectory(prefix="herdbook-") as folder:
            root = Path(folder)
            _write(root / "docs" / "index.md", "")
            for blank in blanks:
                _write((root / "docs" / blank.path).with_suffix(".md"), _source(blank))
            (root / "theme").mkdir()
            for name, data in templates.files("chrome"):
                _write(root / "theme" / name, data.decode())
            _write(root / "mkdocs.yml", json.dumps(configuration))
            _mkdocs(root / "mkdocs.yml")
            site = root / "site"
            return {
                path.relative_to(site).as_posix(): path.read_bytes()
                for path in site.rglob("*")
                if path.is_file()
            }
    except OSError as error:
        raise StorageError(f"{error.filename or tempfile.gettempdir()}: {error.strerror or error}") from error


def secured(text: str, mark: str) -> str:
    """Put the content security policy in place of `mark`, allowing exactly the scripts inside this text."""
    hashes = sorted(
        {
            f" 'sha256-{base64.b64encode(hashlib.sha256(script['code'].encode()).digest()).decode()}'"
            for script in _INLINE_SCRIPT.finditer(text)
            if "src=" not in script["attributes"] and "application/json" not in script["attributes"]
        }
    )
    return text.replace(mark, _POLICY.format(hashes="".join(hashes)))


def _skeleton(text: str, marks: Mapping[str, str]) -> Skeleton:
    slots = {mark: slot for slot, mark in marks.items()}
    parts = re.split("(" + "|".join(marks.values()) + ")", secured(text, marks["policy"]))
    return Skeleton(tuple(parts[::2]), tuple(slots[mark] for mark in parts[1::2]))


def _own_assets(templates: Templates) -> dict[str, File]:
    # The name changes with the content, so that no reader gets yesterday's style with today's page.
    assets = {}
    for name, data in templates.files("assets"):
        path = PurePosixPath("assets", name)
        digest = hashlib.sha256(data).hexdigest()[:8]
        assets[name] = File(path.with_name(f"{path.stem}.{digest}{path.suffix}").as_posix(), data)
    return assets


def _source(blank: Blank) -> str:
    meta = {
        "title": blank.title,
        "description": blank.description,
        "section": blank.section.name.lower(),
        "twin": blank.twin,
        "hide": ["navigation", "toc"],
    }
    # JSON is YAML; the markup stands in one block of raw HTML, which the builder leaves as it is.
    front = "\n".join(f"{key}: {json.dumps(value)}" for key, value in meta.items())
    return f'---\n{front}\n---\n<div class="hb" id="hb-content">\n{blank.body}\n</div>\n'


def _configuration(own: Mapping[str, File], marks: Mapping[str, str], folder: str) -> dict[str, object]:
    return {
        "site_name": marks["site"],
        # Only the page for dead links uses it, for links that hold at any depth.
        "site_url": f"https://site.invalid{folder}",
        "docs_dir": "docs",
        "site_dir": "site",
        "use_directory_urls": False,
        "nav": ["index.md"],
        "theme": {
            "name": "material",
            "custom_dir": "theme",
            "language": "en",
            "font": False,
            "logo": own["logo.svg"].path,
            "favicon": own["favicon.svg"].path,
            "features": ["navigation.tabs", "navigation.top"],
            "palette": [
                _palette(
                    "(prefers-color-scheme)", "default", "material/brightness-auto", "Use the light palette"
                ),
                _palette(
                    "(prefers-color-scheme: light)",
                    "default",
                    "material/brightness-7",
                    "Use the dark palette",
                ),
                _palette(
                    "(prefers-color-scheme: dark)", "slate", "material/brightness-4", "Follow the system"
                ),
            ],
        },
        # No word is left out: parts of names are words, and "us" and "it" are countries.
        "plugins": [{"material/search": {"separator": SEPARATOR, "pipeline": []}}],
        "extra_css": [file.path for name, file in own.items() if name.endswith(".css")],
        "extra_javascript": [
            {"path": file.path, "defer": True}
            for name, file in own.items()
            if name.endswith(".js") and name != _WORKER
        ],
        "extra": {
            "generator": False,
            "policy": marks["policy"],
            "trust": marks["trust"],
            "herdbook": __version__,
            "worker": own[_WORKER].path,
        },
    }


def _palette(media: str, scheme: str, icon: str, action: str) -> dict[str, object]:
    return {
        "media": media,
        "scheme": scheme,
        "primary": "custom",
        "accent": "custom",
        "toggle": {"icon": icon, "name": action},
    }


def _mkdocs(configuration: Path) -> None:
    # Imported here: it costs a third of a second, and whoever reuses a frame needs none of it.
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import MkDocsException

    log = logging.getLogger("mkdocs")
    problems = _Problems()
    propagate, log.propagate = log.propagate, False
    log.addHandler(problems)
    try:
        config = load_config(str(configuration))
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        config.plugins.on_shutdown()
    except (MkDocsException, Exception) as error:
        if isinstance(error, OSError):
            raise
        detail = "; ".join(problems.messages) or str(error)
        raise HerdbookError(
            f"the frame of the pages cannot be built, look at the templates in chrome/: {detail}"
        ) from error
    finally:
        log.removeHandler(problems)
        log.propagate = propagate


class _Problems(logging.Handler):
    """Keeps what the builder complains of, so that it can be told in one message."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
