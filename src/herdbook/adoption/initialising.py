"""The CI files that a repository needs, made to fit it, and written where none are."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from functools import cache
from pathlib import Path

from herdbook import __version__
from herdbook.adoption.placing import read_file, write_new_file
from herdbook.errors import HerdbookError
from herdbook.git import branches, current_branch, default_branch

_PLACES = {
    "github": {
        "lineage-gate.yml": ".github/workflows/lineage-gate.yml",
        "publish.yml": ".github/workflows/publish.yml",
        "pr-comment.yml": ".github/workflows/pr-comment.yml",
        "CODEOWNERS": ".github/CODEOWNERS",
    },
    "gitlab": {
        "herdbook.yml": ".gitlab/herdbook.yml",
        "gitlab-ci.yml": ".gitlab-ci.yml",
        "CODEOWNERS": ".gitlab/CODEOWNERS",
    },
    "azure": {"azure-pipelines.yml": "azure-pipelines.yml"},
}
FORGES = tuple(_PLACES)
_PLACEHOLDER = re.compile(r"@(BRANCH|CATALOG|HERDBOOK|OWNERS)@")
# What goes into YAML, shells and patterns unquoted or in double quotes must mean itself in all of them.
FOLDER = re.compile(r"\.|[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]*")
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@=+-]*")
_OWNER = re.compile(r"@[A-Za-z0-9][A-Za-z0-9._/-]*|[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")
_DEEPEST = 7
_USUAL_BRANCHES = frozenset({"main", "master", "trunk"})


@dataclass(frozen=True, slots=True)
class Setting:
    """What CI files are made to fit.

    Attributes:
        branch: the branch that changes are merged into.
        catalog: the folder of the catalog, from the top of the repository.
        requirement: what pip is told to install.
        owners: who guards policy, ledgers and workflows, as CODEOWNERS names people and teams.
    """

    branch: str = "main"
    catalog: str = "catalog"
    requirement: str = f"herdbook=={__version__}"
    owners: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what could mean something else than itself in one of the files.

        Raises:
            HerdbookError: one of the values cannot be written into CI files.
        """
        given = [
            ("the branch", self.branch, _BRANCH, "--branch"),
            ("the folder of the catalog", self.catalog, FOLDER, "--catalog"),
            ("what pip installs", self.requirement, _REQUIREMENT, "--install"),
            *(("the owner", owner, _OWNER, "--owners") for owner in self.owners),
        ]
        for what, value, allowed, option in given:
            if not allowed.fullmatch(value):
                raise HerdbookError(
                    f"{what} {value!r} cannot be written into CI files: it may hold letters, digits and a "
                    f"few signs only; give another with {option}"
                )


@dataclass(frozen=True, slots=True)
class Placed:
    """A CI file and what is at its place.

    Attributes:
        path: where it belongs, from the top of the repository.
        text: what it should be.
        existing: what is there; `None` where nothing is.
    """

    path: str
    text: str
    existing: str | None

    @property
    def differs(self) -> bool:
        """Whether something else is there."""
        return self.existing is not None and self.existing != self.text

    def diff(self) -> Iterator[str]:
        """The lines by which what is there differs from what should be."""
        there = (self.existing or "").splitlines()
        return unified_diff(
            there, self.text.splitlines(), f"{self.path} (here)", "as herdbook writes it", lineterm=""
        )


@cache
def shipped(forge: str, name: str) -> str:
    """Return a file as it is shipped, with its placeholders."""
    return (Path(__file__).parent / "files" / forge / name).read_text(encoding="utf-8")


def ci_files(forge: str, setting: Setting) -> dict[str, str]:
    """Return the CI files for a forge: the path of each from the top of the repository, and its text.

    Raises:
        HerdbookError: nobody is named who guards what CODEOWNERS should guard.
    """
    places = _PLACES[forge]
    if "CODEOWNERS" in places and not setting.owners:
        raise HerdbookError(
            "nobody is named who guards the policy, the ledgers and the workflows; name people or teams with "
            "--owners, such as --owners @my-org/model-risk"
        )
    values = {
        "BRANCH": setting.branch,
        "CATALOG": setting.catalog,
        "HERDBOOK": setting.requirement,
        "OWNERS": " ".join(setting.owners),
    }
    return {
        path: _PLACEHOLDER.sub(lambda found: values[found[1]], shipped(forge, name)).replace("/./", "/")
        for name, path in places.items()
    }


def plan(root: Path, files: dict[str, str]) -> list[Placed]:
    """Compare CI files with what a repository has at their places.

    Raises:
        StorageError: what is there cannot be read.
    """
    return [Placed(path, text, _decoded(read_file(root, path))) for path, text in files.items()]


def write(root: Path, placed: Iterable[Placed]) -> None:
    """Write the files that are not there; what is there is left alone.

    Raises:
        StorageError: writing fails.
    """
    for file in placed:
        if file.existing is None:
            write_new_file(root, file.path, file.text)


def catalog_folder(root: Path) -> str:
    """Find the catalog of a repository: the folder that holds a ``herdbook.yaml``, nearest to the top.

    ``catalog`` where there is none yet.

    Raises:
        HerdbookError: there are several, equally near.
    """
    found = catalogs(root)
    if len(found) > 1:
        raise HerdbookError(
            f"there are several catalogs here ({', '.join(found)}); name one with --catalog DIR"
        )
    return found[0] if found else "catalog"


def catalogs(root: Path) -> list[str]:
    """List the folders that hold a ``herdbook.yaml``, those nearest to the top; ``.`` is the top."""
    level = [root]
    for _ in range(_DEEPEST):
        found = [folder for folder in level if (folder / "herdbook.yaml").is_file()]
        if found:
            return sorted(folder.relative_to(root).as_posix() for folder in found)
        level = [inside for folder in level for inside in _folders(folder)]
    return []


def _folders(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                    yield folder / entry.name
    except OSError:
        return  # what may not be read holds no catalog for us


def branch_of(root: Path) -> str:
    """Return the branch that changes are merged into.

    That is the default of the remote. Where nothing says which that is, it is the one that is called as such
    branches usually are, or the only one; the branch that is checked out may be that of a change.

    Raises:
        HerdbookError: it cannot be told.
    """
    if stated := default_branch(root):
        return stated
    current = current_branch(root)
    known = branches(root) | ({current} if current else set())
    for likely in (known & _USUAL_BRANCHES, known):
        if len(likely) == 1:
            return next(iter(likely))
    if not known:
        return "main"
    raise HerdbookError(
        f"it cannot be told which branch changes are merged into, of {', '.join(sorted(known)[:5])}"
        f"{', ...' if len(known) > 5 else ''}; name it with --branch, or let git ask the remote: "
        "git remote set-head origin --auto"
    )


def _decoded(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("utf-8", "replace").replace("\r\n", "\n")
