"""The ledgers of a model: where its aliases point, and in which stages its versions are, and by whom."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

from herdbook.entries.entry import Data, Entry, Mention
from herdbook.ref import Ref
from herdbook.source import Route


class Assignment(NamedTuple):
    """A line of the alias ledger: from `at` on, the alias points to `version` (`None`: to nothing).

    `cited` is what it names as evidence, as it is written.
    """

    version: int | None
    at: str
    by: str
    approved_by: tuple[str, ...]
    reason: str
    cited: tuple[str, ...]
    route: Route

    @property
    def evidence(self) -> tuple[Mention, ...]:
        """What it names as evidence."""
        return _cited(self.cited, self.route)


class Transition(NamedTuple):
    """A line of the stage ledger: from `at` on, `version` is in `stage`; `cited` as for an assignment."""

    version: int
    stage: str
    archive_existing: bool
    at: str
    by: str
    approved_by: tuple[str, ...]
    reason: str
    cited: tuple[str, ...]
    route: Route

    @property
    def evidence(self) -> tuple[Mention, ...]:
        """What it names as evidence."""
        return _cited(self.cited, self.route)


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Aliases(Entry):
    """The alias ledger of a model."""

    kind: ClassVar[str] = "aliases"

    @property
    def model(self) -> str:
        return str(self.data["model"])

    @property
    def label(self) -> str:
        return f"the aliases of {Ref.model(self.model)}"

    @property
    def expected_path(self) -> str:
        return f"models/{self.model}/aliases.yaml"

    @cached_property
    def ledgers(self) -> Mapping[str, tuple[Assignment, ...]]:
        """For each alias its assignments, oldest first."""
        return {
            alias: tuple(_assignment(item, ("aliases", alias, index)) for index, item in enumerate(items))
            for alias, items in self.data["aliases"].items()
        }

    def version_of(self, alias: str) -> int | None:
        """The version that an alias points to; `None` where it points to none, or is not in the ledger."""
        items = self.data["aliases"].get(alias)
        version: int | None = items[-1]["version"] if items else None
        return version

    def in_force(self) -> Mapping[str, Assignment]:
        """For each alias that points to a version its last assignment."""
        return {
            alias: _assignment(items[-1], ("aliases", alias, len(items) - 1))
            for alias, items in self.data["aliases"].items()
            if items and items[-1]["version"] is not None
        }

    def mentions(self) -> Iterator[Mention]:
        for assignments in self.ledgers.values():
            for assignment in assignments:
                if assignment.version is not None:
                    ref = Ref.model(self.model, assignment.version)
                    yield Mention(str(ref), ref, (*assignment.route, "version"))
                yield from assignment.evidence


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Stages(Entry):
    """The stage ledger of a model, for those who keep MLflow's older lifecycle."""

    kind: ClassVar[str] = "stages"

    @property
    def model(self) -> str:
        return str(self.data["model"])

    @property
    def label(self) -> str:
        return f"the stages of {Ref.model(self.model)}"

    @property
    def expected_path(self) -> str:
        return f"models/{self.model}/stages.yaml"

    @cached_property
    def transitions(self) -> tuple[Transition, ...]:
        """The transitions, oldest first."""
        return tuple(
            Transition(
                version=item["version"],
                stage=item["stage"],
                archive_existing=item.get("archive_existing", False),
                at=item["at"],
                by=item["by"],
                approved_by=tuple(item.get("approved_by", ())),
                reason=item.get("reason", ""),
                cited=tuple(item.get("evidence", ())),
                route=("transitions", index),
            )
            for index, item in enumerate(self.data["transitions"])
        )

    def current(self) -> Mapping[int, Transition]:
        """For each version the transition that put it into the stage in which it is now."""
        stages: dict[int, Transition] = {}
        within: dict[str, dict[int, None]] = {}
        for transition in self.transitions:
            before = stages.get(transition.version)
            if before is not None:
                del within[before.stage][transition.version]
            if transition.archive_existing:
                for version in within.pop(transition.stage, ()):
                    stages[version] = _archived(stages[version], transition)
                    within.setdefault("archived", {})[version] = None
            stages[transition.version] = transition
            within.setdefault(transition.stage, {})[transition.version] = None
        return stages

    def mentions(self) -> Iterator[Mention]:
        for transition in self.transitions:
            ref = Ref.model(self.model, transition.version)
            yield Mention(str(ref), ref, (*transition.route, "version"))
            yield from transition.evidence


def _archived(before: Transition, cause: Transition) -> Transition:
    return Transition(
        version=before.version,
        stage="archived",
        archive_existing=False,
        at=cause.at,
        by=cause.by,
        approved_by=cause.approved_by,
        reason=f"version {cause.version} took its place",
        cited=(),
        route=cause.route,
    )


def _assignment(item: Data, route: Route) -> Assignment:
    return Assignment(
        version=item["version"],
        at=item["at"],
        by=item["by"],
        approved_by=tuple(item.get("approved_by", ())),
        reason=item.get("reason", ""),
        cited=tuple(item.get("evidence", ())),
        route=route,
    )


def _cited(texts: Iterable[str], route: Route) -> tuple[Mention, ...]:
    return tuple(Mention.of(text, (*route, "evidence", index)) for index, text in enumerate(texts))
