"""The cards that a model and its versions begin with: what has to be written, and what belongs there."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

from herdbook.catalog import Catalog
from herdbook.dump import WIDTH, dump
from herdbook.editing import Append, Edit, Put, Remove
from herdbook.entries import CARD_SECTIONS, Run
from herdbook.planning.carrying_out import schemas_of
from herdbook.planning.named import find_of, model_or_version
from herdbook.planning.naming import keep_off_refused
from herdbook.planning.plan import Plan, PlanError
from herdbook.policy import Policy
from herdbook.queries.asking import shown
from herdbook.ref import Kind, Ref
from herdbook.registry import evaluated_version
from herdbook.schema import schema

OPEN = "TODO"
"""What stands for a text that somebody has to write: the rule placeholder-text reports it until then."""
UNWRITTEN = frozenset({"placeholder-text"})
"""The rules that may find something in a card that is begun."""
_TEXTS = (*CARD_SECTIONS, "licence", "contact")
_SAYS_SO = f"""\
# Write what is {OPEN}; until then, `herdbook check` reports it as an error. What nobody knows is said best by
# saying so.
"""
_LAID_OVER = "".join(
    f"# {line}\n"
    for line in wrap(
        "What card.yaml of the model says holds for this version, too. Write here what is different in it, "
        f"under the same name: {', '.join(CARD_SECTIONS)}; and what is new in it, as description.",
        WIDTH - 2,
    )
)
_TO_BE_EVALUATED = """\
# Once the version is evaluated, name the runs. Without them it cannot be promoted.
# evaluations: []
"""


def write_card(
    catalog: Catalog, reference: str, written: Mapping[str, str], evaluations: Sequence[str] = ()
) -> Plan:
    """Write sections of a card, and name evaluations in it; where there is no card yet, it is begun.

    Args:
        catalog: the catalog.
        reference: the model, or the version, that the card describes.
        written: what to write, by the names of sections and other fields; blank text takes one away.
        evaluations: runs that evaluate it; those that the card names already are left as they are.

    Raises:
        HerdbookError: there is no such model, version, section or run, or a run evaluates nothing of it.
    """
    model, version = model_or_version(catalog, reference)
    _refuse_others(written)
    runs = [_evaluation(catalog, text, model, version) for text in evaluations]
    card = catalog.cards.get((model, version))
    subject = Ref.model(model, version)
    if card is None:
        path = f"models/{model}/{'card' if version is None else f'cards/{version}'}.yaml"
        keep_off_refused(catalog, path)
        left = [name for name in sections_demanded(catalog) if name not in written] if version is None else []
        text = card_text(model, written, left, schemas_of(catalog), version=version, evaluations=runs)
        return Plan(f"{subject} has a card now.", new={path: text}, consequences=UNWRITTEN)
    named = {mention.ref.name for mention in card.evaluations if mention.ref is not None}
    edits: list[Edit] = [
        Put((name,), text) if text.strip() else Remove((name,))
        for name, text in written.items()
        if text.rstrip() != card.text(name).rstrip()
    ]
    edits += [Append(("evaluations",), run) for run in dict.fromkeys(runs) if run not in named]
    if not edits:
        return Plan(f"The card of {subject} says so already.")
    return Plan(f"The card of {subject} says so now.", {card.source.path: edits})


def _evaluation(catalog: Catalog, text: str, model: str, version: int | None) -> str:
    run = find_of(catalog, Kind.RUN, text).entry
    evaluated = evaluated_version(catalog, run) if isinstance(run, Run) else None
    if not isinstance(run, Run) or evaluated is None:
        raise PlanError(f"{shown(text)} evaluates no version of a model; name an evaluation run")
    if evaluated.model != model or version not in (None, evaluated.version):
        raise PlanError(
            f"{run.ref} evaluates {evaluated.ref}, not {Ref.model(model, version)}; name a run that does"
        )
    return run.id


def _refuse_others(names: Iterable[str]) -> None:
    for name in names:
        if name not in _TEXTS:
            raise PlanError(f"a card has no section {shown(name)}; it has {', '.join(_TEXTS)}")


def sections_demanded(catalog: Catalog) -> tuple[str, ...]:
    """The sections that the policy of a catalog demands of a card, in the order in which they are read."""
    stated = Policy.of(catalog).options("incomplete-card").get("sections", CARD_SECTIONS)
    demanded = stated if isinstance(stated, list | tuple) else CARD_SECTIONS
    return tuple(section for section in CARD_SECTIONS if section in demanded)


def card_text(
    model: str,
    written: Mapping[str, str],
    left: Sequence[str],
    schemas: str | None,
    *,
    version: int | None = None,
    evaluations: Sequence[str] = (),
) -> str:
    """The text of a card, with a comment above what has to be written.

    Args:
        model: the model that it describes.
        written: what is written already, by the names of sections and other fields.
        left: the names of those that have to be written.
        schemas: the address of the folder of schemas, as `dump` takes it.
        version: the version whose card it is; left out, it is that of the model.
        evaluations: the ids of the evaluation runs that it names.

    Raises:
        HerdbookError: there is no section of such a name, or its text cannot stand in a file.
    """
    fields = schema("model-card")["properties"]
    _refuse_others(written)
    value: dict[str, Any] = {"kind": "model-card", "model": model}
    if version is not None:
        value["version"] = version
    if evaluations:
        value["evaluations"] = list(evaluations)
    parts = [dump(value, "model-card", schemas=schemas)]
    if version is not None:
        parts.append(f"\n{_LAID_OVER}")
        if not evaluations:
            parts.append(f"\n{_TO_BE_EVALUATED}")
    if left:
        parts.append(f"\n{_SAYS_SO}")
    for name in fields:
        if name in written:
            parts.append("\n" + dump({name: written[name]}))
        elif name in left:
            hint = fields[name]["description"].partition(" Left out")[0]
            comment = "".join(f"# {line}\n" for line in wrap(hint, WIDTH - 2))
            parts.append(f"\n{comment}{dump({name: OPEN})}")
    return "".join(parts)
