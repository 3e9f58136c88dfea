"""What is registered was made by committed code.

Why: `dirty: true` says that the working tree held changes that no commit knows. Nobody can read the code of
such a run again, and the commit beside it names other code.

For a run that a model version or a dataset version came from this is an error; for other finished runs it
is a note.

Bad:

```yaml
# runs/churn/train-2.yaml
code: {commit: 0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d, dirty: true}  # <- here
```

Good:

```yaml
# runs/churn/train-2.yaml
code: {commit: 0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d, dirty: false}
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import MOST_RELATED, Context

ID, FAMILY, SEVERITY = "dirty-commit", "lineage", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report the finished or registered runs whose working tree held changes."""
    for run in context.catalog.runs.values():
        if not run.code.dirty:
            continue
        made = context.made_by(run)
        if made or run.status == "finished":
            yield Finding(
                ID,
                SEVERITY if made else Severity.NOTE,
                f"run {run.id} ran code with changes that were not committed",
                run.at("code", "dirty"),
                "Commit the code, run it again, and register what that run makes."
                if made
                else "Commit before a run whose results are to be kept.",
                tuple(
                    Related(f"{entry.ref} was made by this run", entry.at()) for entry in made[:MOST_RELATED]
                ),
            )
