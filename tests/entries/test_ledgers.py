from typing import Any

from entry_samples import made
from herdbook.entries import Aliases, Stages


def assigned(version: int | None, day: int) -> dict[str, Any]:
    return {"version": version, "at": f"2024-01-{day:02}T00:00:00Z", "by": "ada"}


def test_the_last_assignment_of_an_alias_is_in_force() -> None:
    aliases = made(
        Aliases,
        {
            "model": "m",
            "aliases": {
                "champion": [assigned(1, 1), assigned(2, 2)],
                "retired": [assigned(1, 1), assigned(None, 2)],
            },
        },
    )
    assert {alias: item.version for alias, item in aliases.in_force().items()} == {"champion": 2}
    assert aliases.in_force()["champion"].route == ("aliases", "champion", 1)
    assert [aliases.version_of(alias) for alias in ("champion", "retired", "absent")] == [2, None, None]
    assert [item.version for item in aliases.ledgers["retired"]] == [1, None]
    assert [str(mention.ref) for mention in aliases.mentions()] == [
        "models:/m/1",
        "models:/m/2",
        "models:/m/1",
    ]


def moved(version: int, stage: str, day: int, **more: Any) -> dict[str, Any]:
    return {"version": version, "stage": stage, "at": f"2024-01-{day:02}T00:00:00Z", "by": "ada", **more}


def test_a_version_is_in_the_stage_of_its_last_transition() -> None:
    stages = made(
        Stages,
        {
            "model": "m",
            "transitions": [
                moved(1, "staging", 1),
                moved(1, "production", 2),
                moved(2, "production", 3),
                moved(3, "staging", 4),
                moved(3, "production", 5, archive_existing=True),
            ],
        },
    )
    current = stages.current()
    assert {version: item.stage for version, item in current.items()} == {
        1: "archived",
        2: "archived",
        3: "production",
    }
    assert current[1].reason == "version 3 took its place"
    assert current[1].route == current[3].route == ("transitions", 4)


def test_only_the_stage_that_a_version_enters_is_cleared() -> None:
    stages = made(
        Stages,
        {
            "model": "m",
            "transitions": [
                moved(1, "production", 1),
                moved(2, "staging", 2),
                moved(3, "staging", 3, archive_existing=True),
                moved(3, "staging", 4, archive_existing=True),
            ],
        },
    )
    assert {version: item.stage for version, item in stages.current().items()} == {
        1: "production",
        2: "archived",
        3: "staging",
    }
