"""What lies of an artifact in the repository of a catalog."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from herdbook.digest import Measured, measure, measure_folder
from herdbook.errors import StorageError
from herdbook.planning import mlmodel
from herdbook.tree import DirTree

_REQUIREMENTS = "requirements.txt"


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
    described = mlmodel.described(_read(folder, name), str(folder / name))
    return Seen(there is not None, measured, described, _requirements(folder))


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


def _read(folder: Path, name: str) -> bytes:
    try:
        return DirTree(folder).read(name)
    except OSError as error:
        raise StorageError(f"{folder / name}: cannot be read: {error.strerror or error}") from error


def _requirements(folder: Path) -> tuple[str, ...]:
    """The packages of the list that MLflow puts beside an ``MLmodel``; pip's options are none."""
    if not (folder / _REQUIREMENTS).is_file():
        return ()
    lines = (line.strip() for line in _read(folder, _REQUIREMENTS).decode("utf-8", "replace").splitlines())
    return tuple(line for line in lines if line and not line.startswith(("#", "-")))
