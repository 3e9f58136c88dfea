"""How to come by the things that a run read: from the repository, from a store, or by hand."""

import re
from dataclasses import dataclass
from enum import StrEnum
from posixpath import basename
from urllib.parse import unquote

from herdbook.entries import Entry

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_DVC_DIGESTS = ("md5-dir:", "md5-dos2unix:")
_OF_FOLDERS = ("md5-dir:", "sha256-dir:")


class Source(StrEnum):
    """Where something comes from."""

    REPOSITORY = "repository"
    COMMAND = "command"
    PACKAGE = "package"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Way:
    """How to come by something.

    Attributes:
        source: from the repository (it is a file there, or a run writes it there), by a command, from inside
            an installed package, or by hand.
        path: where it is then: in the repository, or in the folder for inputs where `outside` is true. Of
            what is inside a package it is the path there. Empty where only a person can tell.
        outside: whether it is put outside the repository.
        command: the words of the command that fetches it.
    """

    source: Source
    path: str
    outside: bool = False
    command: tuple[str, ...] = ()


def way_to(uri: str, digest: str, entry: Entry | None, place: str) -> Way:
    """Tell how to come by what lies at an address.

    Args:
        uri: the address, or a path relative to the root of the repository; may be empty.
        digest: the digest of its content; that of DVC says that DVC has it.
        entry: its entry, for where it was imported from.
        place: a name that nothing else in the folder for inputs has.
    """
    match = _SCHEME.match(uri)
    scheme = match[1].lower() if match is not None else ""
    folder = digest.startswith(_OF_FOLDERS)
    origin = entry.imported_from if entry is not None else {}
    if scheme == "dvc" or (not scheme and (origin.get("system") == "dvc" or digest.startswith(_DVC_DIGESTS))):
        return _from_dvc(uri, origin.get("repository", ""), origin.get("rev", ""), place)
    if not scheme:
        path = _inside(uri)
        return Way(Source.REPOSITORY, path) if path else Way(Source.HAND, "")
    if scheme == "pkg":
        return Way(Source.PACKAGE, unquote(uri.partition("#")[2]))
    target = f"{place}-{basename(unquote(uri).rstrip('/')) or 'input'}"
    command = _command(scheme, uri, target, folder=folder)
    return Way(Source.COMMAND, target, True, command) if command else Way(Source.HAND, target, True)


def _command(scheme: str, uri: str, target: str, *, folder: bool) -> tuple[str, ...]:
    match scheme:
        case "s3":
            return ("aws", "s3", "cp", *(("--recursive",) if folder else ()), unquote(uri), target)
        case "gs":
            options = ("--recursive",) if folder else ()
            return ("gcloud", "storage", "cp", *options, unquote(uri), target)
        case "https" | "http":
            return (
                "curl",
                "--fail",
                "--location",
                "--globoff",
                "--silent",
                "--show-error",
                "--output",
                target,
                uri,
            )
        case "file" if uri.lower().startswith("file:///"):
            return ("cp", "-R", unquote(uri[len("file://") :]), target)
        case _:
            return ()


def _from_dvc(uri: str, repository: str, rev: str, place: str) -> Way:
    path = _inside(re.sub(r"(?i)^dvc:/*", "", uri))
    if not path:
        return Way(Source.HAND, "")
    if not repository:
        return Way(Source.COMMAND, path, command=("dvc", "pull", "--", path))
    target = f"{place}-{basename(path)}"
    revision = ("--rev", rev) if rev else ()
    command = ("dvc", "get", *revision, "--out", target, "--", repository, path)
    return Way(Source.COMMAND, target, True, command)


def _inside(uri: str) -> str:
    """A path inside the repository; empty for what leads out of it."""
    path = unquote(uri)
    parts = path.split("/")
    if not path or path.startswith(("/", "~")) or ".." in parts or "\0" in path:
        return ""
    return "/".join(part for part in parts if part not in ("", "."))
