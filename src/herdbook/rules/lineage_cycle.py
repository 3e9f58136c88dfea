"""Nothing descends from itself.

Why: what was made later cannot have been read earlier. In a circle somebody named the wrong version, and
every question about what came from what gets a wrong answer.

Each circle is reported once; where several hang together, the others show when the first is mended.

Bad:

```yaml
# runs/churn/prepare-1.yaml
inputs:
  - {dataset: orders/v2}
# datasets/orders/versions/v2.yaml
derived_from: [orders/v1]  # <- here
```

Good:

```yaml
# datasets/orders/versions/v2.yaml
derived_from: [orders/v1]
```
"""

from collections.abc import Iterator, Sequence

from herdbook.entries import Mention, Run
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.lineage import Node, NodeKind
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "lineage-cycle", "references", Severity.ERROR

_SHOWN = 8


def check(context: Context) -> Iterator[Finding]:
    """Report one circle for each set of things that descend from each other."""
    for cycle in context.lineage.cycles():
        edges = list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))[:_SHOWN]
        stated = [
            (source, target, place)
            for source, target in edges
            if (place := _stated(context, source, target)) is not None
        ]
        if not stated:
            continue
        _, _, first = stated[0]
        yield Finding(
            ID,
            SEVERITY,
            f"{cycle[0].key} descends from itself: {_path(cycle)}",
            first,
            "Name the version that was read instead of its alias, or add started_at to the run."
            if any(node.kind is NodeKind.ALIAS for node in cycle)
            else "Mend the reference that is wrong.",
            tuple(
                Related(f"{target.key} comes from {source.key}", place)
                for source, target, place in stated[1:]
            ),
        )


def _path(cycle: Sequence[Node]) -> str:
    keys = [node.key for node in cycle]
    if len(keys) > _SHOWN:
        keys = [*keys[: _SHOWN // 2], f"({len(keys) - _SHOWN} more)", *keys[-_SHOWN // 2 :]]
    return " -> ".join([*keys, cycle[0].key])


def _stated(context: Context, source: Node, target: Node) -> Place | None:
    """The place of the reference that makes one thing come from another: in the file of either."""
    for here, there in ((target, source), (source, target)):
        entry = context.catalog.resolve(here.ref) if here.ref is not None else None
        for mention in entry.mentions() if entry is not None else ():
            moment = entry.started_at if isinstance(entry, Run) else ""
            if entry is not None and _names(context, mention, there, moment):
                return entry.at(*mention.route)
    return None


def _names(context: Context, mention: Mention, node: Node, moment: str) -> bool:
    if mention.ref is None or node.ref is None:
        return False
    ref = context.catalog.pinned(mention.ref, moment)
    if ref == node.ref:
        return True
    found = context.catalog.resolve(ref) if ref is not None else None
    return found is not None and found is context.catalog.resolve(node.ref)
