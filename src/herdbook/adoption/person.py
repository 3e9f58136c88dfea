"""The first person of a catalog: who began it, as far as git knows and as a catalog can say."""

import re
import unicodedata
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path

from herdbook.errors import HerdbookError
from herdbook.git import GitError, Identity, identity
from herdbook.rules.text import is_placeholder
from herdbook.schema import validate
from herdbook.yaml.reader import FORBIDDEN

_LONGEST_NAME = 128
_UNKNOWN = "maintainer"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a catalog names.

    Attributes:
        id: the short name.
        data: what the catalog says of them.
        left_out: sentences that say what git knows and the catalog does not take, and why.
    """

    id: str
    data: dict[str, str]
    left_out: tuple[str, ...] = ()


def committer(folder: Path) -> Person:
    """Return who commits in a folder, which need not be there yet."""
    there = next(place for place in (folder, *folder.resolve().parents) if place.is_dir())
    try:
        return person_of(identity(there))
    except GitError:
        return person_of(Identity())


def person_of(known: Identity) -> Person:
    """Make a person of what git knows. What a catalog cannot hold is left out; somebody is always named."""
    left_out = []
    data = {}
    for key, value in (("name", known.name), ("email", known.email)):
        why = _fault(key, value) if value else ""
        if why:
            left_out.append(f"git's user.{key} is left out of the catalog: {why}")
        elif value:
            data[key] = value
    if "name" not in data:
        data = {"name": "Whoever keeps this catalog", **data}
        if not known.name:
            left_out.append("git knows no user.name: the catalog names a maintainer; write there who that is")
        return Person(_UNKNOWN, data, tuple(left_out))
    return Person(plain_name(data["name"]).lower() or _UNKNOWN, data, tuple(left_out))


def person_named(text: str) -> Person:
    """Make a person of a name and, if it is given, an e-mail address, as git writes them: ``Bo <bo@x.org>``.

    Raises:
        HerdbookError: there is no name in it, or something that no catalog can hold.
    """
    name, address = parseaddr(text)
    if not address:
        name = text
    elif not name:
        name, address = address, ""
    person = person_of(Identity(name.strip(), address))
    if person.left_out:
        raise HerdbookError(
            f'{text[:80]!r} names nobody whom a catalog could hold; write it as "Bo Lind <bo@example.org>"'
        )
    return person


def plain_name(text: str) -> str:
    """Make a name of any text, out of the letters and digits in it; empty where there are none."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", letters).strip("-_")[:_LONGEST_NAME].rstrip("-_")


def _fault(key: str, value: str) -> str:
    if re.search(FORBIDDEN, value):
        return "it holds characters that nobody can see"
    if is_placeholder(value):
        return "it names nobody"
    catalog = {"kind": "catalog", "name": "models", "people": {"ana": {"name": "Ana", key: value}}}
    wrong = validate("catalog", catalog)
    return wrong[0].message if wrong else ""
