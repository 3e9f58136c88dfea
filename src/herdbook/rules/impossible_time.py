"""No time lies in the future, and nothing ends or is registered before it began.

Why: what a dataset or an alias stood for on a day is found by these times; a wrong one gives wrong answers
to "what was in production then?".

A time may be up to a day ahead of today. Times of one file are compared with each other, and `created_at`
of a model version with the start of its run.

Bad:

```yaml
# runs/churn/train-2.yaml
started_at: "2024-01-12T09:00:00Z"
ended_at: "2024-01-12T08:00:00Z"  # <- here
# models/churn/versions/1.yaml
created_at: "2042-01-11T11:00:00Z"  # <- here
```

Good:

```yaml
# runs/churn/train-2.yaml
started_at: "2024-01-12T08:00:00Z"
ended_at: "2024-01-12T09:00:00Z"
```

Bad: version 2 is older than the run that made it.

```yaml
# models/churn/versions/2.yaml
created_at: "2024-01-12T07:59:59Z"  # <- here
```
"""

from collections.abc import Iterator
from datetime import timedelta

from herdbook.clock import instant
from herdbook.entries import NOTHING, Data, ModelVersion, Run
from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import Context
from herdbook.source import Route

ID, FAMILY, SEVERITY = "impossible-time", "lineage", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report times in the future, and ends that come before their beginnings."""
    last_day = (context.today + timedelta(days=1)).isoformat()
    for entry in context.catalog.entries():
        for route, time in _times(entry.data):
            if time[:10] > last_day:
                message = f"{time} lies in the future"
                hint = "Write the time, in UTC, at which it happened; if this is it, set the clock here."
                yield Finding(ID, SEVERITY, message, entry.at(*route), hint)
    for run in context.catalog.runs.values():
        started, ended = run.started_at, run.ended_at
        if started and ended and instant(ended) < instant(started):
            message = f"run {run.id} ended before it started"
            related = Related("started here", run.at("started_at"))
            yield Finding(ID, SEVERITY, message, run.at("ended_at"), "Mend the times, in UTC.", (related,))
    for version in context.catalog.versions.values():
        yield from _born_before_its_run(context, version)


def _born_before_its_run(context: Context, version: ModelVersion) -> Iterator[Finding]:
    run = context.catalog.resolve(version.run.ref) if version.run.ref is not None else None
    created = version.text("created_at")
    if created and isinstance(run, Run) and run.started_at and instant(created) < instant(run.started_at):
        message = f"{version.ref} was created before its run {run.id} started"
        hint = "Mend the time, or name the run that made the version."
        related = Related("started here", run.at("started_at"))
        yield Finding(ID, SEVERITY, message, version.at("created_at"), hint, (related,))


def _times(data: Data) -> Iterator[tuple[Route, str]]:
    for field in ("started_at", "ended_at", "created_at"):
        if field in data:
            yield (field,), data[field]
    for field in ("recall", "deprecated"):
        if field in data:
            yield (field, "at"), data[field]["at"]
    for alias, assignments in data.get("aliases", NOTHING).items():
        for index, assignment in enumerate(assignments):
            yield ("aliases", alias, index, "at"), assignment["at"]
    for index, transition in enumerate(data.get("transitions", ())):
        yield ("transitions", index, "at"), transition["at"]
