"""The files of a catalog that a question of MLflow needs, and whether they changed since they were read.

A question about one model reads the folder of that model, and one about a run the file of that run, so that
resolving an alias takes as long in a large catalog as in a small one. What was read is kept; files that
changed since are read again.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from herdbook.catalog import Catalog
from herdbook.entries import Model, Run
from herdbook.finding import Severity
from herdbook.memory import Memory, memory_of
from herdbook.opening import found_catalog, read_catalog
from herdbook.queries.matching import first_start
from herdbook.ref import Kind, Ref, is_name
from herdbook.tree import DirTree, Listing, TreeFile, stamp_of, unlinked

_MODELS_KEPT = 500


@dataclass(frozen=True, slots=True)
class Part:
    """Some files and folders of a catalog, as a tree of their own."""

    root: Path
    paths: tuple[str, ...]

    @property
    def name(self) -> str:
        """What to put in front of a path so that a person finds the file."""
        return self.root.as_posix()

    def files(self) -> Iterator[TreeFile]:
        """List the files.

        Raises:
            StorageError: a folder cannot be read, or is a link.
        """
        found = self.stamped(0)
        return map(found.file, found.paths)

    def stamped(self, settled: int) -> Listing:
        """List the files with their stamps.

        Raises:
            StorageError: a folder cannot be read, or is a link.
        """
        paths: list[str] = []
        stamps: list[str] = []
        problems: dict[str, str] = {}
        for path in self.paths:
            there = unlinked(self.root, path)
            if there is not None and there.is_dir():
                inside = DirTree(there).stamped(settled)
                paths += [f"{path}/{file}" for file in inside.paths]
                stamps += inside.stamps
                problems |= {f"{path}/{file}": why for file, why in inside.problems.items()}
            elif there is not None:
                paths.append(path)
                stamps.append(stamp_of(there, settled))
        return Listing(paths, stamps, problems)

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, at most one more than `MAX_BYTES`."""
        return DirTree(self.root).read(path)


class Kept:
    """A part of a catalog as it is now; only what changed is read again."""

    def __init__(self, part: Part, cached_as: str = "") -> None:
        self._part = part
        self._memory = memory_of(part.root, of=cached_as) if cached_as else Memory()

    def now(self) -> Catalog:
        """Return what the files hold now.

        Raises:
            StorageError: they cannot be read.
        """
        catalog = self._memory.read(self._part)
        self._memory.save()
        return catalog


class Shelf:
    """A catalog of which only what a question needs is read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._all_models = Kept(Part(root, ("models",)), "models for MLflow")
        self._all_runs = Kept(Part(root, ("datasets", "runs")), "runs for MLflow")
        self._models: dict[str, Kept] = {}

    def models(self) -> Catalog:
        """All models.

        Raises:
            HerdbookError: there is no catalog, or it cannot be read.
        """
        found_catalog(self.root)
        return self._all_models.now()

    def model(
        self, name: str, *, version: int | None = None, alias: str | None = None
    ) -> tuple[str, Catalog]:
        """A model by its name, or by the title under which it was imported; and its name.

        Args:
            name: the name or the title.
            version: the only version that is needed. In a folder, all are at hand, and all are given.
            alias: the alias of the only version that is needed.

        Raises:
            HerdbookError: there is no catalog, or it cannot be read.
        """
        catalog = self._model(name)
        if catalog is not None:
            return name, catalog
        catalog = self.models()
        found = catalog.resolve(Ref.model(name))
        return (found.name if isinstance(found, Model) else name), catalog

    def _model(self, name: str) -> Catalog | None:
        folder = f"models/{name}"
        if not is_name(name) or unlinked(self.root, folder) is None:
            return None
        if folder not in self._models and len(self._models) >= _MODELS_KEPT:
            self._models.clear()
        return self._models.setdefault(folder, Kept(Part(self.root, (folder,)))).now()

    def experiments(self) -> Mapping[str, str]:
        """When the first run of each experiment began; empty where nobody recorded it.

        Raises:
            HerdbookError: there is no catalog, or it cannot be read.
        """
        return {name: first_start(runs) for name, runs in self.runs().experiments.items()}

    def experiment(self, name: str) -> tuple[str, str] | None:
        """An experiment by its name, or by the one from which its runs were imported.

        Returns:
            Its name and when its first run began; `None` where there is none, or several could be meant.

        Raises:
            HerdbookError: there is no catalog, or it cannot be read.
        """
        catalog = self.runs()
        names = {name}
        if not catalog.runs_of(name):
            runs = catalog.runs.values()
            names = {run.experiment for run in runs if run.imported_from.get("experiment") == name}
        if len(names) != 1:
            return None
        found = names.pop()
        return found, first_start(catalog.runs_of(found))

    def runs(self, experiments: Sequence[str] = ()) -> Catalog:
        """Runs, and the datasets that they read.

        Args:
            experiments: the only experiments that are needed. In a folder, all are at hand, and all are
                given.

        Raises:
            HerdbookError: there is no catalog, or it cannot be read.
        """
        found_catalog(self.root)
        return self._all_runs.now()

    def run(self, run_id: str) -> tuple[Run | None, Catalog]:
        """A run, and the datasets that it read; `None` where there is none of the id.

        Raises:
            HerdbookError: there is no catalog, or it cannot be read.
        """
        paths = tuple(self._files_of_run(run_id))
        catalog = read_catalog(Part(self.root, paths))
        run = catalog.runs.get(run_id)
        if run is None:
            return None, catalog
        read = dict.fromkeys(
            f"datasets/{item.ref.name}/versions/{item.ref.version}.yaml"
            for item in run.inputs
            if item.ref is not None and item.ref.kind is Kind.DATASET and item.ref.version is not None
        )
        return run, read_catalog(Part(self.root, (*paths, *read)))

    def _files_of_run(self, run_id: str) -> Iterator[str]:
        folder = unlinked(self.root, "runs")
        if not is_name(run_id) or folder is None:
            found_catalog(self.root)
            return
        with os.scandir(folder) as experiments:
            for experiment in sorted(item.name for item in experiments):
                path = f"runs/{experiment}/{run_id}.yaml"
                if unlinked(self.root, path) is not None:
                    yield path


def refusals(catalog: Catalog, *paths: str) -> str:
    """Say why files that should say something are not read; empty where nothing stands against them."""
    told = [
        f"{finding.place.source.path} is refused: {finding.message}"
        for finding in catalog.findings
        if finding.severity is Severity.ERROR and finding.place.source.path in paths
    ]
    return "".join(f"; {text}" for text in told[:1]) + ("; `herdbook check` says more" if told else "")
