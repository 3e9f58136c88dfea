"""Numbers of versions are given one after the other, and never given back.

Why: `models:/churn/3` must mean the same for ever. A version that is deleted frees its number for another
artifact; one that skips numbers makes people look for what was never there. Versions are deprecated or
archived, not deleted. The first versions of a model, such as those of an import, may begin anywhere.

Bad:

```yaml
# models/churn/versions/4.yaml, whole
kind: model-version
model: churn
version: 4  # <- here
run: train-2
output: model
uri: s3://models/churn/4.pkl
digest: "sha256:02378fc99d318e920733a6cb5551a252410bf1bc403c321f64e6f5a44f9f62b1"
```

Good:

```yaml
# models/churn/versions/3.yaml, whole
kind: model-version
model: churn
version: 3
run: train-2
output: model
uri: s3://models/churn/3.pkl
digest: "sha256:02378fc99d318e920733a6cb5551a252410bf1bc403c321f64e6f5a44f9f62b1"
```
"""

from collections.abc import Iterator

from herdbook.entries import ModelVersion
from herdbook.finding import Finding, Severity
from herdbook.ref import Ref
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "version-gap", "change", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report each new version that skips numbers, and each version that was deleted."""
    change = context.change
    if change is None:
        return
    for entry in change.changes.removed:
        if isinstance(entry, ModelVersion):
            yield Finding(
                ID,
                SEVERITY,
                f"{entry.ref} was deleted, and its number is free for another artifact",
                entry.at("version"),
                "Put the file back; `deprecated` says that the version is not to be used any more.",
            )
    for entry in change.changes.added:
        if isinstance(entry, ModelVersion):
            known = change.base.versions_of(entry.model)
            before = (entry.model, entry.version - 1)
            if known and entry.version > known[-1].version and before not in context.catalog.versions:
                if context.catalog.is_refused(Ref.model(*before)):
                    continue
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{entry.ref} comes after version {known[-1].version}",
                    entry.at("version"),
                    f"Give it the number {known[-1].version + 1}.",
                )
