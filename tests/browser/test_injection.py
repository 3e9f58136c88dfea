"""No text of a catalog is ever markup: attack strings on built sites, opened in Chromium.

Each string stands in every field of a chain of entries, from a dataset to an endpoint, and in the name of a
site. Every tenth string is tried in a normal run, on some pages of its chain in turn; all of them, on all
pages, in the slow run.
"""

import dataclasses
import itertools
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Browser

from herdbook.escaping.html import printed, redact, visible
from herdbook.opening import read_catalog
from herdbook.queries.records import Records
from herdbook.site import markdown
from herdbook.site.book import Book
from herdbook.site.build import build
from herdbook.site.chrome import Chrome
from herdbook.site.graphs import Graphs
from herdbook.site.links import LinkCheck
from herdbook.site.pages.home import home_page
from herdbook.site.pages.making import Maker
from herdbook.site.templates import Templates
from herdbook.tree import DirTree
from hostile_catalogs import Chain, attack_strings, chains, filled, write_catalog, write_catalog_file
from watched_browser import Server, Visit, Watch, searching

TODAY = date(2024, 6, 1)
SAMPLE_STEP = 10
SAMPLE_SITES = 4
ALL_SITES = 40
# Most of the strings are for browsers of the past; these are likely to work in today's.
LIKELY = re.compile(r"(?i)<script>(javascript:)?alert|<\w+[^>\\]*\son\w+\s*=")
SEARCH_INDEX = "search/search_index.json"
LISTS = (
    *("index.html", "models/index.html", "datasets/index.html", "endpoints/index.html", "404.html"),
    *("experiments/index.html", "experiments/attacks/index.html", "rules/index.html"),
    *("rules/invalid-schema.html", "rules/missing-lineage-tag.html", "rules/placeholder-text.html"),
)
# What Markdown may make of a string, beyond the elements that stand on every page of their kind.
PROSE = {"p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h3", "h4"}
PROSE |= {"h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"href", "title", "rel", "start", "tabindex", "textLength", "lengthAdjust", "data-filter"}
# Long lists have several pages, and what readers choose their rows by.
ATTRIBUTES |= {"data-src", "data-page", "data-pages", "data-total", "data-choose", "data-choices", "disabled"}
ATTRIBUTES |= {"data-choice", "aria-current", "value"}
RESULTS = {"article", "mark", "del", "nav", "span", "h1", "h2", "div", "details", "summary", "button"}


@dataclass(frozen=True, slots=True)
class Ours:
    """What pages consist of when nobody attacks: elements, attributes, and all around the content."""

    elements: frozenset[str]
    attributes: frozenset[str]
    frame: tuple[str, ...]


@pytest.fixture(scope="module")
def strings(shared_data: Path) -> tuple[str, ...]:
    found = attack_strings(shared_data)
    assert len(found) > 1300
    return found


@pytest.fixture(scope="module")
def ours(browser: Browser, chrome: Chrome, tmp_path_factory: pytest.TempPathFactory) -> Ours:
    harmless = chains(["plain words, and a long_name"])
    folder = build_site(tmp_path_factory.mktemp("ours"), harmless, chrome)
    visits = list(visited(browser, folder, [*LISTS[:-1], *harmless[0].pages, searching("s0000")]))
    assert [incident for visit in visits for incident in visit.incidents] == []
    frames = {tuple(visit.state["frame"]) for visit in visits if not visit.path.startswith("404")}
    assert len(frames) == 1
    return Ours(
        frozenset(name for visit in visits for name in visit.state["elements"]) | PROSE | RESULTS,
        frozenset(name for visit in visits for name in visit.state["attributes"]) | ATTRIBUTES,
        frames.pop(),
    )


def read(folder: Path) -> Records:
    return Records(read_catalog(DirTree(folder)), TODAY)


def build_site(folder: Path, chains: Sequence[Chain], chrome: Chrome) -> Path:
    """Build the site of a catalog of `chains`; every entry must have been accepted and have its page."""
    records = read(write_catalog(folder / "catalog", chains))
    catalog = records.catalog
    refused = {finding.place.source.path for finding in catalog.findings if finding.severity == "error"}
    assert refused == {f"runs/attacks/{chain.name}-refused.yaml" for chain in chains}
    result = build(records, folder / "site", chrome=chrome)
    assert result.warnings == ()
    return folder / "site"


def visited(
    browser: Browser,
    folder: Path,
    paths: Iterable[str],
    more: dict[str, bytes] | None = None,
    *,
    policy: bool = True,
    seconds: float = 20,
) -> Iterator[Visit]:
    """Visit pages of a built site; `more` pages are served from memory beside them."""
    server = Server(folder)
    server.pages.update(more or {})
    watch = Watch(browser, server, policy=policy)
    try:
        yield from watch.visit(paths, seconds)
    finally:
        watch.close()
        server.close()
    if policy:
        assert server.foreign == []


def sites_named(folder: Path, chains: Sequence[Chain], chrome: Chrome) -> dict[str, bytes]:
    """The home pages of sites that bear the strings as their names."""
    found = {}
    for chain in chains:
        book = Book(read(write_catalog_file(folder, chain.text)))
        home = home_page(Maker(book, Templates(), Graphs(book.catalog, book.lineage)))
        path = f"named-{chain.name}.html"
        found[path] = chrome.page(dataclasses.replace(home, path=path), book.imprint).data
    return found


def shown(text: str) -> str:
    """A string as a reader of the site sees it in a title."""
    title = filled({"kind": "endpoint"}, "endpoint", text)["title"]
    return " ".join(redact(visible(title)).split())


def problems(visit: Visit, ours: Ours, text: str = "") -> Iterator[str]:
    """Everything that is wrong with a visited page; it must show `text`."""
    yield from visit.incidents
    state = visit.state
    if not state:
        return
    if state["scripted"]:
        yield f"{visit.path}: a script ran"
    heading, title = (" ".join(state[name].split()) for name in ("heading", "title"))
    named = heading and heading in title and " · " in title
    if state["footer"] != 1 or not (named or visit.path == "404.html"):
        yield f"{visit.path}: heading {heading!r}, title {title!r}, {state['footer']} footers"
    for what, known in (("elements", ours.elements), ("attributes", ours.attributes)):
        if foreign := set(state[what]) - known:
            yield f"{visit.path}: foreign {what} {sorted(foreign)}"
    if foreign := set(state["schemes"]) - {"http:", "https:", "mailto:"}:
        yield f"{visit.path}: leads to {sorted(foreign)}"
    if tuple(state["frame"]) != ours.frame and not visit.path.startswith("404"):
        changed = set(state["frame"]) ^ set(ours.frame)
        yield f"{visit.path}: the frame of the page changed: {sorted(changed)}"
    for what in ("doubled", "clobbered", "wide"):
        if state[what]:
            yield f"{visit.path}: {what}: {state[what]}"
    words = " ".join((state["results"] if "?" in visit.path else state["text"]).split())
    if text and shown(text) not in words:
        yield f"{visit.path}: {shown(text)!r} is not shown"


def attacked(
    browser: Browser,
    folder: Path,
    chains: Sequence[Chain],
    chrome: Chrome,
    ours: Ours,
    some: slice = slice(None),
) -> str:
    """Build a site of `chains`, visit its lists and `some` pages of each chain, and say what is wrong."""
    site = build_site(folder, chains, chrome)
    named = sites_named(folder / "named", chains, chrome)
    expected = dict.fromkeys(LISTS, "")
    for number, (chain, name) in enumerate(zip(chains, named, strict=True)):
        own = [*dict.fromkeys(chain.pages, chain.text).items(), (name, chain.text)]
        own += [(searching(chain.name), chain.text), (searching(chain.text), "")]
        turn = number % len(own)
        expected.update([*own[turn:], *own[:turn]][some])
    searches = [path for path in expected if "?" in path]
    # Every page indexes the words of the whole site; where nothing is searched, that only takes time.
    others = [path for path in expected if "?" not in path]
    without_words = {**json.loads((site / SEARCH_INDEX).read_text()), "docs": []}
    named[SEARCH_INDEX] = json.dumps(without_words).encode()
    found = itertools.chain(visited(browser, site, others, named), visited(browser, site, searches))
    result = [problem for visit in found for problem in problems(visit, ours, expected[visit.path])]
    shutil.rmtree(folder)
    return "\n".join(result)


@pytest.mark.parametrize("number", range(SAMPLE_SITES))
def test_a_sample_of_strings_does_nothing_on_some_pages(
    number: int, browser: Browser, strings: Sequence[str], chrome: Chrome, ours: Ours, tmp_path: Path
) -> None:
    sample = chains(strings[::SAMPLE_STEP])[number::SAMPLE_SITES]
    # Every third of the ten pages of a chain, beginning at another one for each chain.
    assert attacked(browser, tmp_path / "attack", sample, chrome, ours, slice(number, None, 3)) == ""


@pytest.mark.slow
@pytest.mark.parametrize("number", range(ALL_SITES))
def test_no_string_does_anything_on_any_page(
    number: int, browser: Browser, strings: Sequence[str], chrome: Chrome, ours: Ours, tmp_path: Path
) -> None:
    part = chains(strings)[number::ALL_SITES]
    assert attacked(browser, tmp_path / "attack", part, chrome, ours) == ""


@pytest.fixture
def unprotected(
    strings: Sequence[str], chrome: Chrome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, Sequence[Chain]]]:
    """A site built with escaping off, HTML on in Markdown, and its result taken as it is.

    Links are not checked: they alone would keep such a site from being written.
    """
    monkeypatch.setattr("herdbook.site.templates.printed", lambda v: v if isinstance(v, str) else printed(v))
    monkeypatch.setattr(markdown, "_MARKDOWN", MarkdownIt("commonmark", {"html": True}))
    monkeypatch.setattr("nh3.clean", lambda html, **options: html)
    monkeypatch.setattr(LinkCheck, "verify", lambda check: ())
    markdown.prose.cache_clear()
    sample = chains([text for text in strings if LIKELY.search(text)][::2])
    yield build_site(tmp_path, sample, chrome), sample
    markdown.prose.cache_clear()


def test_without_protection_the_strings_fire_and_the_policy_alone_stops_them(
    browser: Browser, unprotected: tuple[Path, Sequence[Chain]]
) -> None:
    site, sample = unprotected
    paths = [chain.pages[0] for chain in sample]
    without_policy = visited(browser, site, paths, policy=False, seconds=4)
    fired = [visit.path for visit in without_policy if visit.fired]
    assert len(fired) >= 50
    with_policy = list(visited(browser, site, fired, seconds=4))
    assert [visit.fired for visit in with_policy if visit.fired] == []
    assert sum(bool(visit.violations) for visit in with_policy) >= 50
