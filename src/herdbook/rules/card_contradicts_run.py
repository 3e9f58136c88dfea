"""What a card claims agrees with the runs.

Why: a card is read instead of the runs. If it shows the evaluation of another version, names data that the
model never saw, or gives a metric that nobody measured, its readers decide on something that is not so.

`evaluations` name evaluation runs of the model, and in the card of a version of that version. `datasets`
name what the version was trained on, directly or further upstream; in the card of a version nothing that its
run trained on may be left out (its origin may stand for it). `metrics` repeat what the evaluation runs that
the card names measured, up to a billionth; where it names none, any evaluation run will do.

Bad:

```yaml
# models/churn/cards/2.yaml
evaluations: [evaluate-1]  # <- here
datasets: [orders/v1]  # <- here
metrics:
  auc: 0.83  # <- here
```

Bad, as something is left out:

```yaml
# models/churn/cards/2.yaml
datasets: []  # <- here
```

Good:

```yaml
# models/churn/cards/2.yaml
evaluations: [evaluate-2]
datasets: [orders/v2]
metrics:
  auc: 0.82
```
"""

from collections.abc import Collection, Iterable, Iterator
from math import isclose

from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, ModelCard, ModelVersion, Run
from herdbook.finding import Finding, Related, Severity
from herdbook.lineage import Lineage, Node
from herdbook.ref import Ref
from herdbook.registry import evaluated_version
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "card-contradicts-run", "cards", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report the evaluations, datasets and metrics of cards that the runs do not bear out."""
    for card in context.catalog.cards.values():
        versions = _versions(context, card)
        if versions:
            yield from _evaluations(context, card)
            yield from _datasets(context, card, versions)
            yield from _metrics(context, card, versions)


def _versions(context: Context, card: ModelCard) -> tuple[ModelVersion, ...]:
    """The versions that a card speaks of: for that of a model those in force, or all as long as none is."""
    if card.version is None:
        return context.registry.in_force(card.model) or context.catalog.versions_of(card.model)
    version = context.catalog.versions.get((card.model, card.version))
    return () if version is None else (version,)


def _evaluations(context: Context, card: ModelCard) -> Iterator[Finding]:
    for mention in card.evaluations:
        run = context.catalog.resolve(mention.ref) if mention.ref is not None else None
        if not isinstance(run, Run) or (
            run.evaluates is not None and evaluated_version(context.catalog, run) is None
        ):
            continue  # unknown-reference says so
        version = evaluated_version(context.catalog, run)
        if version is None:
            yield Finding(
                ID,
                SEVERITY,
                f"{run.ref} evaluates no model version",
                card.at(*mention.route),
                "Name evaluation runs here, or say in the run what it evaluates.",
                (Related("the run", run.at("type")),),
            )
        elif version.model != card.model or card.version not in (None, version.version):
            yield Finding(
                ID,
                SEVERITY,
                f"{run.ref} evaluates {version.ref}, not {Ref.model(card.model, card.version)}",
                card.at(*mention.route),
                "Name the evaluation runs of what the card describes.",
                (Related("the run evaluates it here", run.at("evaluates")),),
            )


def _datasets(context: Context, card: ModelCard, versions: Iterable[ModelVersion]) -> Iterator[Finding]:
    lineage, catalog = context.lineage, context.catalog
    if "datasets" not in card.data or not all(_run(catalog, version) for version in versions):
        return  # without its run, nobody knows what a version was trained on; unknown-reference says so
    stated = {
        node: mention
        for mention in card.datasets
        if mention.ref is not None and catalog.resolve(mention.ref) and (node := lineage.node(mention.ref))
    }
    starts = [node for version in versions if (node := lineage.node(version.ref)) is not None]
    seen = _among_ancestors(lineage, starts, stated.keys())
    subject = Ref.model(card.model, card.version)
    for node, mention in stated.items():
        if node not in seen:
            yield Finding(
                ID,
                SEVERITY,
                f"{subject} was not trained on {node.key}",
                card.at(*mention.route),
                "Name the dataset versions that its run read, or mend the inputs of the run.",
                tuple(
                    Related(f"{version.ref} comes from {version.run.text}", version.at("run"))
                    for version in versions
                ),
            )
    for run, ref in _trained_on(context, card):
        source = lineage.node(ref)
        if source is not None and not _among_ancestors(lineage, [source], stated.keys()):
            yield Finding(
                ID,
                SEVERITY,
                f"{subject} was trained on {ref}, which the card leaves out",
                card.at("datasets"),
                f"Add {ref.short} to datasets.",
                (Related("the run that made it read it", run.at("inputs")),),
            )


def _trained_on(context: Context, card: ModelCard) -> Iterator[tuple[Run, Ref]]:
    """The dataset versions that the run behind the version of a card trained on."""
    version = context.catalog.versions.get((card.model, card.version)) if card.version is not None else None
    run = _run(context.catalog, version) if version is not None else None
    if run is not None:
        for item in run.inputs:
            ref = item.ref if item.is_training else None
            if ref is not None and isinstance(context.catalog.resolve(ref), DatasetVersion):
                yield run, ref


def _run(catalog: Catalog, version: ModelVersion) -> Run | None:
    run = catalog.resolve(version.run.ref) if version.run.ref is not None else None
    return run if isinstance(run, Run) else None


def _among_ancestors(lineage: Lineage, starts: Iterable[Node], wanted: Collection[Node]) -> set[Node]:
    """Those of the wanted nodes that the starts are or come from; the search ends when all are found."""
    reached = set(starts)
    found = {node for node in reached if node in wanted}
    level = list(reached)
    while level and len(found) < len(wanted):
        level = [parent for node in level for parent in lineage.parents(node) if parent not in reached]
        level = list(dict.fromkeys(level))
        reached.update(level)
        found.update(node for node in level if node in wanted)
    return found


def _metrics(context: Context, card: ModelCard, versions: Iterable[ModelVersion]) -> Iterator[Finding]:
    if not card.metrics:
        return
    effective = context.registry.card(card.model, card.version)
    runs = effective.evaluations if effective is not None else ()
    if not runs:
        runs = tuple(
            run
            for version in versions
            for run in context.registry.evaluations.get((version.model, version.version), ())
        )
    for metric, claimed in card.metrics.items():
        measured = [run for run in runs if metric in run.metrics]
        if any(isclose(claimed, run.metrics[metric], rel_tol=1e-9) for run in measured):
            continue
        values = ", ".join(f"{run.metrics[metric]} in {run.ref}" for run in measured[:3])
        yield Finding(
            ID,
            SEVERITY,
            f"the card claims {metric} {claimed}, but "
            + (f"it is {values}" if measured else "no evaluation run measured it"),
            card.at("metrics", metric),
            "Take the number out: the page shows those of the evaluation runs that the card names.",
            tuple(Related(f"{metric} was measured here", run.at("metrics", metric)) for run in measured[:3]),
        )
