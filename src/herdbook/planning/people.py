"""Who acts: the person that a command writes into the catalog."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from herdbook.catalog import Catalog
from herdbook.git import identity
from herdbook.planning.plan import PlanError


def acting(people: Mapping[str, Mapping[str, Any]], names: tuple[str, ...]) -> str:
    """Find the person of a catalog by what git calls them: an e-mail address, a login or a name.

    Args:
        people: the people of the catalog.
        names: git's user.email and user.name.

    Raises:
        PlanError: nobody is called so, or several are.
    """
    wanted = {name.strip().casefold() for name in names if name.strip()}
    found = [person for person, about in people.items() if wanted & _called(person, about)]
    if len(found) == 1:
        return found[0]
    known = f"git's user.email and user.name ({', '.join(filter(None, names)) or 'not set'})"
    if found:
        raise PlanError(f"{known} could be {' or '.join(found)}: say which with --by NAME")
    raise PlanError(f"{known} are nobody of the people in herdbook.yaml: say who acts with --by NAME")


def person_here(catalog: Catalog, folder: Path) -> str:
    """Find the person of a catalog whom git names in a folder.

    Raises:
        PlanError: it names none of them, or several.
    """
    known = identity(folder)
    people = catalog.file.people if catalog.file is not None else {}
    return acting(people, (known.email, known.name))


def _called(person: str, about: Mapping[str, Any]) -> set[str]:
    names = (person, about.get("name", ""), about.get("email", ""), *about.get("logins", {}).values())
    return {name.strip().casefold() for name in names if name.strip()}
