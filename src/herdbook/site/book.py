"""The catalog as pages see it: every index that a page needs, made once for all of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Final
from urllib.parse import urlsplit

from herdbook.check import by_file
from herdbook.clock import instant
from herdbook.entries import (
    Aliases,
    Assignment,
    CatalogFile,
    DatasetVersion,
    Endpoint,
    Entry,
    Mention,
    ModelCard,
    ModelVersion,
    Run,
    Served,
    Stages,
)
from herdbook.finding import Finding
from herdbook.lineage import Node, NodeKind
from herdbook.queries.impact import Impacts
from herdbook.queries.predecessors import Predecessor, predecessors
from herdbook.queries.records import Records
from herdbook.queries.trace import Tracer
from herdbook.ref import Kind, Ref
from herdbook.rules import RULES
from herdbook.site.chrome import Imprint
from herdbook.site.naming import name_for_readers
from herdbook.site.page import Section
from herdbook.site.paths import (
    HOME,
    path_of,
    path_of_experiment,
    path_of_rule,
    ref_at,
)
from herdbook.telling.status import trust_in_approvals

_REMEMBERED: Final = 32_768
_MODELS_AT_ONCE: Final = 4096
_TONES_OF_STATUS: Final = {"failed": "bad", "killed": "bad", "running": "info"}
_TONES_OF_STAGE: Final = {"production": "good", "staging": "info"}
_FORGE = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~-]+)+")


@dataclass(frozen=True, slots=True)
class Chip:
    """A word about an entry. `tone` is good, warn, bad, info, or nothing; `hint` explains it."""

    text: str
    tone: str = ""
    path: str | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry by name: `path` is its page, or None where the catalog does not hold it."""

    text: str
    path: str | None
    chips: tuple[Chip, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What an endpoint serves.

    Attributes:
        endpoint: the endpoint.
        served: what its file says of it.
        named: the alias or version that it names, by the name that its model has here.
        version: the version that this means today.
        assignment: the line of the ledger that says so, where it names an alias.
    """

    endpoint: Endpoint
    served: Served
    named: Ref | None
    version: ModelVersion | None
    assignment: Assignment | None

    @property
    def alias(self) -> Ref | None:
        """The alias that the endpoint names, if it does not name a version."""
        return self.named if self.named is not None and self.named.alias is not None else None


class Book:
    """A catalog with all that is known of it, indexed for pages."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.catalog = records.catalog
        self.lineage = records.lineage
        self.report = records.report
        self.policy = records.policy
        self.tracer = Tracer(records)
        self.impacts = Impacts(records)
        self._findings = by_file(records.report)
        # The same few entries are linked from many pages.
        self.link = lru_cache(maxsize=_REMEMBERED)(self._link)
        self.path = lru_cache(maxsize=_REMEMBERED)(self._path)
        self._predecessors = lru_cache(maxsize=_MODELS_AT_ONCE)(partial(predecessors, records))

    @property
    def name(self) -> str:
        """What the catalog is called."""
        file = self.catalog.file
        return "Herdbook" if file is None else file.title or file.name

    @property
    def imprint(self) -> Imprint:
        """What every page says of the site."""
        return Imprint(self.name, trust_in_approvals(self.records.policy.approvals))

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The names of all models, also of those that only a version, card or ledger speaks of."""
        catalog = self.catalog
        names = set(catalog.models) | set(catalog.aliases) | set(catalog.stages)
        names.update(model for model, _ in (*catalog.versions, *catalog.cards))
        return tuple(sorted(names))

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """The names of all datasets, also of those that only a version speaks of."""
        return tuple(sorted(self.catalog.names_of_datasets))

    def findings(self, *entries: Entry | None) -> tuple[Finding, ...]:
        """What the check found in the files of some entries."""
        paths = dict.fromkeys(entry.source.path for entry in entries if entry is not None)
        return tuple(finding for path in paths for finding in self._findings.get(path, ()))

    def person(self, person: str) -> str:
        """Name a person as the catalog does."""
        known = self.catalog.file.people.get(person) if self.catalog.file is not None else None
        return person if known is None else str(known.get("name", person))

    def role(self, person: str) -> str:
        """The role of a person, or nothing."""
        known = self.catalog.file.people.get(person) if self.catalog.file is not None else None
        return "" if known is None else str(known.get("role", ""))

    # What is where: indexes over the catalog

    @cached_property
    def versions_of_run(self) -> Mapping[str, Sequence[ModelVersion]]:
        """For each run the model versions that it made."""
        found: dict[str, list[ModelVersion]] = defaultdict(list)
        for version in self.catalog.versions.values():
            if version.run.ref is not None:
                found[self.catalog.by_name(version.run.ref).name].append(version)
        return found

    @cached_property
    def children_of_run(self) -> Mapping[str, Sequence[Run]]:
        """For each run the runs that are nested in it."""
        found: dict[str, list[Run]] = defaultdict(list)
        nested = self.catalog.of_runs("parent")
        # In the order of all runs, without a look at those that are not.
        for run in (self.catalog.runs[key] for key in self.catalog.runs if key in nested):
            if run.parent is not None and run.parent.ref is not None:
                found[self.catalog.by_name(run.parent.ref).name].append(run)
        return found

    @cached_property
    def evaluations(self) -> Mapping[tuple[str, int], Sequence[Run]]:
        """For each model version the runs that evaluated it, the newest first."""
        found: dict[tuple[str, int], list[Run]] = defaultdict(list)
        for run in self.catalog.runs.values():
            pinned = self.catalog.pinned(run.evaluates.ref if run.evaluates else None, run.started_at)
            if pinned is not None:
                version = self.catalog.resolve(pinned)
                if isinstance(version, ModelVersion):
                    found[version.model, version.version].append(run)
        for runs in found.values():
            runs.sort(key=lambda run: (instant(run.started_at), run.id), reverse=True)
        return found

    @cached_property
    def aliases(self) -> Mapping[tuple[str, int], Sequence[str]]:
        """For each model version the aliases that point to it."""
        found: dict[tuple[str, int], list[str]] = defaultdict(list)
        for ledger in self.catalog.aliases.values():
            for alias, assignment in ledger.in_force().items():
                if assignment.version is not None:
                    found[ledger.model, assignment.version].append(alias)
        return found

    @cached_property
    def stages(self) -> Mapping[tuple[str, int], str]:
        """For each model version in the stage ledger its stage."""
        return {
            (ledger.model, version): transition.stage
            for ledger in self.catalog.stages.values()
            for version, transition in ledger.current().items()
        }

    def shares(self, endpoint: Endpoint) -> tuple[Share, ...]:
        """What an endpoint serves."""
        return self._shares.get(endpoint.name, ())

    @cached_property
    def endpoints(self) -> Mapping[tuple[str, int], Sequence[Share]]:
        """For each model version where it is served."""
        found: dict[tuple[str, int], list[Share]] = defaultdict(list)
        for shares in self._shares.values():
            for share in shares:
                if share.version is not None:
                    found[share.version.model, share.version.version].append(share)
        return found

    @cached_property
    def _shares(self) -> Mapping[str, tuple[Share, ...]]:
        return {
            endpoint.name: tuple(self._share(endpoint, served) for served in endpoint.serves)
            for endpoint in self.catalog.endpoints.values()
        }

    def _share(self, endpoint: Endpoint, served: Served) -> Share:
        ref = self.catalog.by_name(served.mention.ref) if served.mention.ref is not None else None
        version = self.catalog.resolve(ref) if ref is not None else None
        assignment = None
        if ref is not None and ref.alias is not None:
            ledger = self.catalog.aliases.get(ref.name)
            assignment = ledger.in_force().get(ref.alias) if ledger is not None else None
        found = version if isinstance(version, ModelVersion) else None
        return Share(endpoint, served, ref, found, assignment)

    @cached_property
    def recalled(self) -> tuple[DatasetVersion, ...]:
        """The dataset versions that were recalled, the latest recall first."""
        found = [version for version in self.catalog.dataset_versions.values() if version.recall is not None]
        return tuple(sorted(found, key=lambda v: instant(v.recall.at if v.recall else ""), reverse=True))

    def recalled_ancestor(self, ref: Ref) -> DatasetVersion | None:
        """The nearest recalled dataset version that an entry comes from, if there is one."""
        node = self.lineage.node(ref)
        found = self.records.recalled.get(node) if node is not None else None
        return found if found is not None and found.ref != ref else None

    def champion(self, model: str) -> ModelVersion | None:
        """The version that the alias champion points to."""
        found = self.catalog.resolve(Ref.model(model, alias="champion"))
        return found if isinstance(found, ModelVersion) else None

    def predecessor(self, version: ModelVersion) -> Predecessor | None:
        """The version to compare another one with: the last one before it that passed."""
        return self._predecessors(version.model).get(version.version)

    def run_of(self, version: ModelVersion) -> Run | None:
        """The run that made a version."""
        found = self.catalog.resolve(version.run.ref) if version.run.ref is not None else None
        return found if isinstance(found, Run) else None

    def shares_of_model(self, model: str) -> Sequence[Share]:
        """Where versions of a model are served."""
        return self._shares_by_model.get(model, ())

    @cached_property
    def _shares_by_model(self) -> Mapping[str, Sequence[Share]]:
        found: dict[str, list[Share]] = defaultdict(list)
        for shares in self._shares.values():
            for share in shares:
                if share.named is not None:
                    found[share.named.name].append(share)
        return found

    # How entries are named and linked

    def has_page(self, path: str) -> bool:
        """Tell whether the page of an entry, a rule or a list begins at a path."""
        ref = ref_at(path)
        return path in self._other_pages if ref is None else self.link(ref).path == path

    @cached_property
    def _other_pages(self) -> frozenset[str]:
        lists = (f"{section}/index.html".lstrip("/") for section in Section)
        experiments = map(path_of_experiment, self.catalog.experiments)
        return frozenset((*lists, *experiments, *(path_of_rule(rule.ID) for rule in RULES)))

    def model_ref(self, model: str, version: int | None = None, alias: str | None = None) -> Ref:
        """A reference to a model, a version, or an alias, for templates."""
        return Ref.model(model, version, alias=alias)

    def _link(self, ref: Ref | None, text: str = "") -> Link:
        """Link to the entry of a reference; aliases keep their name and lead to their ledger."""
        if ref is None:
            return Link(text, None)
        shown, path = text or ref.short, self.path(ref)
        family = ref.version is None and ref.kind in (Kind.MODEL, Kind.DATASET)
        entry = self.catalog.resolve(ref) if path is not None and not family else None
        if entry is None:
            return Link(shown, path)
        hint = entry.title if entry.title != shown else ""
        if shown == ref.short and (name := name_for_readers(ref, entry)) != shown:
            shown, hint = name, shown
        return Link(shown, path, self.chips(entry), hint)

    def _path(self, ref: Ref) -> str | None:
        """Where the entry of a reference has its page, if there is one."""
        ref = self.catalog.by_name(ref)
        if ref.kind is Kind.MODEL and ref.version is None:
            if ref.name not in self._names_of_models:
                return None
            known = ref.alias is None or ref.alias in self._ledgers(ref.name)
            return path_of(ref if known else Ref.model(ref.name))
        if ref.kind is Kind.DATASET and ref.version is None:
            return path_of(ref) if ref.name in self.catalog.names_of_datasets else None
        entry = self.catalog.resolve(ref)
        if entry is None or entry.ref is None:
            return None
        return path_of(entry.ref if ref.output is None else Ref.run(entry.ref.name, ref.output))

    def link_mention(self, mention: Mention | None) -> Link | None:
        """Link to what a file mentions; text that is no reference is shown as it is."""
        return (
            None
            if mention is None
            else self.link(mention.ref, mention.text.partition(":/")[2] or mention.text)
        )

    def link_entry(self, entry: Entry, text: str = "") -> Link:
        """Link to an entry that has a page of its own."""
        return self.link(entry.ref, text)

    def link_node(self, node: Node) -> Link:
        """Link to a node of the lineage graph; commits and outside things have no page."""
        if node.kind is NodeKind.CODE:
            return Link(node.key[:10], None, hint=node.key)
        return self.link(node.ref, "" if node.ref is not None else node.key)

    def dataset_ref(self, dataset: str, version: str | None = None) -> Ref:
        """A reference to a dataset or a version of it, for templates."""
        return Ref.dataset(dataset, version)

    def page_of(self, finding: Finding) -> str | None:
        """The page of the entry that a finding concerns; None where the file yields no entry."""
        entry = self._entries_by_path.get(finding.place.source.path)
        match entry:
            case ModelCard():
                # The version may be gone, and its card still be there.
                of_version = self._path(Ref.model(entry.model, entry.version))
                return of_version or path_of(Ref.model(entry.model))
            case Aliases() | Stages():
                return path_of(Ref.model(entry.model))
            case CatalogFile():
                return HOME
            case _:
                return path_of(entry.ref) if entry is not None and entry.ref is not None else None

    @cached_property
    def _entries_by_path(self) -> Mapping[str, Entry]:
        return {entry.source.path: entry for entry in self.catalog.entries()}

    @cached_property
    def _names_of_models(self) -> frozenset[str]:
        return frozenset(self.models)

    def _ledgers(self, model: str) -> Iterable[str]:
        ledger = self.catalog.aliases.get(model)
        return ledger.data["aliases"] if ledger is not None else ()

    def chips(self, entry: Entry) -> tuple[Chip, ...]:
        """What a reader must know of an entry at a glance."""
        return tuple(self._chips(entry))

    def _chips(self, entry: Entry) -> Iterator[Chip]:
        match entry:
            case ModelVersion():
                key = (entry.model, entry.version)
                for alias in self.aliases.get(key, ()):
                    path = path_of(Ref.model(entry.model, alias=alias))
                    yield Chip(alias, "good" if alias == "champion" else "info", path, "alias in force")
                stage = self.stages.get(key, "none")
                if stage != "none":
                    yield Chip(stage, _TONES_OF_STAGE.get(stage, ""), hint="stage")
                if entry.deprecated is not None:
                    yield Chip("deprecated", "warn", hint=str(entry.deprecated["reason"]))
            case Run():
                if entry.status != "finished":
                    yield Chip(entry.status, _TONES_OF_STATUS.get(entry.status, ""))
            case DatasetVersion():
                if entry.recall is not None:
                    yield Chip("recalled", "bad", hint=f"{entry.recall.severity}: {entry.recall.reason}")
            case Endpoint():
                if entry.environment != "production":
                    yield Chip(entry.environment)
            case _:
                return
        if (source := self.recalled_ancestor(entry.ref)) is not None:
            yield Chip(
                "recalled data", "bad", path_of(source.ref), f"comes from {source.ref}, which was recalled"
            )

    def commit_href(self, repository: str, commit: str) -> str:
        """The address of a commit on the forge; empty where the repository's address does not tell."""
        stated = self.catalog.file.text("repository") if self.catalog.file is not None else ""
        base = (repository or stated).removesuffix("/").removesuffix(".git")
        if not commit or not _FORGE.fullmatch(base):
            return ""
        return f"{base}/-/commit/{commit}" if "gitlab" in urlsplit(base).netloc else f"{base}/commit/{commit}"

    # Metrics

    def metrics_of(self, version: ModelVersion) -> Mapping[str, tuple[float, Run]]:
        """The metrics of a version, each with the run that measured it: evaluations before the training."""
        found: dict[str, tuple[float, Run]] = {}
        run = self.run_of(version)
        runs = [*self.evaluations.get((version.model, version.version), ()), *([] if run is None else [run])]
        for measured in runs:
            for name, value in measured.metrics.items():
                found.setdefault(name, (value, measured))
        return found

    def metric_names(self, model: str, versions: Iterable[ModelVersion], limit: int) -> tuple[str, ...]:
        """The metrics to compare versions of a model by: those that the policy judges, then the commonest."""
        judged = self.policy.metrics(model)
        counts: dict[str, int] = defaultdict(int)
        for version in versions:
            for name in self.metrics_of(version):
                counts[name] += 1
        names = sorted(counts, key=lambda name: (name not in judged, -counts[name], name))
        return tuple(names[:limit])
