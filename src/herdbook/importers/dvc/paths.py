"""Paths that files of DVC name: where they lead from a folder, and what is there by the names of files."""

import posixpath
from typing import Any
from urllib.parse import quote

_MODEL_FILES = (
    *(".bin", ".cbm", ".ckpt", ".gguf", ".h5", ".joblib", ".keras", ".model", ".onnx", ".pb", ".pickle"),
    *(".pkl", ".pt", ".pth", ".safetensors", ".tflite", ".ubj"),
)
"""How files end that hold models: what a stage writes into one is no dataset."""
_CODE = (".py", ".ipynb", ".sh", ".R", ".r", ".jl")
_SAFE = "/!$&'()*+,;=@~"
_LONGEST_SHOWN = 80


def place(folder: str, path: Any) -> str:
    """Where a path leads: from the top of the repository, or to an address, which stays as it is.

    Args:
        folder: the folder that it begins in.
        path: what stands where a file should name one.

    Raises:
        ValueError: it is no text, or leads out of the repository.
    """
    found = joined(folder, path) if isinstance(path, str) and path.strip() else ""
    if not isinstance(path, str) or not found.strip():
        raise ValueError("a path in it is no text; what lies there is left out")
    if "://" in path:
        return path
    if found.startswith(("/", "../")) or found in (".", "..") or "\0" in found:
        raise ValueError(f"{shown(path)} lies outside of the repository; it is left out")
    return found


def joined(folder: str, path: str) -> str:
    """A path from a folder, without detours; it may lead out of the repository."""
    return posixpath.normpath(posixpath.join(folder, path))


def shown(text: str) -> str:
    """A path or a name as messages show it."""
    return repr(text[:_LONGEST_SHOWN])


def uri(place: str) -> str:
    """The address of what lies at a place."""
    return place if "://" in place else quote(place, safe=_SAFE, errors="replace")


def is_model_file(path: str) -> bool:
    """Whether a file holds a model, by how its name ends."""
    return path.lower().endswith(_MODEL_FILES)


def is_code(path: str) -> bool:
    """Whether a file holds code, by how its name ends."""
    return path.endswith(_CODE)
