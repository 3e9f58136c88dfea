"""A catalog with all that questions about it need."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, Entry, Mention
from herdbook.finding import Finding
from herdbook.lineage import Lineage, Node
from herdbook.memory import Memory
from herdbook.policy import Policy
from herdbook.reach import around
from herdbook.ref import Kind, Ref
from herdbook.registry import Registry

if TYPE_CHECKING:
    from herdbook.check import Report, Waived


@dataclass(frozen=True)
class Records:
    """What is asked: a catalog as of a day. The rest is made when it is first needed.

    Attributes:
        catalog: the catalog.
        today: the day, on which waivers may have expired.
        judge: the catalog whose policy holds, where it is another one: of a change, its base.
        memory: what the catalog was read with, where that is at hand.
    """

    catalog: Catalog
    today: date
    judge: Catalog | None = None
    memory: Memory | None = None

    def about(self, *entries: Entry | None) -> "Records":
        """The same, of which only what has to do with some entries is looked at, where that is less work."""
        paths = [entry.source.path for entry in entries if entry is not None]
        if len(paths) < len(entries) or self.catalog.whole is not None:
            return self
        if self.catalog.known is None and self.catalog.origin is None:
            return self  # all of it was read anyway
        return replace(self, catalog=around(self.catalog, paths))

    @cached_property
    def lineage(self) -> Lineage:
        """What was made from what."""
        return Lineage.of(self.catalog)

    @cached_property
    def cyclic(self) -> frozenset[Node]:
        """What is said to be made from itself."""
        return frozenset(node for cycle in self.lineage.cycles() for node in cycle)

    def cyclic_among(self, nodes: Iterable[Node]) -> tuple[str, ...]:
        """The keys of those of some nodes that are."""
        cyclic = self.cyclic
        return tuple(node.key for node in nodes if node in cyclic) if cyclic else ()

    @cached_property
    def registry(self) -> Registry:
        """What is in force."""
        return Registry.of(self.catalog)

    @cached_property
    def policy(self) -> Policy:
        """What the catalog, or the one that judges it, demands."""
        return Policy.of(self.judge or self.catalog)

    @cached_property
    def recalled(self) -> Mapping[Node, DatasetVersion]:
        """For each thing that was made from recalled data the nearest of these; they stand for themselves."""
        withdrawn = [
            version for version in self.catalog.dataset_versions.values() if version.recall is not None
        ]
        found = {
            node: version for version in withdrawn if (node := self.lineage.node(version.ref)) is not None
        }
        walk = self.lineage.downstream_of(found)
        for node in walk.distances:
            if node not in found:
                found[node] = found[walk.via[node]]
        return found

    @cached_property
    def report(self) -> "Report":
        """What a check of the whole catalog finds."""
        # They bring all rules, and few questions need them.
        from herdbook.check import check
        from herdbook.checked import checked

        if self.memory is not None:
            return checked(self.catalog.whole or self.catalog, self.today, self.memory)
        return check(self.catalog, self.today, self.lineage, self.registry)

    @cached_property
    def findings_in(self) -> Mapping[str, tuple[Finding, ...]]:
        """The findings of that check in each file, by its path inside the catalog."""
        found: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.report.findings:
            found[finding.place.source.path].append(finding)
        return {path: tuple(findings) for path, findings in found.items()}

    @cached_property
    def waived_in(self) -> Mapping[str, tuple["Waived", ...]]:
        """The findings that waivers excuse in each file, by its path inside the catalog."""
        found: dict[str, list[Waived]] = defaultdict(list)
        for waived in self.report.waived:
            found[waived.finding.place.source.path].append(waived)
        return {path: tuple(findings) for path, findings in found.items()}

    @cached_property
    def evidence(self) -> Mapping[Ref, tuple[tuple[Ref, str], ...]]:
        """For each run the promotions in force that rest on it: the version, and what holds it.

        What holds it is an alias, ``@champion``, or a stage, ``stage production``.
        """
        found: dict[Ref, list[tuple[Ref, str]]] = defaultdict(list)
        for version, held_by, mentions in _promotions(self.catalog, self.registry):
            for mention in mentions:
                if mention.ref is not None and mention.ref.kind is Kind.RUN:
                    run = Ref.run(self.catalog.by_name(mention.ref).name)
                    found[run].append((version, held_by))
        return {run: tuple(dict.fromkeys(promotions)) for run, promotions in found.items()}


def _promotions(catalog: Catalog, registry: Registry) -> Iterator[tuple[Ref, str, tuple[Mention, ...]]]:
    for ledger in catalog.aliases.values():
        for alias, line in ledger.in_force().items():
            yield Ref.model(ledger.model, line.version), f"@{alias}", line.evidence
    for (model, version), transition in registry.stages.items():
        if transition.stage in ("staging", "production"):
            yield Ref.model(model, version), f"stage {transition.stage}", transition.evidence
