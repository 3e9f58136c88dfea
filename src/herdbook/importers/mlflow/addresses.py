"""Addresses of artifacts in stores of MLflow, and where these are now.

Stores are moved, and so are the machines that wrote them: the address of an artifact may lead to a folder of
a colleague's Windows. What is looked for then is its end, from about the id of its run on, below the store.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from herdbook.digest import measure_folder
from herdbook.planning import mlmodel
from herdbook.planning.artifacts import read_in, requirements_in

_ID = re.compile(r"(?:m-)?[0-9a-f]{32}")
_MODEL = re.compile(r"models:/(m-[0-9a-f]{32})/?")
_PROXIED = "mlflow-artifacts"


def joined(uri: str, path: str) -> str:
    """The address of something below another address."""
    return f"{uri.rstrip('/')}/{path}" if uri else path


def served(uri: str, server: str) -> str:
    """An address that can be asked from anywhere: what a server hands out itself, it names without its own.

    Args:
        uri: the address, as a store of MLflow says it.
        server: that of the server that says it; empty where none does.
    """
    scheme, _, path = uri.partition(":")
    if scheme != _PROXIED or path.startswith("//") or not server:
        return uri
    return f"{server}/api/2.0/mlflow-artifacts/artifacts/{path.strip('/')}"


def model_id(source: str) -> str:
    """The id of the logged model that an address names; empty where it names none."""
    found = _MODEL.fullmatch(source)
    return found[1] if found else ""


def inside(source: str, artifacts: str, run_id: str) -> str:
    """The path that an address has in the artifacts of a run; empty where it is none of them."""
    for head in (f"{artifacts.rstrip('/')}/", f"runs:/{run_id}/"):
        if len(head) > 1 and source.startswith(head):
            return source[len(head) :].strip("/")
    _, found, path = source.replace("\\", "/").partition(f"/{run_id}/artifacts/")
    return path.strip("/") if found else ""


@dataclass(frozen=True, slots=True)
class Places:
    """Where artifacts are on this machine.

    Attributes:
        folders: where the ends of addresses are looked for; none for a store that is elsewhere.
        top: the top folder of the repository of the catalog, if there is one.
    """

    folders: Sequence[Path] = ()
    top: Path | None = None

    def find(self, uri: str) -> Path | None:
        """The folder of a model, if it can be reached: one with an ``MLmodel`` file in it."""
        if not self.folders:
            return None
        return next((path for path in self._candidates(uri) if _is_model(path)), None)

    def address(self, path: Path) -> str:
        """The address of a folder: its path in the repository, where it is in there."""
        real = path.resolve()
        if self.top is not None and real.is_relative_to(self.top):
            return quote(real.relative_to(self.top).as_posix())
        return real.as_uri()

    def described(self, path: Path) -> dict[str, Any]:
        """What MLflow wrote down beside a model.

        Raises:
            HerdbookError: it cannot be read.
        """
        described = mlmodel.described(read_in(path, mlmodel.NAME), str(path / mlmodel.NAME))
        known = {
            "flavors": list(described.flavors),
            "signature": described.signature,
            "size": described.size,
            "requirements": list(requirements_in(path)),
        }
        return {name: value for name, value in known.items() if value not in (None, [])}

    def measured(self, path: Path) -> dict[str, Any]:
        """The digest and the size of the folder of a model.

        Raises:
            HerdbookError: it cannot be read.
        """
        found = measure_folder(path)
        return {"digest": found.digest, "size": found.size}

    def _candidates(self, uri: str) -> list[Path]:
        try:
            parts = urlsplit(uri.replace("\\", "/"))
        except ValueError:
            return []
        if len(parts.scheme) > 1 and parts.scheme not in ("file", _PROXIED):
            return []
        path = unquote(parts.path)
        if "\0" in path:
            return []
        steps = [step for step in path.split("/") if step not in ("", ".")]
        if ".." in steps:
            return []
        found = []
        if parts.scheme != _PROXIED:
            found = [Path(path)] if path.startswith("/") else [folder / path for folder in self.folders]
        at = next((index for index, step in enumerate(steps) if _ID.fullmatch(step)), None)
        if at is not None:
            # A run is in the folder of its experiment, and a logged model in a folder of that.
            ends = ["/".join(steps[start:]) for start in range(max(0, at - 3), at + 1)]
            found += [folder / end for folder in self.folders for end in ends]
        return found


def _is_model(path: Path) -> bool:
    try:
        return (path / mlmodel.NAME).is_file()
    except (OSError, ValueError):
        return False
