"""Each version lies at an address of its own.

Why: when two versions with different digests have one uri, the newer was written over the older, which
nobody can load again: not to roll back, not to train once more, not to find out what went wrong.

Paths of the repository are let off, since git (or DVC) keeps what lay there at each commit.

Bad:

```yaml
# models/churn/versions/2.yaml
uri: s3://models/churn/1.pkl  # <- here
```

Good:

```yaml
# models/churn/versions/2.yaml
uri: s3://models/churn/2.pkl
```
"""

from collections.abc import Iterator
from itertools import chain

from herdbook.entries import Entry
from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "reused-uri", "reproducibility", Severity.WARNING


def check(context: Context) -> Iterator[Finding]:
    """Report each version whose uri another version with another digest has."""
    catalog = context.catalog
    first: dict[tuple[str, str], Entry] = {}
    for version in chain(catalog.dataset_versions.values(), catalog.versions.values()):
        uri, digest = version.text("uri"), version.text("digest")
        if "://" not in uri or not digest:
            continue
        known = first.setdefault((uri, digest.partition(":")[0]), version)
        if known.text("digest") != digest:
            yield Finding(
                ID,
                SEVERITY,
                f"{version.label} lies where {known.label} lay, and has another digest",
                version.at("uri"),
                "Write each version to an address of its own.",
                (Related(f"the uri of {known.label}", known.at("uri")),),
            )
