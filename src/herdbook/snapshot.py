"""Snapshots: a catalog as it was read at some time, in a form from which one entry is had without the others.

A snapshot is two lines of JSON and then the values of all files, one behind the other. The first line says of
each file what named its content, and which entry it held; the second one holds the relations. Values are in
Python's own form, which brings the same keys back as the same objects; its bytes are read by that Python only
which wrote them, and only under a seal.
"""

import json
import marshal
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from herdbook.catalog import FIELDS, Catalog
from herdbook.entries import CatalogFile
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.ondemand import Entries
from herdbook.reader import Span
from herdbook.ref import Kind
from herdbook.relations import Relations
from herdbook.source import SourceFile
from herdbook.tree import Tree

_TYPES = tuple(FIELDS)
_FILE, _REFUSED, _UNREAD = -1, -2, -3
"""What a file is that is no entry with a name: herdbook.yaml, refused, or of those that nothing reads."""


class Snapshot:
    """A snapshot that was written earlier, and what it knows of its catalog without a look at entries."""

    def __init__(self, content: bytes) -> None:
        """Read a snapshot.

        Raises:
            ValueError, LookupError, TypeError, RecursionError: it is none.
        """
        head = content.index(b"\n")
        self._relations_end = content.index(b"\n", head + 1)
        self._relations_start = head + 1
        self._content = content
        known = json.loads(content[:head])
        self.digests: Mapping[str, str] = dict(zip(known["paths"], known["digests"], strict=True))
        self.stamps: Mapping[str, str] = dict(zip(known["paths"], known["stamps"], strict=True))
        self._kinds: Sequence[int] = known["kinds"]
        self._keys: Sequence[Any] = known["keys"]
        self._ends: Sequence[int] = known["ends"]
        self._findings = known["findings"]
        self._titles = known["titles"]
        if not len(self._kinds) == len(self._keys) == len(self._ends) == len(self.digests):
            raise ValueError("the parts of the snapshot do not fit")

    @cached_property
    def titles(self) -> Mapping[tuple[Kind, str], str]:
        """The names of what was imported, by the names that it had elsewhere."""
        return {(Kind(kind), title): name for kind, title, name in self._titles}

    @cached_property
    def relations(self) -> Relations:
        """Who refers to whom."""
        return Relations(*json.loads(self._content[self._relations_start : self._relations_end]))

    def catalog(self, tree: Tree) -> Catalog:
        """The catalog, with its files in a tree that still holds what they held."""
        rows = {path: row for row, path in enumerate(self.digests)}

        sources: dict[str, SourceFile] = {}

        def source(path: str) -> SourceFile:
            found = sources.get(path)
            if found is None:
                value = self._value(rows[path]) if path in rows else None
                found = sources[path] = SourceFile(tree, path, value)
            return found

        def entry(path: str) -> Any:
            found = source(path)
            return _TYPES[self._kinds[rows[path]]](found, found.value)

        paths: list[dict[Any, str]] = [{} for _ in _TYPES]
        file, refused = None, {}
        for path, kind, key in zip(self.digests, self._kinds, self._keys, strict=True):
            if kind >= 0:
                paths[kind][tuple(key) if isinstance(key, list) else key] = path
            elif kind == _REFUSED:
                refused[path] = source(path)
            elif kind == _FILE:
                found = source(path)
                file = CatalogFile(found, found.value)
        fields: dict[str, Any] = {
            field: Entries(places, entry) for field, places in zip(FIELDS.values(), paths, strict=True)
        }
        findings = tuple(finding_of(source, each) for each in self._findings)
        return Catalog(refused=refused, findings=findings, file=file, known=self, **fields)

    def _value(self, row: int) -> Any:
        start = self._relations_end + 1
        begin = self._ends[row - 1] if row else 0
        return marshal.loads(self._content[start + begin : start + self._ends[row]])


def pieces_of(catalog: Catalog, digests: Mapping[str, str], stamps: Mapping[str, str]) -> Iterator[bytes]:
    """A snapshot of a catalog, piece by piece.

    Args:
        catalog: the catalog.
        digests: what names the content of each file, in their order; also of those that nothing reads.
        stamps: what changes whenever a file does, for those of which that is known.
    """
    kinds, keys = [], []
    values: list[bytes] = []
    numbers = {entry_type: number for number, entry_type in enumerate(_TYPES)}
    as_json = json.JSONEncoder(separators=(",", ":")).encode
    for path in digests:
        entry = catalog.at(path)
        value: Any = None
        if entry is not None:
            kinds.append(numbers.get(type(entry), _FILE))
            value = entry.data
        elif (refused := catalog.refused.get(path)) is not None:
            kinds.append(_REFUSED)
            value = refused.value
        else:
            kinds.append(_UNREAD)
        values.append(marshal.dumps(value))
        keys.append(catalog.key_at(path))
    ends, end = [], 0
    for raw in values:
        end += len(raw)
        ends.append(end)
    head = {
        "paths": list(digests),
        "digests": list(digests.values()),
        "stamps": [stamps.get(path, "") for path in digests],
        "kinds": kinds,
        "keys": keys,
        "ends": ends,
        "findings": [data_of(finding) for finding in catalog.findings],
        "titles": [(kind, title, name) for (kind, title), name in catalog.titles.items()],
    }
    relations = catalog.relations
    columns = (relations.paths, relations.names, relations.owns, relations.starts, relations.mentioned)
    for line in (head, [list(column) for column in columns]):
        yield as_json(line).encode()
        yield b"\n"
    yield from values


def data_of(finding: Finding) -> Any:
    """A finding as JSON holds it."""
    related = [(other.message, _place_data(other.place)) for other in finding.related]
    place = _place_data(finding.place)
    return finding.rule, finding.severity, finding.message, place, finding.help, related


def finding_of(source: Callable[[str], SourceFile], data: Any) -> Finding:
    """A finding out of JSON; `source` gives the file at a path."""
    rule, severity, message, place, advice, related = data
    others = tuple(Related(text, _place(source, where)) for text, where in related)
    return Finding(rule, Severity(severity), message, _place(source, place), advice, others)


def _place_data(place: Place) -> Any:
    return place.source.path, place.route, place.on_key, place.known


def _place(source: Callable[[str], SourceFile], data: Any) -> Place:
    path, route, on_key, known = data
    return Place(source(path), tuple(route), on_key, None if known is None else Span(*known))
