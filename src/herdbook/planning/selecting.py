"""Which of the drafts of a source are wanted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from herdbook.catalog import Catalog
from herdbook.entries import Run
from herdbook.planning.drafts import Draft, Key, some
from herdbook.planning.foreign_names import valid_name
from herdbook.planning.plan import PlanError
from herdbook.queries.matching import matching
from herdbook.queries.terms import Condition, milliseconds
from herdbook.source import SourceFile
from herdbook.spelling import most_alike
from herdbook.tree import DirTree


@dataclass(frozen=True, slots=True)
class Selection:
    """What is wanted of a source; everything, where nothing is said.

    Attributes:
        experiments: the experiments whose runs are wanted, by the names that they have there.
        since: the time, in UTC, from which on runs are wanted, by when they began.
        conditions: what must hold of the runs that are wanted.
        registered_only: only runs from which versions of models descend, and what these read.
    """

    experiments: frozenset[str] = frozenset()
    since: str = ""
    conditions: Sequence[Condition] = ()
    registered_only: bool = False

    @property
    def is_all(self) -> bool:
        """Whether everything is wanted."""
        return not (self.experiments or self.since or self.conditions or self.registered_only)


def selected(drafts: Sequence[Draft], selection: Selection, known: Mapping[Key, Any]) -> list[Draft]:
    """The drafts that are wanted: runs, what is registered of them, and what they read.

    Args:
        drafts: all there are.
        selection: which runs are wanted.
        known: what the catalog has already, by the names that it has elsewhere.

    Raises:
        PlanError: none of the runs is of an experiment whose runs are wanted.
    """
    if selection.is_all:
        return list(drafts)
    runs = {draft.key: draft for draft in drafts if draft.key.kind == "run"}
    _hold_to_experiments(runs.values(), selection.experiments)
    wanted = set(_wanted(runs.values(), selection))
    versions = {
        draft.key: draft
        for draft in drafts
        if draft.key.kind == "model-version"
        and (draft.value.get("run") in wanted or draft.value.get("run") in known)
    }
    if selection.registered_only:
        wanted &= _behind(runs, versions.values())
    kept = wanted | versions.keys()
    read = {key for draft in drafts if draft.key in kept for key in keys_in(draft.value)}
    datasets = {key for key in read if key.kind == "dataset-version"}
    kept |= datasets | {Key("dataset", key.within) for key in datasets}
    models = {key.within for key in versions}
    kept |= {Key("model", name) for name in models}
    return [
        draft
        for draft in drafts
        if draft.key in kept or (draft.key.kind in _OF_MODELS and draft.key.within in models)
    ]


def keys_in(value: Any) -> Iterator[Key]:
    """The keys that stand in a value."""
    match value:
        case Key():
            yield value
        case Mapping():
            for item in value.values():
                yield from keys_in(item)
        case list() | tuple():
            for item in value:
                yield from keys_in(item)


_OF_MODELS = frozenset({"model-card", "aliases", "stages"})


def _hold_to_experiments(runs: Iterable[Draft], experiments: Iterable[str]) -> None:
    there = {_experiment(draft) for draft in runs}
    for name in sorted(experiments):
        if name not in there:
            near = most_alike(name, there)
            has = f"there are runs of {some(sorted(there))}" if there else "there are no runs at all"
            why = f"did you mean {near!r}?" if near else f"{has}; name one as it is called there"
            raise PlanError(f"no run is of the experiment {name!r}; {why}")


def _experiment(draft: Draft) -> str:
    return str(getattr(draft.value.get("experiment"), "name", ""))


def _wanted(runs: Iterable[Draft], selection: Selection) -> Iterator[Key]:
    found = []
    since = milliseconds(selection.since) if selection.since else None
    for draft in runs:
        if selection.experiments and _experiment(draft) not in selection.experiments:
            continue
        if since is not None and (milliseconds(str(draft.value.get("started_at", ""))) or 0) < since:
            continue
        found.append(draft)
    if not selection.conditions:
        yield from (draft.key for draft in found)
        return
    # Filters ask about runs of catalogs: these are made to look like some.
    keys = {draft.key.name: draft.key for draft in found}
    catalog = Catalog(runs={draft.key.name: _as_run(draft) for draft in found})
    yield from map(keys.__getitem__, matching(catalog, selection.conditions))


def _as_run(draft: Draft) -> Run:
    value = {**_plainly(draft.value), "id": draft.key.name}
    return Run(SourceFile(DirTree(Path()), draft.source), value)


def _plainly(value: Any) -> Any:
    """A value with names in place of keys: those that there are elsewhere, as far as they can be names."""
    match value:
        case Key(kind, name, within):
            name = valid_name(name, kind)
            return f"{valid_name(within, kind)}/{name}" if within else name
        case Mapping():
            return {key: _plainly(item) for key, item in value.items()}
        case list() | tuple():
            return [_plainly(item) for item in value]
        case _:
            return value


def _behind(runs: Mapping[Key, Draft], versions: Iterable[Draft]) -> set[Key]:
    """The runs that versions of models descend from, and those that these are parts of."""
    pending = [key for draft in versions for key in keys_in(draft.value)]
    found: set[Key] = set()
    while pending:
        key = pending.pop()
        if key.kind == "output":
            key = Key("run", key.within)
        if key in runs and key not in found:
            found.add(key)
            pending.extend(keys_in(runs[key].value))
    return found
