"""A dataset version was made by one run.

Why: when two runs claim the same data, one of them is wrong, and with it the code and the inputs that
everything downstream seems to come from.

Bad:

```yaml
# datasets/orders/versions/v2.yaml
produced_by: prepare-1  # <- here
```

Good:

```yaml
# datasets/orders/versions/v2.yaml
produced_by: prepare-2
```
"""

from collections import defaultdict
from collections.abc import Iterator

from herdbook.entries import DatasetVersion, Run
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.rules.context import Context
from herdbook.rules.text import listed

ID, FAMILY, SEVERITY = "several-producers", "references", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report the dataset versions that more than one run is said to have made."""
    catalog = context.catalog
    claims: dict[tuple[str, str], dict[str, Place]] = defaultdict(dict)
    for dataset_version in catalog.dataset_versions.values():
        maker = dataset_version.produced_by
        run = catalog.resolve(maker.ref) if maker is not None and maker.ref is not None else None
        if isinstance(run, Run):
            key = (dataset_version.dataset, dataset_version.version)
            claims[key][run.id] = dataset_version.at("produced_by")
    for run in catalog.runs.values():
        for output in run.outputs:
            became = catalog.resolve(output.dataset.ref) if output.dataset and output.dataset.ref else None
            if isinstance(became, DatasetVersion):
                place = run.at(*output.route, "dataset")
                claims[(became.dataset, became.version)].setdefault(run.id, place)
    for key, makers in claims.items():
        (_, place), *others = makers.items()
        if others:
            yield Finding(
                ID,
                SEVERITY,
                f"{catalog.dataset_versions[key].ref} was made by {len(makers)} runs: {listed(list(makers))}",
                place,
                "Mend produced_by, or the outputs of the run that did not make it.",
                tuple(Related(f"run {run_id} claims it", other) for run_id, other in others),
            )
