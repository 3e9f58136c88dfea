"""The gate for one run, before anything is registered from it: whether its lineage is on record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from herdbook.catalog import Catalog
from herdbook.check import Report, context_of, judge
from herdbook.entries import ModelVersion, Run
from herdbook.errors import HerdbookError
from herdbook.finding import Finding, Severity
from herdbook.policy import Policy
from herdbook.rules import RULES, missing_digest, missing_input, missing_lineage_tag
from herdbook.source import SourceFile
from herdbook.tree import DirTree

_FAMILY = "lineage"
# What MLflow keeps of inputs and outputs is not in the words of the catalog.
_UNKNOWN_TO_MLFLOW = (missing_input.ID, missing_digest.ID)
_NO_MODEL = ""
"""No model can be called so: a policy for one is not meant where none is named."""


class LineageError(HerdbookError):
    """A run from which nothing may be registered.

    Attributes:
        missing_tags: the required tags that it does not carry, or carries blank.
        findings: all errors that were found.
    """

    def __init__(self, run: Run, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        self.missing_tags = tuple(_missing_tags(findings))
        said = "; ".join(dict.fromkeys(finding.message for finding in findings))
        cures = " ".join(dict.fromkeys(finding.help for finding in findings if finding.help))
        super().__init__(f"nothing may be registered from {run.label}: {said}. {cures}".rstrip())


def judge_run(
    catalog: Catalog,
    run: Run,
    today: date,
    *,
    required_tags: Sequence[str] | None = None,
    model: str | None = None,
) -> Report:
    """Judge a run as if a version were registered from it, by the rules about lineage alone.

    A run of MLflow that still goes on is judged as if it had ended well: trainings register from within it.

    Args:
        catalog: the catalog whose policy judges.
        run: the run, of the catalog or from elsewhere.
        today: the day; waivers expire.
        required_tags: the tags that it must carry; by default those that the policy requires.
        model: the model that the version would be of; the policy may require more tags of its runs.
    """
    foreign = catalog.runs.get(run.id) is not run
    if foreign and run.status == "running":
        run = Run(run.source, {**run.data, "status": "finished"})
    version = _Registered(
        SourceFile(DirTree(Path(), name="registration"), ""),
        {"kind": "model-version", "model": model or _NO_MODEL, "version": 0, "run": run.id},
    )
    judged = replace(
        catalog,
        runs={**catalog.runs, run.id: run},
        versions={**catalog.versions, (version.model, version.version): version},
        known=None,
        origin=None,
    )
    policy = Policy.of(catalog)
    if required_tags is not None:
        policy = replace(
            policy,
            data={**policy.data, "required_tags": [*required_tags], "required_tags_for": {}},
            model_policies={},
        )
    rules = [rule for rule in RULES if rule.FAMILY == _FAMILY]
    if foreign:
        rules = [rule for rule in rules if rule.ID not in _UNKNOWN_TO_MLFLOW]
    report = judge(context_of(judged, policy, today), rules)
    return Report(
        entries=1,
        findings=tuple(_about(run, version, report.findings)),
        waived=tuple(waived for waived in report.waived if waived.finding.place.source is run.source),
    )


def require_lineage(
    catalog: Catalog,
    run: Run,
    today: date,
    *,
    required_tags: Sequence[str] | None = None,
    model: str | None = None,
) -> None:
    """Do nothing where a run may be registered from.

    Raises:
        LineageError: it may not.
    """
    report = judge_run(catalog, run, today, required_tags=required_tags, model=model)
    errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    if errors:
        raise LineageError(run, errors)


@dataclass(frozen=True, slots=True, eq=False)
class _Registered(ModelVersion):
    """The version that would be registered."""

    @property
    def label(self) -> str:
        return "what is registered"


def _about(run: Run, version: ModelVersion, findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings about a run, and those about the version that follow from the run."""
    for finding in findings:
        related = tuple(item for item in finding.related if item.place.source is not version.source)
        if finding.place.source is run.source:
            yield finding._replace(related=related)
        elif finding.place.source is version.source and related:
            yield finding._replace(place=related[0].place, related=())


def _missing_tags(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        if finding.rule == missing_lineage_tag.ID:
            yield str(finding.place.route[-1])
