"""What the check finds in everything that a version's approval rests on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from herdbook.basis import files_behind, refused_among
from herdbook.entries import Aliases, Assignment, ModelVersion, Stages, Transition
from herdbook.finding import Finding, Severity
from herdbook.policy import Waiver
from herdbook.queries.records import Records
from herdbook.registry import UseKind
from herdbook.rules import RULES, invalid_policy
from herdbook.source import Route

# Without a policy that can be read nobody knows who may approve what.
_DECISIVE = frozenset({invalid_policy.ID, *(rule.ID for rule in RULES if rule.FAMILY == "form")})


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding of the check.

    Attributes:
        rule: the rule.
        severity: error, warning or note.
        message: what is wrong.
        file: the file, as the catalog was named.
        line: the line in it, from 1.
        help: what to do about it.
        waived_by: who excuses it; empty where nobody does.
        waived_until: until which day.
        waived_because: why.
    """

    rule: str
    severity: Severity
    message: str
    file: str
    line: int
    help: str
    waived_by: str
    waived_until: str
    waived_because: str

    @classmethod
    def of(cls, finding: Finding, waiver: Waiver | None = None) -> "Judged":
        """The finding, and who excuses it."""
        place = finding.place
        return cls(
            rule=finding.rule,
            severity=finding.severity,
            message=finding.message,
            file=place.file,
            line=place.span.line,
            help=finding.help,
            waived_by=waiver.owner if waiver is not None else "",
            waived_until=waiver.until if waiver is not None else "",
            waived_because=waiver.reason if waiver is not None else "",
        )

    @property
    def blocks(self) -> bool:
        """It is an error, and nobody excuses it."""
        return self.severity is Severity.ERROR and not self.waived_by


def findings_behind(records: Records, version: ModelVersion) -> Iterator[Judged]:
    """What the check finds in everything that a version's approval rests on."""
    policy_file = "herdbook.yaml"
    for finding in records.findings_in.get(policy_file, ()):
        if finding.rule in _DECISIVE:
            yield Judged.of(finding)
    files = [*files_behind(records.catalog, records.registry, records.lineage, version)]
    for _, _, line in lines_holding(records, version):
        files += refused_among(records.catalog, line.evidence)
    for path in dict.fromkeys(files):
        yield from map(Judged.of, records.findings_in.get(path, ()))
        yield from (Judged.of(waived.finding, waived.waiver) for waived in records.waived_in.get(path, ()))
    for path, routes in _routes(records, version).items():
        for finding in records.findings_in.get(path, ()):
            if _is_within(finding, routes):
                yield Judged.of(finding)
        for waived in records.waived_in.get(path, ()):
            if _is_within(waived.finding, routes):
                yield Judged.of(waived.finding, waived.waiver)


def _routes(records: Records, version: ModelVersion) -> Mapping[str, Sequence[Route]]:
    """The places that concern a version in files that concern others, too: by file, the routes in it."""
    folder = f"models/{version.model}"
    found: dict[str, list[Route]] = {f"{folder}/aliases.yaml": [], f"{folder}/stages.yaml": []}
    for ledger, _, line in lines_holding(records, version):
        found[ledger.source.path].append(line.route)
    for use in records.registry.uses.get((version.model, version.version), ()):
        if use.kind is UseKind.ENDPOINT:
            found.setdefault(use.place.source.path, []).append(use.place.route)
    return found


def _is_within(finding: Finding, routes: Sequence[Route]) -> bool:
    """Tell whether a finding is about a place on one of the routes, or about the whole file."""
    route = finding.place.route
    return len(route) < 2 or any(route[: len(each)] == each for each in routes)


def lines_holding(
    records: Records, version: ModelVersion
) -> Iterator[tuple[Aliases | Stages, str, Assignment | Transition]]:
    """The lines of the ledgers that hold a version today."""
    aliases = records.catalog.aliases.get(version.model)
    for alias, assignment in aliases.in_force().items() if aliases is not None else ():
        if aliases is not None and assignment.version == version.version:
            yield aliases, f"@{alias}", assignment
    stages = records.catalog.stages.get(version.model)
    transition = records.registry.stages.get((version.model, version.version))
    if stages is not None and transition is not None and transition.stage != "none":
        yield stages, f"stage {transition.stage}", transition
