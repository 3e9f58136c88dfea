"""A run carries at least the tags that the policy requires.

Why: these tags are what a person, a dashboard or another tool searches for when a model got worse: on which
data, with which code, started by whom. `required_tags` of the policy names them; experiments and models may
demand more. A tag that is blank or a placeholder (`TODO`, `unknown`) is missing. Runs that are still
running are let off, and so are failed and killed ones that no version came from.

Bad:

```yaml
# runs/churn/train-2.yaml
tags: {dataset_version: orders_v2, triggered_by: ci/github-actions}  # <- here
```

Good:

```yaml
# runs/churn/train-2.yaml
tags: {dataset_version: orders_v2, git_commit: 0f4b1c3, triggered_by: ci/github-actions}
```
"""

from collections.abc import Iterator
from functools import cache

from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import MOST_RELATED, Context
from herdbook.rules.text import is_placeholder

ID, FAMILY, SEVERITY = "missing-lineage-tag", "lineage", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report each required tag that a finished or registered run does not carry, or carries blank."""
    required_tags = cache(context.policy.required_tags)
    for run in context.catalog.runs.values():
        registered = context.versions_of(run)
        if run.status != "finished" and not registered:
            continue
        required = dict.fromkeys(required_tags(experiment=run.experiment))
        for version in registered:
            required |= dict.fromkeys(required_tags(model=version.model))
        tags = run.tags
        for tag in required:
            if is_placeholder(tags.get(tag, "")):
                yield Finding(
                    ID,
                    SEVERITY,
                    f'run {run.id} lacks the tag "{tag}"',
                    run.at("tags", tag),
                    f'Add "{tag}" to the tags of the run.',
                    tuple(
                        Related(f"{version.ref} was made by this run", version.at("run"))
                        for version in registered[:MOST_RELATED]
                    ),
                )
