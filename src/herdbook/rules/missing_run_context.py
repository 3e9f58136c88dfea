"""A finished run records its code, its environment, its time and who started it.

Why: a model whose commit is not known cannot be trained again, and its regressions cannot be traced to a
change. The recorder writes all of this by itself; so does the import from most trackers.

The option `fields` names what is demanded: `code.commit`, `user`, `started_at`, `ended_at`,
`environment.python`, `environment.requirements` (a container counts as well, since it holds the packages).
A missing commit of a run that a model version came from is an error, all else a warning.

Bad:

```yaml
# runs/churn/train-2.yaml without user, ended_at
kind: run  # <- here
```

Good:

```yaml
# runs/churn/train-2.yaml
user: ana
started_at: "2024-01-12T08:00:00Z"
ended_at: "2024-01-12T09:00:00Z"
code: {commit: 0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d}
environment: {python: 3.11.7, container: "registry.example.org/train@sha256:0f4b1c3d"}
```

Bad: nobody knows which code made version 2.

```yaml
# runs/churn/train-2.yaml
code: {entry_point: train.py}  # <- here
```
"""

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from herdbook.entries import NOTHING, Data
from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import MOST_RELATED, Context
from herdbook.rules.text import is_placeholder, listed

ID, FAMILY, SEVERITY = "missing-run-context", "lineage", Severity.ERROR

Field = Literal[
    "code.commit", "user", "started_at", "ended_at", "environment.python", "environment.requirements"
]
FIELDS: tuple[Field, ...] = get_args(Field)


def check(context: Context, *, fields: Sequence[Field] = FIELDS) -> Iterator[Finding]:
    """Report for each finished run the fields that it lacks."""
    wanted = [(field, *field.rpartition(".")[::2]) for field in fields]
    for run in context.catalog.runs.values():
        if run.status != "finished":
            continue
        missing = [field for field, section, name in wanted if _lacks(run.data, section, name)]
        if not missing:
            continue
        versions = context.versions_of(run) if "code.commit" in missing else ()
        sections = {field.rpartition(".")[0] for field in missing}
        section = sections.pop() if len(sections) == 1 else ""
        yield Finding(
            ID,
            SEVERITY if versions else Severity.WARNING,
            f"run {run.id} does not record {listed(missing, len(FIELDS))}",
            run.at(section) if section in run.data else run.at(),
            f"Add {listed(missing, len(FIELDS))} to the run; the recorder writes them by itself.",
            tuple(
                Related(f"{version.ref} was made by this run", version.at("run"))
                for version in versions[:MOST_RELATED]
            ),
        )


def _lacks(data: Data, section: str, name: str) -> bool:
    if section:
        data = data.get(section, NOTHING)
    value = data.get(name)
    if name == "requirements":
        return not value and is_placeholder(data.get("container", ""))
    return value is None or is_placeholder(value)
