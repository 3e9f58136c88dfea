"""A catalog with all that questions about it need."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from herdbook.catalog import Catalog
from herdbook.check import Report, check
from herdbook.lineage import Lineage, Node
from herdbook.policy import Policy
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
