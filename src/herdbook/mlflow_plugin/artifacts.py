"""Artifacts for MLflow: copied out, and held against their recorded digests before anything is loaded.

MLflow writes into the folder that it loads a model from. So it gets a copy, and what lies in the repository
stays as it is. The copy is what is checked, and what is loaded: nobody can change the one after the other.
Artifacts elsewhere (``s3://``, ``file://``, ...) are fetched by MLflow's own means, and checked the same way.
"""

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mlflow.entities import FileInfo
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import DATA_LOSS
from mlflow.store.artifact.artifact_repo import ArtifactRepository

from herdbook.digest import measure, measure_folder, steady, steady_folder
from herdbook.mlflow_plugin.addresses import SCHEME, Address
from herdbook.mlflow_plugin.published import Published, shelf_of
from herdbook.mlflow_plugin.refusing import missing, refusal, speaking_mlflow, wrong
from herdbook.planning.artifacts import path_of
from herdbook.ref import Kind, Ref
from herdbook.tree import top_around

_logger = logging.getLogger(__name__)
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
# They would lead back here, perhaps for ever.
_OWN_SCHEMES = frozenset({SCHEME, "models", "runs"})
_OF_A_FILE = ("sha256:", "md5:")
_OF_A_FOLDER = ("sha256-dir:", "md5-dir:")
_MARK = "registered_model_meta"
"""What MLflow's own registries leave in a folder that they load from; it is no part of what was recorded."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An artifact as the catalog records it.

    Attributes:
        label: what to call it in a sentence.
        uri: where it is; a path in the repository, or an address elsewhere.
        digest: the digest of its content, with the algorithm in front; empty where none is recorded.
        size: its size in bytes, where that is recorded.
    """

    label: str
    uri: str
    digest: str
    size: int | None

    @property
    def is_elsewhere(self) -> bool:
        """Tell whether it is to be fetched by MLflow's own means."""
        return _ADDRESS.match(self.uri) is not None


@speaking_mlflow(ArtifactRepository)
class CheckedArtifacts(ArtifactRepository):
    """The artifact of a version, or those of a run by the names of its outputs."""

    def __init__(
        self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None
    ) -> None:
        super().__init__(artifact_uri)  # MLflow 2 takes no more
        self.tracking_uri, self.registry_uri = tracking_uri, registry_uri
        self._address = Address.parse(artifact_uri)
        self._shelf = shelf_of(self._address)

    def list_artifacts(self, path: str | None = None) -> list[Any]:
        """What is directly inside; nothing of a file."""
        recorded, inside = self._named(path or "")
        names = (path or "").strip("/")
        if isinstance(recorded, list):
            return [_listed(f"{names}/{name}".lstrip("/"), it) for name, it in recorded]
        if recorded.is_elsewhere:
            from mlflow.artifacts import list_artifacts

            _keep_inside(recorded, inside)
            with _at_a_store(recorded):
                found = list_artifacts(
                    artifact_uri="/".join(filter(None, (recorded.uri.rstrip("/"), inside))),
                    tracking_uri=self.tracking_uri,
                )
            return [
                FileInfo(f"{names}/{it.path.rpartition('/')[2]}".lstrip("/"), it.is_dir, it.file_size)
                for it in found
            ]
        if isinstance(self._shelf, Published):
            with self._checked(recorded) as copy:
                return list(_listing(_below(copy, inside, recorded), names))
        return list(_listing(_below(_place(self._shelf.root, recorded), inside, recorded), names))

    def download_artifacts(self, artifact_path: str | None, dst_path: str | None = None) -> str:
        """Copy an artifact, or a part of it, into a folder, once all of it was checked."""
        path = (artifact_path or "").strip("/")
        recorded, inside = self._named(path)
        if dst_path is not None and not Path(dst_path).is_dir():
            raise missing(f"{dst_path}: there is no such folder; make it before something is put there")
        if isinstance(recorded, list):
            folder = _folder(dst_path)
            for name, output in recorded:
                with self._checked(output) as copy:
                    _put(copy, folder / path / name)
            return str(folder / path)
        with self._checked(recorded) as copy:
            folder = _folder(dst_path)
            chosen = _below(copy, inside, recorded)
            target = folder / path if path or chosen.is_dir() else folder / chosen.name
            _put(chosen, target)
        return str(target)

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copyfile(self.download_artifacts(remote_file_path, folder), local_path)

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        raise self._refusal()

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        raise self._refusal()

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        raise self._refusal()

    def _refusal(self) -> Any:
        return refusal("record an artifact", "herdbook new run ID --output NAME=PATH")

    # What is meant

    def _named(self, path: str) -> tuple[Recorded | list[tuple[str, Recorded]], str]:
        """The artifact that a path belongs to, and the path in it; or all that a run has."""
        ref, inside = self._address.artifact(path)
        return self._of_version(ref, inside) if ref.kind is Kind.MODEL else self._of_run(ref, inside)

    def _of_version(self, ref: Ref, inside: str) -> tuple[Recorded, str]:
        number = ref.version or ""
        _, catalog = self._shelf.model(ref.name, version=int(number) if number.isdigit() else None)
        version = catalog.version(ref.name, number)
        if version is None:
            raise missing(f"{ref} is not in the catalog")
        return Recorded(str(ref), version.text("uri"), version.text("digest"), version.size), inside

    def _of_run(self, ref: Ref, path: str) -> tuple[Recorded | list[tuple[str, Recorded]], str]:
        run, _ = self._shelf.run(ref.name)
        if run is None:
            raise missing(f"{ref} is not in the catalog")
        found = {
            output.name: Recorded(str(Ref.run(run.id, output.name)), output.uri, output.digest, output.size)
            for output in run.outputs
            if output.uri
        }
        if not path:
            return list(found.items()), ""
        name, _, inside = path.partition("/")
        if name not in found:
            raise missing(
                f"{ref} has no output {name!r} with an address; it has {', '.join(found) or 'none'}"
            )
        return found[name], inside

    # What is given out

    @contextmanager
    def _checked(self, recorded: Recorded) -> Iterator[Path]:
        """A copy of an artifact that is what was recorded; it is gone afterwards."""
        with tempfile.TemporaryDirectory() as folder:
            if recorded.is_elsewhere:
                copy = self._fetched(recorded, folder)
            elif isinstance(self._shelf, Published):
                copy = Path(folder, unquote(recorded.uri).removesuffix("/").rpartition("/")[2] or "artifact")
                is_folder = recorded.digest.startswith(_OF_A_FOLDER)
                self._shelf.fetch(recorded.uri, copy, recorded.size, is_folder=is_folder)
            else:
                copy = _copied(_place(self._shelf.root, recorded), folder)
            _check(recorded, copy)
            yield copy

    def _fetched(self, recorded: Recorded, folder: str) -> Path:
        from mlflow.artifacts import download_artifacts

        with _at_a_store(recorded):
            found = Path(
                download_artifacts(artifact_uri=recorded.uri, dst_path=folder, tracking_uri=self.tracking_uri)
            )
        # A store may name its own files, which are not ours to move.
        return found if _inner(Path(folder), found) else _copied(found, folder)


def _place(catalog: Path, recorded: Recorded) -> Path:
    """Where in the repository around a catalog something is."""
    catalog = Path(os.path.realpath(catalog))
    top = top_around(catalog) or catalog.parent
    place = path_of(top, recorded.uri)
    if place is None:
        raise missing(
            f"{recorded.label}: {recorded.uri!r} is nothing in the repository {top}, or leads out of it; "
            "fetch it with what keeps large files there (git lfs pull, dvc pull), or record where it is"
        )
    return place


def _listing(place: Path, names: str) -> Iterator[Any]:
    """What is directly in a folder, by names below others; nothing of a file."""
    for item in sorted(place.iterdir()) if place.is_dir() else ():
        # What leads out of an artifact does not come along when it is copied out, either.
        if _inner(place, item):
            yield FileInfo(f"{names}/{item.name}".lstrip("/"), item.is_dir(), _size(item))


def _copied(place: Path, folder: str) -> Path:
    """Copy a file or a folder, which nobody may change meanwhile."""
    copy = Path(folder, place.name)
    if place.is_dir():
        with steady_folder(place) as files:
            for name, file in files:
                target = copy / os.fsdecode(name)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
    else:
        with steady(place) as source, copy.open("wb") as written:
            shutil.copyfileobj(source, written)
    return copy


@contextmanager
def _at_a_store(recorded: Recorded) -> Iterator[None]:
    """Let MLflow get at what is elsewhere."""
    if recorded.uri.partition(":")[0].lower() in _OWN_SCHEMES:
        raise wrong(
            f"{recorded.label}: {recorded.uri!r} leads back into a registry; record where the files are"
        )
    try:
        yield
    except MlflowException:
        raise
    except Exception as error:  # each store has a library with errors of its own
        raise MlflowException(f"{recorded.label}: {recorded.uri!r} cannot be had: {error}") from error


def _listed(path: str, recorded: Recorded) -> Any:
    # Whoever lists what a run has must not wait for stores elsewhere: the digest tells what is a file.
    is_file = recorded.digest.startswith(_OF_A_FILE)
    return FileInfo(path, not is_file, recorded.size if is_file else None)


def _check(recorded: Recorded, copy: Path) -> None:
    algorithm, _, _ = recorded.digest.partition(":")
    what = "folder" if copy.is_dir() else "file"
    match algorithm, what:
        case "sha256-dir", "folder":
            found = measure_folder(copy).digest
            mark = copy / _MARK
            if found != recorded.digest and mark.is_file():
                mark.unlink()
                found = measure_folder(copy).digest
        case "sha256", "file":
            found = measure(copy).digest
        case "md5", "file":
            found = f"md5:{_md5_of(copy)}"
        case "md5-dir", "folder":
            found = f"md5-dir:{_md5_of_folder(copy)}"
        case ("sha256" | "md5", "folder") | ("sha256-dir" | "md5-dir", "file"):
            found = f"a {what}, which has no digest of this kind"
        case _:
            known = f"only {algorithm}:" if algorithm else "none"
            _logger.warning(
                "%s is loaded unchecked: of the digests that can be checked, %s is recorded",
                recorded.label,
                known,
            )
            return
    if found != recorded.digest:
        message = (
            f"{recorded.label} is not loaded: {recorded.uri} is not what was recorded. The catalog says "
            f"{recorded.digest}, and it is {found}. Put back what was registered, or register what is there "
            "as a new version."
        )
        # Of what belongs to a run, MLflow tells only that it cannot be had.
        _logger.error(message)
        raise MlflowException(message, DATA_LOSS)


def _md5_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, _md5).hexdigest()


def _md5_of_folder(path: Path) -> str:
    """The digest of a folder as DVC sums it up: that of a list of its files, each with its own."""
    with steady_folder(path) as files:
        listed = [{"md5": _md5_of(file), "relpath": os.fsdecode(name)} for name, file in files]
    listed.sort(key=itemgetter("relpath"))
    return _md5(json.dumps(listed, sort_keys=True).encode()).hexdigest()


def _md5(content: bytes = b"") -> "hashlib._Hash":
    return hashlib.md5(content, usedforsecurity=False)


def _below(place: Path, inside: str, recorded: Recorded) -> Path:
    """A path inside an artifact."""
    _keep_inside(recorded, inside)
    found = place / inside if inside else place
    if not _inner(place, found):
        raise missing(f"{recorded.label} has no {inside!r}")
    return found


def _keep_inside(recorded: Recorded, inside: str) -> None:
    if ".." in inside.split("/") or "\0" in inside:
        raise missing(f"{recorded.label} has no {inside!r}")


def _inner(place: Path, path: Path) -> bool:
    """Tell whether something is there, and no link on the way to it leads out of a place."""
    return path.exists() and Path(os.path.realpath(path)).is_relative_to(os.path.realpath(place))


def _size(path: Path) -> int | None:
    return None if path.is_dir() else path.stat().st_size


def _folder(dst_path: str | None) -> Path:
    return Path(dst_path).absolute() if dst_path is not None else Path(tempfile.mkdtemp())


def _put(source: Path, target: Path) -> None:
    """Move something to where it is wanted, over what has its name there."""
    if source.is_dir() and target.is_dir():
        for item in source.iterdir():
            _put(item, target / item.name)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
