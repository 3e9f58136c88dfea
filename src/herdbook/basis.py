"""The basis of a version: the files that whoever lets it in relies on."""

from collections.abc import Iterable, Iterator

from herdbook.catalog import Catalog
from herdbook.entries import Mention, ModelVersion
from herdbook.lineage import Lineage
from herdbook.registry import Registry


def files_behind(
    catalog: Catalog, registry: Registry, lineage: Lineage, version: ModelVersion
) -> Iterator[str]:
    """The paths of the version, its model and cards, its evaluations, and all that it was made from.

    Among them are those of files that were refused for their form, also where a card or an evaluation names
    what is in them.
    """
    folder = f"models/{version.model}"
    yield version.source.path
    yield from (f"{folder}/model.yaml", f"{folder}/card.yaml", f"{folder}/cards/{version.version}.yaml")
    evaluations = registry.evaluations.get((version.model, version.version), ())
    for run in evaluations:
        yield run.source.path
    cards = (catalog.cards.get((version.model, number)) for number in (None, version.version))
    for naming in (*cards, *evaluations):
        yield from refused_among(catalog, naming.mentions() if naming is not None else ())
    node = lineage.node(version.ref)
    for ancestor in lineage.upstream(node) if node is not None else ():
        entry = catalog.resolve(ancestor.ref) if ancestor.ref is not None else None
        if entry is not None:
            yield entry.source.path
        elif ancestor.ref is not None:
            yield from catalog.refused_at(ancestor.ref)


def refused_among(catalog: Catalog, mentions: Iterable[Mention]) -> Iterator[str]:
    """The paths of files that some references lead to and that were refused for their form."""
    for mention in mentions:
        if mention.ref is not None and catalog.resolve(mention.ref) is None:
            yield from catalog.refused_at(mention.ref)
