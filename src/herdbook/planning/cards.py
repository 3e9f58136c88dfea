"""The card that a model begins with: what has to be written, and what belongs there."""

from collections.abc import Mapping, Sequence
from textwrap import wrap

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


def sections_demanded(catalog: Catalog) -> tuple[str, ...]:
    """The sections that the policy of a catalog demands of a card, in the order in which they are read."""
    stated = Policy.of(catalog).options("incomplete-card").get("sections", CARD_SECTIONS)
    demanded = stated if isinstance(stated, list | tuple) else CARD_SECTIONS
    return tuple(section for section in CARD_SECTIONS if section in demanded)


def card_text(model: str, written: Mapping[str, str], left: Sequence[str], schemas: str | None) -> str:
    """The text of a card, with a comment above what has to be written.

    Args:
        model: the model that it describes.
        written: what is written already, by the names of sections and other fields.
        left: the names of those that have to be written.
        schemas: the address of the folder of schemas, as `dump` takes it.

    Raises:
        HerdbookError: there is no section of such a name, or its text cannot stand in a file.
    """
    fields = schema("model-card")["properties"]
    for name in written:
        if name not in CARD_SECTIONS:
            raise PlanError(f"a card has no section {shown(name)}; it has {', '.join(CARD_SECTIONS)}")
    parts = [dump({"kind": "model-card", "model": model}, "model-card", schemas=schemas)]
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
