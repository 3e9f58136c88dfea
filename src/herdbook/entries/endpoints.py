"""Endpoints: what serves models."""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from herdbook.entries.entry import Entry, Mention
from herdbook.ref import Kind, Ref
from herdbook.source import Route


class Served(NamedTuple):
    """What an endpoint serves, and the percentage of its traffic (`None` where not given)."""

    mention: Mention
    traffic: float | None
    route: Route


class Endpoint(Entry):
    """Something that serves models: a service, or a batch job."""

    __slots__ = ()

    kind: ClassVar[str] = "endpoint"

    @property
    def name(self) -> str:
        return str(self.data["name"])

    @property
    def ref(self) -> Ref:
        return Ref.endpoint(self.name)

    @property
    def expected_path(self) -> str:
        return f"endpoints/{self.name}.yaml"

    @property
    def type(self) -> str:
        """One of online, batch."""
        return str(self.data["type"])

    @property
    def environment(self) -> str:
        """One of production, staging, development."""
        return str(self.data.get("environment", "production"))

    @property
    def serves(self) -> tuple[Served, ...]:
        return tuple(
            Served(
                Mention.of(item["model"], ("serves", index, "model"), Kind.MODEL),
                item.get("traffic"),
                ("serves", index),
            )
            for index, item in enumerate(self.data["serves"])
        )

    def mentions(self) -> Iterator[Mention]:
        for served in self.serves:
            yield served.mention
