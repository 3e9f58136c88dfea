"""The files of a commit, and what those of DVC say."""

import posixpath
from collections.abc import Mapping
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.git import GitTree
from herdbook.importers.dvc import measurements, paths
from herdbook.importers.dvc.findings import Findings
from herdbook.importers.dvc.remotes import CONFIG, Config, parse_config
from herdbook.importers.dvc.values import mapping
from herdbook.planning.drafts import some
from herdbook.tree import Tree
from herdbook.yaml.foreign import read_foreign

LOCK, PIPELINE, TRACKED = "dvc.lock", "dvc.yaml", ".dvc"
"""How files of DVC are called, or end."""


class Parser:
    """Reads files of DVC; what is the same in many commits, once."""

    def __init__(self, found: Findings) -> None:
        self._found = found
        self._parsed: dict[tuple[str, str], Mapping[str, Any]] = {}

    def parsed(self, tree: Tree, path: str, digest: str) -> Mapping[str, Any]:
        """What a file says; nothing, and reported, where it cannot be read."""
        if (path, digest) not in self._parsed:
            self._parsed[path, digest] = self._parse(tree, path)
        return self._parsed[path, digest]

    def _parse(self, tree: Tree, path: str) -> Mapping[str, Any]:
        try:
            value = read_foreign(tree.read(path))
        except (HerdbookError, OSError) as error:
            self._found.report(path, f"it is left out: {error}")
            return {}
        if not isinstance(value, dict):
            self._found.report(path, "it is left out: it is no mapping")
        return mapping(value)


class Files:
    """The files of a commit.

    Args:
        tree: all of them.
        within: the folder that DVC was started in, with a slash; empty for the top.
        parser: reads those of DVC.
        found: takes the problems.
    """

    def __init__(self, tree: GitTree, within: str, parser: Parser, found: Findings) -> None:
        self._tree, self._parser, self._found = tree, parser, found
        self._digests: dict[str, str] = {}
        self.pipelines: list[str] = []
        self.locks: list[str] = []
        self.tracked: list[str] = []
        kinds = {PIPELINE: self.pipelines, LOCK: self.locks, TRACKED: self.tracked}
        for file in tree.files():
            kind = _kind(file.path) if file.path.startswith(within) else ""
            if not file.problem:
                self._digests[file.path] = file.digest
                if kind:
                    kinds[kind].append(file.path)
            elif kind:
                found.report(file.path, f"it is left out: {file.problem}")
        if within and not any(path.startswith(within) for path in self._digests):
            found.report(within, f"there is no such folder in {tree.commit[:10]}; name another one")

    def parsed(self, path: str) -> Mapping[str, Any]:
        """What a file of DVC says; nothing where it is not there or cannot be read."""
        digest = self._digests.get(path)
        return {} if digest is None else self._parser.parsed(self._tree, path, digest)

    def config(self, folder: str) -> Config | None:
        """How DVC is configured in a folder, if it was started there."""
        path = posixpath.join(folder, CONFIG)
        try:
            raw = self._tree.read_hidden(path)
            return None if raw is None else parse_config(raw)
        except (HerdbookError, ValueError) as error:
            self._found.report(path, f"what it says of remote storages is left out: {error}")
            return Config()

    def numbers(self, path: str) -> Mapping[str, float]:
        """What a stage measured and wrote into a file; nothing where that is not in git or cannot be read."""
        if not measurements.is_readable(path):
            return {}
        if path not in self._digests:
            why = "what is measured there is left out: DVC keeps it, and not git; `cache: false` changes that"
            self._found.report(path, why, is_loss=False)
            return {}
        try:
            found = measurements.measured(path, self._tree.read(path))
        except (HerdbookError, OSError, ValueError) as error:
            self._found.report(path, f"its metrics are left out: {error}")
            return {}
        if found.not_finite:
            names = some(found.not_finite)
            self._found.report(path, f"metrics that are no finite numbers are left out: {names}")
        return found.numbers

    def place(self, source: str, folder: str, path: Any) -> str:
        """Where a path leads that a file names; empty, and reported, where it leads out of all."""
        try:
            return paths.place(folder, path)
        except ValueError as error:
            self._found.report(source, str(error))
            return ""


def _kind(path: str) -> str:
    """Which file of DVC it is by its name; empty for any other."""
    name = posixpath.basename(path)
    if name in (LOCK, PIPELINE):
        return name
    return TRACKED if name.endswith(TRACKED) and name != TRACKED else ""
