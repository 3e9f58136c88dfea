"""No waiver is past its last day.

Why: a waiver is a loan. When its day has come, what it excused is mended, or somebody says again, with a
new day and a reason, why not. An expired waiver excuses nothing any more.

Bad:

```yaml
# herdbook.yaml
waivers:
  - {rule: missing-seed, entry: runs:/train-1, owner: ana, reason: lost, until: 2024-01-31}  # <- here
```

Good:

```yaml
# herdbook.yaml
waivers:
  - {rule: missing-seed, entry: runs:/train-1, owner: ana, reason: lost, until: 2024-02-01}
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "expired-waiver", "policy", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report the waivers whose last day was before today."""
    file = context.catalog.file
    for index, waiver in enumerate(file.data.get("waivers", ()) if file is not None else ()):
        if waiver["until"] < context.today.isoformat():
            assert file is not None
            yield Finding(
                ID,
                SEVERITY,
                f"the waiver of {waiver['rule']} for {waiver['entry']} expired on {waiver['until']}",
                file.at("waivers", index, "until"),
                f"Delete it when the cause is mended; if not, let {waiver['owner']} set a new day.",
            )
