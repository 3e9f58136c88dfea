"""What a rule sees."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from herdbook.catalog import Catalog
from herdbook.entries import ModelVersion, Run
from herdbook.lineage import Lineage
from herdbook.policy import Policy
from herdbook.registry import Registry
from herdbook.rules.options import Rule


@dataclass(frozen=True)
class Context:
    """What a catalog holds, the policy that judges it, the day of the judgement, and all rules."""

    catalog: Catalog
    lineage: Lineage
    registry: Registry
    policy: Policy
    today: date
    rules: tuple[Rule, ...]

    def versions_of(self, run: Run) -> tuple[ModelVersion, ...]:
        """The model versions that a run made."""
        return self._versions.get(run.id, ())

    @cached_property
    def _versions(self) -> Mapping[str, tuple[ModelVersion, ...]]:
        found: dict[str, list[ModelVersion]] = defaultdict(list)
        for version in self.catalog.versions.values():
            run = self.catalog.resolve(version.run.ref) if version.run.ref is not None else None
            if isinstance(run, Run):
                found[run.id].append(version)
        return {run_id: tuple(versions) for run_id, versions in found.items()}
