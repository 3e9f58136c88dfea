"""A card says everything that its readers rely on.

Why: whoever uses a model must find out, in one place, what it is for, on whom it was trained, whom it treats
worse, and whom to ask. A section that nobody wrote is read as "no problem here".

What counts is the card as its readers see it: the card of the model, and laid over it that of the version.
It is asked of every version in force, that is, of every version that an alias, the production stage or an
endpoint points to; as long as none is, of the card of the model alone. A licence may stand in model.yaml
instead, and so may a contact or owner. A version in force needs a finished evaluation run that its card
names.

Option `sections` (all nine): the sections that must be there.

Bad:

```yaml
# models/churn/card.yaml without limitations, known_biases
kind: model-card  # <- here
```

Bad, as no evaluation of version 2 is named:

```yaml
# models/churn/cards/2.yaml without evaluations
kind: model-card  # <- here
```

Good, as version 2 alone is in force:

```yaml
# models/churn/aliases.yaml
aliases: {}
# endpoints/predict.yaml, deleted
# models/churn/card.yaml without limitations
kind: model-card
# models/churn/cards/2.yaml
limitations: It knows nothing of complaints, and less of new customers than version 1.
```

Good, as another selection of sections is asked for:

```yaml
# herdbook.yaml
policy: {approvers: [bo], rules: {incomplete-card: {sections: [intended_use, limitations]}}}
# models/churn/card.yaml without caveats, users
kind: model-card
```
"""

from collections.abc import Iterator, Sequence

from herdbook.entries import CARD_SECTIONS, Mention, ModelCard, ModelVersion, Run
from herdbook.finding import Finding, Related, Severity
from herdbook.registry import EffectiveCard, evaluated_version
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "incomplete-card", "cards", Severity.ERROR


def check(context: Context, *, sections: Sequence[str] = CARD_SECTIONS) -> Iterator[Finding]:
    """Report each section, licence, contact and evaluation run that a card in force does not have."""
    refused = context.catalog.refused.keys()
    reported: dict[ModelCard, bool] = {}
    for name in context.registry.models:
        if not refused.isdisjoint((f"models/{name}/card.yaml", f"models/{name}/model.yaml")):
            continue
        judged = [
            (version, card)
            for version in context.registry.in_force(name)
            if (card := context.registry.card(name, version.version)) is not None
            and f"models/{name}/cards/{version.version}.yaml" not in refused
        ]
        alone = context.registry.card(name) if not judged else None
        cards = [card for _, card in judged] or ([alone] if alone is not None else [])
        for section in sections:
            yield from _lacking(
                [card for card in cards if card.card_with(section) is None],
                f'the section "{section}"',
                f'Write "{section}", if only to say what is not known.',
            )
        yield from _lacking(
            [card for card in cards if not card.licence], "a licence", "State it here or in model.yaml."
        )
        yield from _lacking(
            [card for card in cards if not card.contact],
            "a contact",
            "Say here or in model.yaml whom to ask.",
        )
        for version, card in judged:
            yield from _without_evaluation(context, version, card, reported)


def _lacking(cards: Sequence[EffectiveCard], what: str, help: str) -> Iterator[Finding]:
    """Report what cards lack, once for the card of the model that they share, or else for each."""
    for card in dict.fromkeys(shared for card in cards if (shared := card.general or card.own) is not None):
        yield Finding(ID, SEVERITY, f"{card.label} lacks {what}", card.at(), help)


def _without_evaluation(
    context: Context, version: ModelVersion, card: EffectiveCard, reported: dict[ModelCard, bool]
) -> Iterator[Finding]:
    if any(run.status == "finished" for run in card.evaluations):
        return
    naming = card.card_with("evaluations")
    if naming is not None and naming not in reported:
        reported[naming] = any(_is_wrong(context, naming, mention) for mention in naming.evaluations)
    place = card.own or card.general
    if place is not None and (naming is None or not reported[naming]):
        known = context.registry.evaluations.get((version.model, version.version), ())
        cure = f"Add {known[-1].id} to" if known else "Evaluate the version, and name the run in"
        yield Finding(
            ID,
            SEVERITY,
            f"{place.label} names no finished evaluation run of {version.ref}",
            place.at("evaluations"),
            f"{cure} evaluations.",
            tuple(Related(f"{run.ref} evaluates {version.ref}", run.at("evaluates")) for run in known[-3:]),
        )


def _is_wrong(context: Context, card: ModelCard, mention: Mention) -> bool:
    """Tell whether unknown-reference or card-contradicts-run reports an evaluation that a card names."""
    run = context.catalog.resolve(mention.ref) if mention.ref is not None else None
    evaluated = evaluated_version(context.catalog, run) if isinstance(run, Run) else None
    return (
        evaluated is None
        or evaluated.model != card.model
        or (card.version is not None and evaluated.version != card.version)
    )
