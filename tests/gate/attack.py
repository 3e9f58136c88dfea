"""How attacks are declared: a group, a title in plain English, what must come of it, and how it is done."""

from collections.abc import Callable
from dataclasses import dataclass

from gate.scene import Files, Run, Scene

GROUPS = {
    "policy": "Weakening the policy",
    "approvals": "Faking an approval",
    "ledgers": "Rewriting history",
    "records": "Changing what was recorded",
    "promotion": "Promoting what should not be",
    "files": "Hiding in files",
    "git": "Confusing git",
    "honest": "Honest changes, which pass",
}
"""The groups, in the order of the page."""

Prepare = Callable[[Scene], Run | tuple[str, ...] | None]


@dataclass(frozen=True, slots=True)
class Attack:
    """Something that is tried on the gate.

    Attributes:
        name: names it among all.
        group: one of `GROUPS`.
        title: what is tried, in a sentence without its stop.
        prepare: makes the change; answers the options of the gate, or how it is run.
        code: the exit code that must come of it.
        finds: rules that must find an error.
        says: what must stand in a message.
        silent: what must stand in no message and in no output.
        origin: which repository it is tried on, one of those in conftest.
        installed: it is run as a process of its own.
    """

    name: str
    group: str
    title: str
    prepare: Prepare
    code: int
    finds: tuple[str, ...]
    says: str
    silent: str
    origin: str
    installed: bool


ATTACKS: list[Attack] = []


def attack(
    group: str,
    title: str,
    *finds: str,
    code: int | None = None,
    says: str = "",
    silent: str = "",
    origin: str = "declared",
    installed: bool = False,
    name: str = "",
) -> Callable[[Prepare], Prepare]:
    """Declare a function as an attack; without a code, it ends in 1 with findings, else in 2."""

    def declare(prepare: Prepare) -> Prepare:
        expected = (1 if finds else 2) if code is None else code
        ATTACKS.append(
            Attack(
                name or prepare.__name__,
                group,
                title,
                prepare,
                expected,
                finds,
                says,
                silent,
                origin,
                installed,
            )
        )
        return prepare

    return declare


def change(
    group: str,
    name: str,
    title: str,
    files: Files | Callable[[Scene], Files],
    *finds: str,
    code: int | None = None,
    says: str = "",
    origin: str = "declared",
) -> None:
    """Declare an attack that is one commit of files."""

    def prepare(scene: Scene) -> None:
        scene.commit(files(scene) if callable(files) else files)

    attack(group, title, *finds, code=code, says=says, origin=origin, name=name)(prepare)
