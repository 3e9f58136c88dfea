"""A catalog as Python sees it: `herdbook.load`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from herdbook import clock
from herdbook.api.edit import Edit
from herdbook.api.showing import Fact, line, table
from herdbook.api.views import Dataset, Endpoint, Entry, Model, Run, see, seen
from herdbook.check import Report
from herdbook.errors import HerdbookError
from herdbook.memory import memory_of, open_catalog
from herdbook.queries import impact as impacts
from herdbook.queries.asking import find
from herdbook.queries.compare import Comparison, compare
from herdbook.queries.from_git import evidence_in, files_in
from herdbook.queries.history import History, history, moment_of
from herdbook.queries.impact import Impact
from herdbook.queries.records import Records
from herdbook.queries.reproduce import Reproduction, reproduce
from herdbook.queries.resolve import Resolution, resolve
from herdbook.queries.search import Runs, search
from herdbook.queries.status import Status, status
from herdbook.queries.trace import Trace, trace
from herdbook.ref import Kind


def load(path: str | os.PathLike[str] = "catalog") -> "Catalog":
    """Read the catalog in a folder.

    >>> import herdbook
    >>> catalog = herdbook.load("catalog")
    >>> champion = catalog.model("mortgage-approval").alias("champion")
    >>> champion
    <model version models:/mortgage-approval/2, label=2.0.0, aliases=@champion, run=mortgage-train-2, ...>
    >>> [(item.role, item.ref) for item in champion.run.inputs]
    [('training', 'datasets:/mortgage-applications/v1-train'), ('validation', ...)]

    Raises:
        HerdbookError: there is no such folder, or no catalog in it.
        StorageError: it cannot be read.
    """
    return Catalog(Path(path))


class Catalog:
    """A catalog as it was when it was loaded.

    References are written as on the command line: ``models:/churn@champion``, ``runs:/exp-47b``, or the name
    alone where it means one thing. What names nothing raises a `HerdbookError` that says what may have been
    meant. Answers are frozen dataclasses, the same that the commands write as JSON.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        memory = memory_of(folder)
        catalog = open_catalog(folder, memory)
        self._records = Records(catalog, clock.today(), memory=memory)
        self._entries = self._records.catalog

    def get(self, reference: str) -> Entry:
        """Return what a reference stands for; an alias is the version that it points to.

        >>> load().get("mortgage-train-2").title
        'Train version 2'
        """
        return seen(self._entries, reference)

    def model(self, name: str) -> Model:
        """Return a model.

        >>> load().model("mortgage-approval").aliases["challenger"].version
        4
        """
        return see(self._entries, f"{Kind.MODEL}:/{name}", Model)

    def run(self, run_id: str) -> Run:
        """Return a run.

        >>> sorted(load().run("mortgage-train-2").seeds)
        ['model']
        """
        return see(self._entries, f"{Kind.RUN}:/{run_id}", Run)

    def dataset(self, name: str) -> Dataset:
        """Return a dataset.

        >>> load().dataset("mortgage-applications").version("v2-train").rows
        1437
        """
        return see(self._entries, f"{Kind.DATASET}:/{name}", Dataset)

    def endpoint(self, name: str) -> Endpoint:
        """Return an endpoint.

        >>> [version.ref for version in load().endpoint("mortgage-decisions").serves]
        ['models:/mortgage-approval/2', 'models:/mortgage-approval/4']
        """
        return see(self._entries, f"{Kind.ENDPOINT}:/{name}", Endpoint)

    @property
    def models(self) -> Mapping[str, Model]:
        """All models that have a file of their own."""
        return {name: Model(self._entries, str(it.ref), it) for name, it in self._entries.models.items()}

    @property
    def runs(self) -> Mapping[str, Run]:
        """All runs."""
        return {name: Run(self._entries, str(it.ref), it) for name, it in self._entries.runs.items()}

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """All datasets that have a file of their own."""
        found = self._entries.datasets.items()
        return {name: Dataset(self._entries, str(it.ref), it) for name, it in found}

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """All endpoints."""
        found = self._entries.endpoints.items()
        return {name: Endpoint(self._entries, str(it.ref), it) for name, it in found}

    def trace(self, reference: str, depth: int | None = None) -> Trace:
        """Which data, code, parameters and environment are behind something.

        >>> len(load().trace("mortgage-approval@champion").steps) > 3
        True
        """
        return trace(self._records, find(self._entries, reference), depth)

    def impact(
        self,
        reference: str | None = None,
        *,
        commit: str | None = None,
        requirement: str | None = None,
        depth: int | None = None,
    ) -> Impact:
        """What depends on an entry or an address, a commit, or some versions of a package.

        >>> load().impact("mortgage-applications/v1-train").live
        True
        """
        match reference, commit, requirement:
            case str(), None, None:
                subject = impacts.named(self._records, reference)
            case None, str(), None:
                subject = impacts.commit(self._records, commit)
            case None, None, str():
                subject = impacts.requirement(self._records, requirement)
            case _:
                raise HerdbookError("name one thing: a reference, or a commit, or a requirement")
        return impacts.impact(self._records, subject, depth)

    def compare(self, reference: str, other: str | None = None) -> Comparison:
        """What differs between two versions or runs; by default, from the last one before that passed.

        >>> str(load().compare("mortgage-approval/2").before.ref)
        'models:/mortgage-approval/1'
        """
        with_ = None if other is None else find(self._entries, other)
        return compare(self._records, find(self._entries, reference), with_, files_in(self._folder))

    def status(self, reference: str) -> Status:
        """Whether something is approved for production, by whom, on what evidence.

        >>> load().status("mortgage-approval/3").approved
        False
        """
        return status(self._records, find(self._entries, reference))

    def history(self, model: str, alias: str = "", at: str | None = None) -> History:
        """Every promotion of a model, and what was in force at a time.

        >>> [str(event.version) for event in load().history("mortgage-approval", "champion").events]
        ['models:/mortgage-approval/1', 'models:/mortgage-approval/2']
        """
        moment = moment_of(at, self._records.today) if at is not None else ""
        found = find(self._entries, model)
        evidence = evidence_in(self._folder, found.of_entry.name, moment)
        return history(self._records, found, alias.removeprefix("@"), moment, evidence)

    def reproduce(self, reference: str) -> Reproduction:
        """How to make something again, step by step.

        >>> load().reproduce("mortgage-approval@champion").question
        'reproduce'
        """
        return reproduce(self._records, find(self._entries, reference))

    def resolve(self, reference: str) -> Resolution:
        """What an alias, a label or another reference stands for: version, artifact, digest.

        >>> load().resolve("mortgage-approval@champion").version
        '2'
        """
        return resolve(self._records, find(self._entries, reference))

    def search(self, filter_text: str = "", order_by: str = "", limit: int = 0) -> Runs:
        """The runs that fit a filter in MLflow's language.

        >>> found = load().search("metrics.auc > 0.83 and type = 'evaluation'", "metrics.auc DESC")
        >>> [run.run_id for run in found.runs]
        ['mortgage-evaluate-2', 'mortgage-evaluate-4']
        """
        return search(self._records, filter_text, order_by, limit)

    def check(self) -> Report:
        """What a check of the catalog finds.

        >>> load().check().verdict.value
        'PASS'
        """
        return self._records.report

    def edit(
        self, *, by: str | None = None, at: str | None = None, force: bool = False, dry_run: bool = False
    ) -> Edit:
        """Begin a change; used in a ``with`` statement, at the end of which all of it is done or none.

        Args:
            by: who acts, a name from ``people``; by default the person that git's user.email names.
            at: when, in UTC; by default now.
            force: write even if the catalog fails more checks than before.
            dry_run: write nothing; `Edit.diff` tells what would change.

        >>> with load().edit(by="ml-engineer", dry_run=True) as change:
        ...     change.set_tag("models:/mortgage-approval/4", "team", "risk")
        >>> print(change.said)
        models:/mortgage-approval/4 has the tag 'team'.

        The block raises where nothing can be done: `RefusedError` with what the check finds, `RaceError` when
        others change the same all the time, `StorageError` when writing fails. Load the catalog again to see
        the change.
        """
        return Edit(self._folder, by=by, at=at, force=force, dry_run=dry_run)

    def _facts(self) -> list[Fact]:
        entries = self._entries
        counts: dict[str, Any] = {
            "models": len(entries.models),
            "model versions": len(entries.versions),
            "datasets": len(entries.datasets),
            "dataset versions": len(entries.dataset_versions),
            "runs": len(entries.runs),
            "endpoints": len(entries.endpoints),
            "files that cannot be read": len(entries.refused) or None,
        }
        return list(counts.items())

    def __repr__(self) -> str:
        return line("catalog", self._folder.as_posix(), self._facts())

    def _repr_html_(self) -> str:
        return table("catalog", self._folder.as_posix(), self._facts())
