"""The basis of a version: the files that whoever lets it in relies on."""

from collections.abc import Iterator

from herdbook.catalog import Catalog
from herdbook.entries import ModelVersion
from herdbook.lineage import Lineage
from herdbook.registry import Registry


def files_behind(
    catalog: Catalog, registry: Registry, lineage: Lineage, version: ModelVersion
) -> Iterator[str]:
    """The paths of the version, its model and cards, its evaluations, and all that it was made from.

    Among them are those of files that were refused for their form.
    """
    folder = f"models/{version.model}"
    yield version.source.path
    yield from (f"{folder}/model.yaml", f"{folder}/card.yaml", f"{folder}/cards/{version.version}.yaml")
    for run in registry.evaluations.get((version.model, version.version), ()):
        yield run.source.path
    node = lineage.node(version.ref)
    for ancestor in lineage.upstream(node) if node is not None else ():
        entry = catalog.resolve(ancestor.ref) if ancestor.ref is not None else None
        if entry is not None:
            yield entry.source.path
        elif ancestor.ref is not None:
            yield from catalog.refused_at(ancestor.ref)
