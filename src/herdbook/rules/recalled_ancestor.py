"""Nothing in force descends from recalled data.

Why: a dataset version is recalled because it is wrong, so every model that was trained on it, directly or by
way of other data or models, is in doubt. Having been evaluated on it is no descent.

Bad:

```yaml
# datasets/orders/versions/v2.yaml
recall: {at: "2024-01-20T08:00:00Z", by: bo, reason: scaled twice, severity: high, replaced_by: orders/v1}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
# models/churn/stages.yaml
transitions:
  - {version: 2, stage: production, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
# endpoints/predict.yaml
serves:
  - {model: churn@champion, traffic: 90}  # <- here
  - {model: churn/1, traffic: 10}
```

Good:

```yaml
# datasets/orders/versions/v2.yaml
recall: {at: "2024-01-20T08:00:00Z", by: bo, reason: scaled twice, severity: high, replaced_by: orders/v1}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 1, at: "2024-01-20T08:00:00Z", by: ana, approved_by: [bo]}
# models/churn/stages.yaml
transitions:
  - {version: 2, stage: archived, at: "2024-01-20T08:00:00Z", by: ana}
```
"""

from collections.abc import Iterator, Mapping

from herdbook.entries import DatasetVersion
from herdbook.finding import Finding, Related, Severity
from herdbook.lineage import Node
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "recalled-ancestor", "registry", Severity.ERROR

_SHOWN = 6


def check(context: Context) -> Iterator[Finding]:
    """Report each alias, stage and endpoint that holds a descendant of a recalled dataset version."""
    recalled = {
        node: version
        for version in context.catalog.dataset_versions.values()
        if version.recall is not None and (node := context.lineage.node(version.ref)) is not None
    }
    origins = _descendants(context, recalled)
    for uses in context.registry.uses.values() if recalled else ():
        node = context.lineage.node(uses[0].version.ref)
        if node is None or node not in origins:
            continue
        path = _path(node, origins)
        source = recalled[path[0]]
        successor = source.recall.replaced_by if source.recall is not None else None
        version = uses[0].version
        for use in uses:
            yield Finding(
                ID,
                SEVERITY,
                f"{use} holds {version.ref}, which descends from the recalled {source.ref}: {_arrows(path)}",
                use.place,
                "Point it to a version made without these data"
                + (f"; {successor} takes their place." if successor is not None else "."),
                (
                    Related("the data were recalled here", source.at("recall", "reason")),
                    Related(f"{version.ref} was made from them", version.at("run")),
                ),
            )


def _descendants(context: Context, recalled: Mapping[Node, DatasetVersion]) -> Mapping[Node, Node]:
    """Everything made from recalled data, each with the neighbour by which the nearest of them is reached.

    One walk for all recalls, so that many of them cost no more than one.
    """
    origins = {node: node for node in recalled}
    level = list(recalled)
    while level:
        found: list[Node] = []
        for node in level:
            for child in context.lineage.children(node):
                if child not in origins:
                    origins[child] = node
                    found.append(child)
        level = found
    return origins


def _path(node: Node, origins: Mapping[Node, Node]) -> list[Node]:
    path = [node]
    while origins[path[-1]] != path[-1]:
        path.append(origins[path[-1]])
    return path[::-1]


def _arrows(path: list[Node]) -> str:
    names = [node.key for node in path]
    if len(names) > _SHOWN:
        names = [*names[: _SHOWN // 2], f"({len(names) - _SHOWN} more)", *names[-(_SHOWN // 2) :]]
    return " -> ".join(names)
