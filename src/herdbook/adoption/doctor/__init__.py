"""What is missing in a repository that adopts the gate, as far as its files tell."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from herdbook.adoption.doctor import azure, github, gitlab, guards
from herdbook.adoption.doctor.by_hand import BY_HAND
from herdbook.adoption.doctor.lack import Diagnosis as Diagnosis
from herdbook.adoption.doctor.lack import Lack as Lack
from herdbook.adoption.initialising import catalogs
from herdbook.errors import StorageError
from herdbook.git import default_branch

_FORGES = {"github": github, "gitlab": gitlab, "azure": azure}


def examine(root: Path) -> Diagnosis:
    """Look at the files of a repository.

    Args:
        root: its top folder.
    """
    there_are = catalogs(root)
    folders = there_are or ["catalog"]
    found: list[Lack] = []
    there: list[str] = []
    for forge, module in _FORGES.items():
        if pipelines := module.pipelines(root):
            there.append(forge)
            found += _told(module.lacks(root, default_branch(root)))
            found += _told(guards.catalog_lacks(there_are, module.judged(root)))
            found += _told(guards.owner_lacks(root, folders, forge, pipelines))
    if not there:
        found.append(
            Lack(
                "no-gate",
                ".",
                "there are no CI files of GitHub, GitLab or Azure: nothing runs the gate",
                "`herdbook ci init github`, `gitlab` or `azure` writes them.",
            )
        )
    for folder in folders:
        found += _told(guards.policy_lacks(root, folder, there))
    found += _told(guards.attribute_lacks(root, folders))
    forges = tuple(there or _FORGES)
    # The check is called as the job is, whatever its workflow calls that.
    check = " and ".join(f'"{name}"' for name in github.checks(root)) or '"gate"'
    by_hand = tuple(
        (forge, what.replace('"gate"', check), why) for forge in forges for what, why in BY_HAND[forge]
    )
    return Diagnosis(forges, tuple(dict.fromkeys(found)), by_hand)


def _told(lacks: Iterable[Lack]) -> Iterator[Lack]:
    try:
        yield from lacks
    except StorageError as error:
        where, _, why = str(error).partition(": ")
        yield Lack(
            "unreadable-file", where, f"it cannot be looked at: {why}", "Put a readable file in its place."
        )
