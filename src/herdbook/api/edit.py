"""Changes to a catalog from Python: several as one, all or none."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from herdbook import clock
from herdbook.catalog import Catalog
from herdbook.check import Report
from herdbook.errors import HerdbookError
from herdbook.memory import memory_of
from herdbook.planning import aliases, recalls, tags
from herdbook.planning.aliases import Grounds
from herdbook.planning.carrying_out import Command, Outcome, carry_out
from herdbook.planning.people import person_here


class RefusedError(HerdbookError):
    """A change that the check stands against; `report` holds what it finds."""

    def __init__(self, report: Report) -> None:
        self.report = report
        found = "; ".join(
            f"{finding.place.file}:{finding.place.span.line}: {finding.message} [{finding.rule}]"
            for finding in report.findings
        )
        super().__init__(
            f"nothing was written: the catalog would be worse: {found}. force=True writes it all the same"
        )


class Edit:
    """A change that is being made, in a ``with`` block: `Catalog.edit` begins it.

    The calls note what is to be done. At the end of the block all of it is done, or none: each call sees the
    catalog as those before it leave it, comments and layout of the files stay, and the catalog must not fail
    more checks than before. An exception in the block leaves everything as it was.

    Attributes:
        said: what was done, as sentences; empty before the block has ended.
    """

    def __init__(self, folder: Path, *, by: str | None, at: str | None, force: bool, dry_run: bool) -> None:
        self.said = ""
        self._folder = folder
        self._by = by
        self._at = at or clock.now()
        self._force = force
        self._dry_run = dry_run
        self._commands: list[Command] = []
        self._outcome: Outcome | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and self._commands:
            self._carry_out()

    def set_alias(
        self,
        model: str,
        alias: str,
        version: int | str,
        *,
        approved_by: Sequence[str] = (),
        reason: str = "",
        evidence: Sequence[str] = (),
    ) -> None:
        """Let an alias of a model point to a version, given by its number or its label."""
        self._note(
            lambda catalog: aliases.set_alias(
                catalog, model, alias, str(version), self._grounds(catalog, approved_by, reason, evidence)
            )
        )

    def unset_alias(
        self,
        model: str,
        alias: str,
        *,
        approved_by: Sequence[str] = (),
        reason: str = "",
        evidence: Sequence[str] = (),
    ) -> None:
        """Let an alias of a model point to nothing any more."""
        self._note(
            lambda catalog: aliases.unset_alias(
                catalog, model, alias, self._grounds(catalog, approved_by, reason, evidence)
            )
        )

    def promote(
        self, model: str, *, approved_by: Sequence[str] = (), reason: str = "", evidence: Sequence[str] = ()
    ) -> None:
        """Make the challenger of a model its champion, and the champion what one can roll back to."""
        self._note(
            lambda catalog: aliases.promote(
                catalog, model, self._grounds(catalog, approved_by, reason, evidence)
            )
        )

    def roll_back(
        self, model: str, *, approved_by: Sequence[str] = (), reason: str = "", evidence: Sequence[str] = ()
    ) -> None:
        """Make what one can roll back to the champion of a model again."""
        self._note(
            lambda catalog: aliases.roll_back(
                catalog, model, self._grounds(catalog, approved_by, reason, evidence)
            )
        )

    def recall(
        self, dataset_version: str, *, reason: str, severity: str = "high", replaced_by: str | None = None
    ) -> None:
        """Withdraw a version of a dataset, such as ``orders/v2``."""
        self._note(
            lambda catalog: recalls.recall(
                catalog,
                dataset_version,
                by=self._person(catalog),
                at=self._at,
                reason=reason,
                severity=severity,
                replaced_by=replaced_by,
            )
        )

    def set_tag(self, reference: str, key: str, value: str) -> None:
        """Give an entry a tag, or a tag another value."""
        self._note(lambda catalog: tags.set_tag(catalog, reference, key, value))

    def unset_tag(self, reference: str, key: str) -> None:
        """Take a tag from an entry."""
        self._note(lambda catalog: tags.unset_tag(catalog, reference, key))

    def diff(self) -> str:
        """What was changed, or with ``dry_run`` would be, as a unified diff."""
        folder = self._folder.name
        return "" if self._outcome is None else "".join(f"{line}\n" for line in self._outcome.diff(folder))

    def _note(self, command: Command) -> None:
        self._commands.append(command)

    def _carry_out(self) -> None:
        outcome = carry_out(
            self._folder,
            self._commands,
            clock.today(),
            memory=memory_of(self._folder),
            force=self._force,
            dry_run=self._dry_run,
        )
        if outcome.refused:
            raise RefusedError(outcome.report)
        self._outcome = outcome
        self.said = outcome.plan.said

    def _grounds(
        self, catalog: Catalog, approved_by: Sequence[str], reason: str, evidence: Sequence[str]
    ) -> Grounds:
        return Grounds(self._person(catalog), self._at, approved_by, reason, evidence)

    def _person(self, catalog: Catalog) -> str:
        """Who acts: who was named, or the person that git's user.email names."""
        if self._by is not None:
            return self._by
        return person_here(catalog, self._folder)
