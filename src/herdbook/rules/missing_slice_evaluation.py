"""A version in force was evaluated for each group that its model's policy names.

Why: a good average hides the group that the model fails. `required_slices` in model.yaml names the
attributes by which results must be broken down. A breakdown counts when a finished evaluation run of the
version has slices by the attribute, alone or together with others. Versions that are not in force are let
off: nobody is judged by them yet.

Bad:

```yaml
# models/churn/model.yaml
policy: {required_slices: [region, age_group]}
# models/churn/versions/1.yaml
version: 1  # <- here
# models/churn/versions/2.yaml
version: 2  # <- here
```

Good:

```yaml
# models/churn/model.yaml
policy: {required_slices: [region]}
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "missing-slice-evaluation", "cards", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report each required attribute by which a version in force was not evaluated."""
    registry = context.registry
    for name, model in context.catalog.models.items():
        required = context.policy.required_slices(name)
        if not required or registry.may_be_evaluated(name):
            continue
        for version in registry.in_force(name):
            key = (version.model, version.version)
            found = {by for run in registry.evaluations.get(key, ()) for part in run.slices for by in part.by}
            for index, attribute in enumerate(required):
                if attribute not in found:
                    use = registry.uses[key][0]
                    yield Finding(
                        ID,
                        SEVERITY,
                        f"{version.ref} was not evaluated by {attribute}",
                        version.at("version"),
                        f"Record an evaluation run of the version with slices by {attribute}.",
                        (
                            Related(f"{use} puts it into force", use.place),
                            Related(
                                "the policy of the model asks for it",
                                model.at("policy", "required_slices", index),
                            ),
                        ),
                    )
