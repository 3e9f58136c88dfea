"""Files of the API: where they are, and how they are written."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from herdbook.escaping.html import redact
from herdbook.queries.answer import fields_of, to_write
from herdbook.site.links import Scan
from herdbook.site.page import File, Job
from herdbook.site.paths import relative

Made = tuple[File, Scan]
"""A file, and where the addresses in it lead."""
ApiJob = Job[Iterator[Made]]
"""Files that are still to be made."""

# What every secret of an address has: a name before the host, or something before the name of a parameter.
_USER = re.compile(r"://[^\s/?#@]*+@")
_PARAMETER: Final = "?&;#"


class Writer:
    """Writes one file: gives addresses relative to it, and remembers them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._addresses: list[str] = []

    def to(self, path: str) -> str:
        """Return the address of a path of the site."""
        address = relative(self.path, path)
        self._addresses.append(address)
        return address

    def file(self, resource: object) -> Made:
        """Write a resource, a dataclass, as the file."""
        return self.data(fields_of(resource))

    def data(self, data: Any, indent: int | None = None) -> Made:
        """Write data of the kinds that answers are made of as the file."""
        return self.text(text_of(data, indent), indent)

    def text(self, text: str, indent: int | None = None) -> Made:
        """Write what is JSON already, as `text_of` writes it, as the file."""
        return File(self.path, _clean(text, indent)), Scan(tuple(self._addresses))


def written(data: Any, indent: int | None = None) -> bytes:
    """Write data as JSON in ASCII: without the secrets of addresses, and without anything like markup."""
    return _clean(text_of(data, indent), indent)


def text_of(data: Any, indent: int | None = None) -> str:
    """Write data as JSON as they are."""
    return _encoded(data) if indent is None else json.dumps(data, indent=indent, default=to_write)


# Made once: most files are written in parts. What answers and entries hold never holds itself.
_encoded: Final = json.JSONEncoder(default=to_write, check_circular=False).encode


def _clean(text: str, indent: int | None) -> bytes:
    # Few texts hold anything like a secret, and looking closely takes longer than all the rest.
    if _USER.search(text) or any(character in text for character in _PARAMETER):
        text = json.dumps(_redacted(json.loads(text)), indent=indent)
    return f"{text}\n".replace("<", "\\u003c").encode("ascii")


def _redacted(data: Any) -> Any:
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, dict):
        return {redact(key): _redacted(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_redacted(item) for item in data]
    return data
