"""Snapshots: a catalog as it was read at some time, in a form from which one entry is had without the others.

A snapshot is a line of JSON, which is sealed, and what lies behind it: pieces and then values. The line
says how long each piece is, what its digest is, and what was found. A piece is a column, with something of
every file in their order, or something of the relations, the lineage or the runs; each is read and held
against its digest when it is needed, and so are values, of which one piece has the digests. What was
damaged is found out anew. Columns and values are in Python's own form, which brings the same keys back as
the same objects; its bytes are read by that Python only which wrote them, and only under a seal.
"""

import json
import marshal
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import accumulate, chain
from typing import Any

from herdbook import schema
from herdbook.catalog import FIELDS, Catalog, Where
from herdbook.columns import Columns, packed
from herdbook.entries import CatalogFile, Run
from herdbook.errors import StorageError
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.lineage import Lineage
from herdbook.numbered import Graph, Lists
from herdbook.ondemand import Entries
from herdbook.ref import Kind
from herdbook.relations import Relations
from herdbook.source import SourceFile, read_source
from herdbook.tree import Tree
from herdbook.yaml.parsed import Span

_TYPES, _FIELD_NAMES = tuple(FIELDS), tuple(FIELDS.values())
_RUN = _TYPES.index(Run)
_LISTS = ("gone by", "mentions", "named", "mentioners", "children", "child roles", "parents", "parent roles")
_NUMBERS = tuple(f"{name}{what}" for name in _LISTS for what in (" start", ""))
_CHUNK_BYTES = 16 * 1024
"""How large the parts are, at least, in which values are held against their digests."""
_CHUNKS_AT_HAND = 64
_DIGEST_BYTES = sha256().digest_size
_FILE, _REFUSED, _UNREAD = -1, -2, -3
"""What a file is that is no entry with a name: herdbook.yaml, refused, or of those that nothing reads."""


class Snapshot:
    """A snapshot that was written earlier, and what it knows of its catalog without a look at entries."""

    def __init__(self, content: bytes, behind: Callable[[int, int], bytes]) -> None:
        """Read a snapshot; `behind` gives the bytes between two places of what lies behind its line.

        Raises:
            ValueError, LookupError, TypeError, RecursionError: it is none.
        """
        known = json.loads(content)
        self._findings, self._titles = known["findings"], known["titles"]
        self._behind = behind
        self._pieces: dict[str, tuple[int, int, str]] = {}
        end = 0
        for name, length, digest in known["pieces"]:
            self._pieces[name] = (end, end + length, digest)
            end += length
        self._first_value = end
        self._chunk = lru_cache(_CHUNKS_AT_HAND)(self._chunk_read)
        self.paths: Sequence[str] = self._column("paths")
        self.stamps: Sequence[str] = self._column("stamps")
        """For each file what changes whenever it does; empty for those of which that was not known."""
        self._kinds: Sequence[int] = self._column("kinds")
        self._keys: Sequence[Any] = self._column("keys")
        self._ends, self._chunk_ends = self._numbers("ends", "Q"), self._numbers("chunk ends", "Q")
        self._chunk_digests = self._piece("chunk digests")

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """What named the content of each file; of none where that was damaged."""
        with suppress(ValueError):
            return dict(zip(self.paths, self._column("digests"), strict=True))
        return {}

    def place(self, path: str) -> Where | None:
        """Where the entry of the file at a path is found, if there is one."""
        row = self._rows.get(path)
        kind = self._kinds[row] if row is not None else _UNREAD
        if row is None or kind < _FILE:
            return None
        return ("", None) if kind == _FILE else (_FIELD_NAMES[kind], self._keys[row])

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        return dict(zip(self.paths, range(len(self.paths)), strict=True))

    @cached_property
    def titles(self) -> Mapping[tuple[Kind, str], str]:
        """The names of what was imported, by the names that it had elsewhere."""
        return {(Kind(kind), title): name for kind, title, name in self._titles}

    @cached_property
    def relations(self) -> Relations | None:
        """Who refers to whom; `None` where that was damaged."""
        with suppress(ValueError):
            paths = list(map(self.paths.__getitem__, self._numbers("entries")))
            names = self._column("names")
            gone_by, mentions = self._lists("gone by"), self._lists("mentions")
            named, mentioners = self._lists("named"), self._lists("mentioners")
            return Relations(paths, names, gone_by, mentions, named, mentioners, looked_up=len(paths))
        return None

    @cached_property
    def lineage(self) -> Graph | None:
        """What was made from what; `None` where that was damaged."""
        with suppress(ValueError):
            kinds, keys, roles, cycles = self._column("nodes")
            children, parents = self._lists("children"), self._lists("parents")
            child_roles, parent_roles = self._lists("child roles"), self._lists("parent roles")
            return Graph(kinds, keys, roles, children, child_roles, parents, parent_roles, cycles)
        return None

    @cached_property
    def columns(self) -> Columns | None:
        """What the runs have at some places in their files; `None` where that was damaged."""
        with suppress(ValueError):
            ids = [key for kind, key in zip(self._kinds, self._keys, strict=True) if kind == _RUN]
            return Columns(ids, self._column("places"), memoryview(self._piece("cells")))
        return None

    def catalog(self, tree: Tree) -> Catalog:
        """The catalog, with its files in a tree that still holds what they held."""
        rows = self._rows
        sources: dict[str, SourceFile] = {}

        def source(path: str) -> SourceFile:
            found = sources.get(path)
            if found is None:
                found = sources[path] = (
                    self._source(tree, path, rows[path]) if path in rows else SourceFile(tree, path)
                )
            return found

        def entry(path: str) -> Any:
            found = source(path)
            return _TYPES[self._kinds[rows[path]]](found, found.value)

        paths: list[dict[Any, str]] = [{} for _ in _TYPES]
        file, refused = None, {}
        for path, kind, key in zip(self.paths, self._kinds, self._keys, strict=True):
            if kind >= 0:
                paths[kind][key] = path
            elif kind == _REFUSED:
                refused[path] = source(path)
            elif kind == _FILE:
                found = source(path)
                file = CatalogFile(found, found.value)
        fields: dict[str, Any] = {
            field: Entries(places, entry) for field, places in zip(_FIELD_NAMES, paths, strict=True)
        }
        findings = tuple(finding_of(source, each) for each in self._findings)
        return Catalog(refused=refused, findings=findings, file=file, known=self, **fields)

    def _source(self, tree: Tree, path: str, row: int) -> SourceFile:
        """A file with its value; where that was damaged, it is read anew.

        Raises:
            StorageError: it must be read anew, and is no longer what it was.
        """
        start, end = self._ends[row - 1] if row else 0, self._ends[row]
        chunk = bisect_right(self._chunk_ends, start)
        first = self._chunk_ends[chunk - 1] if chunk else 0
        raw = self._chunk(chunk)[start - first : end - first]
        if raw:
            return SourceFile(tree, path, marshal.loads(raw))
        source, _ = read_source(tree, path)
        if self._kinds[row] >= _FILE and not _is_entry(source, self._kinds[row]):
            raise StorageError(f"{source.file}: the file changed while the catalog was read; ask again")
        return source

    def _chunk_read(self, chunk: int) -> bytes:
        """Some values, one behind the other; nothing where they were damaged."""
        start, end = self._chunk_ends[chunk - 1] if chunk else 0, self._chunk_ends[chunk]
        raw = self._behind(self._first_value + start, self._first_value + end)
        digest = self._chunk_digests[_DIGEST_BYTES * chunk : _DIGEST_BYTES * (chunk + 1)]
        return raw if sha256(raw).digest() == digest else b""

    def _lists(self, name: str) -> Lists:
        return Lists(self._numbers(f"{name} start"), self._numbers(name))

    def _column(self, name: str) -> Any:
        return marshal.loads(self._piece(name))

    def _numbers(self, name: str, kind: str = "I") -> Sequence[int]:
        found = array(kind)
        found.frombytes(self._piece(name))
        return found

    def _piece(self, name: str) -> bytes:
        """A piece as it was written.

        Raises:
            ValueError: it was damaged.
        """
        start, end, digest = self._pieces[name]
        raw = self._behind(start, end)
        if sha256(raw).hexdigest() != digest:
            raise ValueError(f"the {name} were damaged")
        return raw


def pieces_of(
    catalog: Catalog, digests: Mapping[str, str], stamps: Mapping[str, str]
) -> tuple[bytes, list[bytes]]:
    """A snapshot of a catalog: its line, and all that lies behind it.

    Args:
        catalog: the catalog.
        digests: what names the content of each file, in their order; also of those that nothing reads.
        stamps: what changes whenever a file does, for those of which that is known.
    """
    kinds, keys, values, runs = _contents(catalog, digests)
    ends = array("Q", accumulate(map(len, values)))
    chunks = list(_chunks(values))
    relations = catalog.relations.indexed()
    lineage = Lineage.of(catalog).graph()
    places, cells = packed(runs)
    columns: dict[str, Any] = {
        "paths": list(digests),
        "digests": list(digests.values()),
        "stamps": [stamps.get(path, "") for path in digests],
        "kinds": kinds,
        "keys": keys,
        "names": list(relations.names),
        "nodes": (lineage.kinds, lineage.keys, lineage.roles, lineage.cycles),
        "places": places,
    }
    rows = dict(zip(digests, range(len(digests)), strict=True))
    of_entries = (relations.gone_by, relations.mentions, relations.named, relations.mentioners)
    of_nodes = (lineage.children, lineage.child_roles, lineage.parents, lineage.parent_roles)
    lists = chain.from_iterable((*of_entries, *of_nodes))
    pieces = {
        **{name: marshal.dumps(column) for name, column in columns.items()},
        "ends": ends.tobytes(),
        "chunk ends": array("Q", accumulate(map(len, chunks))).tobytes(),
        "chunk digests": b"".join(sha256(chunk).digest() for chunk in chunks),
        "entries": array("I", map(rows.__getitem__, relations.paths)).tobytes(),
        **{name: array("I", some).tobytes() for name, some in zip(_NUMBERS, lists, strict=True)},
        "cells": cells,
    }
    head = {
        "pieces": [(name, len(piece), sha256(piece).hexdigest()) for name, piece in pieces.items()],
        "findings": [data_of(finding) for finding in catalog.findings],
        "titles": [(kind, title, name) for (kind, title), name in catalog.titles.items()],
    }
    return json.dumps(head, separators=(",", ":")).encode(), [*pieces.values(), *chunks]


def _contents(catalog: Catalog, paths: Iterable[str]) -> tuple[list[int], list[Any], list[bytes], list[Run]]:
    """What each file is, under which name its entry is found, and what it holds; and those that are runs."""
    kinds, keys = [], []
    values: list[bytes] = []
    runs: list[Run] = []
    numbers = {entry_type: number for number, entry_type in enumerate(_TYPES)}
    for path in paths:
        entry = catalog.at(path)
        value: Any = None
        if entry is not None:
            kinds.append(numbers.get(type(entry), _FILE))
            value = entry.data
            if isinstance(entry, Run):
                runs.append(entry)
        elif (refused := catalog.refused.get(path)) is not None:
            kinds.append(_REFUSED)
            value = refused.value
        else:
            kinds.append(_UNREAD)
        values.append(marshal.dumps(value))
        keys.append(catalog.key_at(path))
    return kinds, keys, values, runs


def _chunks(values: Iterable[bytes]) -> Iterator[bytes]:
    chunk: list[bytes] = []
    length = 0
    for value in values:
        chunk.append(value)
        length += len(value)
        if length >= _CHUNK_BYTES:
            yield b"".join(chunk)
            chunk, length = [], 0
    if chunk:
        yield b"".join(chunk)


def _is_entry(source: SourceFile, kind: int) -> bool:
    """Tell whether a file holds an entry of a kind, as it did."""
    entry_type = CatalogFile if kind == _FILE else _TYPES[kind]
    value = source.value
    if not isinstance(value, dict) or value.get("kind") != entry_type.kind:
        return False
    return not schema.validate(entry_type.kind, value, source.written)


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
