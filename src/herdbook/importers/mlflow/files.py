"""Stores of MLflow in a folder, ``mlruns``, read file by file, whatever release wrote them.

Links are not followed, and what cannot be read is named and left out.
"""

import math
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from herdbook.errors import HerdbookError
from herdbook.importers.mlflow.metas import META, Meta, MetaError, meta_of
from herdbook.importers.mlflow.records import (
    ACTIVE,
    DELETED,
    Logged,
    Point,
    ReadData,
    Stored,
    StoredModel,
    StoredRun,
    StoredVersion,
    left_of,
    left_out,
)
from herdbook.importers.mlflow.values import text_of, whole
from herdbook.planning.drafts import Along, Problem
from herdbook.tree import OPEN_FLAGS

_TRASH, _MODELS = ".trash", "models"
_OF_EXPERIMENTS = frozenset({"datasets", "models", "tags", "traces"})
_OF_RUNS = ("params", "metrics", "tags")
_STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
_DEEPEST = 16
_LARGEST = 1 << 28


@dataclass
class Folder:
    """A store in a folder.

    Attributes:
        path: the folder.
        experiments: the folders of its experiments, and whether they were deleted.
        found: those of the runs, each with that of its experiment, and whether that was deleted.
        problems: what could not be read.
        known: what is known of the experiments so far: their names, and whether they were deleted.
    """

    path: Path
    experiments: Sequence[tuple[Path, str]]
    found: Sequence[tuple[Path, Path, str]]
    problems: list[Problem] = field(default_factory=list)
    known: dict[Path, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def at(cls, path: Path) -> "Folder":
        """The store in a folder.

        Raises:
            HerdbookError: it holds no runs of MLflow.
        """
        problems: list[Problem] = []
        experiments = [
            (folder, life)
            for top, life in ((path, ACTIVE), (path / _TRASH, DELETED))
            for folder in _folders(top, problems)
            if folder.name not in (_TRASH, _MODELS)
        ]
        found = [
            (run, experiment, life)
            for experiment, life in experiments
            for run in _folders(experiment, problems)
            if run.name not in _OF_EXPERIMENTS and _is_run(run)
        ]
        store = cls(path, experiments, found, problems)
        has_experiments = any(_has_meta(folder) for folder, _ in experiments)
        if not (found or has_experiments or store._registered()):
            raise HerdbookError(
                f"{path}: this folder holds no runs of MLflow; name the one that is called mlruns as a rule, "
                "with a folder for each experiment in it"
            )
        return store

    @classmethod
    def around(cls, run: Path) -> "Folder":
        """The store of which the folder of a run is a part; nothing else of it is known."""
        return cls(run.parent.parent, [(run.parent, ACTIVE)], [(run, run.parent, ACTIVE)])

    def stored(self) -> Stored:
        """Read what there is besides runs."""
        logged = {}
        traces = 0
        for experiment, place in self.experiments:
            name, life = self._experiment(experiment, place)
            if life != DELETED:
                self.problems += left_of(f"{experiment}: {name}", dict(self._texts(experiment / "tags")))
                traces += len(_folders(experiment / "traces", self.problems))
            for folder in _folders(experiment / "models", self.problems):
                meta = self._meta(folder, "logged model")
                if meta is not None:
                    model = Logged(
                        text_of(meta, "model_id") or folder.name,
                        text_of(meta, "name"),
                        text_of(meta, "source_run_id"),
                        text_of(meta, "artifact_location"),
                        whole(meta.get("creation_timestamp")),
                    )
                    logged[model.model_id] = model
        self.problems += left_out(str(self.path), traces, "trace")
        models = [found for folder in self._registered() if (found := self._model(folder)) is not None]
        # What goes wrong with the runs that are read later is told in this list, too.
        return Stored("", models, logged, self.problems)

    def runs(self, logged: Mapping[str, Logged], along: Along) -> Iterator[StoredRun]:
        """Read the runs."""
        about = {experiment: self._experiment(experiment, life) for experiment, life in self.experiments}
        for folder, experiment, _ in along(self.found):
            run = self._run(folder, *about[experiment])
            if run is not None:
                yield self._whole(run, folder, logged)

    def run(self, run_id: str) -> StoredRun | None:
        """Read one run, without its parameters, metrics, data and models; `None` where there is none.

        Raises:
            HerdbookError: it cannot be read.
        """
        for folder, experiment, life in self.found:
            if folder.name == run_id:
                run = self._run(folder, "", life)
                if self.problems or run is None:
                    raise HerdbookError(f"{self.problems[0]}; name a run of MLflow, or its folder")
                return replace(run, experiment=self._experiment(experiment, life)[0])
        return None

    def _experiment(self, folder: Path, life: str) -> tuple[str, str]:
        """The name of an experiment, and whether it was deleted."""
        if folder not in self.known:
            meta = self._meta(folder, "name of the experiment") or {}
            name = text_of(meta, "name") or f"experiment {folder.name}"
            self.known[folder] = name, DELETED if text_of(meta, "lifecycle_stage") == DELETED else life
        return self.known[folder]

    def _whole(self, run: StoredRun, folder: Path, logged: Mapping[str, Logged]) -> StoredRun:
        points = {}
        for key, text in self._texts(folder / "metrics"):
            points[key] = self._points(folder, key, text)
        made = [folder.name for folder in _folders(folder / "outputs", self.problems)]
        read, models_read = self._inputs(folder)
        return replace(
            run,
            params=dict(self._texts(folder / "params")),
            points={key: found for key, found in points.items() if found},
            read=read,
            models_read=models_read,
            logged=[logged[model] for model in made if model in logged],
        )

    def _run(self, folder: Path, experiment: str, life: str) -> StoredRun | None:
        meta = self._meta(folder, "run")
        if meta is None:
            return None
        status = meta.get("status")
        stored_life = text_of(meta, "lifecycle_stage") or ACTIVE
        return StoredRun(
            place=str(folder),
            run_id=text_of(meta, "run_id") or text_of(meta, "run_uuid") or folder.name,
            experiment=experiment,
            name=text_of(meta, "run_name") or text_of(meta, "name"),
            status=_STATUS.get(status, str(status)) if isinstance(status, int) else str(status),
            user=text_of(meta, "user_id"),
            start=whole(meta.get("start_time")),
            end=whole(meta.get("end_time")),
            life=DELETED if life == DELETED else stored_life,
            artifacts=text_of(meta, "artifact_uri"),
            tags=dict(self._texts(folder / "tags")),
        )

    def _inputs(self, folder: Path) -> tuple[list[ReadData], list[str]]:
        read, models_read = [], []
        for place in _folders(folder / "inputs", self.problems):
            meta = self._meta(place, "input")
            if meta is None:
                continue
            source = text_of(meta, "source_id")
            if text_of(meta, "source_type") != "DATASET":
                models_read.append(text_of(meta, "destination_id") or source)
                continue
            about = self._meta(folder.parent / "datasets" / source, "dataset")
            if about is None:
                continue
            tags = meta.get("tags")
            context = text_of(tags, "mlflow.data.context") if isinstance(tags, Mapping) else ""
            stated = ("source_type", "source", "schema", "profile")
            read.append(
                ReadData(
                    text_of(about, "name"),
                    text_of(about, "digest"),
                    context,
                    *(text_of(about, field) for field in stated),
                )
            )
        return read, models_read

    def _points(self, folder: Path, key: str, text: str) -> list[Point]:
        found, bad = [], 0
        for line in text.splitlines():
            words = line.split()
            try:
                found.append(Point(int(words[2]) if len(words) > 2 else 0, int(words[0]), _number(words[1])))
            except (ValueError, IndexError):
                bad += bool(words)
        if bad:
            self._report(folder, f"{bad:,} lines of the metric {key} cannot be read, and are left out")
        return found

    # Registered models

    def _registered(self) -> list[Path]:
        return [
            folder
            for folder in _folders(self.path / _MODELS, self.problems)
            if not folder.name.startswith("m-")
        ]

    def _model(self, folder: Path) -> StoredModel | None:
        meta = self._meta(folder, "registered model")
        if meta is None:
            return None
        name = text_of(meta, "name") or folder.name
        versions = [
            version
            for place in _folders(folder, self.problems)
            if place.name.startswith("version-") and (version := self._version(place, name)) is not None
        ]
        return StoredModel(
            place=str(folder),
            name=name,
            description=text_of(meta, "description"),
            tags=dict(self._texts(folder / "tags")),
            versions=sorted(versions, key=lambda version: (len(version.version), version.version)),
            aliases={alias: number.strip() for alias, number in self._texts(folder / "aliases")},
        )

    def _version(self, folder: Path, model: str) -> StoredVersion | None:
        meta = self._meta(folder, "version of a model")
        if meta is None:
            return None
        return StoredVersion(
            model=model,
            version=text_of(meta, "version") or folder.name.removeprefix("version-"),
            run_id=text_of(meta, "run_id"),
            source=text_of(meta, "source"),
            location=text_of(meta, "storage_location"),
            model_id=text_of(meta, "model_id"),
            created=whole(meta.get("creation_timestamp")),
            updated=whole(meta.get("last_updated_timestamp")),
            user=text_of(meta, "user_id"),
            description=text_of(meta, "description"),
            stage=text_of(meta, "current_stage"),
            tags=dict(self._texts(folder / "tags")),
        )

    # Files

    def _meta(self, folder: Path, what: str) -> Meta | None:
        try:
            return meta_of(folder)
        except MetaError as error:
            self._report(folder, f"the {what} is left out, for its {META} cannot be read: {error}")
            return None

    def _texts(self, folder: Path) -> Iterator[tuple[str, str]]:
        """The files of a folder by their paths in it, each the name of something, and what they hold."""
        if folder.is_symlink():
            self._report(folder, "it is a symbolic link, and is left out")
            return
        for name, path in _files(folder, "", 0):
            try:
                yield name, _read(path).decode("utf-8", "replace")
            except OSError as error:
                self._report(folder, f"{name} cannot be read, and is left out: {error.strerror or error}")

    def _report(self, place: Path, message: str) -> None:
        self.problems.append(Problem(str(place), message))


def _number(text: str) -> float:
    """A value of a metric; as Python writes it, also what is no number."""
    if text.lower() in ("nan", "inf", "-inf", "infinity", "-infinity"):
        return math.nan if "nan" in text.lower() else math.copysign(math.inf, -1 if text[0] == "-" else 1)
    return float(text)


def _has_meta(folder: Path) -> bool:
    """Tell whether a folder has a ``meta.yaml``, or may have one that only others can see."""
    try:
        return (folder / META).is_file()
    except OSError:
        return True


def _is_run(folder: Path) -> bool:
    return _has_meta(folder) or any((folder / part).is_dir() for part in _OF_RUNS)


def _folders(path: Path, problems: list[Problem]) -> Sequence[Path]:
    """The folders in a folder, in the order of their names; none, and a problem, where it cannot be read."""
    try:
        with os.scandir(path) as found:
            return sorted(Path(entry.path) for entry in found if entry.is_dir(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        why = f"it cannot be read, and is left out: {error.strerror or error}"
        problems.append(Problem(str(path), why))
        return ()


def _files(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, Path]]:
    try:
        with os.scandir(folder) as found:
            inside = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in inside:
        name = prefix + entry.name
        if entry.is_dir(follow_symlinks=False) and depth < _DEEPEST:
            yield from _files(Path(entry.path), f"{name}/", depth + 1)
        elif entry.is_file(follow_symlinks=False):
            yield name, Path(entry.path)


def _read(path: Path) -> bytes:
    """The bytes of a file of MLflow's: metrics of long trainings take many."""
    with os.fdopen(os.open(path, OPEN_FLAGS), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "it is no regular file", str(path))
        raw = file.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise OSError(0, f"it is larger than {_LARGEST:,} bytes", str(path))
    return raw
