"""Names for what other systems call in their own way: valid here, and unlike any other."""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256

from herdbook.ref import is_name

_LONGEST = 120  # leaves room for what tells names apart that begin alike
_OTHER = re.compile(r"[^A-Za-z0-9._-]+")
_DOTS = re.compile(r"\.{2,}")


def valid_name(text: str, kind: str) -> str:
    """The name that is nearest to a text; a valid one stays as it is.

    Args:
        text: what something is called elsewhere.
        kind: what it is, for texts of which nothing can stay.
    """
    if is_name(text):
        return text
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = _DOTS.sub(".", _OTHER.sub("-", plain)).lstrip("._-")[:_LONGEST].rstrip("._-")
    if not any(map(str.isalnum, name)):
        return f"{kind}-{sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return name if is_name(name) else f"{kind}-{name}"


class Names:
    """Names of which no two are alike, however a system takes capitals for small letters."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {name.casefold() for name in taken}
        # For each name that was asked for, the number behind which the next search begins.
        self._numbers: dict[str, int] = {}

    def take(self, name: str) -> str:
        """Take a name, or, where it is taken, the first free one that begins with it."""
        found, number = name, self._numbers.get(name.casefold(), 2)
        while found.casefold() in self._taken:
            found, number = f"{name}-{number}", number + 1
        self._numbers[name.casefold()] = number
        self._taken.add(found.casefold())
        return found
