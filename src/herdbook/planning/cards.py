"""The cards that a model and its versions begin with: what has to be written, and what belongs there."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from herdbook.catalog import Catalog
from herdbook.dump import WIDTH, dump
from herdbook.entries import CARD_SECTIONS
from herdbook.planning.plan import PlanError
from herdbook.policy import Policy
from herdbook.queries.asking import shown
from herdbook.schema import schema

OPEN = "TODO"
"""What stands for a text that somebody has to write: the rule placeholder-text reports it until then."""
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
    for name in written:
        if name not in CARD_SECTIONS:
            raise PlanError(f"a card has no section {shown(name)}; it has {', '.join(CARD_SECTIONS)}")
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
