"""What depends on something: everything downstream of it, first what is in production."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import ClassVar

from herdbook.entries import Endpoint, ModelVersion, Run
from herdbook.lineage import Node, NodeKind, Walk
from herdbook.queries.answer import Answer, is_the_same_up_to
from herdbook.queries.asking import Found, QuestionError, find, shown
from herdbook.queries.records import Records
from herdbook.ref import Kind, Ref
from herdbook.requirements import package, wanted

_COMMIT = re.compile(r"[0-9a-f]{4,64}")
_MOST_NAMED = 5


class SubjectKind(StrEnum):
    """What can be asked about."""

    ENTRY = "entry"
    COMMIT = "commit"
    REQUIREMENT = "requirement"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about.

    Attributes:
        kind: an entry of the catalog, a commit, some versions of a package, or an address outside.
        name: how it is written.
        nodes: where it stands in the lineage; for a package, what was made with it.
        versions: for a package, its version at each of them.
        undecided: what names the package without a version that can be compared.
        similar: what may have been meant instead, where nothing is called so.
    """

    kind: SubjectKind
    name: str
    nodes: tuple[Node, ...]
    versions: Mapping[Node, str] = field(default_factory=dict)
    undecided: tuple[str, ...] = ()
    similar: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What an endpoint serves.

    Attributes:
        model: the alias or version that it names.
        version: the version that this is today; null where it leads to none.
        traffic: the percentage of its traffic; null where nobody says.
    """

    model: Ref
    version: Ref | None
    traffic: float | None


@dataclass(frozen=True, slots=True)
class Affected:
    """Something that depends on what was asked about, or that itself.

    Attributes:
        key: its reference, or its commit or address.
        kind: what it is.
        distance: how many steps away it is; 0 for what was asked about.
        via: the neighbour through which it depends on it, by the shortest way; empty where it is the first.
        role: as what it uses that neighbour; where the question is about a package, the version that it has.
        live: it is in production: an endpoint there, a protected alias, or a version in the production stage.
        title: its title for people, or nothing.
        type: of a run, or of an endpoint; empty for others.
        at: when a run began, in UTC; empty for others.
        environment: of an endpoint; empty for others.
        version: the version that an alias points to; null for others.
        held_by: the aliases and the stage that hold a version; empty for others.
        serves: what of all this an endpoint serves; empty for others.
    """

    key: str
    kind: NodeKind
    distance: int
    via: str
    role: str
    live: bool
    title: str
    type: str
    at: str
    environment: str
    version: Ref | None
    held_by: tuple[str, ...]
    serves: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Reliance:
    """A promotion in force whose evidence is affected, though the version that it promotes is not.

    Attributes:
        version: the version that was promoted.
        held_by: the alias, or "stage" and the stage.
        evidence: the affected run that the promotion rests on.
    """

    version: Ref
    held_by: str
    evidence: Ref


@dataclass(frozen=True, slots=True)
class Impact(Answer):
    """Everything that depends on something.

    Attributes:
        subject: what was asked about, as it is written.
        subject_kind: an entry of the catalog, a commit, a requirement (some versions of a package), or an
            address outside the catalog.
        live: whether something of it is in production.
        affected: what was asked about and everything downstream of it: what is in production first, then the
            nearest.
        reliances: promotions that rest on an affected evaluation.
        undecided: the runs and versions that name the package without a version that can be compared.
        similar: what may have been meant instead, where nothing is called so; empty otherwise.
        depth: how many steps downstream were looked at; null for all.
        further: how many things at that depth have something downstream that is not listed.
        cycles: the keys of what is said to be made from itself.
        unread: how many files of the catalog cannot be read, so that more may depend on it than is listed;
            null where there are none, and on a site, whose home page tells of them.
    """

    question: ClassVar[str] = "impact"

    subject: str
    subject_kind: SubjectKind
    live: bool
    affected: tuple[Affected, ...]
    reliances: tuple[Reliance, ...]
    undecided: tuple[str, ...]
    similar: str
    depth: int | None
    further: int
    cycles: tuple[str, ...]
    unread: int | None


def entry(records: Records, found: Found) -> Subject:
    """Ask about an entry: of a model or a dataset, about all of its versions."""
    return Subject(SubjectKind.ENTRY, str(found.ref), tuple(_nodes(records, found)))


def named(records: Records, text: str) -> Subject:
    """Ask about what a text names: an entry, or the address of something outside the catalog.

    Raises:
        QuestionError: it names neither.
    """
    try:
        return entry(records, find(records.catalog, text))
    except QuestionError:
        nodes = tuple(_at_address(records, text))
        if nodes:
            return Subject(SubjectKind.ADDRESS, text, nodes)
        if "://" in text:
            raise QuestionError(
                f"nothing in the catalog has the address {shown(text)}: write it as a run or a version does"
            ) from None
        raise


def _at_address(records: Records, uri: str) -> Iterator[Node]:
    """What runs read at an address, and the versions that are there."""
    outside = Node(NodeKind.OUTSIDE, uri)
    if outside in records.lineage:
        yield outside
    for entries in (records.catalog.dataset_versions, records.catalog.versions):
        for version in entries.values():
            if version.data.get("uri") == uri:
                node = records.lineage.node(version.ref)
                if node is not None:
                    yield node


def commit(records: Records, prefix: str) -> Subject:
    """Ask about a commit, by its hash or the beginning of it.

    Raises:
        QuestionError: `prefix` is no beginning of a hash, or that of several commits.
    """
    prefix = prefix.lower()
    if not _COMMIT.fullmatch(prefix):
        raise QuestionError(f"{shown(prefix)} is no commit: write its hash, or at least 4 digits of it")
    commits = set(records.catalog.of_runs("code", "commit").values())
    found = sorted(commit for commit in commits if commit.startswith(prefix))
    if len(found) > 1:
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        raise QuestionError(f"{prefix} could be {' or '.join(found[:_MOST_NAMED])}{more}: write more of it")
    name = found[0] if found else prefix
    return Subject(SubjectKind.COMMIT, name, tuple(Node(NodeKind.CODE, commit) for commit in found))


def requirement(records: Records, text: str) -> Subject:
    """Ask about versions of a package, such as ``scikit-learn<1.5``; Python counts as a package.

    Raises:
        RequirementError: `text` is no requirement.
    """
    name, is_meant = wanted(text)
    lineage = records.lineage
    versions: dict[Node, str] = {}
    undecided: list[str] = []
    packages: dict[str, None] = {}
    users: tuple[Run | ModelVersion, ...] = (
        *records.catalog.runs.values(),
        *records.catalog.versions.values(),
    )
    for user in users:
        lines = _required(user)
        required = dict(lines)
        packages |= dict.fromkeys(required)
        node = lineage.node(user.ref) if name in required else None
        if node is not None:
            # A package may stand there several times, each under another condition.
            once = len(required) == len(lines)
            stated = [required[name]] if once else [version for each, version in lines if each == name]
            meant = dict.fromkeys(version for version in stated if is_meant(version))
            if meant:
                versions[node] = ", ".join(filter(None, meant))
            elif None in map(is_meant, stated):
                undecided.append(node.key)
    near = get_close_matches(name, packages, 1) if name not in packages else ()
    similar = next(iter(near), "")
    return Subject(SubjectKind.REQUIREMENT, text, tuple(versions), versions, tuple(undecided), similar)


def impact(
    records: Records, subject: Subject, depth: int | None = None, told: Sequence[Affected] = ()
) -> Impact:
    """Tell what depends on something, up to `depth` steps downstream (`None`: all of it).

    The cost is of the order of the answer, not of the catalog. Less is done where it was told already up to
    another depth that some things, `told`, depend on it.
    """
    first = _first(subject)
    starts = subject.nodes if depth is None or depth >= first else ()
    walk = records.lineage.downstream_of(starts, None if depth is None else max(0, depth - first))
    telling = _Telling(records, walk, subject, told)
    affected = sorted(
        [telling.affected(node, distance + first) for node, distance in walk.distances.items()],
        key=lambda item: (not item.live, item.distance, item.kind, item.key),
    )
    keys = {node.key for node in walk.distances} if subject.undecided else ()
    return Impact(
        subject=subject.name,
        subject_kind=subject.kind,
        live=any(item.live for item in affected),
        affected=tuple(affected),
        reliances=tuple(_reliances(records, walk)),
        undecided=tuple(key for key in subject.undecided if key not in keys),
        similar=subject.similar,
        depth=depth,
        further=walk.further if starts else len(subject.nodes),
        cycles=records.cyclic_among(walk.distances),
        unread=len(records.catalog.refused) or None,
    )


class Impacts:
    """Tells what depends on entries of a catalog, on the pages of a site.

    It remembers its last answer: several who ask about one entry, as far on as each wants, do so in a row.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._last: Impact | None = None

    def impact(self, found: Found, depth: int | None = None) -> Impact:
        """Tell what depends on an entry, up to `depth` steps downstream (`None`: all of it)."""
        last = self._last
        if last is None or last.subject != str(found.ref) or not _is_the_same_up_to(depth, last):
            told = last.affected if last is not None and last.subject == str(found.ref) else ()
            answer = impact(self._records, entry(self._records, found), depth, told)
            # Else a slip of the pen in one file would draw all pages anew.
            last = self._last = replace(answer, unread=None)
        return last if last.depth == depth else replace(last, depth=depth)


def _is_the_same_up_to(depth: int | None, answer: Impact) -> bool:
    distances = (item.distance for item in answer.affected)
    return is_the_same_up_to(depth, answer.depth, answer.further, distances)


def _first(subject: Subject) -> int:
    """How far away the nodes are at which the walk begins: a package itself is no node."""
    return 1 if subject.kind is SubjectKind.REQUIREMENT else 0


def _nodes(records: Records, found: Found) -> Iterator[Node]:
    catalog, ref = records.catalog, found.ref
    refs = [catalog.by_name(ref) if ref.alias is not None else found.of_entry]
    if ref.kind is Kind.MODEL and ref.alias is None and ref.version is None:
        refs = [version.ref for version in catalog.versions_of(found.of_entry.name)]
    elif ref.kind is Kind.DATASET and ref.version is None:
        refs = [version.ref for version in catalog.versions_of_dataset(found.of_entry.name)]
    for each in refs:
        node = records.lineage.node(each)
        if node is not None:
            yield node


def _required(entry: Run | ModelVersion) -> list[tuple[str, str]]:
    """The packages that a run or a version needs, each with the version where it is pinned; Python first."""
    if isinstance(entry, Run):
        environment = entry.data.get("environment", {})
        python = [("python", environment["python"])] if "python" in environment else []
        return [*python, *map(package, environment.get("requirements", ()))]
    return list(map(package, entry.data.get("requirements", ())))


class _Telling:
    """What there is to tell about each node that a walk reached."""

    def __init__(self, records: Records, walk: Walk, subject: Subject, told: Sequence[Affected]) -> None:
        self.records, self.walk, self.versions = records, walk, subject.versions
        # Of what an endpoint serves, more is affected the further one goes; all else is told alike.
        self.told: Mapping[tuple[NodeKind, str], Affected] = {
            (item.kind, item.key): item for item in told if item.kind is not NodeKind.ENDPOINT
        }
        self.protected: dict[str, frozenset[str]] = {}
        # Of what is affected, most are runs.
        self.title_of, self.type_of, self.start_of = map(
            records.catalog.of_run, ("title", "type", "started_at")
        )

    def affected(self, node: Node, distance: int) -> Affected:
        known = self.told.get(node)
        if known is not None:
            return known
        via = self.walk.via.get(node)
        if via is not None:
            key, role = via.key, self.records.lineage.role(via, node)
        else:
            key, role = "", self.versions.get(node, "")
        if node.kind is NodeKind.RUN and (ref := node.ref) is not None:
            run = ref.name
            title, run_type, start = (
                self.title_of(run) or "",
                self.type_of(run) or "",
                self.start_of(run) or "",
            )
            # By place: by name, each takes a quarter longer, and there are thousands.
            return Affected(
                node.key, node.kind, distance, key, role, False, title, run_type, start, "", None, (), ()
            )
        return self._other(node, distance, key, role)

    def _other(self, node: Node, distance: int, via: str, role: str) -> Affected:
        """Tell it of what is no run."""
        entry = self.records.catalog.resolve(node.ref) if node.ref is not None else None
        held_by: tuple[str, ...] = ()
        if isinstance(entry, ModelVersion) and node.kind is NodeKind.MODEL_VERSION:
            held_by = tuple(holders(self.records, entry))
        endpoint = entry if isinstance(entry, Endpoint) else None
        return Affected(
            key=node.key,
            kind=node.kind,
            distance=distance,
            via=via,
            role=role,
            live=self._is_live(node, entry, held_by),
            title=entry.title if entry is not None and node.kind is not NodeKind.ALIAS else "",
            type=endpoint.type if endpoint is not None else "",
            at="",
            environment=endpoint.environment if endpoint is not None else "",
            version=entry.ref if node.kind is NodeKind.ALIAS and entry is not None else None,
            held_by=held_by,
            serves=tuple(self._served(endpoint)) if endpoint is not None else (),
        )

    def _is_live(self, node: Node, entry: object, held_by: tuple[str, ...]) -> bool:
        if isinstance(entry, Endpoint):
            return entry.environment == "production"
        if node.kind is NodeKind.ALIAS and node.ref is not None and entry is not None:
            model = node.ref.name
            if model not in self.protected:
                self.protected[model] = frozenset(self.records.policy.protected_aliases(model))
            return node.ref.alias in self.protected[model]
        return "stage production" in held_by

    def _served(self, endpoint: Endpoint) -> Iterator[Share]:
        catalog, lineage = self.records.catalog, self.records.lineage
        for served in endpoint.serves:
            ref = served.mention.ref
            entry = catalog.resolve(ref) if ref is not None else None
            if ref is not None:
                version = entry.ref if entry is not None else None
                named = catalog.by_name(ref)
                node = lineage.node(named if ref.alias is not None or version is None else version)
                if node in self.walk.distances:
                    yield Share(ref, version, served.traffic)


def holders(records: Records, version: ModelVersion) -> Iterator[str]:
    """The aliases and the stage that hold a version: ``@champion``, ``stage production``."""
    ledger = records.catalog.aliases.get(version.model)
    for alias, items in ledger.data["aliases"].items() if ledger is not None else ():
        if items and items[-1]["version"] == version.version:
            yield f"@{alias}"
    transition = records.registry.stages.get((version.model, version.version))
    if transition is not None and transition.stage != "none":
        yield f"stage {transition.stage}"


def _reliances(records: Records, walk: Walk) -> Iterator[Reliance]:
    lineage, evidence = records.lineage, records.evidence
    for node in walk.distances if evidence else ():
        if node.kind is NodeKind.RUN and (ref := node.ref) is not None:
            for version, held_by in evidence.get(ref, ()):
                if lineage.node(version) not in walk.distances:
                    yield Reliance(version, held_by, ref)
