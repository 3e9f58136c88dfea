"""Whoever records the same thing records the same digest.

Why: when the output of a run, the version that it became and a run that read it disagree about the bytes,
one of them had other bytes: the file was replaced, or the record is wrong. Either way the lineage is broken
there.

Held against each other are: an output, the dataset version or model versions that came from it, and the
digests that runs noted for their inputs. Only digests of the same algorithm are compared.

Bad:

```yaml
# models/churn/versions/2.yaml
digest: "sha256:4f93e5df395c7b831bbd760bdc8b7b74ad21079f5dd5e844b06432255fcef16f"  # <- here
```

Good:

```yaml
# models/churn/versions/2.yaml
digest: "sha256:02378fc99d318e920733a6cb5551a252410bf1bc403c321f64e6f5a44f9f62b1"
```

Bad: the run read something else than what is registered.

```yaml
# runs/churn/train-2.yaml
inputs:
  - dataset: orders/v2
    digest: "sha256:041e2a28245db835189938be363c75af74988b522604b63f627f7517ceb20568"  # <- here
```
"""

from collections.abc import Iterator
from typing import NamedTuple

from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, ModelVersion, Run
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.ref import Ref
from herdbook.rules.context import Context
from herdbook.source import Route

ID, FAMILY, SEVERITY = "digest-conflict", "references", Severity.ERROR


Thing = Ref | tuple[str, str]
"""A version of a dataset or model, or the output of a run that is none: the id of the run and its name."""


class _Claim(NamedTuple):
    """What a record says about the bytes of a thing; the digest stands at `route` of the entry."""

    thing: Thing
    digest: str
    entry: DatasetVersion | ModelVersion | Run
    route: Route

    @property
    def record(self) -> str:
        """The record, for a sentence."""
        if not isinstance(self.entry, Run):
            return str(self.entry.ref)
        field, index = self.route[0], self.route[1]
        item = self.entry.data[str(field)][index]
        if field == "outputs":
            return f"the output {Ref.run(self.entry.id, item['name'])}"
        name = next(item[key] for key in ("dataset", "model", "run") if key in item)
        return f"the input {name} of run {self.entry.id}"

    @property
    def place(self) -> Place:
        """Where the digest stands."""
        return self.entry.at(*self.route)


def check(context: Context) -> Iterator[Finding]:
    """Report each digest that differs from the first record of the same thing."""
    first: dict[tuple[Thing, str], _Claim] = {}
    for claim in _claims(context.catalog):
        algorithm = claim.digest.partition(":")[0]
        known = first.setdefault((claim.thing, algorithm), claim)
        if known.digest != claim.digest:
            yield Finding(
                ID,
                SEVERITY,
                f"{claim.record} has another digest than {known.record}",
                claim.place,
                "Find out which bytes are meant, and mend the record that is wrong.",
                (Related(f"the digest of {known.record}", known.place),),
            )


def _claims(catalog: Catalog) -> Iterator[_Claim]:
    """All digests, those of outputs first: who made a thing knows best."""
    made: dict[tuple[str, str], Thing] = {}
    for run in catalog.runs.values():
        for output in run.outputs:
            became = catalog.resolve(output.dataset.ref) if output.dataset and output.dataset.ref else None
            itself = (run.id, output.name)
            thing = made.setdefault(itself, became.ref if isinstance(became, DatasetVersion) else itself)
            if output.digest:
                yield _Claim(thing, output.digest, run, (*output.route, "digest"))
    for dataset_version in catalog.dataset_versions.values():
        if digest := dataset_version.text("digest"):
            yield _Claim(dataset_version.ref, digest, dataset_version, ("digest",))
    for version in catalog.versions.values():
        if digest := version.text("digest"):
            yield _Claim(_thing(catalog, version.ref, made), digest, version, ("digest",))
    for run in catalog.runs.values():
        for item in run.inputs:
            read = catalog.pinned(item.ref, run.started_at) if item.digest else None
            if read is not None:
                yield _Claim(_thing(catalog, read, made), item.digest, run, (*item.route, "digest"))


def _thing(catalog: Catalog, ref: Ref, made: dict[tuple[str, str], Thing]) -> Thing:
    """The one name under which all records of a thing are held against each other."""
    if ref.output is not None:
        run = catalog.resolve(Ref.run(ref.name))
        itself = (run.id if isinstance(run, Run) else ref.name, ref.output)
        return made.get(itself, itself)
    entry = catalog.resolve(ref)
    if isinstance(entry, ModelVersion):
        output = entry.text("output")
        if output and entry.run.ref is not None:
            return _thing(catalog, Ref.run(entry.run.ref.name, output), made)
        return entry.ref
    return ref
