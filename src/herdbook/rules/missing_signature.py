"""A model version states its signature: what goes in and what comes out.

Why: who calls a model must know its columns and their types, and a version that expects others than the one
in force breaks its callers on the day it is promoted.

Bad:

```yaml
# models/churn/versions/2.yaml without signature
uri: s3://models/churn/2.pkl  # <- here
```

Good:

```yaml
# models/churn/versions/2.yaml
signature:
  inputs: [{name: customer, type: string}, {name: orders, type: integer}]
  outputs: [{type: double}]
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "missing-signature", "reproducibility", Severity.WARNING


def check(context: Context) -> Iterator[Finding]:
    """Report the versions without a signature, and those whose inputs or outputs are empty."""
    for version in context.catalog.versions.values():
        inputs, outputs = version.signature or ((), ())
        absent = " and ".join(name for name, found in (("inputs", inputs), ("outputs", outputs)) if not found)
        if absent:
            stated = "signature" in version.data
            yield Finding(
                ID,
                SEVERITY,
                f"the signature of {version.ref} has no {absent}"
                if stated
                else f"{version.ref} has no signature",
                version.at("signature") if stated else version.at("uri"),
                "Add a signature with the name and the type of each input, and the type of each output.",
            )
