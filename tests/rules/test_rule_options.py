from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, Literal, cast

import pytest

from herdbook.finding import Finding
from herdbook.rules import RULES, Rule
from herdbook.rules.context import Context
from herdbook.rules.options import Option, fitting, options


def rule() -> Rule:
    """A rule with an option of each kind."""

    def check(
        context: Context,
        *,
        most: int = 3,
        share: float = 0.5,
        strict: bool = False,
        names: Sequence[str] = (),
    ) -> Iterator[Finding]:
        return iter(())

    module = ModuleType("example")
    module.check = check  # type: ignore[attr-defined]  # a module made on the spot
    return cast("Rule", module)


def test_options_are_the_keyword_arguments() -> None:
    assert {name: option.default for name, option in options(rule()).items()} == {
        "most": 3,
        "share": 0.5,
        "strict": False,
        "names": (),
    }


@pytest.mark.parametrize(
    ("wanted", "fits", "misfits"),
    [
        (bool, [True, False], [0, "true", None, []]),
        (int, [0, -7], [True, 1.5, "1", None]),
        (float, [0, 0.5], [False, "0.5", None]),
        (str, ["", "x"], [1, None, ["x"]]),
        (Literal["a", "b"], ["a"], ["c", "", None, 1, ["a"]]),
        (Sequence[str], [[], ["x"]], ["x", [1], ["x", None], {}, None]),
        (Sequence[Literal["a"]], [["a", "a"]], [["b"], "a"]),
    ],
)
def test_an_option_says_what_belongs_there(wanted: Any, fits: list[object], misfits: list[object]) -> None:
    option = Option("option", wanted, None)
    assert [option.misfit(value) for value in fits] == [""] * len(fits)
    assert all(option.misfit(value) for value in misfits)


def test_what_does_not_fit_is_left_out() -> None:
    stated = {"most": "many", "share": 1, "strict": True, "other": 7, "context": 1}
    assert fitting(rule(), stated) == {"share": 1, "strict": True}


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.ID)
def test_options_of_all_rules_can_be_judged_and_are_on_their_pages(each: Rule) -> None:
    for name, option in options(each).items():
        assert isinstance(option.misfit(None), str)
        assert name in (each.__doc__ or "")
