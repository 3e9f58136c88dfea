"""Data and artifacts lie outside git.

Why: git keeps every byte of every version for ever and hands it to everybody who clones; a catalog with
models in it becomes too slow for its purpose. A uri and a digest say as much.

Reported are uris that carry the content itself (`data:`) and artifacts of more than `limit_mb` megabytes (10)
under a path of the repository. Paths with an `md5` digest are let off: so DVC names what it keeps out of git.

Bad:

```yaml
# models/churn/versions/2.yaml
uri: artifacts/churn-2.pkl  # <- here
size: 52428800
```

Good:

```yaml
# models/churn/versions/2.yaml
uri: s3://models/churn/2.pkl
size: 52428800
```
"""

import re
from collections.abc import Iterator

from herdbook.catalog import Catalog
from herdbook.entries import Entry
from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.source import Route

ID, FAMILY, SEVERITY = "bulky-artifact", "reproducibility", Severity.WARNING

# What begins so is no path of the repository: a scheme, the root of a disk, a folder above.
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/|\.\./")
_MEGABYTE = 1_000_000


def check(context: Context, *, limit_mb: float = 10) -> Iterator[Finding]:
    """Report what seems to lie in git though it does not belong there."""
    for entry, route, uri, size, digest in _artifacts(context.catalog):
        message = ""
        if uri[:5].lower() == "data:":
            message = "the uri carries the content itself"
        elif size > limit_mb * _MEGABYTE and not _ELSEWHERE.match(uri) and not digest.startswith("md5"):
            message = f"an artifact of {size / _MEGABYTE:,.0f} MB lies under a path of the repository"
        if message:
            hint = "Put the content into a store outside git, and set uri to its address there."
            yield Finding(ID, SEVERITY, message, entry.at(*route, "uri"), hint)


def _artifacts(catalog: Catalog) -> Iterator[tuple[Entry, Route, str, int, str]]:
    """What has a uri: entry, route to it, uri, size in bytes (0 where it is not known), digest."""
    for entries in (catalog.dataset_versions, catalog.versions):
        for entry in entries.values():
            if entry.text("uri"):
                yield entry, (), entry.text("uri"), entry.size or 0, entry.text("digest")
    for run in catalog.runs.values():
        for field in ("inputs", "outputs"):
            for index, item in enumerate(run.data.get(field, ())):
                if "uri" in item:
                    yield run, (field, index), item["uri"], item.get("size", 0), item.get("digest", "")
