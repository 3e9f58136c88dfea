"""What a catalog says of itself."""

from collections.abc import Mapping
from typing import ClassVar

from herdbook.entries.entry import NOTHING, Data, Entry


class CatalogFile(Entry):
    """herdbook.yaml: the name of the catalog, its people, policy and waivers."""

    __slots__ = ()

    kind: ClassVar[str] = "catalog"

    @property
    def expected_path(self) -> str:
        return "herdbook.yaml"

    @property
    def name(self) -> str:
        return str(self.data["name"])

    @property
    def people(self) -> Mapping[str, Data]:
        """The people by id; each has a name, perhaps a role, an email and logins."""
        return self.data.get("people", NOTHING)

    @property
    def imports(self) -> Mapping[str, str]:
        """Which fields the tags and parameters of imported runs belong in."""
        return self.data.get("imports", NOTHING)
