"""Bring drafts into a catalog: new files for what is new, and lines at the ends of ledgers.

What was brought in before is known by its ``imported_from`` and stays as it is, whatever people made of it;
of runs that were still going on then, what came to be known since is filled in. A ledger remembers which line
of its source it holds last, so that only what comes after that is added.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from herdbook.catalog import Catalog
from herdbook.editing import Edit, Put
from herdbook.entries import Aliases, Entry, Run
from herdbook.formats import plural
from herdbook.planning.drafts import Draft, Imported, Key, Problem
from herdbook.planning.fitting import as_text, fitted, thinned
from herdbook.planning.foreign_ledgers import after, appended, has, mark_of
from herdbook.planning.foreign_names import Names, valid_name
from herdbook.planning.mapping import Mapped, mapping_of, with_mapping
from herdbook.planning.plan import Plan
from herdbook.planning.selecting import Selection, selected
from herdbook.queries.answer import Answer
from herdbook.ref import is_name

_LONGEST_TITLE = 250

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
_LEDGERS = {"aliases": "version", "stages": "stage"}
"""What a line of a ledger says."""
_NOUNS = {
    **{kind: (kind,) for kind in ("run", "dataset", "model", "endpoint")},
    "dataset-version": ("version of a dataset", "versions of datasets"),
    "model-version": ("version of a model", "versions of models"),
    "model-card": ("card",),
    "aliases": ("ledger of aliases", "ledgers of aliases"),
    "stages": ("ledger of stages", "ledgers of stages"),
}


@dataclass(frozen=True, slots=True)
class Remainder(Answer):
    """What of a source does not come over as it is.

    Attributes:
        problems: what is left out, or done in another way than one may think, and where it was found.
    """

    question: ClassVar[str] = "import"
    problems: tuple[Problem, ...] = ()

    @property
    def is_loss(self) -> bool:
        """Whether something is left out."""
        return any(problem.is_loss for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Import:
    """A plan that brings something in, and what does not come over as it is."""

    plan: Plan
    remainder: Remainder


def bring_in(
    catalog: Catalog,
    imported: Imported,
    selection: Selection = Selection(),  # noqa: B008 - it is frozen
    mapping: Sequence[Mapped] = (),
) -> Import:
    """Plan how what was found in a source becomes part of a catalog.

    Args:
        catalog: the catalog.
        imported: what was found.
        selection: what is wanted of it.
        mapping: which fields of runs are filled from which tags and parameters, beside what the catalog says.

    Raises:
        PlanError: the mapping of the catalog is none.
    """
    mapping = mapping_of(catalog, mapping)
    bringing = _Bringing(catalog, imported, is_whole=selection.is_all)
    wanted = selected(imported.drafts, selection, bringing.known)
    passed_over = _passed_over(imported.drafts, {draft.key for draft in wanted}, bringing.known)
    bringing.problems = [problem for problem in imported.problems if problem.source not in passed_over]
    for draft in wanted:
        mapped, problems = with_mapping(draft, mapping)
        bringing.problems += problems
        bringing.take(mapped)
    bringing.bring()
    return Import(bringing.plan(), Remainder(tuple(bringing.problems)))


class _Bringing:
    """What is known so far of how drafts become entries."""

    def __init__(self, catalog: Catalog, imported: Imported, *, is_whole: bool) -> None:
        self.catalog, self.is_whole = catalog, is_whole
        self.system, self.address = imported.system, imported.address
        self.problems: list[Problem] = []
        self.known = _known(catalog, imported.system)
        self.drafts: dict[Key, Draft] = {}
        self.names = {key: _name_of(entry) for key, entry in self.known.items()}
        for run in catalog.runs.values():
            if run.imported_from.get("system") == self.system and "experiment" in run.imported_from:
                self.names.setdefault(Key("experiment", run.imported_from["experiment"]), run.experiment)
        self.taken = _taken(catalog)
        self.paths = set(catalog.paths)
        self.new: dict[str, Mapping[str, Any]] = {}
        self.edits: dict[str, Sequence[Edit]] = {}
        self.count: Counter[str] = Counter()

    def report(self, source: str, message: str, *, is_loss: bool = True) -> None:
        self.problems.append(Problem(source, message, is_loss))

    def take(self, draft: Draft) -> None:
        """Take a draft, unless there is one of this name."""
        first = self.drafts.setdefault(draft.key, draft)
        if first is not draft and first.value != draft.value:
            self.report(
                draft.source,
                f"{_words(draft.key)} is there twice; that of {first.source} is taken, and this one left out",
            )

    def bring(self) -> None:
        """Turn the drafts into files and edits."""
        # Who has a name that can stay keeps it, whatever comes earlier.
        for key in sorted(self.drafts, key=lambda key: not is_name(key.name)):
            if key.kind in ("run", "dataset", "model", "endpoint"):
                self.name(key)
        ledgers = []
        for draft in self.drafts.values():
            if draft.key.kind in _LEDGERS:
                ledgers.append(draft)
            elif draft.key in self.known:
                self._again(draft, self.known[draft.key])
            else:
                self._new(draft)
        for draft in ledgers:
            self._ledger(draft)

    def plan(self) -> Plan:
        """The plan that came of it."""
        said = [plural(count, *_NOUNS[kind]) for kind in _CALLED if (count := self.count[kind])]
        if not said:
            sentence = f"Nothing is new in {self.system}."
        else:
            sentence = (
                f"Imported from {self.system}: {', '.join(said)}. `herdbook check` says what is left open."
            )
        return Plan(sentence, self.edits, self.new, is_judged=False)

    # Names

    def name(self, key: Key) -> str:
        """What something is called here."""
        known = self.names.get(key)
        if known is not None:
            return known
        if key.kind == "model-version":
            name = key.name
        elif key.kind == "output":
            name = valid_name(key.name, key.kind)
        else:
            wanted = valid_name(key.name, key.kind)
            group = self.name(Key("dataset", key.within)) if key.kind == "dataset-version" else key.kind
            if wanted == key.name and self._is_by_hand(key):
                name = wanted
            else:
                name = self.taken[group].take(wanted)
                if name != wanted:
                    self.report(
                        self.drafts[key].source if key in self.drafts else self.system,
                        f"{_words(key)} is called {name} here, for {wanted} is taken",
                        is_loss=False,
                    )
        self.names[key] = name
        return name

    def _is_by_hand(self, key: Key) -> bool:
        """Whether people wrote of it before it was imported."""
        match key.kind:
            case "dataset":
                entry: Entry | None = self.catalog.datasets.get(key.name)
            case "model":
                entry = self.catalog.models.get(key.name)
            case "dataset-version":
                dataset = self.name(Key("dataset", key.within))
                entry = self.catalog.dataset_versions.get((dataset, key.name))
            case "experiment":
                return key.name in self.catalog.experiments
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

    # Entries

    def _new(self, draft: Draft) -> None:
        key = draft.key
        names = self._own_names(key)
        value = {"kind": key.kind, **names, **self._value(draft)}
        if key.kind == "run":
            value = thinned(value)
        path = _path(value)
        if path in self.paths:
            if not self._is_by_hand(key):
                self.report(
                    draft.source,
                    f"{_words(key)} would be {path}, which is something else already; it is left out",
                )
            return
        origin = {"system": self.system, **({"address": self.address} if self.address else {})}
        value["imported_from"] = {**origin, **_origin(key), **value.get("imported_from", {})}
        own = names.get("name") or names.get("id") or names.get("version")
        if key.name and key.kind != "model-card" and "title" not in value and str(own) != key.name:
            value["title"] = " ".join(key.name.split())[:_LONGEST_TITLE]
        kept = self._fitting(draft, value)
        if kept is not None:
            self.paths.add(path)
            self.new[path] = kept
            self.count[key.kind] += 1

    def _again(self, draft: Draft, entry: Entry) -> None:
        """Fill in what came to be known of a run; everything else stays."""
        stated, run = draft.value.get("imported_from", {}).get("run_id"), entry.imported_from.get("run_id")
        if draft.key.kind == "model-version" and stated and run and stated != run:
            self.report(
                draft.source,
                f"{_words(draft.key)} is in the catalog already, from another source, where run {run} made "
                "it; it is left out",
            )
        if not isinstance(entry, Run) or entry.status != "running" or draft.value["status"] == "running":
            return
        found = {**thinned(self._value(draft)), "imported_from": dict(entry.imported_from)}
        value = self._fitting(draft, {**entry.data, **found})
        if value is None:
            return
        ended = {field: _ended(field, entry.data.get(field), found) for field, found in value.items()}
        self.edits[entry.source.path] = [
            Put((field,), now) for field, now in ended.items() if now != entry.data.get(field)
        ]
        self.count["run"] += 1

    def _own_names(self, key: Key) -> dict[str, Any]:
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

    def _value(self, draft: Draft) -> dict[str, Any]:
        found: dict[str, Any] = self._plain(draft.value)
        experiment = draft.value.get("experiment")
        if isinstance(experiment, Key):
            found["imported_from"] = {
                "experiment": as_text(experiment.name),
                **found.get("imported_from", {}),
            }
        return found

    def _plain(self, value: Any) -> Any:
        """A value with our names in place of keys, and texts that files can hold."""
        match value:
            case str():
                return as_text(value)
            case Key():
                return self.reference(value)
            case Mapping():
                # Numbers are many, and are what they are.
                return {
                    as_text(key): item if isinstance(item, float) else self._plain(item)
                    for key, item in value.items()
                }
            case list() | tuple():
                return (
                    value if value and isinstance(value[0], list) else [self._plain(item) for item in value]
                )
            case _:
                return value

    def _fitting(self, draft: Draft, value: dict[str, Any]) -> dict[str, Any] | None:
        found = fitted(value)
        for loss in found.losses:
            self.report(draft.source, loss)
        return found.value

    # Ledgers

    def _ledger(self, draft: Draft) -> None:
        kind = draft.key.kind
        model = self.name(Key("model", draft.key.within))
        path = f"models/{model}/{kind}.yaml"
        entry = (self.catalog.aliases if kind == "aliases" else self.catalog.stages).get(model)
        if path in self.catalog.refused:
            self.report(draft.source, f"{path} is refused, and stays as it is: `herdbook check` says why")
            return
        origin: Mapping[str, str] = entry.imported_from if entry is not None else {}
        edits: list[Edit] = []
        lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for name, given in self._tracks(draft, model):
            remembered = origin.get(name, "")
            if entry is not None and not remembered and has(entry, name):
                continue  # people keep it by hand
            for line in after(given, remembered, _LEDGERS[kind]):
                lines[name].append(self._plain(line))
            if lines[name]:
                edits.append(Put(("imported_from", name), mark_of(given[-1], _LEDGERS[kind])))
        if entry is not None and self.is_whole:
            self._report_gone(draft, entry)
        found = [(name, line) for name, some in lines.items() for line in some]
        if not found:
            return
        self.count[kind] += 1
        if kind == "stages":
            found.sort(key=lambda item: str(item[1]["at"]))
        if entry is None:
            self._new_ledger(draft, path, model, found, edits)
            return
        if "system" not in origin:
            edits.insert(0, Put(("imported_from", "system"), self.system))
        self.edits[path] = [*appended(entry, found), *edits]

    def _report_gone(self, draft: Draft, entry: Entry) -> None:
        """Name the aliases that were brought in and are no longer there; when they went is not known."""
        if isinstance(entry, Aliases):
            there = {valid_name(alias, "alias") for alias in draft.value["aliases"]}
            for alias in entry.in_force():
                if f"aliases.{alias}" in entry.imported_from and alias not in there:
                    unset = f"`herdbook alias unset {entry.model} {alias}`"
                    message = (
                        f"the alias {alias} is no longer there, and stays in force here; {unset} ends that"
                    )
                    self.report(draft.source, message, is_loss=False)

    def _new_ledger(
        self,
        draft: Draft,
        path: str,
        model: str,
        found: Sequence[tuple[str, dict[str, Any]]],
        marks: Sequence[Edit],
    ) -> None:
        value: dict[str, Any] = {"kind": draft.key.kind, "model": model}
        if draft.key.kind == "stages":
            value["transitions"] = [line for _, line in found]
        else:
            value["aliases"] = defaultdict(list)
            for name, line in found:
                value["aliases"][name.removeprefix("aliases.")].append(line)
            value["aliases"] = dict(value["aliases"])
        remembered = {edit.route[-1]: edit.value for edit in marks if isinstance(edit, Put)}
        address = {"address": self.address} if self.address else {}
        value["imported_from"] = {"system": self.system, **address, **_origin(draft.key), **remembered}
        kept = self._fitting(draft, value)
        if kept is not None:
            self.new[path] = kept

    def _tracks(self, draft: Draft, model: str) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        """The lines of each alias, or of each version in the stages, whose versions are in the catalog."""
        if draft.key.kind == "aliases":
            tracks = {
                f"aliases.{valid_name(alias, 'alias')}": list(lines)
                for alias, lines in draft.value["aliases"].items()
            }
        else:
            tracks = defaultdict(list)
            for line in draft.value["transitions"]:
                tracks[f"stages.{line['version']}"].append(line)
        for name, lines in tracks.items():
            there = [line for line in lines if self._is_there(model, line["version"])]
            if there:
                yield name, there

    def _is_there(self, model: str, version: Any) -> bool:
        path = f"models/{model}/versions/{version}.yaml"
        return version is None or path in self.paths


_MEASURED = frozenset({"metrics", "curves", "system"})
_MOST_DIGITS = 10


def _ended(field: str, before: Any, now: Any) -> Any:
    """What a field of a run says when it has ended: what was measured, and else what people made of it."""
    if before is None or field == "status":
        return now
    if isinstance(before, dict):
        return {**before, **now} if field in _MEASURED else {**now, **before}
    if isinstance(before, list):
        return [*before, *(item for item in now if item not in before)]
    return before


def _passed_over(drafts: Sequence[Draft], wanted: set[Key], known: Mapping[Key, Entry]) -> set[str]:
    """Where the runs were found that nobody asks for, or that were brought in before, with their problems."""
    return {
        draft.source
        for draft in drafts
        if draft.key.kind == "run"
        and (draft.key not in wanted or (draft.key in known and known[draft.key].text("status") != "running"))
    }


def _known(catalog: Catalog, system: str) -> dict[Key, Entry]:
    """What was imported from a system, by what that calls it."""
    found: dict[Key, Entry] = {}
    for entry in catalog.entries():
        origin = entry.imported_from
        if origin.get("system") == system and entry.kind in _CALLED:
            name, within = _CALLED[entry.kind]
            found.setdefault(Key(entry.kind, origin.get(name, ""), origin.get(within, "")), entry)
    return found


def _origin(key: Key) -> dict[str, str]:
    name, within = _CALLED[key.kind]
    stated = {name: as_text(key.name), within: as_text(key.within)}
    return {field: text for field, text in stated.items() if field and text}


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


def _path(value: Mapping[str, Any]) -> str:
    match value["kind"]:
        case "run":
            return f"runs/{value['experiment']}/{value['id']}.yaml"
        case "dataset":
            return f"datasets/{value['name']}/dataset.yaml"
        case "dataset-version":
            return f"datasets/{value['dataset']}/versions/{value['version']}.yaml"
        case "model":
            return f"models/{value['name']}/model.yaml"
        case "model-version":
            return f"models/{value['model']}/versions/{value['version']}.yaml"
        case "model-card" if "version" in value:
            return f"models/{value['model']}/cards/{value['version']}.yaml"
        case "model-card":
            return f"models/{value['model']}/card.yaml"
    return f"endpoints/{value['name']}.yaml"


def _words(key: Key) -> str:
    within = f" of {key.within!r}" if key.within else ""
    return f"{key.kind.replace('-', ' ')} {key.name!r}{within}"
