"""What a rule sees."""

from dataclasses import dataclass
from datetime import date

from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, ModelVersion, Run
from herdbook.lineage import Lineage
from herdbook.policy import Policy
from herdbook.registry import Registry
from herdbook.rules.options import Rule

MOST_RELATED = 5
"""How many of the things that hang on one finding are named with it; nobody reads a thousand."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a catalog holds, the policy that judges it, the day of the judgement, and all rules."""

    catalog: Catalog
    lineage: Lineage
    registry: Registry
    policy: Policy
    today: date
    rules: tuple[Rule, ...]

    def made_by(self, run: Run) -> tuple[ModelVersion | DatasetVersion, ...]:
        """The versions of models and datasets that a run made."""
        node = self.lineage.node(run.ref)
        children = self.lineage.children(node) if node is not None else ()
        found = (self.catalog.resolve(child.ref) for child in children if child.ref is not None)
        return tuple(entry for entry in found if isinstance(entry, ModelVersion | DatasetVersion))

    def versions_of(self, run: Run) -> tuple[ModelVersion, ...]:
        """The model versions that a run made."""
        return tuple(entry for entry in self.made_by(run) if isinstance(entry, ModelVersion))
