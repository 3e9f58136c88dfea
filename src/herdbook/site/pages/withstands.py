"""The page of what was tried on the gate, as the tests of this version of Herdbook found it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from herdbook.site.page import Job, Section
from herdbook.site.pages.making import Maker, PageJob
from herdbook.site.paths import WITHSTANDS

FILE: Final = Path(__file__).parents[1] / "withstands.json"
"""What the tests found; they write it, and compare themselves with it."""

HONEST: Final = "honest"
"""The group of the changes that must pass."""


def withstands_page(make: Maker) -> Iterator[PageJob]:
    """What was tried on the gate, group by group, and what came of it."""
    whole = _whole()
    attacks: Sequence[Mapping[str, Any]] = whole["attacks"]
    groups = [
        (about, [attack for attack in attacks if attack["group"] == about["group"]])
        for about in whole["groups"]
    ]
    page = partial(
        make.page,
        "withstands",
        WITHSTANDS,
        Section.RULES,
        "What the gate withstands",
        "What was tried on the gate: each attack as a real git repository, with its exit code and finding.",
        search_text="Gate: attacks, exit codes, trust.",
        groups=[group for group in groups if group[0]["group"] != HONEST],
        honest=next(group for group in groups if group[0]["group"] == HONEST),
        tried=sum(attack["group"] != HONEST for attack in attacks),
        rules=whole["rules"],
    )
    yield Job(WITHSTANDS, (), page)


@cache
def _whole() -> Mapping[str, Any]:
    whole: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return whole
