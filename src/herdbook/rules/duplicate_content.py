"""Two versions of one thing do not hold the same bytes.

Why: a version says that something changed. Where a new dataset version has the digest of an old one, the
wrong file was registered, or a test set is the training set; where a new model version has, nothing was
trained.

Compared are the versions of each dataset and of each model, by sha256 and md5 digests.

Bad:

```yaml
# datasets/orders/versions/v2.yaml
digest: "sha256:041e2a28245db835189938be363c75af74988b522604b63f627f7517ceb20568"  # <- here
```

Good:

```yaml
# datasets/orders/versions/v2.yaml
digest: "sha256:abd2eeb2fd22665b070e64d50804942a13c6139715e0a7ed210d29dd2e95182d"
```
"""

from collections.abc import Iterable, Iterator

from herdbook.entries import DatasetVersion, Entry, ModelVersion
from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "duplicate-content", "references", Severity.WARNING

_OF_CONTENT = ("sha256:", "sha256-dir:", "md5:", "md5-dir:", "md5-dos2unix:")


def check(context: Context) -> Iterator[Finding]:
    """Report each version whose bytes are those of another version of the same dataset or model."""
    catalog = context.catalog
    yield from _repeated((version.dataset, version) for version in catalog.dataset_versions.values())
    yield from _repeated((version.model, version) for version in catalog.versions.values())


def _repeated(versions: Iterable[tuple[str, DatasetVersion | ModelVersion]]) -> Iterator[Finding]:
    first: dict[tuple[str, str], Entry] = {}
    for name, version in versions:
        digest = version.text("digest")
        if digest.startswith(_OF_CONTENT):
            known = first.setdefault((name, digest), version)
            if known is not version:
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{version.ref} holds the same bytes as {known.ref}",
                    version.at("digest"),
                    f"Register what changed, or use {known.ref}.",
                    (Related(f"the digest of {known.ref}", known.at("digest")),),
                )
