"""What lies of an artifact in the repository of a catalog."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from herdbook.digest import Measured, measure, measure_folder
from herdbook.errors import unreadable
from herdbook.planning import mlmodel
from herdbook.tree import DirTree
from herdbook.yaml.foreign import read_foreign

_REQUIREMENTS = "requirements.txt"
_CONDA = "conda.yaml"


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be seen of an artifact.

    Attributes:
        is_here: whether its address is that of a file or folder of the repository, and it is there.
        measured: the digest and the size; `None` of what is not here, or has a digest of another kind.
        described: how MLflow describes it; `None` where it does not.
        requirements: the packages that MLflow lists beside the description.
    """

    is_here: bool = False
    measured: Measured | None = None
    described: mlmodel.Described | None = None
    requirements: tuple[str, ...] = ()


def look_at(top: Path, uri: str, recorded: str, description: Path | None) -> Seen:
    """Look at an artifact, if it lies in the repository.

    Args:
        top: the top folder of the repository.
        uri: the address of the artifact.
        recorded: the digest that the run noted of it; empty where it noted none.
        description: the ``MLmodel`` file, or the folder that holds it. Left out, the one in or beside the
            artifact.

    Raises:
        StorageError: a file cannot be read, or a folder has no digest.
        RaceError: a file was changed while it was read.
        PlanError: the description is none.
    """
    there = path_of(top, uri)
    measured, folder = None, top
    if there is not None:
        is_folder = there.is_dir()
        folder = there if is_folder else there.parent
        if not recorded or recorded.startswith("sha256-dir:" if is_folder else "sha256:"):
            measured = measure_folder(there) if is_folder else measure(there)
    if description is not None:
        folder, name = (
            (description, mlmodel.NAME) if description.is_dir() else (description.parent, description.name)
        )
    elif there is not None and (folder / mlmodel.NAME).is_file():
        name = mlmodel.NAME
    else:
        return Seen(there is not None, measured)
    described = mlmodel.described(read_in(folder, name), str(folder / name))
    return Seen(there is not None, measured, described, requirements_in(folder))


def path_of(top: Path, uri: str) -> Path | None:
    """Where a relative address leads; `None` where nothing is, or where it leads out of the repository."""
    text = unquote(uri)
    try:
        if urlsplit(uri).scheme:
            return None
        root, there = (Path(os.path.realpath(path)) for path in (top, top / text))
        mode = there.stat().st_mode
    except (OSError, ValueError):  # such as U+0000 in a path, or a port that is no number
        return None
    kept = stat.S_ISREG(mode) or stat.S_ISDIR(mode)
    return there if kept and there != root and there.is_relative_to(root) else None


def read_in(folder: Path, name: str) -> bytes:
    """Read a file of a folder, which is no link.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        return DirTree(folder).read(name)
    except OSError as error:
        raise unreadable(folder / name, error) from error


def requirements_in(folder: Path) -> tuple[str, ...]:
    """The packages that MLflow lists beside an ``MLmodel``: for pip, or else in an environment of conda.

    Raises:
        StorageError: the list cannot be read.
        HerdbookError: the environment is no YAML.
    """
    if (folder / _REQUIREMENTS).is_file():
        lines = read_in(folder, _REQUIREMENTS).decode("utf-8", "replace").splitlines()
    elif (folder / _CONDA).is_file():
        lines = _in_conda(read_foreign(read_in(folder, _CONDA)))
    else:
        return ()
    # Options of pip are no packages.
    return tuple(line for text in lines if (line := text.strip()) and not line.startswith(("#", "-")))


def _in_conda(environment: Any) -> list[str]:
    """The packages in an environment that pip is to install."""
    stated = environment.get("dependencies") if isinstance(environment, dict) else None
    parts = stated if isinstance(stated, list) else ()
    lists = [part["pip"] for part in parts if isinstance(part, dict) and isinstance(part.get("pip"), list)]
    return [line for lines in lists for line in lines if isinstance(line, str)]
