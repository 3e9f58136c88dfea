"""What a rule sees."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, ModelVersion, Run
from herdbook.lineage import Lineage, NodeKind
from herdbook.policy import Policy
from herdbook.registry import Registry
from herdbook.rules.options import Rule
from herdbook.rules.text import listed
from herdbook.source import SourceFile

if TYPE_CHECKING:  # what compares catalogs and reads reviews is loaded by those who judge a change
    from herdbook.approvals import Approvals
    from herdbook.diff import Changes

MOST_RELATED = 5
"""How many of the things that hang on one finding are named with it; nobody reads a thousand."""


class Change(NamedTuple):
    """The change that is judged, for the rules that need to know what was before.

    Attributes:
        base: the catalog before it.
        policy: the policy of the branch that it is for.
        changes: what differs in the catalog.
        approvals: the people whose reviews of the change count; `None` where no reviews are known.
        touched: the files of the repository that it touches, by their paths in it.
    """

    base: Catalog
    policy: Policy
    changes: "Changes"
    approvals: "Approvals | None" = None
    touched: tuple[SourceFile, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a catalog holds, the policy that judges it, the day of the judgement, and all rules.

    The policy need not be that of the catalog: a change is judged by the policy of its base. `change` is
    `None` where a catalog is judged by itself.
    """

    catalog: Catalog
    lineage: Lineage
    registry: Registry
    policy: Policy
    today: date
    rules: tuple[Rule, ...]
    change: Change | None = None

    def made_by(self, run: Run) -> tuple[ModelVersion | DatasetVersion, ...]:
        """The versions of models and datasets that a run made."""
        return self._made.get(run.id, ())

    def versions_of(self, run: Run) -> tuple[ModelVersion, ...]:
        """The model versions that a run made."""
        return tuple([entry for entry in self.made_by(run) if isinstance(entry, ModelVersion)])

    def lacking_reviews(self, model: str = "") -> str:
        """Whose reviews a change lacks to touch what guards the catalog, or a model; empty where none.

        They are the people of the branch that the change is for, whatever it makes of them.
        """
        if self.change is None:
            return ""
        by_target = replace(self, policy=self.change.policy)
        approvers, approvals = by_target.policy.guarding(model)
        if len(by_target.reviewed_by(approvers)) >= approvals:
            return ""
        names = by_target.may_approve(approvers)
        return f"a review by {names}" if approvals == 1 else f"reviews by {approvals} people ({names})"

    def reviewed_by(self, approvers: Sequence[str] = ()) -> tuple[str, ...]:
        """Those of some people whose reviews of the change count; by default of all who may approve."""
        allowed = approvers or self.policy.approvers or tuple(self.policy.people)
        approvals = self.change.approvals if self.change is not None else None
        counted = approvals.counted if approvals is not None else ()
        return tuple(person for person in counted if person in allowed)

    def may_approve(self, approvers: Sequence[str] = ()) -> str:
        """Who may approve, for a sentence: some people, or by default those whom the policy names."""
        names = approvers or self.policy.approvers
        return listed(names).replace(" and ", " or ") if names else "somebody among the people of the catalog"

    @cached_property
    def _made(self) -> Mapping[str, tuple[ModelVersion | DatasetVersion, ...]]:
        """For each run that made versions these, in the order of their references."""
        versions: list[ModelVersion | DatasetVersion] = [
            *self.catalog.dataset_versions.values(),
            *self.catalog.versions.values(),
        ]
        found: dict[str, list[ModelVersion | DatasetVersion]] = defaultdict(list)
        for version in sorted(versions, key=lambda version: str(version.ref)):
            node = self.lineage.node(version.ref)
            for parent in self.lineage.parents(node) if node is not None else ():
                if parent.kind is NodeKind.RUN and parent.ref is not None:
                    found[parent.ref.name].append(version)
        return {run: tuple(made) for run, made in found.items()}
