"""What a change can reach: the part of a catalog in which an edit of some files can bring new findings about.

A finding about an entry follows from the entry and from what it is related to by references. Besides the
changed entries these are the ones that were made from them, or refer to them, and so on; then all that these
were made from, so that each is seen with its whole origin. Of a model that the change touches or measures,
everything that refers to it belongs to that: its evaluations decide together what may be in force. To what a
run made belongs all that it made: what is found of the run follows from all of it.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from herdbook.catalog import FIELDS, Catalog
from herdbook.entries import CatalogFile, Dataset, DatasetVersion, Entry, ModelVersion, Run
from herdbook.ref import Kind
from herdbook.relations import Names
from herdbook.tree import as_listed

EVERYWHERE = "herdbook.yaml"
"""The file whose settings concern every entry."""


_VERSIONS = (DatasetVersion, ModelVersion)


class Reach(NamedTuple):
    """What a change of files can reach.

    Of what lies outside neither part knows anything: what one part lacks, the other lacks as well. A finding
    that only one of them has is of the change.

    Attributes:
        before: the part of the catalog before the change, or all of it.
        after: the part of it after the change, or all of it.
        files: the files that the change touches, and those of all that follows from them. In these is found
            in the parts what is found there in the whole. `None` where the parts are the whole.
    """

    before: Catalog
    after: Catalog
    files: frozenset[str] | None = None


def reached(before: Catalog, after: Catalog, changed: Collection[str]) -> Reach:
    """The parts of a catalog, as it was and as it is, that a change of files can reach.

    Args:
        before: the catalog before the change.
        after: the catalog after it.
        changed: the paths of the files that were changed, added or removed.
    """
    refused = before.refused.keys() | after.refused.keys()
    if EVERYWHERE in changed or not refused.isdisjoint(changed):
        return Reach(before, after)  # who meant what cannot be read, nobody knows
    files, paths = _reached(before, after, changed)
    return Reach(_part(before, paths), _part(after, paths), files)


def around(catalog: Catalog, paths: Collection[str]) -> Catalog:
    """The part of a catalog that has to do with the entries of some files."""
    return _part(catalog, _reached(catalog, catalog, paths)[1])


def _reached(
    before: Catalog, after: Catalog, changed: Collection[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """The files that a change touches and those of all that follows from them; these with their origins."""
    touched = [entry for side in (before, after) for path in changed if (entry := side.at(path)) is not None]
    names = Names(after.resolve)
    own = [name for entry in touched for name in names.gone_by(entry)]
    shared = [name for entry in touched for name in _shared(names, entry)]
    tags = after.relations.tags_with(_names_of_data(before, after, changed))
    files = frozenset(after.relations.downstream([*own, *shared, *tags])).union(changed)
    related = files.union(
        [entry.source.path for entry in _named_in_tags(after, touched)],
        _made_together_with(after, names, touched),
    )
    mentioned = [name for entry in touched for name in names.mentioned(entry)]
    origins = after.relations.upstream(related, [*own, *mentioned])
    return files, related.union(origins, [EVERYWHERE])


def _shared(names: Names, entry: Entry) -> Iterator[str]:
    """The names of what others speak of as well as an entry: models, say."""
    for mention in entry.mentions():
        if mention.ref is not None and mention.ref.kind is Kind.MODEL:
            yield names.meant(mention.ref)
    yield from names.in_common(entry)


def _made_together_with(catalog: Catalog, names: Names, entries: Collection[Entry]) -> Iterator[str]:
    """The files of all versions that the runs made which made some of the entries."""
    versions = [entry for entry in entries if isinstance(entry, _VERSIONS)]
    mentions = [mention.ref for entry in versions for mention in entry.mentions()]
    runs = {names.meant(ref) for ref in mentions if ref is not None and ref.kind is Kind.RUN}
    for path in catalog.relations.mentioning(runs):
        if isinstance(catalog.at(path), _VERSIONS):
            yield path


def _named_in_tags(catalog: Catalog, entries: Collection[Entry]) -> Iterator[Entry]:
    """The datasets that tags of runs may name, and their versions, whether the runs read them or not."""
    tags = {entry.tags.get("dataset_version", "").casefold() for entry in entries if isinstance(entry, Run)}
    for name in catalog.names_of_datasets if tags - {""} else ():
        if any(name.casefold() in tag for tag in tags):
            if name in catalog.datasets:
                yield catalog.datasets[name]
            yield from catalog.versions_of_dataset(name)


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
                if not all(dataset in side.names_of_datasets for side in (before, after)):
                    found.add(dataset.casefold())
    return found


def _part(catalog: Catalog, paths: Collection[str]) -> Catalog:
    """The entries of a catalog in files at some paths, beside all files that were refused."""
    chosen: dict[str, dict[Any, Entry]] = {field: {} for field in FIELDS.values()}
    for path in sorted(paths, key=as_listed):
        entry = catalog.at(path)
        if entry is not None and not isinstance(entry, CatalogFile):
            chosen[FIELDS[type(entry)]][catalog.key_at(path)] = entry
    changes: dict[str, Any] = dict(chosen)
    return replace(catalog, known=None, origin=None, whole=catalog, **changes)
