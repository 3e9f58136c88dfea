"""A plan: which edits a command makes to which files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from herdbook.editing import Edit
from herdbook.errors import HerdbookError


class PlanError(HerdbookError):
    """Something that cannot be done to a catalog as it is."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command does.

    Attributes:
        said: what it does, as a sentence.
        edits: for each file, by its path in the catalog, what changes in it; nothing where all is so already.
        new: for each file that does not exist yet what it is to hold: what an entry says, or a text as it is.
        moves: for each file or folder that moves the place that it moves to; edits name its files as they are
            called before.
        consequences: the rules that may find something because of what the plan does on purpose.
        relied_on: the files that it relies on; an error in them stands against it though it was there before.
        cures: for rules that may stand against it, what to do about their findings, as a sentence.
        is_judged: whether the rules are asked what they make of it. What comes from elsewhere is as it is,
            and only its form can stand against it.
    """

    said: str
    edits: Mapping[str, Sequence[Edit]] = field(default_factory=dict)
    new: Mapping[str, Mapping[str, Any] | str] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    consequences: frozenset[str] = frozenset()
    relied_on: frozenset[str] = frozenset()
    cures: Mapping[str, str] = field(default_factory=dict)
    is_judged: bool = True
