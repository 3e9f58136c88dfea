"""A training run records its seeds.

Why: without them, nobody can tell whether a metric moved because of the data or because of the dice, and
the model cannot be trained again.

Runs that draw nothing at random say so with `seeds: {}`. A seed among the params (`seed`, `random_state` or
a name that ends so) counts, too. Only finished training runs are looked at.

Bad:

```yaml
# runs/churn/train-2.yaml without seeds
params: {depth: 2}  # <- here
```

Good:

```yaml
# runs/churn/train-2.yaml
seeds: {python: 42, numpy: 42}
```

Good: the seed is one of the params.

```yaml
# runs/churn/train-2.yaml without seeds
params: {depth: 2, random_state: 42}
```
"""

from collections.abc import Iterator

from herdbook.entries import Run
from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "missing-seed", "reproducibility", Severity.WARNING

_NAMES = ("seed", "random_state")


def check(context: Context) -> Iterator[Finding]:
    """Report the finished training runs without a seed."""
    for run in context.catalog.runs.values():
        if run.type == "training" and run.status == "finished" and not _seeded(run):
            yield Finding(
                ID,
                SEVERITY,
                f"run {run.id} records no seed",
                run.at("params") if run.params else run.at(),
                "Add the seeds of all random generators, such as seeds: {python: 42}; "
                "if nothing is random, add seeds: {}.",
            )


def _seeded(run: Run) -> bool:
    return "seeds" in run.data or any(
        name.lower().endswith(_NAMES) and isinstance(value, int) for name, value in run.params.items()
    )
