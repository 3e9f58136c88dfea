"""The files that a catalog begins with, made to fit a repository."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from herdbook.adoption.initialising import FOLDER, Placed, shipped
from herdbook.adoption.person import Person, plain_name
from herdbook.adoption.placing import inside
from herdbook.dump import dump
from herdbook.errors import HerdbookError
from herdbook.schema import KINDS, schema, validate

SCHEMAS = ".schema"
"""The folder of the schemas in a catalog. It is hidden, so that no reader takes them for entries."""

PLACES = {
    "catalog": ("herdbook.yaml",),
    "dataset": ("datasets/*/dataset.yaml",),
    "dataset-version": ("datasets/*/versions/*.yaml",),
    "run": ("runs/*/*.yaml",),
    "model": ("models/*/model.yaml",),
    "model-version": ("models/*/versions/*.yaml",),
    "model-card": ("models/*/card.yaml", "models/*/cards/*.yaml"),
    "aliases": ("models/*/aliases.yaml",),
    "stages": ("models/*/stages.yaml",),
    "endpoint": ("endpoints/*.yaml",),
}
"""Where the files of each kind stand in a catalog, for editors."""

_PLACEHOLDER = re.compile(r"@([A-Z]+)@")
_USUAL_NAME = "models"
_EXAMPLE = Path(__file__).parent / "files" / "example"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new catalog is made to fit.

    Attributes:
        name: what it is called.
        person: who may approve, and is the first to be named.
        catalog: its folder, from the top of the repository.
        approvers: who else may approve.
    """

    name: str
    person: Person
    catalog: str = "catalog"
    approvers: tuple[Person, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no catalog can be called, and folders that mean something else in one of the files.

        Raises:
            HerdbookError: the name or the folder cannot be used.
        """
        wrong = validate("catalog", {"kind": "catalog", "name": self.name})
        if wrong:
            raise HerdbookError(
                f"the catalog cannot be called {self.name[:80]!r}: a name holds letters, digits, -, _ and "
                "single dots, and begins with a letter or a digit; give another with --name"
            )
        if not FOLDER.fullmatch(self.catalog):
            raise HerdbookError(
                f"the folder {self.catalog[:80]!r} cannot hold the catalog: it stands inside the repository, "
                "and is called by letters, digits, -, _ and dots; give another with --catalog"
            )


def usual_name(folder: Path) -> str:
    """Return what the catalog in a folder is called if nobody says: as the folder, as far as that goes."""
    return plain_name(folder.resolve().name) or _USUAL_NAME


def catalog_files(beginning: Beginning, *, example: bool = False) -> dict[str, str]:
    """Return the files of a new catalog: the path of each from the top of the repository, and its text.

    Args:
        beginning: what the catalog is made to fit.
        example: whether an example of each kind is among them.
    """
    people = {person.id: person.data for person in (beginning.person, *beginning.approvers)}
    values = {
        "NAME": _written({"name": beginning.name}),
        "PEOPLE": _written({"people": people}),
        "APPROVERS": _written({"approvers": list(people)}),
    }
    files = {"herdbook.yaml": _filled("herdbook.yaml", values)}
    if example:
        files |= _example()
    files |= {f"{SCHEMAS}/{kind}.json": _json(schema(kind)) for kind in KINDS}
    return {inside(beginning.catalog, path): text for path, text in files.items()}


def settings(catalog: str) -> dict[str, str]:
    """Return the files around a catalog, for editors and git: their paths and their texts."""
    schemas = {
        f"./{inside(catalog, SCHEMAS)}/{kind}.json": [inside(catalog, place) for place in places]
        for kind, places in PLACES.items()
    }
    at_the_top = catalog == "."
    pattern = r"\.yaml$" if at_the_top else f"^{re.escape(catalog)}/"
    values = {
        "CATALOG": catalog,
        "PATTERN": _written({"files": pattern}).removeprefix("files: "),
        "FILES": "*.yaml" if at_the_top else f"{catalog}/**",
    }
    return {
        ".vscode/settings.json": _json({"yaml.schemas": schemas}),
        ".pre-commit-config.yaml": _filled("pre-commit-config.yaml", values),
        ".gitattributes": _filled("gitattributes", values),
    }


def settled(placed: Iterable[Placed]) -> Iterator[Placed]:
    """Take the settings that a file of somebody else's holds already for what they are: nothing differs."""
    for file in placed:
        if file.existing is not None and _holds(file.existing, file.text):
            yield replace(file, text=file.existing)
        else:
            yield file


def _holds(text: str, wanted: str) -> bool:
    """Tell whether the lines of one text stand in another, in their order, whatever stands between them."""
    there = iter(_lines(text))
    return all(any(line == other for other in there) for line in _lines(wanted))


def _lines(text: str) -> list[str]:
    bare = (line.strip().removesuffix(",") for line in text.splitlines())
    return [line for line in bare if line and not line.startswith("#")]


@cache
def _example() -> dict[str, str]:
    return {
        path.relative_to(_EXAMPLE).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(_EXAMPLE.rglob("*.yaml"))
    }


def _filled(name: str, values: dict[str, str]) -> str:
    """Fill in the placeholders of a template, which stand where no value needs to be indented."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], shipped("start", name))


def _written(value: dict[str, Any]) -> str:
    return dump(value).removesuffix("\n")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
