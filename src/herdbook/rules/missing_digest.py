"""What a run read or wrote, and every version, is recorded with a digest.

Why: a uri says where something lay, a digest what it was. Without one, nobody notices that the file behind
the uri was replaced, and no other record can be held against it.

A missing digest of a dataset version or a model version is an error; one of an output or of an outside
input of a finished run is a warning. A digest of zeros is none, nor is that of an empty file unless the
size is given as 0. An output without a uri that became a dataset version is described there.

The option `inputs` says which inputs need a digest: `outside` (unless stated), or `all`, so that each run
notes what bytes of a dataset version, model version or output it read, and digest-conflict can hold them
against the record.

Bad:

```yaml
# models/churn/versions/2.yaml without digest
uri: s3://models/churn/2.pkl  # <- here
# runs/churn/train-2.yaml
outputs:
  - {name: model, uri: s3://models/churn/2.pkl}  # <- here
```

Good:

```yaml
# models/churn/versions/2.yaml
digest: "sha256:02378fc99d318e920733a6cb5551a252410bf1bc403c321f64e6f5a44f9f62b1"
```
"""

import hashlib
from collections.abc import Iterator
from typing import Literal

from herdbook.entries import Data, DatasetVersion, Entry, Mention, ModelVersion, Run
from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.source import Route

ID, FAMILY, SEVERITY = "missing-digest", "lineage", Severity.ERROR

_MD5 = hashlib.md5(usedforsecurity=False).hexdigest()
_EMPTY = frozenset(
    {f"sha256:{hashlib.sha256().hexdigest()}", f"md5:{_MD5}", f"md5-dos2unix:{_MD5}", f"etag:{_MD5}"}
)


def check(context: Context, *, inputs: Literal["outside", "all"] = "outside") -> Iterator[Finding]:
    """Report the versions, outputs and inputs without a digest of their content."""
    for dataset_version in context.catalog.dataset_versions.values():
        yield from _judge(context, dataset_version, (), dataset_version.data, SEVERITY)
    for version in context.catalog.versions.values():
        yield from _judge(context, version, (), version.data, SEVERITY)
    for run in context.catalog.runs.values():
        if run.status == "finished":
            for field in ("inputs", "outputs"):
                for index, item in enumerate(run.data.get(field, ())):
                    whole = inputs == "all" if field == "inputs" else "dataset" not in item
                    if "uri" in item or whole:
                        yield from _judge(context, run, (field, index), item, Severity.WARNING)


def _judge(context: Context, entry: Entry, route: Route, item: Data, severity: Severity) -> Iterator[Finding]:
    digest = item.get("digest")
    if digest is None:
        place = entry.at(*route, "uri") if "uri" in item else entry.at(*route)
        recorded = _recorded(context, entry) if not route else ""
        hint = (
            f'Add digest: "{recorded}", which the run recorded.'
            if recorded
            else "Add the digest of its content."
        )
        yield Finding(ID, severity, f"{_name(entry, route, item)} has no digest", place, hint)
    elif not digest.partition(":")[2].strip("0"):
        place = entry.at(*route, "digest")
        message = f"the digest of {_name(entry, route, item)} is nothing but zeros"
        yield Finding(ID, severity, message, place, "Write the true digest.")
    elif digest in _EMPTY and item.get("size") != 0:
        place = entry.at(*route, "digest")
        hint = "Write the digest of the content, or size: 0 if there is none."
        message = f"the digest of {_name(entry, route, item)} is that of an empty file"
        yield Finding(ID, severity, message, place, hint)


def _name(entry: Entry, route: Route, item: Data) -> str:
    """What to call a version, or an input or output of a run, in a sentence."""
    if not route:
        return entry.label
    name = next(item[key] for key in ("name", "dataset", "model", "run", "uri") if key in item)
    return f"the {str(route[0])[:-1]} {name} of run {entry.text('id')}"


def _recorded(context: Context, entry: Entry) -> str:
    """The digest that the run recorded for the output that became a version; empty if there is none."""
    maker: Mention | None = None
    if isinstance(entry, ModelVersion):
        maker = entry.run
    elif isinstance(entry, DatasetVersion):
        maker = entry.produced_by
    run = context.catalog.resolve(maker.ref) if maker is not None and maker.ref is not None else None
    if not isinstance(run, Run):
        return ""
    for output in run.outputs:
        if isinstance(entry, ModelVersion):
            same = output.name == entry.text("output")
        else:
            same = output.dataset is not None and output.dataset.ref == entry.ref
        if same:
            return output.digest
    return ""
