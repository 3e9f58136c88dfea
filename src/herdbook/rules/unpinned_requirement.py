"""Each requirement names one exact version.

Why: `pandas>=2` installs something else every month; a model that is trained again, or loaded, with other
packages is another model.

A requirement is pinned by `==` or `===` and a version without `*`, or by an address with a digest of the
file (`#sha256=...`) or a whole commit (`@<40 hexadecimal digits>`). Looked at are the requirements of model
versions and of the environments of finished runs; in a container that is named by its digest the packages
cannot change, so there they may stand as they like. One finding for each list.

Bad:

```yaml
# runs/churn/train-2.yaml
environment: {python: 3.11.7, requirements: [numpy>=1.26, scikit-learn==1.4.*]}  # <- here
```

Good:

```yaml
# runs/churn/train-2.yaml
environment: {python: 3.11.7, requirements: [numpy==1.26.4, scikit-learn==1.4.2]}
```
"""

import re
from collections.abc import Iterator, Sequence

from herdbook.entries import NOTHING, Entry
from herdbook.finding import Finding, Severity
from herdbook.formats import clipped
from herdbook.requirements import is_pinned
from herdbook.rules.context import Context
from herdbook.rules.text import listed
from herdbook.source import Route

ID, FAMILY, SEVERITY = "unpinned-requirement", "reproducibility", Severity.WARNING

_CONTAINER = re.compile(r"@sha256:[0-9a-f]{64}")


def check(context: Context) -> Iterator[Finding]:
    """Report for each list of requirements those that are not pinned."""
    for version in context.catalog.versions.values():
        yield from _unpinned(version, ("requirements",), version.requirements)
    for run in context.catalog.runs.values():
        if run.status == "finished":
            environment = run.data.get("environment", NOTHING)
            if not _CONTAINER.search(environment.get("container", "")):
                route = ("environment", "requirements")
                yield from _unpinned(run, route, environment.get("requirements", ()))


def _unpinned(entry: Entry, route: Route, requirements: Sequence[str]) -> Iterator[Finding]:
    loose = [index for index, text in enumerate(requirements) if not is_pinned(text.strip())]
    if loose:
        shown = listed([_shown(requirements[index].strip()) for index in loose])
        yield Finding(
            ID,
            SEVERITY,
            f"not pinned to one version in {entry.label}: {shown}",
            entry.at(*route, loose[0]),
            "Add == and the version that was installed, or a commit to an address; see `pip freeze`.",
        )


def _shown(text: str) -> str:
    # An address may hold a password; what stands before it tells enough.
    return clipped(re.split(r"@|://", text, maxsplit=1)[0].strip())
