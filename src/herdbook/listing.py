"""What there is in a catalog, by the names of its files alone.

Reading every file of a large catalog takes longer than a person waits for the completion of a word. Names of
entries are names of files, so that listing folders will do; read are only single files: the ledger of one
model, one run, herdbook.yaml. What is no name is left out, whatever stands on disk: names go to shells.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.ref import is_name
from herdbook.tree import DirTree
from herdbook.yaml.reader import parse_yaml

_SUFFIX = ".yaml"


@dataclass(frozen=True, slots=True)
class Listing:
    """The names in the catalog of a folder; none where there is no catalog, or what cannot be read."""

    root: Path

    def models(self) -> list[str]:
        return sorted(self._folders("models"))

    def versions(self, model: str) -> list[str]:
        """The numbers of the versions of a model, in order."""
        files = self._files(f"models/{model}/versions")
        return sorted((name for name in files if name.isdigit()), key=int)

    def aliases(self, model: str) -> list[str]:
        """The aliases of a model that are in its ledger, in its order."""
        return self._keys(f"models/{model}/aliases.yaml", "aliases")

    def datasets(self) -> list[str]:
        return sorted(self._folders("datasets"))

    def dataset_versions(self, dataset: str) -> list[str]:
        """The versions of a dataset."""
        return sorted(self._files(f"datasets/{dataset}/versions"))

    def runs(self) -> list[str]:
        """The ids of the runs of all experiments."""
        return sorted(
            run for experiment in self._folders("runs") for run in self._files(f"runs/{experiment}")
        )

    def outputs(self, run: str) -> list[str]:
        """The names of the outputs of a run."""
        for experiment in self._folders("runs"):
            path = f"runs/{experiment}/{run}{_SUFFIX}"
            if is_name(run) and (self.root / path).is_file():
                outputs = self._value(path).get("outputs")
                if not isinstance(outputs, list):
                    return []
                names = [item.get("name") for item in outputs if isinstance(item, dict)]
                return [name for name in names if isinstance(name, str) and is_name(name)]
        return []

    def endpoints(self) -> list[str]:
        return sorted(self._files("endpoints"))

    def people(self) -> list[str]:
        """The people of the catalog, in its order."""
        return self._keys("herdbook.yaml", "people")

    def _folders(self, path: str) -> Iterator[str]:
        for item in self._items(path):
            if item.is_dir(follow_symlinks=False) and is_name(item.name):
                yield item.name

    def _files(self, path: str) -> Iterator[str]:
        for item in self._items(path):
            name = item.name.removesuffix(_SUFFIX)
            if name != item.name and is_name(name) and item.is_file(follow_symlinks=False):
                yield name

    def _items(self, path: str) -> Iterator[os.DirEntry[str]]:
        if all(map(is_name, path.split("/"))):
            try:
                with os.scandir(self.root / path) as items:
                    yield from items
            except OSError:
                return

    def _keys(self, path: str, field: str) -> list[str]:
        found = self._value(path).get(field)
        return [name for name in found if is_name(name)] if isinstance(found, dict) else []

    def _value(self, path: str) -> dict[str, Any]:
        if not all(map(is_name, path.split("/"))):
            return {}
        try:
            value = parse_yaml(DirTree(self.root).read(path)).value
        except (OSError, HerdbookError):
            return {}
        return value if isinstance(value, dict) else {}
