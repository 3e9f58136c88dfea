"""What each file of the site is made from, as one digest: where that is the same, so is the file.

A key says more than it must: the page of a run, say, is taken to depend on all that the run came from and on
all that came from it, with every file that these mention. It never says less. What concerns all pages alike
(the catalog's own file, Herdbook and its templates, what draws) is in every key; entries that name a page in
their prose depend on which pages there are. Notes stand on the page of their entry and nowhere else, unless
templates of others say more: an entry has two digests, one of all that it holds and one of what others show.

Each step of lineage is digested once, together with the digest of what lies behind it, so that all keys of a
catalog cost no more than one look at each entry.
"""

import marshal
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Final, TypeVar

from herdbook.catalog import Catalog
from herdbook.check import Report
from herdbook.entries import (
    Aliases,
    Dataset,
    DatasetVersion,
    Endpoint,
    Entry,
    Mention,
    Model,
    ModelCard,
    ModelVersion,
    Run,
    Stages,
)
from herdbook.finding import Finding
from herdbook.lineage import Node, NodeKind
from herdbook.queries.records import Records
from herdbook.ref import Kind, Ref
from herdbook.sharing import aside
from herdbook.site.book import Book
from herdbook.site.page import EVERYTHING, FINDINGS, Linked, Listed, Source

T = TypeVar("T")

# What a link in prose has, and its address, however that is written: as it is, encoded, or as an entity.
_OF_LINKS: Final = (b"](", b"]:")
_OF_ADDRESSES: Final = (b".html", b"%", b"&")
_OF_MODELS: Final = (Model, ModelVersion, ModelCard, Aliases, Stages)
_WITH_NOTES: Final = (Run, DatasetVersion, Endpoint)
"""Entries whose notes no page of another entry shows."""
_NOTES: Final = "notes"
_NOTHING: Final = bytes(16)


def digest(*parts: bytes) -> bytes:
    """Digest some parts; how they are told apart is the caller's to know."""
    return blake2b(b"".join(parts), digest_size=16).digest()


def said(value: object) -> bytes:
    """Digest a value that its representation tells apart from others."""
    return digest(repr(value).encode("utf-8", "surrogatepass"))


def has_notes(entry: Entry) -> bool:
    """Tell whether an entry has notes that no page of another one shows."""
    return isinstance(entry, _WITH_NOTES) and _NOTES in entry.data


def held(entry: Entry, *, notes: bool = True) -> bytes:
    """What an entry holds, with or without such notes."""
    data = dict(entry.data)
    if not notes and has_notes(entry):
        del data[_NOTES]
    # The oldest form: in all others, equal values may differ in how they are held in memory.
    return marshal.dumps(data, 0)


def outside(records: Records) -> bytes:
    """Digest what pages follow from besides entries: what the catalog is called, what is wrong with it."""
    some = records.catalog.a_source
    name = some.tree.name if some is not None else ""
    return digest(said(name), _unread(records.catalog), _findings(records.report))


def _unread(catalog: Catalog) -> bytes:
    unread = [(finding.rule, finding.message, finding.place.file) for finding in catalog.findings]
    return digest(said(unread), said(sorted(catalog.refused)))


def _findings(report: Report) -> bytes:
    waived = [(_told(item.finding), repr(item.waiver)) for item in report.waived]
    return said([[_told(finding) for finding in report.findings], waived])


class Keys:
    """The keys of what is made from a catalog.

    A record that leads in a circle has no keys: nothing in it comes before all else.
    """

    def __init__(self, book: Book, state: bytes, *, may_show_more: bool = False) -> None:
        """Take the catalog, and what stands for all that is no part of it.

        Args:
            book: the catalog.
            state: what stands for all else.
            may_show_more: whether pages of other entries may show more of one than ours do, its notes, say.
        """
        self._book = book
        self._catalog = book.catalog
        self._state = state
        self._may_show_more = may_show_more
        self._begun: Callable[[], tuple[bytes, ...] | None] | None = None

    def begin(self) -> None:
        """Have a copy of this process look at all entries and steps of lineage, while this one goes on."""
        self._begun = aside(self._looked_at)

    def of(self, sources: Iterable[Source]) -> str:
        """The key of what is made from some sources."""
        return digest(self._everywhere, *map(self._source, sources)).hex()

    def of_catalog(self) -> str:
        """The key of the whole catalog."""
        return digest(self._everywhere, self._all_findings, *self._own.values()).hex()

    def _source(self, source: Source) -> bytes:
        if isinstance(source, Ref):
            return digest(self._around(source), self._by_itself(source))
        if isinstance(source, Listed):
            return self._around(source.ref)
        if isinstance(source, Linked):
            entry = self._catalog.resolve(source.ref)
            return self._around(source.ref) if self._may_show_more else self._shown(entry)
        if source is EVERYTHING:
            return self._everything
        if source is FINDINGS:
            return self._all_findings
        return said(source)

    # What concerns every page

    @cached_property
    def _everywhere(self) -> bytes:
        catalog = self._catalog
        if catalog.file is not None:
            return digest(self._state, self._own[catalog.file])
        return digest(self._state, self._refused.get("herdbook.yaml", _NOTHING))

    @cached_property
    def _everything(self) -> bytes:
        return digest(self._all_findings, *self._shown_of.values())

    @cached_property
    def _all_findings(self) -> bytes:
        return _findings(self._book.report)

    @cached_property
    def _names(self) -> bytes:
        """Which entries there are."""
        catalog = self._catalog
        entries = (str(entry.ref) for entry in catalog.entries() if entry.ref is not None)
        return said([sorted(entries), self._book.models, self._book.datasets, sorted(catalog.experiments)])

    # Files

    @cached_property
    def _own(self) -> Mapping[Entry, bytes]:
        """Each file by itself: where it stands, what it holds, and what the check says of it."""
        entries = self._catalog.entries
        return self._from_copy(0, entries) or {entry: self._file(entry, held(entry)) for entry in entries()}

    @cached_property
    def _shown_of(self) -> Mapping[Entry, bytes]:
        """The same of what pages of other entries may show."""
        return self._from_copy(1, self._catalog.entries) or {
            entry: self._file(entry, held(entry, notes=False))
            if has_notes(entry) and not self._may_show_more
            else own
            for entry, own in self._own.items()
        }

    def _file(self, entry: Entry, content: bytes) -> bytes:
        path = entry.source.path
        parts = [said((entry.source.file, path)), digest(content), *self._judged(path)]
        if any(mark in content for mark in _OF_LINKS) and any(mark in content for mark in _OF_ADDRESSES):
            parts.append(self._names)
        return digest(*parts)

    def _judged(self, path: str) -> Iterator[bytes]:
        """What the check says of a file, if it says anything."""
        records = self._book.records
        found, waived = records.findings_in, records.waived_in
        if path in found or path in waived:
            judged = [_told(finding) for finding in found.get(path, ())]
            excused = [(_told(item.finding), repr(item.waiver)) for item in waived.get(path, ())]
            yield said((judged, excused))

    @cached_property
    def _refused(self) -> Mapping[str, bytes]:
        """What the check says of each file that is no entry, in order."""
        catalog, records = self._catalog, self._book.records
        paths = sorted({*catalog.refused, *records.findings_in, *records.waived_in})
        return {path: digest(said(path), *self._judged(path)) for path in paths if catalog.at(path) is None}

    @cached_property
    def _of_model(self) -> Mapping[str, bytes]:
        """All files about a model together, by its name: those that name it, and those in its folder."""
        files: dict[str, list[bytes]] = defaultdict(list)
        for entry, own in self._own.items():
            if isinstance(entry, _OF_MODELS):
                name, folder = _model_of(entry), _folder_of(entry.source.path)
                files[name].append(own)
                if folder and folder != name:
                    files[folder].append(own)
        for path, refused in self._refused.items():
            if folder := _folder_of(path):
                files[folder].append(refused)
        return {name: digest(*parts) for name, parts in files.items()}

    def _with_family(self, entry: Entry) -> bytes:
        """A file, with those that tell how it is named elsewhere: of its model or of its dataset."""
        if isinstance(entry, _OF_MODELS):
            return self._of_model[_model_of(entry)]
        shown = self._shown_of[entry]
        if isinstance(entry, DatasetVersion) and (dataset := self._catalog.datasets.get(entry.dataset)):
            return digest(shown, self._shown_of[dataset])
        return shown

    # Entries as others show them

    def _shown(self, entry: Entry | None) -> bytes:
        """What stands of an entry on the pages of others."""
        if entry is None:
            return _NOTHING
        known = self._shown_already.get(entry)
        if known is None:
            node = self._book.lineage.node(entry.ref) if entry.ref is not None else None
            parts = [self._with_family(entry)]
            if node is not None:
                parents = [parent.key for parent in self._book.lineage.parents(node)]
                parts += [said(parents), self._recalled(node)]
            known = self._shown_already[entry] = digest(*parts)
        return known

    @cached_property
    def _shown_already(self) -> dict[Entry, bytes]:
        return {}

    def _recalled(self, node: Node) -> bytes:
        """The recalled data that something comes from, and what replaces these."""
        version = self._book.records.recalled.get(node)
        if version is None:
            return _NOTHING
        instead = version.recall.replaced_by if version.recall is not None else None
        other = self._catalog.resolve(instead) if instead is not None else None
        return digest(self._shown_of[version], self._shown_of[other] if other is not None else _NOTHING)

    def _mentioned(self, entry: Entry) -> bytes:
        """What a file mentions, as it is shown there; of what is refused, what the check says of it."""
        parts: list[bytes] = []
        for mention in entry.mentions():
            target = self._target(mention)
            parts.append(self._shown(target))
            if target is None and mention.ref is not None:
                parts += (self._refused[path] for path in self._catalog.refused_at(mention.ref))
        return digest(*parts)

    def _target(self, mention: Mention) -> Entry | None:
        return self._catalog.resolve(mention.ref) if mention.ref is not None else None

    @cached_property
    def _mentioned_by_models(self) -> Mapping[str, list[bytes]]:
        """For each run the models whose ledgers and cards name it."""
        found: dict[str, list[bytes]] = defaultdict(list)
        for belonging in (self._catalog.aliases, self._catalog.stages, self._catalog.cards):
            for entry in belonging.values():
                for mention in entry.mentions():
                    target = self._target(mention)
                    if isinstance(target, Run):
                        found[target.id].append(self._of_model[_model_of(entry)])
        return found

    # Lineage

    def _node(self, node: Node) -> bytes:
        """A node of the graph by itself: what it is, what it says, and what is told of its neighbours."""
        lineage, ref = self._book.lineage, node.ref
        # Of a commit, no picture tells that.
        count = lineage.counted(node) if node.kind is not NodeKind.CODE else 0
        what = f"{node.kind}\0{count}\0{node.key}"
        parts = [digest(what.encode("utf-8", "surrogatepass")), self._recalled(node)]
        if ref is not None and ref.kind is Kind.MODEL:
            parts.append(self._of_model.get(ref.name, _NOTHING))
        entry = self._catalog.resolve(ref) if ref is not None and node.kind is not NodeKind.ALIAS else None
        if entry is not None:
            parts += [self._with_family(entry), self._mentioned(entry)]
            if isinstance(entry, Run):
                parts += self._mentioned_by_models.get(entry.id, ())
        elif ref is not None:
            parts += (self._refused[path] for path in self._catalog.refused_at(ref))
        return digest(*parts)

    @cached_property
    def _walks(self) -> tuple[Mapping[Node, bytes], Mapping[Node, bytes]]:
        """For each node itself with all that it was made from, and itself with all that was made from it."""
        order = list(self._book.lineage.in_order())
        upstream = self._from_copy(2, lambda: (node for node, _, _ in order))
        downstream = self._from_copy(3, lambda: (node for node, _, _ in reversed(order)))
        if upstream is not None and downstream is not None:
            return upstream, downstream
        upstream, downstream = {}, {}
        alone = {node: self._node(node) for node, _, _ in order}
        for node, parents, _ in order:
            roles = said(tuple(parents.values())) if parents else _NOTHING
            upstream[node] = digest(alone[node], roles, *(upstream[parent] for parent in parents))
        for node, _, children in reversed(order):
            roles = said(tuple(children.values())) if children else _NOTHING
            downstream[node] = digest(alone[node], roles, *(downstream[child] for child in children))
        return upstream, downstream

    def _lineage(self, node: Node | None) -> bytes:
        upstream, downstream = self._walks
        return _NOTHING if node is None else upstream[node] + downstream[node]

    # What a copy of this process looks at

    def _looked_at(self) -> tuple[bytes, ...]:
        """The digests of all entries and of all steps of lineage, one behind the other."""
        return tuple(b"".join(each.values()) for each in (self._own, self._shown_of, *self._walks))

    def _from_copy(self, number: int, of: Callable[[], Iterable[T]]) -> dict[T, bytes] | None:
        """What a copy found out, by what it belongs to; `None` where none looks, or where it failed."""
        found = self._begun() if self._begun is not None else None
        if found is None:
            return None
        raw, length = found[number], len(_NOTHING)
        digests = (raw[start : start + length] for start in range(0, len(raw), length))
        return dict(zip(of(), digests, strict=True))

    # Entries with all that is on their pages

    def _by_itself(self, ref: Ref) -> bytes:
        entry = self._catalog.resolve(ref)
        return self._own[entry] if isinstance(entry, _WITH_NOTES) else _NOTHING

    def _around(self, ref: Ref) -> bytes:
        name = Ref(ref.kind, ref.name) if ref.kind is Kind.MODEL else ref
        known = self._around_already.get(name)
        if known is None:
            known = self._around_already[name] = digest(*self._parts(name))
        return known

    @cached_property
    def _around_already(self) -> dict[Ref, bytes]:
        return {}

    def _parts(self, ref: Ref) -> Iterator[bytes]:
        yield said(str(ref))
        if ref.kind is Kind.MODEL:
            yield from self._parts_of_model(ref.name)
            return
        entry, lineage = self._catalog.resolve(ref), self._book.lineage
        node = lineage.node(ref)
        yield self._lineage(node)
        if entry is not None and node is None:
            yield self._with_family(entry)
            yield self._mentioned(entry)
        if isinstance(entry, Run):
            yield from (self._shown(child) for child in self._book.children_of_run.get(entry.id, ()))
        if isinstance(entry, Dataset) or (ref.kind is Kind.DATASET and ref.version is None):
            for version in self._catalog.versions_of_dataset(ref.name):
                yield self._lineage(lineage.node(version.ref))

    def _parts_of_model(self, name: str) -> Iterator[bytes]:
        """A model: its files, what its versions came from, what came of them, what they were measured by."""
        catalog, lineage = self._catalog, self._book.lineage
        yield self._of_model.get(name, _NOTHING)
        belonging: list[Entry | None] = [catalog.models.get(name), catalog.aliases.get(name)]
        belonging += [catalog.stages.get(name), catalog.cards.get((name, None))]
        for version in catalog.versions_of(name):
            belonging += [version, catalog.cards.get((name, version.version))]
            node = lineage.node(version.ref)
            yield self._lineage(node)
            for child in lineage.children(node) if node is not None else ():
                if child.kind is NodeKind.RUN:
                    yield self._lineage(child)
        ledger = catalog.aliases.get(name)
        for alias in ledger.ledgers if ledger is not None else ():
            yield self._lineage(lineage.node(Ref.model(name, alias=alias)))
        for entry in belonging:
            if entry is not None:
                yield self._mentioned(entry)
                # Runs that a card or a ledger names are shown with their numbers and with what they measured.
                for mention in entry.mentions():
                    target = self._target(mention)
                    if isinstance(target, Run):
                        yield self._lineage(lineage.node(target.ref))
        for share in self._book.shares_of_model(name):
            yield self._shown(share.endpoint)
            yield self._shown(share.version)


def _model_of(entry: Entry) -> str:
    return entry.name if isinstance(entry, Model) else str(entry.data["model"])


def _folder_of(path: str) -> str:
    """The name of the model in whose folder a file stands; nothing for one that stands elsewhere."""
    top, _, below = path.partition("/")
    return below.partition("/")[0] if top == "models" else ""


def _told(finding: Finding) -> tuple[object, ...]:
    """All that pages tell of a finding."""
    span = finding.place.span
    related = [(item.message, item.place.file, item.place.span) for item in finding.related]
    return finding.rule, finding.severity, finding.message, finding.place.file, span, finding.help, related
