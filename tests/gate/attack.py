"""How attacks are declared: a group, a title in plain English, what must come of it, and how it is done."""

from collections.abc import Callable
from dataclasses import dataclass

from gate.scene import Files, Run, Scene

GROUPS = {
    "policy": (
        "Weakening the policy",
        "The change weakens what it is judged by, or what starts the gate: for itself, or for the next one.",
    ),
    "approvals": (
        "Faking an approval",
        "The change claims an approval that nobody gave, or somebody approves who must not.",
    ),
    "ledgers": (
        "Rewriting history",
        "The ledgers say which version was in force, when, and who approved it. They only grow.",
    ),
    "records": (
        "Changing what was recorded",
        "What ran, and what was registered, is altered, deleted or swapped afterwards.",
    ),
    "promotion": (
        "Promoting what should not be",
        "A version comes into force that nothing, or not enough, speaks for.",
    ),
    "files": (
        "Hiding in files",
        "Something hides in the form, the name or the kind of a file, or brings code of its own along.",
    ),
    "git": (
        "Confusing git",
        "A fault, most often a run without its tags, is to get past in a clone, a history or an environment "
        "that is not what it seems; or two changes that are sound by themselves clash.",
    ),
    "honest": ("Honest changes, which pass", "A gate that refuses honest work is soon taken away."),
}
"""The groups, in the order of the page: what each is called, and what its attacks have in common."""

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
        note: where it may pass, why that does no harm.
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
    note: str
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
    note: str = "",
    origin: str = "declared",
    installed: bool = False,
    name: str = "",
) -> Callable[[Prepare], Prepare]:
    """Declare a function as an attack; without a code, it ends in 1 with findings, else in 2."""

    def declare(prepare: Prepare) -> Prepare:
        expected = (1 if finds else 2) if code is None else code
        shown = name or prepare.__name__
        found = Attack(shown, group, title, prepare, expected, finds, says, silent, note, origin, installed)
        ATTACKS.append(found)
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
