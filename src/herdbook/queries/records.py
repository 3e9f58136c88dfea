"""A catalog with all that questions about it need."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from herdbook.catalog import Catalog
from herdbook.check import Report, check
from herdbook.entries import Mention
from herdbook.lineage import Lineage, Node
from herdbook.policy import Policy
from herdbook.ref import Kind, Ref
from herdbook.registry import Registry


@dataclass(frozen=True)
class Records:
    """What is asked: a catalog as of a day. The rest is made when it is first needed.

    Attributes:
        catalog: the catalog.
        today: the day, on which waivers may have expired.
    """

    catalog: Catalog
    today: date

    @cached_property
    def lineage(self) -> Lineage:
        """What was made from what."""
        return Lineage.of(self.catalog)

    @cached_property
    def cyclic(self) -> frozenset[Node]:
        """What is said to be made from itself."""
        return frozenset(node for cycle in self.lineage.cycles() for node in cycle)

    @cached_property
    def registry(self) -> Registry:
        """What is in force."""
        return Registry.of(self.catalog)

    @cached_property
    def policy(self) -> Policy:
        """What the catalog demands."""
        return Policy.of(self.catalog)

    @cached_property
    def report(self) -> Report:
        """What a check of the whole catalog finds."""
        return check(self.catalog, self.today, self.lineage)

    @cached_property
    def evidence(self) -> Mapping[Ref, tuple[tuple[Ref, str], ...]]:
        """For each run the promotions in force that rest on it: the version, and what holds it.

        What holds it is an alias, ``@champion``, or a stage, ``stage production``.
        """
        found: dict[Ref, list[tuple[Ref, str]]] = defaultdict(list)
        for version, held_by, mentions in _promotions(self.catalog, self.registry):
            for mention in mentions:
                if mention.ref is not None and mention.ref.kind is Kind.RUN:
                    found[Ref.run(mention.ref.name)].append((version, held_by))
        return {run: tuple(dict.fromkeys(promotions)) for run, promotions in found.items()}


def _promotions(catalog: Catalog, registry: Registry) -> Iterator[tuple[Ref, str, tuple[Mention, ...]]]:
    for ledger in catalog.aliases.values():
        for alias, line in ledger.in_force().items():
            yield Ref.model(ledger.model, line.version), f"@{alias}", line.evidence
    for (model, version), transition in registry.stages.items():
        if transition.stage in ("staging", "production"):
            yield Ref.model(model, version), f"stage {transition.stage}", transition.evidence
