"""A finished run names the data and the model that it used.

Why: a run without inputs is a dead end. Nobody can say on which data the model was trained, and when a
dataset is recalled, the models that learned from it are not found.

Data are an input that is a dataset, another run's output, or an outside thing (`uri`). The model is
`evaluates`, or an input that is a model or another run's output.

Bad:

```yaml
# runs/churn/train-2.yaml without inputs
kind: run  # <- here
```

Good:

```yaml
# runs/churn/train-2.yaml
inputs:
  - {dataset: orders/v2, role: training}
```

Bad: it is not said what was evaluated.

```yaml
# runs/churn/evaluate-2.yaml without evaluates
inputs:  # <- here
  - {dataset: orders/v1, role: test}
```

Good: what was evaluated is not registered yet.

```yaml
# runs/churn/evaluate-2.yaml without evaluates
inputs:
  - {dataset: orders/v1, role: test}
  - {run: train-2/model}
```
"""

from collections.abc import Iterator, Mapping

from herdbook.entries import Run
from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "missing-input", "lineage", Severity.ERROR

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "training": ("data",),
    "evaluation": ("data", "model"),
    "batch-inference": ("data", "model"),
}
_GIVEN_BY = {"data": {"dataset", "run", "uri"}, "model": {"model", "run"}}
_HINTS = {
    ("data",): "Add the data to the inputs, such as - {dataset: orders/v2}.",
    ("model",): 'Add "evaluates" with the model version, or the model or run to the inputs.',
    ("data", "model"): 'Add the data to the inputs, and the model too, or "evaluates" with its version.',
}


def check(context: Context) -> Iterator[Finding]:
    """Report the finished runs that do not name their data or their model."""
    for run in context.catalog.runs.values():
        missing = tuple(need for need in _NEEDS.get(run.type, ()) if not _names(run, need))
        if missing and run.status == "finished":
            kind = run.type.replace("-", " ")
            message = f"the {kind} run {run.id} does not name its {' and its '.join(missing)}"
            yield Finding(ID, SEVERITY, message, run.at("inputs"), _HINTS[missing])


def _names(run: Run, need: str) -> bool:
    if need == "model" and "evaluates" in run.data:
        return True
    return any(not _GIVEN_BY[need].isdisjoint(item) for item in run.data.get("inputs", ()))
