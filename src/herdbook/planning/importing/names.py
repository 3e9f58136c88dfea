"""What is called how in a catalog of what another system calls in its own way."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from herdbook.catalog import Catalog
from herdbook.entries import Entry, Run
from herdbook.planning.drafts import Draft, Imported, Key
from herdbook.planning.fitting import as_text
from herdbook.planning.foreign_names import Names, valid_name
from herdbook.planning.importing.changes import Changes
from herdbook.ref import is_name

_CALLED = {
    "run": ("run_id", ""),
    "dataset": ("name", ""),
    "dataset-version": ("version", "dataset"),
    "model": ("name", ""),
    "model-version": ("version", "model"),
    "model-card": ("version", "model"),
    "aliases": ("", "model"),
    "stages": ("", "model"),
    "endpoint": ("name", ""),
}
"""For each kind the names in `imported_from` of what its key says."""
_WITH_NAMES = frozenset({"run", "dataset", "model", "endpoint"})
_MOST_DIGITS = 10


def known_in(catalog: Catalog, system: str) -> dict[Key, Entry]:
    """What was imported from a system, by what that calls it."""
    found: dict[Key, Entry] = {}
    for entry in catalog.entries():
        origin = entry.imported_from
        if origin.get("system") == system and entry.kind in _CALLED:
            name, within = _CALLED[entry.kind]
            found.setdefault(Key(entry.kind, origin.get(name, ""), origin.get(within, "")), entry)
    return found


def words(key: Key) -> str:
    """What something is called elsewhere, in a message."""
    within = f" of {key.within!r}" if key.within else ""
    return f"{key.kind.replace('-', ' ')} {key.name!r}{within}"


class Naming:
    """Gives names to what is new; what has one keeps it.

    Args:
        catalog: the catalog.
        imported: where everything comes from.
        known: what was imported from there before.
        drafts: what may be new.
        changes: takes what is called otherwise than it could be.
    """

    def __init__(
        self,
        catalog: Catalog,
        imported: Imported,
        known: Mapping[Key, Entry],
        drafts: Mapping[Key, Draft],
        changes: Changes,
    ) -> None:
        self.system = imported.system
        self._catalog, self._drafts, self._changes = catalog, drafts, changes
        self._origin = {
            "system": imported.system,
            **({"address": imported.address} if imported.address else {}),
        }
        self._names = {key: _name_of(entry) for key, entry in known.items()}
        for key, entry in known.items():
            if key.within:  # whatever people made of the file of the model or the dataset itself
                around = "dataset" if key.kind == "dataset-version" else "model"
                self._names.setdefault(Key(around, key.within), str(entry.data[around]))
        self._of_others: set[str] = set()
        for experiment, name in _experiments(imported, known):
            self._names.setdefault(experiment, name)
            self._of_others.add(name)
        self._taken = _taken(catalog)

    def give(self) -> None:
        """Give names to the drafts; who has a name that can stay keeps it, whatever comes earlier."""
        for key in sorted(self._drafts, key=lambda key: not is_name(key.name)):
            if key.kind in _WITH_NAMES:
                self.name(key)

    def name(self, key: Key) -> str:
        """What something is called here."""
        known = self._names.get(key)
        if known is not None:
            return known
        if key.kind == "model-version":
            name = key.name
        elif key.kind == "output":
            name = valid_name(key.name, key.kind)
        else:
            wanted = valid_name(key.name, key.kind)
            group = self.name(Key("dataset", key.within)) if key.kind == "dataset-version" else key.kind
            if wanted == key.name and self.is_by_hand(key):
                name = wanted
            else:
                name = self._taken[group].take(wanted)
                if name != wanted:
                    self._changes.report(
                        self._drafts[key].source if key in self._drafts else self.system,
                        f"{words(key)} is called {name} here, for {wanted} is taken",
                        is_loss=False,
                    )
        self._names[key] = name
        return name

    def is_by_hand(self, key: Key) -> bool:
        """Whether people wrote of something before it was imported."""
        match key.kind:
            case "dataset":
                entry: Entry | None = self._catalog.datasets.get(self._names.get(key, key.name))
            case "model":
                entry = self._catalog.models.get(self._names.get(key, key.name))
            case "dataset-version":
                dataset = self.name(Key("dataset", key.within))
                entry = self._catalog.dataset_versions.get((dataset, key.name))
            case "experiment":
                return key.name in self._catalog.experiments and key.name not in self._of_others
            case _:
                return False
        return entry is not None and not entry.imported_from

    def reference(self, key: Key) -> str:
        """How others refer to something here."""
        name = self.name(key)
        if not key.within:
            return name
        around = {"dataset-version": "dataset", "output": "run"}.get(key.kind, "model")
        return f"{self.name(Key(around, key.within))}/{name}"

    def own(self, key: Key) -> dict[str, Any]:
        """The fields of an entry that hold its own names."""
        match key.kind:
            case "run":
                return {"id": self.name(key)}
            case "dataset-version":
                return {"dataset": self.name(Key("dataset", key.within)), "version": self.name(key)}
            case "model-version" | "model-card":
                is_number = key.name.isascii() and key.name.isdigit() and len(key.name) <= _MOST_DIGITS
                number = int(key.name) if is_number else key.name
                version = {"version": number} if key.name else {}
                return {"model": self.name(Key("model", key.within)), **version}
            case "aliases" | "stages":
                return {"model": self.name(Key("model", key.within))}
        return {"name": self.name(key)}

    def origin(self, key: Key) -> dict[str, str]:
        """Where something is from, and what it is called there: what its `imported_from` holds."""
        name, within = _CALLED[key.kind]
        stated = {name: as_text(key.name), within: as_text(key.within)}
        return {**self._origin, **{field: text for field, text in stated.items() if field and text}}

    def plain(self, value: Any) -> Any:
        """A value with our names in place of keys, and texts that files can hold."""
        match value:
            case str():
                return as_text(value)
            case Key():
                return self.reference(value)
            case Mapping():
                # Numbers are many, and are what they are.
                return {
                    as_text(key): item if isinstance(item, float) else self.plain(item)
                    for key, item in value.items()
                }
            case list() | tuple():
                return value if value and isinstance(value[0], list) else [self.plain(item) for item in value]
            case _:
                return value


def _experiments(imported: Imported, known: Mapping[Key, Entry]) -> Iterator[tuple[Key, str]]:
    """What experiments are called there, and here: where one was renamed since, its runs tell which it is."""
    now = {draft.key: draft.value.get("experiment") for draft in imported.drafts if draft.key.kind == "run"}
    for key, run in known.items():
        if isinstance(run, Run):
            before = run.imported_from.get("experiment")
            experiment = now.get(key) or (Key("experiment", before) if before is not None else None)
            if isinstance(experiment, Key):
                yield experiment, run.experiment


def _name_of(entry: Entry) -> str:
    data = entry.data
    match entry.kind:
        case "run":
            return str(data["id"])
        case "dataset-version" | "model-version":
            return str(data["version"])
    return str(data.get("name", ""))


def _taken(catalog: Catalog) -> defaultdict[str, Names]:
    """The names that are taken in each kind and in each dataset, those of refused files included."""
    taken: dict[str, list[str]] = defaultdict(list)
    for path in catalog.paths:
        parts = path.removesuffix(".yaml").split("/")
        match parts:
            case ["runs", experiment, run]:
                taken["run"].append(run)
                taken["experiment"].append(experiment)
            case ["datasets", dataset, "versions", version]:
                taken["dataset"].append(dataset)
                taken[dataset].append(version)
            case ["datasets" | "models" | "endpoints" as kind, name, *_]:
                taken[kind[:-1]].append(name)
    names: defaultdict[str, Names] = defaultdict(partial(Names, ()))
    for group, some in taken.items():
        names[group] = Names(some)
    return names
