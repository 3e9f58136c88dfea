"""The registry: which versions are in force, by what, and what is known about each of them.

Made once for a catalog, each part when it is first asked for, and shared by all who ask: rules, pages of the
site, answers of the command line.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from herdbook.catalog import Catalog
from herdbook.clock import instant
from herdbook.entries import CARD_SECTIONS, Model, ModelCard, ModelVersion, Run, Transition
from herdbook.finding import Place

VersionKey = tuple[str, int]
"""The name of a model and the number of a version."""


class UseKind(StrEnum):
    """What can put a version into force."""

    ALIAS = "alias"
    STAGE = "stage"
    ENDPOINT = "endpoint"


class Use(NamedTuple):
    """What puts a version into force: an alias, the production stage, or an endpoint (through an alias, too).

    `environment` is that of an endpoint; aliases and the stage count as production.
    """

    kind: UseKind
    name: str
    version: ModelVersion
    place: Place
    environment: str = "production"

    def __str__(self) -> str:
        return "the production stage" if self.kind is UseKind.STAGE else f"the {self.kind} {self.name}"


class EffectiveCard(NamedTuple):
    """What a reader sees: the card of the model (`general`), and laid over it that of the version (`own`)."""

    model: Model | None
    general: ModelCard | None
    own: ModelCard | None
    evaluations: tuple[Run, ...]

    def card_with(self, field: str) -> ModelCard | None:
        """The card that a field is taken from; `None` where neither has it."""
        return next(
            (card for card in (self.own, self.general) if card is not None and field in card.data), None
        )

    @property
    def sections(self) -> Mapping[str, str]:
        """The sections that are written, by name, in the order in which they are read."""
        return {name: card.text(name) for name in CARD_SECTIONS if (card := self.card_with(name)) is not None}

    @property
    def licence(self) -> str:
        """The licence; that of the model where the cards state none; empty where nobody does."""
        return self._stated("licence")

    @property
    def contact(self) -> str:
        """Where questions go; the model's contact or owner where the cards name none, or empty."""
        return self._stated("contact") or (self.model.text("owner") if self.model is not None else "")

    def _stated(self, field: str) -> str:
        card = self.card_with(field)
        if card is not None:
            return card.text(field)
        return self.model.text(field) if self.model is not None else ""


@dataclass(frozen=True)
class Registry:
    """What is in force in a catalog, and what is known about it.

    Attributes:
        catalog: the catalog.
    """

    catalog: Catalog

    @classmethod
    def of(cls, catalog: Catalog) -> "Registry":
        """What is in force in a catalog. References that lead to nothing are left out."""
        return cls(catalog)

    @cached_property
    def uses(self) -> Mapping[VersionKey, tuple[Use, ...]]:
        """For each version in force what puts it there: aliases, the production stage, endpoints."""
        uses: dict[VersionKey, list[Use]] = defaultdict(list)
        for use in (*_aliased(self.catalog), *_staged(self.catalog, self.stages), *_served(self.catalog)):
            uses[(use.version.model, use.version.version)].append(use)
        return {key: tuple(found) for key, found in uses.items()}

    @cached_property
    def stages(self) -> Mapping[VersionKey, Transition]:
        """For each version in a stage ledger the transition that put it into its present stage."""
        return {
            (ledger.model, version): transition
            for ledger in self.catalog.stages.values()
            for version, transition in ledger.current().items()
        }

    @cached_property
    def evaluations(self) -> Mapping[VersionKey, tuple[Run, ...]]:
        """For each evaluated version its finished evaluation runs, the oldest first."""
        return _evaluations(self.catalog)

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the models that have versions."""
        return tuple(dict.fromkeys(model for model, _ in self.catalog.versions))

    def in_force(self, model: str) -> tuple[ModelVersion, ...]:
        """The versions of a model that are in force, in order."""
        return tuple(
            version
            for version in self.catalog.versions_of(model)
            if (version.model, version.version) in self.uses
        )

    def card(self, model: str, version: int | None = None) -> EffectiveCard | None:
        """The card of a version, or of the model alone; `None` where nobody wrote one.

        Its evaluations are those that the version's own card names, or else those of the model's card, as far
        as they evaluate the version (for the model alone: any version of it).
        """
        general = self.catalog.cards.get((model, None))
        own = self.catalog.cards.get((model, version)) if version is not None else None
        if general is None and own is None:
            return None
        naming = own if own is not None and "evaluations" in own.data else general
        named = self._named.get(naming, {}) if naming is not None else {}
        return EffectiveCard(self.catalog.models.get(model), general, own, tuple(named.get(version, ())))

    def may_be_evaluated(self, model: str) -> bool:
        """Tell whether a run that was refused for its form may be an evaluation of a model.

        What is missing because of that is no finding: the refusal is one.
        """
        return not self._evaluated_by_refused.isdisjoint((model, None))

    @cached_property
    def _evaluated_by_refused(self) -> frozenset[str | None]:
        """The models that refused runs say they evaluate; `None` for runs that could not be read at all."""
        values = [source.value for path, source in self.catalog.refused.items() if path.startswith("runs/")]
        stated = [value.get("evaluates") if isinstance(value, dict) else None for value in values]
        return frozenset(
            text.partition("/")[0] if isinstance(text, str) else None
            for text, value in zip(stated, values, strict=True)
            if text is not None or not isinstance(value, dict)
        )

    @cached_property
    def _named(self) -> Mapping[ModelCard, Mapping[int | None, list[Run]]]:
        """For each card the evaluation runs of its model that it names: all (`None`), and by version."""
        found: dict[ModelCard, dict[int | None, list[Run]]] = defaultdict(lambda: defaultdict(list))
        for card in self.catalog.cards.values():
            for mention in card.evaluations:
                run = self.catalog.resolve(mention.ref) if mention.ref is not None else None
                version = evaluated_version(self.catalog, run) if isinstance(run, Run) else None
                if isinstance(run, Run) and version is not None and version.model == card.model:
                    found[card][None].append(run)
                    found[card][version.version].append(run)
        return found


def evaluated_version(catalog: Catalog, run: Run) -> ModelVersion | None:
    """The model version that a run evaluates; `None` when it evaluates none that is in the catalog.

    What a run calls the latest version was the latest on its day, and nobody knows which that was.
    """
    if run.evaluates is None or run.evaluates.ref is None:
        return None
    ref = run.evaluates.ref
    found = catalog.resolve(ref)
    if not isinstance(found, ModelVersion) or ref.version not in (str(found.version), found.version_label):
        return None
    return found


def _aliased(catalog: Catalog) -> Iterator[Use]:
    for ledger in catalog.aliases.values():
        for alias, assignment in ledger.in_force().items():
            version = catalog.versions.get((ledger.model, assignment.version or 0))
            if version is not None:
                yield Use(UseKind.ALIAS, alias, version, ledger.at(*assignment.route, "version"))


def _staged(catalog: Catalog, stages: Mapping[VersionKey, Transition]) -> Iterator[Use]:
    for key, transition in stages.items():
        version = catalog.versions.get(key)
        if transition.stage == "production" and version is not None:
            place = catalog.stages[key[0]].at(*transition.route, "version")
            yield Use(UseKind.STAGE, transition.stage, version, place)


def _served(catalog: Catalog) -> Iterator[Use]:
    for endpoint in catalog.endpoints.values():
        for served in endpoint.serves:
            version = catalog.resolve(served.mention.ref) if served.mention.ref is not None else None
            if isinstance(version, ModelVersion):
                place = endpoint.at(*served.mention.route)
                yield Use(UseKind.ENDPOINT, endpoint.name, version, place, endpoint.environment)


def _evaluations(catalog: Catalog) -> Mapping[VersionKey, tuple[Run, ...]]:
    found: dict[VersionKey, list[Run]] = defaultdict(list)
    for run in catalog.runs.values():
        version = evaluated_version(catalog, run) if run.status == "finished" else None
        if version is not None:
            found[(version.model, version.version)].append(run)
    return {key: _oldest_first(runs) for key, runs in found.items()}


def _oldest_first(runs: Iterable[Run]) -> tuple[Run, ...]:
    return tuple(sorted(runs, key=lambda run: (instant(run.started_at), run.id)))
