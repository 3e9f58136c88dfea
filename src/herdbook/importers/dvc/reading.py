"""The commits of a repository, as they are read one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from herdbook.git import Repository
from herdbook.importers.dvc.commit import read_commit
from herdbook.importers.dvc.drafts import Commit, Drafting
from herdbook.importers.dvc.files import Files, Parser
from herdbook.importers.dvc.findings import Findings
from herdbook.importers.dvc.things import State
from herdbook.planning.drafts import Draft, Imported

SYSTEM = "dvc"


class Reading:
    """Reads what DVC knows at commits, and drafts it.

    Args:
        repository: the repository, and the folder in it that DVC was started in.
        experiments: the commits of experiments, and what these are called.
    """

    def __init__(self, repository: Repository, experiments: Mapping[str, str] | None = None) -> None:
        # Paths are those of the whole repository: a pipeline may read what lies beside its folder.
        self._within = f"{repository.path}/" if repository.path else ""
        self._repository = replace(repository, path="")
        self._experiments = experiments or {}
        self.address = repository.address or ""
        self.found = Findings()
        self._parser = Parser(self.found)
        self._states: dict[str, State] = {}

    @property
    def name(self) -> str:
        """What the repository is called."""
        called = self.address or self._repository.folder.as_posix()
        return called.rstrip("/").rpartition("/")[2].removesuffix(".git") or "repository"

    def at(self, commit: str) -> State:
        """Read a commit: what is known there is drafted, too."""
        if commit not in self._states:
            self._states[commit] = self._read(commit)
        return self._states[commit]

    def _read(self, commit: str) -> State:
        files = Files(self._repository.tree(commit, ""), self._within, self._parser, self.found)
        state = read_commit(files, self.found)
        about = Commit(commit, self.name, self.address, self._experiments.get(commit, ""))
        Drafting(about, state, files, self.found).draft()
        return state

    def imported(self, drafts: Sequence[Draft] = ()) -> Imported:
        """All that was found, and drafts of what else the repository holds."""
        return Imported(SYSTEM, self.address, [*self.found.drafts, *drafts], self.found.problems)
