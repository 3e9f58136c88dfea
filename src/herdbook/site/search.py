"""The index that the search of the site reads, in the format of Material for MkDocs.

The theme puts titles, texts and tags into its result list as markup: they are escaped here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from herdbook.html import redact, visible
from herdbook.site.page import File, Page

INDEX: Final = "search/search_index.json"
# Every reader's browser loads and indexes the whole file: 10,000 pages take it some seconds and 4 MB.
LIMIT: Final = 10_000
_LONGEST_TEXT: Final = 600
# By itself, the theme counts a tag a thousand times as much as a title: whoever typed the name of a dataset
# version got the runs first that have it as a tag.
_WEIGHTS: Final = {"title": {"boost": 1000.0}, "tags": {"boost": 100.0}, "text": {"boost": 1.0}}


class SearchIndex:
    """Collects what can be found, page by page; `left_out` counts those beyond the first `LIMIT`."""

    def __init__(self, config: Mapping[str, object]) -> None:
        self._config = {**config, "fields": _WEIGHTS}
        self._separators = re.compile(f"^(?:{config['separator']})+")
        self._entries: list[str] = []
        self.left_out = 0

    def add(self, page: Page) -> bool:
        """Make `page` findable, if it has words to be found by; tell whether it has."""
        if not page.search_text and not page.search_tags:
            return False
        entry = {
            "location": page.path,
            "title": _shown(page.title),
            "text": _shown(page.search_text[:_LONGEST_TEXT]),
            "tags": [tag for words in page.search_tags if (tag := self._tag(words))],
        }
        self.keep(json.dumps(entry, ensure_ascii=False))
        return True

    def keep(self, entry: str) -> None:
        """Keep a page findable by its entry in an index that `entries_of` read."""
        if len(self._entries) == LIMIT:
            self.left_out += 1
        else:
            self._entries.append(entry)

    def locations(self) -> Iterator[str]:
        """Yield where the findings lead, as the index says it, from the top of the site."""
        return (json.loads(entry)["location"] for entry in self._entries)

    def _tag(self, words: str) -> str:
        # A tag that begins with what separates words is to the theme a part of the tag before it, which then
        # gets its highlights.
        return self._separators.sub("", _shown(words))

    def file(self) -> File:
        """Return the index as the theme's search loads it."""
        text = f'{{"config": {json.dumps(self._config)}, "docs": [\n' + ",\n".join(self._entries) + "\n]}\n"
        return File(INDEX, text.encode())


def entries_of(index: bytes) -> dict[str, str]:
    """The entries of an index that `SearchIndex` wrote, by the paths of their pages."""
    lines = index.decode().split("\n")[1:-2]
    return {json.loads(line)["location"]: line for line in (line.removesuffix(",") for line in lines) if line}


def _shown(text: str) -> str:
    return escape(" ".join(redact(visible(text)).split()), quote=False)
