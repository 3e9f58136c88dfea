"""Give an entry another name: its files move, and all that refers to it follows."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from herdbook.catalog import LATEST, Catalog
from herdbook.editing import Edit, Put, Rename
from herdbook.entries import Entry, Mention, ModelVersion, Run
from herdbook.globs import glob_matches
from herdbook.planning.naming import keep_off_refused, place_for, place_for_run, place_for_version
from herdbook.planning.plan import Plan, PlanError
from herdbook.queries.asking import find, shown
from herdbook.ref import Kind, Ref, RefError, is_name
from herdbook.rules.text import listed

_SEPARATORS = re.compile(r"([+,;\s]+)")
_FILE = "herdbook.yaml"
_RECORDS = ("immutable-field-changed", "ledger-rewritten", "deleted-while-referenced")
_KEPT = "What is on record keeps its name, and what speaks of it its words; `title` can say what to call it."


@dataclass(frozen=True, slots=True)
class _Renaming:
    """What is called otherwise from now on.

    Attributes:
        old: what it was called.
        new: what it is called.
        field: the field in which the old name stands, for the kinds of entries that have it.
        moves: the file or folder that moves, and where to; nothing where a label changes.
    """

    old: Ref
    new: Ref
    field: Mapping[str, str]
    moves: Mapping[str, str]

    def followed(self, ref: Ref) -> Ref | None:
        """What a reference has to be now; `None` where it stays."""
        if (ref.kind, ref.name) != (self.old.kind, self.old.name):
            return None
        if self.old.version is None:
            return replace(ref, name=self.new.name)
        return replace(ref, version=self.new.version) if ref.version == self.old.version else None

    def moved(self, path: str) -> str:
        """Where a file of the catalog is now."""
        for old, new in self.moves.items():
            if path == old or path.startswith(f"{old}/"):
                return new + path[len(old) :]
        return path


def rename(catalog: Catalog, reference: str, name: str) -> Plan:
    """Give a dataset, a version of one, a model, a run, an endpoint or the label of a version another name.

    References in entries, waivers and demanded tags follow. What only may mean it is named instead: patterns
    of the policy, and prose.

    Raises:
        HerdbookError: there is no such entry, what is named has no name of its own, or the new name is none
            or is taken.
    """
    renaming = _renaming(catalog, find(catalog, reference).ref, name)
    if renaming.old == renaming.new:
        return Plan(f"{renaming.old} is called so already.")
    for path in catalog.refused:
        if renaming.moved(path) != path:
            keep_off_refused(catalog, path)
    edits: dict[str, list[Edit]] = defaultdict(list)
    followers = set()
    for entry in catalog.entries():
        for change in _edits(entry, renaming):
            edits[entry.source.path].append(change)
            if renaming.moved(entry.source.path) == entry.source.path:
                followers.add(entry.source.path)
    said = f"{renaming.old} is called {renaming.new} now."
    if followers:
        said += f" What refers to it follows, in {listed(sorted(followers))}."
    cures = dict.fromkeys(_RECORDS, _KEPT)
    return Plan(" ".join([said, *_left(catalog, renaming)]), edits, moves=renaming.moves, cures=cures)


def _renaming(catalog: Catalog, ref: Ref, name: str) -> _Renaming:
    if ref.alias is not None:
        raise PlanError(
            f"{ref} is an alias, whose ledger keeps its name; begin one under the new name with "
            "`herdbook alias set`"
        )
    if ref.output is not None:
        raise PlanError(f"{ref} is an output, whose name is part of the record of its run; name an entry")
    if ref.kind is Kind.MODEL and ref.version is not None:
        return _labelled(catalog, ref, name)
    entry = catalog.resolve(ref)
    old = entry.ref if entry is not None and entry.ref is not None else ref
    whole = replace(old, version=None)
    name = name.removeprefix(f"{old.kind}:/").removeprefix(f"{whole.short}/" if old.version else "")
    new = replace(old, version=name) if old.version is not None else replace(old, name=name)
    if new == old:
        return _Renaming(old, new, {}, {})
    if old.version is not None:
        file = f"datasets/{old.name}/versions/{old.version}.yaml"
        moves = {file: place_for_version(catalog, old.name, name)}
        return _Renaming(old, new, {"dataset-version": "version"}, moves)
    if isinstance(entry, Run):
        return _Renaming(
            old, new, {"run": "id"}, {entry.source.path: place_for_run(catalog, entry.experiment, name)}
        )
    place = place_for(catalog, old.kind, name)
    if old.kind is Kind.ENDPOINT:
        return _Renaming(old, new, {"endpoint": "name"}, {f"endpoints/{old.name}.yaml": place})
    folder = place.rpartition("/")[0]
    for path in catalog.paths:
        if path.startswith(f"{folder}/"):
            raise PlanError(f"{path} is there already; take another name, or move that file")
    fields = (
        {"dataset": "name", "dataset-version": "dataset"}
        if old.kind is Kind.DATASET
        else {"model": "name", **dict.fromkeys(("model-version", "model-card", "aliases", "stages"), "model")}
    )
    return _Renaming(old, new, fields, {f"{old.kind}/{old.name}": folder})


def _labelled(catalog: Catalog, ref: Ref, name: str) -> _Renaming:
    entry = catalog.resolve(ref)
    if not isinstance(entry, ModelVersion) or ref.version != entry.version_label:
        raise PlanError(
            f"{ref} keeps its number, which means the same for ever; what can be renamed is a label, such as "
            f"{Ref.model(ref.name, '1.2.0')}"
        )
    name = name.removeprefix(f"{ref.kind}:/").removeprefix(f"{ref.name}/")
    if not is_name(name) or name.isdigit() or name.lower() == LATEST:
        raise PlanError(f"{shown(name)} cannot be a label; take another one, such as 1.2.0")
    return _Renaming(ref, Ref.model(ref.name, name), {"model-version": "label"}, {})


def _edits(entry: Entry, renaming: _Renaming) -> Iterator[Edit]:
    field = renaming.field.get(entry.kind)
    if field is not None and _is_named(entry, renaming.old):
        yield Put((field,), renaming.new.version or renaming.new.name)
    for mention in entry.mentions():
        if mention.ref is not None and _at(entry.data, mention) == mention.text:
            followed = renaming.followed(mention.ref)
            if followed is not None:
                yield Put(mention.route, str(followed) if ":/" in mention.text else followed.short)
    if isinstance(entry, Run) and renaming.old.kind is Kind.DATASET:
        yield from _tags(entry, renaming)
    if entry.kind == "catalog":
        yield from _waivers(entry, renaming)
        if renaming.old.kind is Kind.MODEL and renaming.old.version is None:
            yield from _demands(entry, renaming)


def _is_named(entry: Entry, old: Ref) -> bool:
    """Tell whether the name of an entry is the one that changes, or has it in it."""
    data = entry.data
    name = next((data[key] for key in ("dataset", "model", "id", "name") if key in data), None)
    if name != old.name:
        return False
    return old.version is None or old.version in (data.get("version"), data.get("label"))


def _at(data: Any, mention: Mention) -> Any:
    """The text that a reference is read from; some follow from numbers in ledgers, and have none."""
    for step in mention.route:
        data = data[step]
    return data


def _tags(run: Run, renaming: _Renaming) -> Iterator[Edit]:
    """The tag that says for people which data a run read, where it names them as the recorder does."""
    tag = run.tags.get("dataset_version", "")
    parts = _SEPARATORS.split(tag)
    for index, part in enumerate(parts):
        version = re.fullmatch(rf"{re.escape(renaming.old.name)}([_/@:-])(.+)", part)
        if version is not None and renaming.old.version in (None, version[2]):
            parts[index] = f"{renaming.new.name}{version[1]}{renaming.new.version or version[2]}"
    if "".join(parts) != tag:
        yield Put(("tags", "dataset_version"), "".join(parts))


def _waivers(entry: Entry, renaming: _Renaming) -> Iterator[Edit]:
    for index, waiver in enumerate(entry.data.get("waivers", ())):
        text = waiver["entry"]
        try:
            followed: Ref | None = renaming.followed(Ref.parse(text))
            new = text if followed is None else str(followed)
        except RefError:
            new = renaming.moved(text)
        if new != text:
            yield Put(("waivers", index, "entry"), new)


def _demands(entry: Entry, renaming: _Renaming) -> Iterator[Edit]:
    route = ("policy", "required_tags_for", "models")
    demanded = entry.data.get("policy", {}).get("required_tags_for", {}).get("models", {})
    if renaming.old.name in demanded:
        yield Rename((*route, renaming.old.name), renaming.new.name)


def _left(catalog: Catalog, renaming: _Renaming) -> Iterator[str]:
    """What is left to people, in sentences: patterns of the policy, prose, and files that nobody can read."""
    policy = catalog.file.data.get("policy", {}) if catalog.file is not None else {}
    patterns = [pattern for override in policy.get("overrides", ()) for pattern in override["paths"]]
    moved = {path: renaming.moved(path) for path in catalog.paths}
    moved = {old: new for old, new in moved.items() if old != new}
    lost = [
        pattern
        for pattern in dict.fromkeys(patterns)
        if any(glob_matches(pattern, old) != glob_matches(pattern, new) for old, new in moved.items())
    ]
    if lost:
        yield f"See to the overrides of the policy in {_FILE}, which fit other files now: {listed(lost)}."
    named = re.compile(
        rf"(?<![\w.-]){renaming.old.kind}:?/{re.escape(renaming.old.short)}(?![\w-]|\.\w)", re.IGNORECASE
    )
    prose = [entry.source.path for entry in catalog.entries() if _names_in_prose(entry.data, named)]
    if prose:
        yield f"It is named in prose, too; see to {listed([renaming.moved(path) for path in prose])}."
    if catalog.refused:
        yield f"Not looked into: {listed(sorted(catalog.refused))}, which `herdbook check` refuses."


def _names_in_prose(value: Any, named: re.Pattern[str]) -> bool:
    """Tell whether a text of several words, anywhere in a value, names what is renamed."""
    if isinstance(value, str):
        return any(blank in value for blank in " \n(") and named.search(value) is not None
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return any(_names_in_prose(member, named) for member in value)
