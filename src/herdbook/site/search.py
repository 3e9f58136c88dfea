"""The index that the search of the site reads, in the format of Material for MkDocs.

The index of a small site is one file, which every page of the site loads. That of a large one is in pieces,
of which a search takes what it needs; what comes of it is the same. `workers/search.js` reads them.

The theme puts titles, texts and tags into its result list as markup: they are escaped here.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b, sha256
from html import escape
from itertools import chain, groupby
from typing import Final

from herdbook.escaping.html import redact, visible
from herdbook.site.page import File, Page

INDEX: Final = "search/search_index.json"
MOST_IN_ONE: Final = 500
"""How many pages an index has at most that is in one piece: every page of the site loads that."""
SEPARATOR: Final = r"(?:[\s\-_./:@=+,;()<>]|&(?:amp;|lt;|gt;)?)+"
"""What separates words, to us and to the theme. Parts of names are words of their own, as what a reader types
falls apart at hyphens in any case. An "&" is markup in the index, and is typed as it is."""
_TOGETHER: Final = 16
_PIECE: Final = 24_000
_LONGEST_TEXT: Final = 600
_FIELDS: Final = ("title", "tags", "text")
# By itself, the theme counts a tag a thousand times as much as a title: whoever typed the name of a dataset
# version got the runs first that have it as a tag.
_WEIGHTS: Final = {"title": {"boost": 1000.0}, "tags": {"boost": 100.0}, "text": {"boost": 1.0}}
_SEARCH: Final = "search/"


class SearchIndex:
    """Collects what can be found, page by page."""

    def __init__(self, config: Mapping[str, object]) -> None:
        self._config = {**config, "fields": _WEIGHTS}
        self._separator = re.compile(f"(?:{config['separator']})+")
        self._entries: list[str] = []

    def entry(self, page: Page) -> str:
        """What makes `page` findable; nothing where it has no words to be found by."""
        if not page.search_text and not page.search_tags:
            return ""
        entry = {
            "location": page.path,
            "title": _shown(page.title),
            "text": _shown(page.search_text[:_LONGEST_TEXT]),
            "tags": [tag for words in page.search_tags if (tag := self._tag(words))],
        }
        return json.dumps(entry, ensure_ascii=False)

    def add(self, entry: str) -> None:
        """Make a page findable by its entry, if it has one."""
        if entry:
            self._entries.append(entry)

    def complete(self, pages: Iterable[str], before: Mapping[str, str]) -> None:
        """Have some pages in this order; those that were not added keep the entries that they had.

        Args:
            pages: the pages, those that were added among them.
            before: entries of an earlier index, as `entries_of` read it.

        Raises:
            KeyError: one of the pages has none.
        """
        new = {json.loads(entry)["location"]: entry for entry in self._entries}
        self._entries = [new.get(page) or before[page] for page in pages]

    def locations(self) -> Iterator[str]:
        """Yield where the findings lead, as the index says it, from the top of the site."""
        return (json.loads(entry)["location"] for entry in self._entries)

    def _tag(self, words: str) -> str:
        # A tag that begins with what separates words is to the theme a part of the tag before it, which then
        # gets its highlights.
        shown = _shown(words)
        first = self._separator.match(shown)
        return shown[first.end() :] if first is not None else shown

    def files(self) -> Iterator[File]:
        """Yield the index as the theme's search loads it, and its pieces if it has any."""
        # Of what fits alike, the first is found; dozens of runs have the words of a dataset's name in theirs.
        self._entries.sort(key=_is_of_a_run)
        if len(self._entries) <= MOST_IN_ONE:
            yield _index(self._config, self._entries)
            return
        pieces = {**self._pages(), **self._words()}
        # Each index has a folder of its own: no browser keeps pieces of two.
        folder = sha256("".join(chain.from_iterable(pieces.items())).encode()).hexdigest()[:12]
        weights = [_WEIGHTS[field]["boost"] for field in _FIELDS]
        told = {"folder": folder, "together": _TOGETHER, "weights": weights}
        yield _index({**self._config, "pieces": told}, ())
        for name, text in pieces.items():
            yield File(f"{_SEARCH}{folder}/{name}", text.encode())

    def _pages(self) -> dict[str, str]:
        """The entries, some together in each piece."""
        return {
            f"pages-{start // _TOGETHER}.json": f"[\n{_lines(self._entries[start : start + _TOGETHER])}\n]\n"
            for start in range(0, len(self._entries), _TOGETHER)
        }

    def _words(self) -> dict[str, str]:
        """For each word the numbers of the pages that have it, as title, as tag, or else in the text."""
        pieces: dict[str, str] = {}
        starts: list[str] = []
        lines: list[str] = []
        size = 0
        for word, uses in sorted(self._uses().items(), key=_as_scripts_sort):
            if not lines:
                starts.append(word)
            lines.append(f'{json.dumps(word)}: "{_written(uses)}"')
            size += len(lines[-1])
            if size > _PIECE:
                pieces[f"words-{len(starts) - 1}.json"] = f"{{\n{_lines(lines)}\n}}\n"
                lines, size = [], 0
        if lines:
            pieces[f"words-{len(starts) - 1}.json"] = f"{{\n{_lines(lines)}\n}}\n"
        pieces["words.json"] = f"{json.dumps(starts)}\n"
        return pieces

    def _uses(self) -> dict[str, list[int]]:
        """For each word the pages that have it and the fields in which they do, as one number each."""
        found: dict[str, list[int]] = defaultdict(list)
        split, use = self._separator.split, 0
        for entry in json.loads(f"[{_lines(self._entries)}]"):
            known: set[str] = set()
            for field in _FIELDS:
                text = entry[field] if field != "tags" else "\n".join(entry[field])
                words = set(split(text.lower()))
                words -= known
                known |= words
                for word in words:
                    found[word].append(use)
                use += 1
        found.pop("", None)
        return found


def entries_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """The entries of an index that `SearchIndex` wrote, by the paths of their pages; give all its files."""
    lines = (
        line.removesuffix(",")
        for path, data in files.items()
        if path == INDEX or _OF_PAGES.fullmatch(path)
        for line in data.decode().split("\n")[1:-2]
    )
    return {json.loads(line)["location"]: line for line in lines if line}


_OF_PAGES = re.compile(rf"{_SEARCH}[0-9a-f]+/pages-[0-9]+\.json")


def digest_of(entry: str) -> bytes:
    """What tells an entry from others; nothing where there is none."""
    return blake2b(entry.encode("utf-8", "surrogatepass"), digest_size=16).digest() if entry else b""


def is_of_search(path: str) -> bool:
    """Tell whether a file of the site belongs to its index."""
    return path.startswith(_SEARCH)


def _index(config: Mapping[str, object], entries: Iterable[str]) -> File:
    text = f'{{"config": {json.dumps(config)}, "docs": [\n{_lines(entries)}\n]}}\n'
    return File(INDEX, text.encode())


def _is_of_a_run(entry: str) -> bool:
    return entry.startswith('{"location": "runs/')


def _as_scripts_sort(item: tuple[str, object]) -> bytes:
    # They compare units of UTF-16, in which emoji come before the last signs of the first plane.
    return item[0].encode("utf-16-be", "surrogatepass")


def _lines(lines: Iterable[str]) -> str:
    return ",\n".join(lines)


def _written(uses: list[int]) -> str:
    """Write for each field the pages that have a word in it."""
    if len(uses) == 1:  # as most words
        number, place = divmod(uses[0], len(_FIELDS))
        return f"{';' * place}{number}{';' * (len(_FIELDS) - 1 - place)}"
    fields: list[list[int]] = [[] for _ in _FIELDS]
    for use in uses:
        number, place = divmod(use, len(_FIELDS))
        fields[place].append(number)
    return ";".join(map(steps_between, fields))


def steps_between(numbers: list[int]) -> str:
    """Write rising numbers as the steps between them, the same ones in a row as one."""
    steps = (number - before for before, number in zip((0, *numbers), numbers, strict=False))
    runs = ((step, sum(1 for _ in same)) for step, same in groupby(steps))
    return ",".join(f"{step}*{count}" if count > 2 else ",".join([str(step)] * count) for step, count in runs)


def _shown(text: str) -> str:
    return escape(" ".join(redact(visible(text)).split()), quote=False)
