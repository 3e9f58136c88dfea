"""Entries made when somebody asks for them: who looks at one of 100,000 runs does not wait for all."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from herdbook.entries import Entry
from herdbook.tree import as_listed

Key = TypeVar("Key")
Kept = TypeVar("Kept", bound=Entry)
Value = TypeVar("Value")


class Entries(Mapping[Key, Kept]):
    """The entries of a kind by their names, in the order of their files, each made when it is asked for."""

    def __init__(
        self, paths: Mapping[Key, str], make: Callable[[str], Kept], made: Mapping[Key, Kept] | None = None
    ) -> None:
        """Take the path of each entry, what makes an entry of a path, and those that are there already."""
        self.paths = paths
        self._make = make
        self._made = dict(made or {})

    def __getitem__(self, key: Key) -> Kept:
        entry = self._made.get(key)
        if entry is None:
            entry = self._made[key] = self._make(self.paths[key])
        return entry

    def __contains__(self, key: object) -> bool:
        return key in self.paths

    def __iter__(self) -> Iterator[Key]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def changed(self, changes: Mapping[Key, Kept | None]) -> "Entries[Key, Kept]":
        """The same with other entries under some names, with some more, or without them (`None`)."""
        made = {key: entry for key, entry in self._made.items() if key not in changes}
        made.update({key: entry for key, entry in changes.items() if entry is not None})
        return Entries(_changed_paths(self.paths, changes), self._make, made)


def changed_entries(entries: Mapping[Key, Kept], changes: Mapping[Key, Kept | None]) -> Mapping[Key, Kept]:
    """Entries with others under some names, with some more, or without them (`None`), in the same order."""
    if isinstance(entries, Entries):
        return entries.changed(changes)
    paths = _changed_paths({key: entry.source.path for key, entry in entries.items()}, changes)
    return {key: changes.get(key) or entries[key] for key in paths}


def paths_of(entries: Mapping[Key, Kept]) -> Iterable[tuple[Key, str]]:
    """The name of each entry, and the path of its file."""
    if isinstance(entries, Entries):
        return entries.paths.items()
    return ((key, entry.source.path) for key, entry in entries.items())


def named_alike(some: Mapping[Key, Kept], others: Mapping[Key, Kept]) -> bool:
    """Tell whether it is certain, without a look at each, that entries have the names and files of others."""
    return some is others or (
        isinstance(some, Entries) and isinstance(others, Entries) and some.paths is others.paths
    )


def _changed_paths(paths: Mapping[Key, str], changes: Mapping[Key, Entry | None]) -> Mapping[Key, str]:
    if all(entry is not None and paths.get(key) == entry.source.path for key, entry in changes.items()):
        return paths
    kept = [(key, path) for key, path in paths.items() if key not in changes]
    new = [(key, entry.source.path) for key, entry in changes.items() if entry is not None]
    # Sorted anew, what is almost sorted costs little.
    return dict(sorted([*kept, *new], key=lambda item: as_listed(item[1])))


class Named(Mapping[str, Value]):
    """Values by names that are known, each made when it is first asked for."""

    def __init__(self, names: Collection[str], make: Callable[[str], Value]) -> None:
        """Take the names, in their order, and what makes the value of one."""
        self._names = dict.fromkeys(names)
        self._made = OnDemand(make)

    def __getitem__(self, name: str) -> Value:
        if name not in self._names:
            raise KeyError(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class OnDemand(dict[str, Value]):
    """Values by the names of models, each made when it is first asked for."""

    def __init__(self, make: Callable[[str], Value]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, model: str) -> Value:
        value = self[model] = self._make(model)
        return value
