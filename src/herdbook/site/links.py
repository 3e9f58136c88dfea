"""The proof that no link of the site is dead: every address and anchor that was written leads somewhere.

A file is looked at while it passes on its way to the disk. All that stays of it is its path, the ids in it
(pages of a kind share one set), and the addresses that no file has answered yet. What leads to another host
is not looked at.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from html import unescape
from typing import Final, NamedTuple
from urllib.parse import unquote

from herdbook.errors import HerdbookError
from herdbook.formats import plural

_SHOWN: Final = 5
_REMEMBERED: Final = 65_536
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")

# Scripts and styles hold no tags, and what stands in a comment nobody sees.
_HIDES = re.compile("<(?:!--|s(?:cript|tyle))")
_HIDDEN = re.compile(r"<!--.*?-->|(<(script|style)\b[^>]*>).*?</\2\s*>", re.DOTALL)
# Most tags of a site have nothing but these: where they come first, only what follows them is found.
_LEADS_NOWHERE: Final = (
    *("class", "d", "x", "y", "title", "transform", "text-anchor", "scope"),
    *("data-from", "data-to", "data-node", "data-value"),
)
_TAG = re.compile(
    rf"""<[a-zA-Z][^\s/>]*+(?:\s(?:{"|".join(_LEADS_NOWHERE)})="[^"]*+")*+/?+(?:>|"""
    r"""([^>"']*+(?:"[^"]*+"[^>"']*+|'[^']*+'[^>"']*+)*+)>)"""
)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
_FOLLOWING: Final = "\0"
# In a page of ours, only prose of the catalog has this on links inside the site.
_OF_PROSE: Final = 'rel="noreferrer"'
_SETTINGS = re.compile(r'<script id="__config" type="application/json">(.*?)</script>', re.DOTALL)
THEME_WORKERS: Final = "../javascripts/workers/"
"""Where the theme's workers are, from ours."""
_CSS_ADDRESS = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^"')\s]*))\s*\)""")
# Behind a backslash and in code, which ends with as many ticks as it began with, brackets are only brackets.
_MARKDOWN_ADDRESS = re.compile(r"\\.|`(`*+)(?:[^`]++|(?!`\1(?!`))`++)*+`\1(?!`)|\]\(([^\s()]*)\)", re.DOTALL)

_ID, _ADDRESS, _ADDRESSES, _NAMES, _PAINT = "id", "address", "addresses", "names of ids", "paint"
_ATTRIBUTES: Final[Mapping[str, str]] = {
    "id": _ID,
    **dict.fromkeys(("href", "xlink:href", "src", "poster", "action", "formaction", "cite"), _ADDRESS),
    # What scripts of the site follow.
    **dict.fromkeys(("data-href", "data-src", "data-url"), _ADDRESS),
    **dict.fromkeys(("srcset", "imagesrcset"), _ADDRESSES),
    **dict.fromkeys(("for", "headers", "list", "form", "popovertarget", "commandfor"), _NAMES),
    **dict.fromkeys(("aria-labelledby", "aria-describedby", "aria-controls", "aria-owns"), _NAMES),
    **dict.fromkeys(("aria-details", "aria-flowto", "aria-activedescendant", "aria-errormessage"), _NAMES),
    **dict.fromkeys(("fill", "stroke", "filter", "mask", "clip-path"), _PAINT),
    **dict.fromkeys(("marker-start", "marker-mid", "marker-end"), _PAINT),
}


class DeadLinkError(HerdbookError):
    """Links of the site lead nowhere; the message says which, and where they were to lead."""


class Scan(NamedTuple):
    """What a file holds that leads somewhere, or can be led to.

    Attributes:
        addresses: where its links lead, each once, as it stands in the file.
        ids: the places in it, each as often as it was given.
        named: the ids that it names itself, such as those of labels.
        prose: addresses that prose of the catalog brought in, each once.
    """

    addresses: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    prose: tuple[str, ...] = ()


NOTHING: Final = Scan()


def scan_markup(markup: str) -> Scan:
    """Find what leads somewhere in a page or a part of one, pictures in it included."""
    if _HIDES.search(markup) is not None:
        markup = _HIDDEN.sub(r"\1", markup)
    tags = list(filter(None, _TAG.findall(markup)))
    marked = [tag for tag in tags if _OF_PROSE in tag]
    prose = tuple(address for address in _scan(marked).addresses if not _ELSEWHERE.match(address))
    if prose:
        tags = [tag for tag in tags if _OF_PROSE not in tag]
    return _scan(tags)._replace(prose=prose)


def _scan(tags: Sequence[str]) -> Scan:
    """Find what leads somewhere in the attributes of tags."""
    found: dict[str, list[str]] = {_ADDRESS: [], _ID: [], _NAMES: []}
    # What stands between tags ends the last attribute of one, even one without a value.
    text = ">".join(tags)
    if "'" in text:
        for tag in tags:
            if "'" in tag:
                for kind, value in _pairs(tag):
                    _keep(found, kind, value)
        text = ">".join([tag for tag in tags if "'" not in tag])
    # What stands in double quotes and what stands between takes turns.
    parts = text.split('"')
    known = [
        (pairs, value)
        for pairs, value in zip(map(_BEFORE.__getitem__, parts[::2]), (*parts[1::2], ""), strict=True)
        if pairs
    ]
    for pairs, value in known:
        for kind, given in pairs:
            _keep(found, kind, value if given == _FOLLOWING else given)
    return Scan(tuple(dict.fromkeys(found[_ADDRESS])), tuple(found[_ID]), tuple(found[_NAMES]))


class _Before(dict[str, tuple[tuple[str, str], ...]]):
    """What the text between two values says: of which attribute the next one is, above all. A memory."""

    def __missing__(self, part: str) -> tuple[tuple[str, str], ...]:
        if len(self) > _REMEMBERED:
            self.clear()
        self[part] = found = tuple(_pairs(f'{part}"{_FOLLOWING}"'))
        return found


def _pairs(tag: str) -> Iterator[tuple[str, str]]:
    for name, *values in _ATTRIBUTE.findall(tag):
        kind = _ATTRIBUTES.get(name.lower())
        if kind is not None:
            yield kind, "".join(values)


def _keep(found: Mapping[str, list[str]], kind: str, value: str) -> None:
    if "&" in value:
        value = unescape(value)
    if kind == _NAMES:
        found[_NAMES].extend(value.split())
    elif kind == _PAINT:
        found[_NAMES].extend(address[1:] for address in _css_addresses(value) if address.startswith("#"))
    elif kind == _ADDRESSES:
        found[_ADDRESS].extend(item.split()[0] for item in value.split(",") if item.strip())
    elif value:
        found[kind].append(value)


_BEFORE: Final = _Before()


def scan_frame(markup: str) -> Scan:
    """Find what leads somewhere in a frame. The theme's script finds an address in its settings."""
    found = scan_markup(markup)
    worker = [json.loads(settings).get("search", "") for settings in _SETTINGS.findall(markup)]
    # Ours is told after a question mark what the theme's is called.
    called = (address.partition("?") for address in worker)
    theirs = [f"{own.rpartition('/')[0]}/{THEME_WORKERS}{name}" for own, _, name in called if name]
    return Scan((*found.addresses, *filter(None, worker), *theirs), found.ids, found.named, found.prose)


def scan_style(text: str) -> Scan:
    """Find what a style sheet loads."""
    return Scan(tuple(filter(None, _css_addresses(text))))


def _css_addresses(text: str) -> Iterator[str]:
    return ("".join(parts) for parts in _CSS_ADDRESS.findall(text))


def scan_markdown(text: str, prose: Collection[str] = ()) -> Scan:
    """Find where the links of a Markdown text of ours lead; those in `prose` the catalog brought in."""
    found = dict.fromkeys(address for _, address in _MARKDOWN_ADDRESS.findall(text) if address)
    return Scan(
        addresses=tuple(address for address in found if address not in prose),
        prose=tuple(address for address in found if address in prose),
    )


class Passed(NamedTuple):
    """What a file leaves behind that passed a check: all that another one need know of it.

    Attributes:
        path: the file.
        ids: the places in it.
        links: addresses in it that nothing had answered yet, each with the template that put it there.
        prose: such addresses that prose of the catalog brought in.
        faults: what is wrong in the file itself.
    """

    path: str
    ids: frozenset[str] = frozenset()
    links: tuple[tuple[str, str], ...] = ()
    prose: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Link:
    """An address where it stands; `maker` is the template that put it there."""

    page: str
    address: str
    maker: str


@dataclass(slots=True)
class LinkCheck:
    """Collects what leads where while files pass; `verify` tells what leads nowhere.

    Attributes:
        top: the path of the site on its server; addresses that begin with it are the site's own.
        origin: tells which file a template is, for messages.
        kept: the files of the site that stay as they are, and need not pass.
        ids_in: tells which places there are in one of these.
    """

    top: str = "/"
    origin: Callable[[str], str] = str
    kept: Container[str] = frozenset()
    ids_in: Callable[[str], frozenset[str]] = lambda path: frozenset()
    _ids: dict[str, frozenset[str]] = field(default_factory=dict)
    _shared: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)
    _open: dict[str, _Link] = field(default_factory=dict)
    _open_prose: dict[str, _Link] = field(default_factory=dict)
    _faults: list[str] = field(default_factory=list)

    def add(self, path: str, *scans: tuple[str, Scan]) -> Passed:
        """Take in a file: its path, and for each part what made the part and what was found in it.

        What is returned tells it to a check that did not see the file.
        """
        given = [name for _, scan in scans for name in scan.ids]
        ids = self._arrive(path, frozenset(given))
        faults: list[str] = []
        if len(given) != len(ids):
            maker = scans[-1][0]
            twice = (name for name, count in Counter(given).items() if count > 1)
            faults.extend(self._say(f"{path} gives the id {name} more than once", maker) for name in twice)
        folder = path.rpartition("/")[0]
        links: list[tuple[str, str]] = []
        prose: list[tuple[str, str]] = []
        for maker, scan in scans:
            for name in scan.named:
                if name not in ids:
                    fault = f"{path} names an id {name} that it does not have"
                    faults.append(self._say(fault, maker, _nearest(name, ids)))
            links += self._follow(self._open, path, folder, scan.addresses, maker)
            prose += self._follow(self._open_prose, path, folder, scan.prose, "")
        self._faults += faults
        return Passed(path, ids, tuple(links), tuple(address for address, _ in prose), tuple(faults))

    def add_passed(self, passed: Passed) -> Passed:
        """Take in a file that passed another check; return what it leaves behind beyond this one.

        Of checks elsewhere, the templates are named as they are to be told.
        """
        path, folder = passed.path, passed.path.rpartition("/")[0]
        ids = self._arrive(path, passed.ids)
        self._faults += passed.faults
        links: list[tuple[str, str]] = []
        for address, maker in passed.links:
            links += self._follow(self._open, path, folder, (address,), maker)
        prose = self._follow(self._open_prose, path, folder, passed.prose, "")
        return Passed(path, ids, tuple(links), tuple(address for address, _ in prose), passed.faults)

    def ahead(self) -> "LinkCheck":
        """A check of files on their way to this one, in whatever process: it knows what has passed here."""
        return LinkCheck(self.top, self.origin, kept=self, ids_in=self._ids_at)

    def __contains__(self, path: object) -> bool:
        """Tell whether a file has passed, or stays."""
        return path in self._ids or path in self.kept

    def _ids_at(self, path: str) -> frozenset[str]:
        """The places in a file that has passed, or stays."""
        ids = self._ids.get(path)
        if ids is None:
            ids = self._ids[path] = self.ids_in(path)
        return ids

    def _arrive(self, path: str, ids: frozenset[str]) -> frozenset[str]:
        """Note that a file is there, with its places; all files with the same ones share them."""
        ids = self._ids[path] = self._shared.setdefault(ids, ids)
        # Most links lead to whole files: what is answered need not be kept.
        self._open.pop(path, None)
        self._open_prose.pop(path, None)
        return ids

    def follow(self, path: str, addresses: Iterable[str], folder: str) -> None:
        """Take in addresses in the file at `path` that begin at another folder than its own."""
        self._follow(self._open, path, folder, addresses, "")

    def _follow(
        self, waiting: dict[str, _Link], path: str, folder: str, addresses: Iterable[str], maker: str
    ) -> list[tuple[str, str]]:
        """Let addresses wait for what they lead to; return those that are the first to wait for it."""
        first = []
        for address in addresses:
            target = _resolved(address, folder, self.top)
            if target is None:
                continue
            if target.startswith("#"):
                target = path + target
            if target not in waiting and not self._is_there(target):
                waiting[target] = _Link(path, address, maker)
                first.append((address, maker))
        return first

    def _is_there(self, target: str) -> bool:
        page, _, place = target.partition("#")
        if page not in self._ids and page not in self.kept:
            return False
        return not place or place in self._ids_at(page)

    def verify(self) -> tuple[str, ...]:
        """Tell of dead links that prose of the catalog brought in; call it when every file has passed.

        Raises:
            DeadLinkError: other links lead nowhere.
        """
        faults = [*self._faults, *(self._fault(target, link) for target, link in self._dead(self._open))]
        if faults:
            count = plural(len(faults), "dead link")
            raise DeadLinkError(f"the site has {count} and was not written. {' '.join(_first(faults))}")
        told = [self._fault(target, link) for target, link in self._dead(self._open_prose)]
        return tuple(f"dead link in prose of the catalog: {text}" for text in _first(told))

    def _dead(self, waiting: Mapping[str, _Link]) -> Iterator[tuple[str, _Link]]:
        return ((target, link) for target, link in waiting.items() if not self._is_there(target))

    def _fault(self, target: str, link: _Link) -> str:
        page, _, place = target.partition("#")
        begin, ids = f"{link.page} links to {link.address}", self._ids.get(page)
        if ids is not None:
            where = "it" if page == link.page else page
            return self._say(f"{begin}, but {where} has no place {place}", link.maker, _nearest(place, ids))
        if page.startswith("../"):
            return self._say(f"{begin}, which leads out of the site", link.maker)
        nearest = _nearest(page, self._around(page))
        return self._say(f"{begin}, but there is no {page}", link.maker, nearest)

    def _say(self, fault: str, maker: str, nearest: str = "") -> str:
        notes = [f"nearest: {nearest}"] if nearest else []
        if maker:
            notes.append(f"template: {self.origin(maker)}")
        return f"{fault} ({'; '.join(notes)})." if notes else f"{fault}."

    def _around(self, page: str) -> Iterable[str]:
        """The files that a link to `page` may have meant: those of its folder, or all."""
        folder = page.rpartition("/")[0]
        return [path for path in self._ids if path.rpartition("/")[0] == folder] or self._ids


def _first(faults: Sequence[str]) -> Iterator[str]:
    yield from faults[:_SHOWN]
    if len(faults) > _SHOWN:
        yield f"And {len(faults) - _SHOWN:,} more."


def _nearest(name: str, names: Iterable[str]) -> str:
    return next(iter(get_close_matches(name, names, 1, 0.4)), "")


@lru_cache(maxsize=_REMEMBERED)
def _resolved(address: str, folder: str, top: str) -> str | None:
    """Return where an address on a page of `folder` leads: a path of the site with a fragment, or a fragment.

    None is returned for what leads to another host, or to a part of this one that is not the site's.
    """
    if _ELSEWHERE.match(address):
        return None
    path, _, place = address.partition("#")
    path = unquote(path.partition("?")[0])
    place = f"#{unquote(place)}" if place else ""
    if not path:
        return place or "#"
    if path.startswith("/"):
        if not path.startswith(top):
            return None
        steps: list[str] = []
        path = path.removeprefix(top)
    else:
        steps = folder.split("/") if folder else []
    for step in path.split("/"):
        if step == ".." and steps and steps[-1] != "..":
            steps.pop()
        elif step != ".":
            steps.append(step)
    return "/".join(steps) + place
