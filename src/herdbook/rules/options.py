"""What a rule is, and the options that a policy can set for it."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, get_args, get_origin

from herdbook.finding import Finding, Severity

UNWAIVABLE = frozenset({"form", "policy"})
"""The families whose rules no waiver excuses: what cannot be read or is no policy cannot be judged."""

CHANGE = "change"
"""The family whose rules need to know what was before; without a base they find nothing."""


class Rule(Protocol):
    """What every rule module has."""

    ID: str
    FAMILY: str
    SEVERITY: Severity
    check: Callable[..., Iterator[Finding]]


def is_fixed(rule: Rule) -> bool:
    """Tell whether no policy can change the severity of a rule: what cannot be read never passes."""
    return rule.FAMILY in UNWAIVABLE and rule.SEVERITY is Severity.ERROR


class Option(NamedTuple):
    """An option of a rule: a keyword argument of its `check`.

    Its type is one of bool, int, float, str, a Literal of texts, or a Sequence of one of these.
    """

    name: str
    type: Any
    default: Any

    def misfit(self, value: object) -> str:
        """Say what belongs into the option when `value` does not; empty when it does."""
        return _misfit(self.type, value)


def options(rule: Rule) -> Mapping[str, Option]:
    """The options of a rule, by name."""
    return {
        parameter.name: Option(parameter.name, parameter.annotation, parameter.default)
        for parameter in inspect.signature(rule.check, eval_str=True).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    }


def fitting(rule: Rule, stated: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options that a policy states which the rule has and which hold what belongs there."""
    if not stated:  # nearly always; what a rule has takes long to find out
        return {}
    known = options(rule)
    return {name: value for name, value in stated.items() if name in known and not known[name].misfit(value)}


_WANTED: Mapping[Any, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "text"),
}


def _misfit(wanted: Any, value: object) -> str:
    if get_origin(wanted) is Literal:
        choices = get_args(wanted)
        return "" if isinstance(value, str) and value in choices else f"one of {', '.join(choices)}"
    if get_origin(wanted) is Sequence:
        (item,) = get_args(wanted)
        if not isinstance(value, list):
            return f"a list: [{_misfit(item, None)}, ...]"
        return next((f"in the list {said}" for part in value if (said := _misfit(item, part))), "")
    types, said = _WANTED[wanted]
    fits = isinstance(value, types) and (wanted is bool or not isinstance(value, bool))
    return "" if fits else said
