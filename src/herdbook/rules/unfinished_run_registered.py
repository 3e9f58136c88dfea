"""A version comes from a finished run of a kind that makes such things.

Why: a run that failed, was killed or is still going left no result that anybody vouches for; and an
evaluation makes no models.

Model versions come from training or preprocessing runs (a fitted transformer is a model, too), dataset
versions from runs of any type.

Bad:

```yaml
# runs/churn/train-2.yaml
status: failed
error: The disk was full.
# models/churn/versions/2.yaml
run: train-2  # <- here
```

Good:

```yaml
# runs/churn/train-2.yaml
status: finished
```

Bad: an evaluation made no model.

```yaml
# models/churn/versions/2.yaml without output
run: evaluate-1  # <- here
```
"""

from collections.abc import Iterator

from herdbook.entries import DatasetVersion, Entry, Mention, Run
from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "unfinished-run-registered", "lineage", Severity.ERROR

_MODEL_MAKERS = ("training", "preprocessing")
_STATUS = {"running": "is still running", "failed": "failed", "killed": "was killed"}


def check(context: Context) -> Iterator[Finding]:
    """Report the versions that no finished run of the right type stands behind."""
    for version in context.catalog.versions.values():
        yield from _judge(context, version, version.run)
    for dataset_version in context.catalog.dataset_versions.values():
        if dataset_version.produced_by is not None:
            yield from _judge(context, dataset_version, dataset_version.produced_by)


def _judge(context: Context, entry: Entry, maker: Mention) -> Iterator[Finding]:
    run = context.catalog.resolve(maker.ref) if maker.ref is not None else None
    if not isinstance(run, Run):
        return
    place = entry.at(*maker.route)
    if run.status != "finished":
        yield Finding(
            ID,
            SEVERITY,
            f"{entry.label} comes from run {run.id}, which {_STATUS[run.status]}",
            place,
            "Register what a finished run made, or mend the status of the run.",
            (Related("the status of the run", run.at("status")),),
        )
    elif not isinstance(entry, DatasetVersion) and run.type not in _MODEL_MAKERS:
        yield Finding(
            ID,
            SEVERITY,
            f"{entry.label} comes from run {run.id}, whose type is {run.type}",
            place,
            "Name the run that trained the model, or mend the type of the run.",
            (Related("the type of the run", run.at("type")),),
        )
