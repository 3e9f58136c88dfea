"""The change rewrites what a ledger says of the past."""

from collections.abc import Callable
from functools import partial
from typing import Any

import yaml
from gate.attack import attack, change
from gate.records import line, with_lines, with_transitions
from gate.scene import Files, Scene, edited, written

_ALIASES, _STAGES = "models/churn/aliases.yaml", "models/churn/stages.yaml"
Lines = list[dict[str, Any]]


def _champion(scene: Scene, edit: Callable[[Lines], Lines]) -> Files:
    aliases = yaml.safe_load(scene.read(_ALIASES))["aliases"]
    return {
        _ALIASES: edited(scene.read(_ALIASES), aliases={**aliases, "champion": edit(aliases["champion"])})
    }


def _stages(scene: Scene, edit: Callable[[Lines], Lines]) -> Files:
    lines = yaml.safe_load(scene.read(_STAGES))["transitions"]
    return {_STAGES: edited(scene.read(_STAGES), transitions=edit(lines))}


EDITS: tuple[tuple[str, str, Callable[[Lines], Lines]], ...] = (
    (
        "version_edited",
        "Say that another version held the alias",
        lambda it: [{**it[0], "version": 2}, *it[1:]],
    ),
    (
        "approver_edited",
        "Say that another person approved it then",
        lambda it: [{**it[0], "approved_by": ["cy"]}, *it[1:]],
    ),
    (
        "reason_edited",
        "Say afterwards why it was promoted",
        lambda it: [*it[:-1], {**it[-1], "reason": "AUC 0.99"}],
    ),
    (
        "time_edited",
        "Say that it happened at another time",
        lambda it: [*it[:-1], {**it[-1], "at": "2024-01-16T08:00:00Z"}],
    ),
    ("line_deleted", "Delete the first line of an alias", lambda it: it[1:]),
    (
        "last_line_deleted",
        "Delete the last line of an alias, so that the one before holds again",
        lambda it: it[:-1],
    ),
    ("lines_reordered", "Change the order of lines", lambda it: it[::-1]),
    (
        "line_slipped_in",
        "Slip a line in between others",
        lambda it: [it[0], line(3, "2024-01-13T08:00:00Z"), it[1]],
    ),
    ("line_put_first", "Put a line above all others", lambda it: [line(3, "2024-01-10T08:00:00Z"), *it]),
    (
        "back_dated",
        "Date a new line before the one above it",
        lambda it: [*it, line(3, "2024-01-14T08:00:00Z")],
    ),
    (
        "edited_behind_a_new_line",
        "Edit an old line and add a new one at once",
        lambda it: [it[0], {**it[1], "approved_by": []}, line(3)],
    ),
)
for name, title, edit in EDITS:
    change("ledgers", name, title, partial(_champion, edit=edit), "ledger-rewritten")

change(
    "ledgers",
    "all_lines_deleted",
    "Leave an alias without lines",
    lambda scene: _champion(scene, lambda it: []),
    "invalid-schema",
)
change(
    "ledgers",
    "alias_renamed",
    "Rename an alias, so that it begins anew",
    lambda scene: {_ALIASES: scene.read(_ALIASES).replace("champion:", "winner:")},
    "ledger-rewritten",
)
change(
    "ledgers",
    "alias_in_another_case",
    "Write the name of an alias in capitals",
    lambda scene: {_ALIASES: scene.read(_ALIASES).replace("champion:", "Champion:")},
    "ledger-rewritten",
)
change(
    "ledgers",
    "ledger_deleted",
    "Delete the whole ledger of the aliases",
    {_ALIASES: None},
    "ledger-rewritten",
)
change(
    "ledgers", "stages_deleted", "Delete the whole ledger of the stages", {_STAGES: None}, "ledger-rewritten"
)
change(
    "ledgers",
    "ledger_unreadable",
    "Make the ledger unreadable, to write another one later",
    {_ALIASES: "kind: aliases\nmodel: churn\naliases: {champion: [\n"},
    "invalid-yaml",
)
change(
    "ledgers",
    "ledger_of_another_model",
    "Give the ledger to another model",
    lambda scene: {_ALIASES: scene.read(_ALIASES).replace("model: churn", "model: churn2")},
    "ledger-rewritten",
    "misplaced-file",
)
change(
    "ledgers",
    "second_ledger",
    "Lay a second ledger beside the first",
    lambda scene: {"models/churn/aliases2.yaml": with_lines(scene.read(_ALIASES), "champion", line(3))},
    "duplicate-id",
)
change(
    "ledgers",
    "transition_edited",
    "Say that a version was in another stage",
    lambda scene: _stages(scene, lambda it: [{**it[0], "stage": "archived"}, *it[1:]]),
    "ledger-rewritten",
)
change(
    "ledgers",
    "transition_deleted",
    "Delete the last transition",
    lambda scene: _stages(scene, lambda it: it[:-1]),
    "ledger-rewritten",
)
change(
    "ledgers",
    "transition_back_dated",
    "Date a new transition before the one above it",
    lambda scene: {
        _STAGES: with_transitions(scene.read(_STAGES), line(1, "2024-01-01T08:00:00Z", stage="archived"))
    },
    "ledger-rewritten",
)
change(
    "ledgers",
    "dated_in_the_future",
    "Date a new line in the year 2999",
    lambda scene: {_ALIASES: with_lines(scene.read(_ALIASES), "champion", line(3, "2999-01-01T08:00:00Z"))},
    "impossible-time",
)


@attack(
    "ledgers",
    "Rewrite the ledger in one commit, and put it back but for one line in the next",
    "ledger-rewritten",
)
def rewritten_in_two_steps(scene: Scene) -> None:
    scene.commit({_ALIASES: None})
    scene.git("checkout", "-q", "HEAD~1", "--", "catalog")
    scene.commit(_champion(scene, lambda it: it[1:]))


@attack("ledgers", "Rewrite a line by a merge that no commit shows", "ledger-rewritten")
def rewritten_in_a_merge(scene: Scene) -> None:
    scene.commit({"../README.md": "One.\n"})
    scene.git("checkout", "-q", "-b", "side", "origin/main")
    scene.commit({"../NOTES.md": "Two.\n"})
    scene.git("checkout", "-q", "change")
    scene.git("merge", "-q", "--no-commit", "side")
    scene.commit(_champion(scene, lambda it: it[1:]), "Merge branch 'side'")


@attack("ledgers", "Add an alias that differs from a protected one only in case", "duplicate-id")
def twin_of_an_alias(scene: Scene) -> None:
    aliases = yaml.safe_load(scene.read(_ALIASES))["aliases"]
    twin = {"Champion": [line(3, "2024-01-16T08:00:00Z")]}
    scene.commit({_ALIASES: edited(scene.read(_ALIASES), aliases={**aliases, **twin})})


@attack(
    "ledgers",
    "Begin a ledger with a past that never was, to build on it in the next change",
    "unverified-approval",
    origin="verified",
    says="a new ledger says that the stage production held models:/churn/3, with 0 of 1",
)
def past_of_a_new_ledger(scene: Scene) -> tuple[str, ...]:
    scene.before({_STAGES: None})
    lines = [line(3, stage="production"), line(3, stage="none", approved_by=[])]
    scene.commit({_STAGES: written({"kind": "stages", "model": "churn", "transitions": lines})})
    return scene.reviews()
