"""A model that has versions has a card.

Why: without a card nobody but its makers knows what the model is for, what it must not be used for, and
where it fails. One card.yaml serves all versions. Where there is none, each version in force needs a card of
its own (each version at all, as long as none is in force).

Option `versions` (false): each version in force needs a card of its own besides, in cards/.

Bad:

```yaml
# models/churn/card.yaml, deleted
# models/churn/model.yaml
kind: model  # <- here
```

Bad, where versions need a card of their own:

```yaml
# herdbook.yaml
policy: {approvers: [bo], rules: {missing-card: {versions: true}}}
# models/churn/versions/1.yaml
version: 1  # <- here
```

Good:

```yaml
# models/churn/cards/2.yaml, deleted
# models/churn/card.yaml
intended_use: Rank customers for a call by the service team.
```
"""

from collections.abc import Iterator

from herdbook.entries import ModelVersion
from herdbook.finding import Finding, Related, Severity
from herdbook.ref import Ref
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "missing-card", "cards", Severity.ERROR


def check(context: Context, *, versions: bool = False) -> Iterator[Finding]:
    """Report the models with a version that no card describes and, if asked, versions without their own."""
    catalog = context.catalog
    for name in context.registry.models:
        in_force = context.registry.in_force(name)
        if (name, None) not in catalog.cards and f"models/{name}/card.yaml" not in catalog.refused:
            bare = [
                version
                for version in in_force or catalog.versions_of(name)
                if not _has_card(context, version)
            ]
            if bare:
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{Ref.model(name)} has versions but no card",
                    catalog.models[name].at("kind") if name in catalog.models else bare[0].at("kind"),
                    f"Write models/{name}/card.yaml; it holds for every version.",
                    tuple(
                        Related(f"{version.ref} has no card of its own", version.at("version"))
                        for version in bare[:3]
                    ),
                )
        if versions:
            for version in in_force:
                if not _has_card(context, version):
                    yield Finding(
                        ID,
                        SEVERITY,
                        f"{version.ref} has no card of its own",
                        version.at("version"),
                        f"Write models/{name}/cards/{version.version}.yaml, with what differs.",
                    )


def _has_card(context: Context, version: ModelVersion) -> bool:
    path = f"models/{version.model}/cards/{version.version}.yaml"
    return (version.model, version.version) in context.catalog.cards or path in context.catalog.refused
