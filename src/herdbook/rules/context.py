"""What a rule sees."""

from dataclasses import dataclass
from datetime import date

from herdbook.catalog import Catalog
from herdbook.lineage import Lineage
from herdbook.policy import Policy


@dataclass(frozen=True, slots=True)
class Context:
    """The catalog, its lineage, the policy that judges it, and the day of the judgement."""

    catalog: Catalog
    lineage: Lineage
    policy: Policy
    today: date
