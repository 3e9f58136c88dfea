"""What a change can reach: the part of a catalog in which an edit of some files can bring new findings about.

A finding about an entry follows from the entry and from what it is related to by references. Besides the
changed entries these are the ones that were made from them, or refer to them, and so on; then all that these
were made from, so that each is seen with its whole origin. Of a model that the change touches or measures,
everything that refers to it belongs to that: its evaluations decide together what may be in force.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from herdbook.catalog import Catalog
from herdbook.entries import (
    Aliases,
    Dataset,
    DatasetVersion,
    Endpoint,
    Entry,
    Model,
    ModelCard,
    ModelVersion,
    Run,
    Stages,
)
from herdbook.ref import Kind, Ref

EVERYWHERE = "herdbook.yaml"
"""The file whose settings concern every entry."""

Key = TypeVar("Key")
Kept = TypeVar("Kept", bound=Entry)


def reached(before: Catalog, after: Catalog, changed: Collection[str]) -> tuple[Catalog, Catalog]:
    """The parts of a catalog, as it was and as it is, that a change of files can reach.

    Of what lies outside neither part knows anything: what one part lacks, the other lacks as well. A finding
    that only one of them has is of the change.

    Args:
        before: the catalog before the change.
        after: the catalog after it.
        changed: the paths of the files that were changed, added or removed.
    """
    if EVERYWHERE in changed:
        return before, after
    relations = _Relations(after)
    touched = [entry for side in (before, after) for entry in side.entries() if entry.source.path in changed]
    starts = [ref for entry in touched for ref in (_own(entry), *relations.shared(entry))]
    named = [version for entry in touched for version in _named_in_tags(after, entry)]
    related = [*touched, *named, *relations.downstream(starts)]
    paths = {entry.source.path for entry in relations.upstream(related)}.union(changed, [EVERYWHERE])
    return _part(before, paths), _part(after, paths)


class _Relations:
    """Who refers to what. A reference stands under the name of what it leads to, and so does each entry."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.known: dict[Ref, Ref] = {}
        self.of_models: dict[Ref, list[Entry]] = defaultdict(list)
        self.mentioners: dict[Ref, list[Entry]] = defaultdict(list)
        for part in (catalog.models, catalog.versions, catalog.cards, catalog.aliases, catalog.stages):
            for belonging in part.values():
                self.of_models[_own(belonging)].append(belonging)
        for entry in catalog.entries():
            for ref in self.mentioned(entry):
                self.mentioners[ref].append(entry)

    def named(self, ref: Ref) -> Iterable[Entry]:
        """What goes by a name: an entry, or all that belongs to a model."""
        if ref.kind is Kind.MODEL:
            return self.of_models.get(ref, ())
        found = self.catalog.resolve(ref)
        return () if found is None else (found,)

    def mentioned(self, entry: Entry) -> Iterator[Ref]:
        """What an entry refers to, and what it belongs to."""
        if isinstance(entry, DatasetVersion):
            yield Ref.dataset(entry.dataset)
        for mention in entry.mentions():
            if mention.ref is not None:
                yield self.meant(mention.ref)

    def meant(self, ref: Ref) -> Ref:
        """The name of what a reference leads to, or would lead to."""
        known = self.known.get(ref)
        if known is None:
            found = self.catalog.resolve(ref)
            known = self.known[ref] = _own(found) if found is not None else _without_details(ref)
        return known

    def shared(self, entry: Entry) -> Iterator[Ref]:
        """What others speak of as well as an entry: models, and the data that a run made."""
        for ref in self.mentioned(entry):
            if ref.kind is Kind.MODEL:
                yield ref
        if isinstance(entry, Run):
            for output in entry.outputs:
                if output.dataset is not None and output.dataset.ref is not None:
                    yield self.meant(output.dataset.ref)

    def downstream(self, starts: Iterable[Ref]) -> Iterable[Entry]:
        """All that refers to some things, or to what refers to them, and so on."""
        return _walked(starts, lambda ref: self.mentioners.get(ref, ()), lambda entry: [_own(entry)])

    def upstream(self, starts: Sequence[Entry]) -> Iterable[Entry]:
        """Some entries, what they refer to, what that refers to, and so on."""
        refs = [ref for entry in starts for ref in (_own(entry), *self.mentioned(entry))]
        return [*starts, *_walked(refs, self.named, self.mentioned)]


def _walked(
    starts: Iterable[Ref],
    step: Callable[[Ref], Iterable[Entry]],
    further: Callable[[Entry], Iterable[Ref]],
) -> Iterable[Entry]:
    seen = set(starts)
    found: dict[Entry, None] = {}
    pending = list(seen)
    while pending:
        for entry in step(pending.pop()):
            if entry not in found:
                found[entry] = None
                new = set(further(entry)) - seen
                seen |= new
                pending += new
    return found


def _named_in_tags(catalog: Catalog, entry: Entry) -> Iterator[Entry]:
    """The versions of the datasets that a tag of a run may name, whether the run read them or not."""
    tag = entry.tags.get("dataset_version", "").casefold() if isinstance(entry, Run) else ""
    for dataset in catalog.datasets if tag else ():
        if dataset.casefold() in tag:
            yield from catalog.versions_of_dataset(dataset)


def _own(entry: Entry) -> Ref:
    """The name of an entry; all that belongs to a model goes by the name of the model."""
    match entry:
        case ModelVersion() | ModelCard() | Aliases() | Stages():
            return Ref.model(entry.model)
        case Dataset() | DatasetVersion() | Run() | Model() | Endpoint():
            return entry.ref
        case _:
            return Ref.model("")  # herdbook.yaml, to which nothing refers


def _without_details(ref: Ref) -> Ref:
    match ref.kind:
        case Kind.MODEL:
            return Ref.model(ref.name)
        case Kind.RUN:
            return Ref.run(ref.name)
        case _:
            return ref


def _part(catalog: Catalog, paths: Collection[str]) -> Catalog:
    """The entries of a catalog in files at some paths, beside all files that were refused."""

    def chosen(entries: Mapping[Key, Kept]) -> Mapping[Key, Kept]:
        return {key: entry for key, entry in entries.items() if entry.source.path in paths}

    return replace(
        catalog,
        sources=tuple(
            source for source in catalog.sources if source.path in paths or source.path in catalog.refused
        ),
        datasets=chosen(catalog.datasets),
        dataset_versions=chosen(catalog.dataset_versions),
        runs=chosen(catalog.runs),
        models=chosen(catalog.models),
        versions=chosen(catalog.versions),
        cards=chosen(catalog.cards),
        aliases=chosen(catalog.aliases),
        stages=chosen(catalog.stages),
        endpoints=chosen(catalog.endpoints),
    )
