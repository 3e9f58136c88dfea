"""Who moves a protected alias shows that the new version deserves it.

Why: a promotion is the moment at which somebody looks. What speaks against it is said in one place then,
with both numbers, whatever the single rules weigh: a version that takes over a protected alias or the
production stage has a complete card; a finished run; a digest of its content that agrees with what its run
wrote, as have the data that it was made from; an evaluation on the same data as the version before it; no
recalled data behind it; and no metric of the policy, over all data or for any slice of them, that is worse
than before by more than is tolerated.

Going back to a version that the alias held earlier needs no new comparison: it was judged when it came.
What counts is what the alias held before the change; lines that the change itself adds in between do not.

An endpoint in production serves what was promoted: a version that a protected alias or the production stage
holds, or held before the change. Otherwise a change of the endpoint, or of an alias that nobody protects,
would put a version into force that nobody looked at.

Option `slices` (true): the slices of the data are compared, too.

Bad:

```yaml
# runs/churn/evaluate-2.yaml
metrics: {auc: 0.7}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
```

Bad, as nothing says how the data of version 2 differ from those of version 1:

```yaml
# runs/churn/evaluate-2.yaml
inputs:
  - {dataset: orders/v2, role: test}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
```

Bad, as version 3 was never promoted:

```yaml
# models/churn/versions/3.yaml, whole
kind: model-version
model: churn
version: 3
run: train-2
output: model
uri: s3://models/churn/3.pkl
digest: "sha256:02378fc99d318e920733a6cb5551a252410bf1bc403c321f64e6f5a44f9f62b1"
# endpoints/predict.yaml
serves:
  - {model: churn/3}  # <- here
```

Good:

```yaml
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}
```
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial

from herdbook.entries import CARD_SECTIONS, DatasetVersion, ModelVersion, Run
from herdbook.finding import Finding, Severity
from herdbook.measurements import Measurement, Question, measured_by, measurements
from herdbook.registry import VersionKey
from herdbook.rules import incomplete_card
from herdbook.rules.context import Context
from herdbook.rules.options import fitting
from herdbook.rules.promotions import Promotion, admitted, arrivals, held_before, newly_served
from herdbook.rules.text import listed

ID, FAMILY, SEVERITY = "promotion-without-evidence", "change", Severity.ERROR

_MOST = 5


def check(context: Context, *, slices: bool = True) -> Iterator[Finding]:
    """Report each promotion that a change brings and that something speaks against."""
    recalled = _recalled(context)
    for promotion in arrivals(context):
        version = context.catalog.versions.get(promotion.key)
        if version is None:
            continue  # unknown-reference says so
        reasons = [
            *_of_card(context, version),
            *_of_run(context, version),
            *_of_ancestors(context, version, recalled),
            *_of_comparison(context, promotion, slices=slices),
        ]
        if reasons:
            yield Finding(
                ID,
                SEVERITY,
                f"{promotion.what} moves to {promotion.ref} without evidence: {_joined(reasons)}",
                promotion.at("version"),
                "Mend this first, or promote another version.",
            )
    yield from _past_the_ledgers(context)


def _past_the_ledgers(context: Context) -> Iterator[Finding]:
    """Report what production endpoints begin to serve though nobody promoted it."""
    held = cache(partial(admitted, context))
    for what, version, place in newly_served(context):
        if version.version not in held(version.model):
            yield Finding(
                ID,
                SEVERITY,
                f"{what} begins to serve {version.ref} without evidence: neither a protected alias nor the "
                "production stage holds it",
                place,
                "Promote the version, or let the endpoint serve a protected alias.",
            )


def _joined(reasons: Sequence[str]) -> str:
    more = len(reasons) - _MOST
    return "; ".join([*reasons[:_MOST], *([f"and {more} more"] if more > 0 else [])])


def _of_card(context: Context, version: ModelVersion) -> Iterator[str]:
    card = context.registry.card(version.model, version.version)
    if card is None:
        yield "it has no card"
        return
    stated = fitting(incomplete_card, context.policy.options(incomplete_card.ID))
    demanded: Sequence[str] = stated.get("sections", CARD_SECTIONS)
    lacking = [section for section in demanded if section not in card.sections]
    lacking += [what for what, text in (("licence", card.licence), ("contact", card.contact)) if not text]
    if lacking:
        yield f"its card lacks {listed(lacking)}"


def _of_run(context: Context, version: ModelVersion) -> Iterator[str]:
    run = context.catalog.resolve(version.run.ref) if version.run.ref is not None else None
    if not isinstance(run, Run):
        yield f"its run is {context.catalog.why_missing(version.run.ref)}"
        return
    if run.status != "finished":
        yield f"its run is {run.status}"
    digest = version.text("digest")
    if not _names_content(digest):
        yield "its artifact has no digest of its content"
    written = next((output.digest for output in run.outputs if output.name == version.text("output")), "")
    alike = digest.partition(":")[0] == written.partition(":")[0]
    if written and alike and digest != written:
        yield "its digest is not that of what its run wrote"
    elif _names_content(written) and not alike:
        yield "its digest cannot be compared with that of what its run wrote"
    for item in run.inputs:
        entry = context.catalog.resolve(item.ref) if item.ref is not None else None
        known = entry.text("digest") if isinstance(entry, DatasetVersion | ModelVersion) else item.digest
        if not isinstance(entry, Run) and not _names_content(known or item.digest):
            yield f"{item.ref or item.uri}, from which it was made, has no digest of its content"


def _names_content(digest: str) -> bool:
    """Tell whether a digest was made from the content; what a store or MLflow gave need not be."""
    algorithm, _, value = digest.partition(":")
    return algorithm not in ("", "etag", "mlflow") and bool(value.strip("0"))


def _recalled(context: Context) -> Mapping[str, DatasetVersion]:
    """The recalled dataset versions, by the digests of their content."""
    return {
        entry.text("digest"): entry
        for entry in context.catalog.dataset_versions.values()
        if entry.recall is not None and _names_content(entry.text("digest"))
    }


def _of_ancestors(
    context: Context, version: ModelVersion, recalled: Mapping[str, DatasetVersion]
) -> Iterator[str]:
    node = context.lineage.node(version.ref)
    for ancestor in context.lineage.upstream(node) if node is not None else ():
        entry = context.catalog.resolve(ancestor.ref) if ancestor.ref is not None else None
        if not isinstance(entry, DatasetVersion):
            continue
        if entry.recall is not None:
            yield f"it descends from the recalled {entry.ref}"
        elif (other := recalled.get(entry.text("digest"))) is not None:
            yield f"it descends from {entry.ref}, which has the content of the recalled {other.ref}"


def _of_comparison(context: Context, promotion: Promotion, *, slices: bool) -> Iterator[str]:
    model = promotion.ledger.model
    rules = context.policy.metrics(model)
    now = measurements(context.registry, promotion.key, slices=slices)
    if not context.registry.evaluations.get(promotion.key):
        yield "no finished run evaluated it"
        return
    held = held_before(context, promotion)
    if not held or promotion.version in held:
        return
    before = _measured_before(context, (model, held[-1]), slices=slices)
    shared = [question for question in now if question in before and question[1]]
    if before and not shared:
        yield f"it was not measured on the data on which version {held[-1]} was"
        return
    answered = {(metric, group) for metric, _, group in shared}
    lacking = dict.fromkeys(
        (metric, group) for metric, data, group in before if data and (metric, group) not in answered
    )
    for metric, group in lacking:
        if metric in rules:
            said = _slice((metric, frozenset(), group))
            yield f"{metric}{said} was not measured on the data on which it was of version {held[-1]}"
    for question in shared:
        rule = rules.get(question[0])
        value, reference = now[question].value, before[question].value
        if rule is not None and not rule.worse_by(value, reference) <= rule.tolerance:
            yield (
                f"{question[0]}{_slice(question)} is {value}, and was {reference} of version {held[-1]} "
                f"({rule.tolerance:g} tolerated)"
            )


def _measured_before(context: Context, key: VersionKey, *, slices: bool) -> Mapping[Question, Measurement]:
    """What was measured of a version; what the base knows counts before what the change adds to it."""
    base = context.change.base if context.change is not None else context.catalog
    found: dict[Question, Measurement] = {}
    for run in sorted(context.registry.evaluations.get(key, ()), key=lambda run: run.id in base.runs):
        found |= measured_by(run, slices=slices)
    return found


def _slice(question: Question) -> str:
    parts = [f"{name} {value}" for name, value in sorted(question[2])]
    return f" for {', '.join(parts)}"[:100] if parts else ""
