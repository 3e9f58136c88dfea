"""What a change can reach: the part of a catalog in which an edit of some files can bring new findings about.

A finding about an entry follows from the entry and from what it is related to by references. Besides the
changed entries these are the ones that were made from them, or refer to them, and so on; then all that these
were made from, so that each is seen with its whole origin. Of a model that the change touches or measures,
everything that refers to it belongs to that: its evaluations decide together what may be in force.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from herdbook.catalog import FIELDS, Catalog
from herdbook.entries import Dataset, DatasetVersion, Entry, Run
from herdbook.ondemand import paths_of
from herdbook.ref import Kind
from herdbook.relations import Names, own_name

EVERYWHERE = "herdbook.yaml"
"""The file whose settings concern every entry."""


def reached(before: Catalog, after: Catalog, changed: Collection[str]) -> tuple[Catalog, Catalog]:
    """The parts of a catalog, as it was and as it is, that a change of files can reach.

    Of what lies outside neither part knows anything: what one part lacks, the other lacks as well. A finding
    that only one of them has is of the change.

    Args:
        before: the catalog before the change.
        after: the catalog after it.
        changed: the paths of the files that were changed, added or removed.
    """
    refused = before.refused.keys() | after.refused.keys()
    if EVERYWHERE in changed or not refused.isdisjoint(changed):
        return before, after  # who meant what cannot be read, nobody knows
    paths = _paths_reached(before, after, changed)
    return _part(before, paths), _part(after, paths)


def around(catalog: Catalog, paths: Collection[str]) -> Catalog:
    """The part of a catalog that has to do with the entries of some files."""
    return _part(catalog, _paths_reached(catalog, catalog, paths))


def _paths_reached(before: Catalog, after: Catalog, changed: Collection[str]) -> set[str]:
    touched = [entry for side in (before, after) for path in changed if (entry := side.at(path)) is not None]
    names = Names(after.resolve)
    starts = [name for entry in touched for name in (own_name(entry), *_shared(names, entry))]
    starts += after.relations.tags_with(_names_of_data(before, after, changed))
    related = {entry.source.path for entry in touched}
    related |= {version.source.path for entry in touched for version in _named_in_tags(after, entry)}
    related |= after.relations.downstream(starts)
    origins = [name for entry in touched for name in (own_name(entry), *names.mentioned(entry))]
    found = after.relations.upstream(related, origins)
    return found.union(related, changed, [EVERYWHERE])


def _shared(names: Names, entry: Entry) -> Iterator[str]:
    """The names of what others speak of as well as an entry: models, say, and the data that a run made."""
    for mention in entry.mentions():
        if mention.ref is not None and mention.ref.kind is Kind.MODEL:
            yield names.meant(mention.ref)
    yield from names.in_common(entry)
    if isinstance(entry, Run):
        for output in entry.outputs:
            if output.dataset is not None and output.dataset.ref is not None:
                yield names.meant(output.dataset.ref)


def _named_in_tags(catalog: Catalog, entry: Entry) -> Iterator[Entry]:
    """The versions of the datasets that a tag of a run may name, whether the run read them or not."""
    tag = entry.tags.get("dataset_version", "").casefold() if isinstance(entry, Run) else ""
    for dataset in catalog.datasets if tag else ():
        if dataset.casefold() in tag:
            yield from catalog.versions_of_dataset(dataset)


def _names_of_data(before: Catalog, after: Catalog, changed: Collection[str]) -> set[str]:
    """By what a tag could name data that are new or gone: a dataset, or a version without a v in front."""
    found: set[str] = set()
    for path in changed:
        sides = [side.at(path) for side in (before, after)]
        for entry in sides if None in sides else ():
            if isinstance(entry, DatasetVersion):
                found.add(entry.version.casefold().removeprefix("v"))
            if isinstance(entry, Dataset | DatasetVersion):
                dataset = entry.name if isinstance(entry, Dataset) else entry.dataset
                if not all(_knows(side, dataset) for side in (before, after)):
                    found.add(dataset.casefold())
    return found


def _knows(catalog: Catalog, dataset: str) -> bool:
    return dataset in catalog.datasets or bool(catalog.versions_of_dataset(dataset))


def _part(catalog: Catalog, paths: Collection[str]) -> Catalog:
    """The entries of a catalog in files at some paths, beside all files that were refused."""
    chosen: dict[str, Any] = {
        field: {key: entries[key] for key, path in paths_of(entries) if path in paths}
        for field in FIELDS.values()
        for entries in (getattr(catalog, field),)
    }
    return replace(catalog, known=None, origin=None, whole=catalog, **chosen)
