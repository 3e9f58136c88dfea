"""Who refers to whom: the references of a catalog as a graph of names, without the entries themselves.

Entries also have to do with each other that do not refer to each other: two versions that lie at one address
or hold the same bytes, two runs that read something and say what its digest is. Names stand for these things,
too; they are told from those of entries by the space in them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain

from herdbook.entries import (
    Aliases,
    Dataset,
    DatasetVersion,
    Endpoint,
    Entry,
    Input,
    Model,
    ModelCard,
    ModelVersion,
    Run,
    Stages,
)
from herdbook.numbered import NO_LISTS, Lists
from herdbook.ref import Kind, Ref

_TAG = "tag "
Resolve = Callable[[Ref], Entry | None]


def own_name(entry: Entry) -> str:
    """The name of an entry among relations; all that belongs to a model goes by the name of the model."""
    match entry:
        case ModelVersion() | ModelCard() | Aliases() | Stages():
            return str(Ref.model(entry.model))
        case Dataset() | DatasetVersion() | Run() | Model() | Endpoint():
            return str(entry.ref)
        case _:
            return ""  # herdbook.yaml, to which nothing refers


class Names:
    """The names of what references lead to; each is looked up once, as the same few stand in most files."""

    def __init__(self, resolve: Resolve) -> None:
        """Take what finds the entry that a reference names."""
        self._resolve = resolve
        # By identity: the hash of a reference is written in Python.
        self._known: dict[int, tuple[Ref, str]] = {}

    def meant(self, ref: Ref) -> str:
        """The name of what a reference leads to, or would lead to."""
        known = self._known.get(id(ref))
        if known is None:
            found = self._resolve(ref)
            name = own_name(found) if found is not None else str(_without_details(ref))
            known = self._known[id(ref)] = (ref, name)
        return known[1]

    def gone_by(self, entry: Entry) -> Iterator[str]:
        """The names that an entry goes by: its own, and those of the data that it made.

        Only the run may say that it made them.
        """
        yield own_name(entry)
        if isinstance(entry, Run):
            for output in entry.outputs:
                if output.dataset is not None and output.dataset.ref is not None:
                    yield self.meant(output.dataset.ref)

    def mentioned(self, entry: Entry) -> Iterator[str]:
        """The names of what an entry refers to, of what it belongs to, and of what it has in common."""
        if isinstance(entry, DatasetVersion):
            yield str(Ref.dataset(entry.dataset))
        for mention in entry.mentions():
            if mention.ref is not None:
                yield self.meant(mention.ref)
        yield from self.in_common(entry)
        if isinstance(entry, Run) and "dataset_version" in entry.tags:
            yield f"{_TAG}{entry.tags['dataset_version'].casefold()}"

    def in_common(self, entry: Entry) -> Iterator[str]:
        """The names of what an entry may have in common with others that it does not refer to."""
        if isinstance(entry, DatasetVersion | ModelVersion):
            if digest := entry.text("digest"):
                owner = entry.dataset if isinstance(entry, DatasetVersion) else entry.model
                yield from (f"uri {entry.text('uri')}", f"content {owner} {digest}")
        elif isinstance(entry, Run):
            for item in entry.inputs:
                # Where the record of the thing itself has a digest, those of its readers are held against it.
                if item.digest and item.ref is not None and not _has_digest_like(item, self._resolve):
                    yield f"digest {self.meant(item.ref)}"


def _has_digest_like(item: Input, resolve: Resolve) -> bool:
    """Tell whether the record of what a run read has a digest of the kind that the run has of it."""
    found = resolve(item.ref) if item.ref is not None and item.ref.alias is None else None
    if isinstance(found, DatasetVersion | ModelVersion):
        digest = found.text("digest")
    elif isinstance(found, Run) and item.ref is not None and item.ref.output is not None:
        output = found.output(item.ref.output)
        digest = output.digest if output is not None else ""
    else:
        return False
    return digest.partition(":")[0] == item.digest.partition(":")[0]


def _without_details(ref: Ref) -> Ref:
    match ref.kind:
        case Kind.MODEL:
            return Ref.model(ref.name)
        case Kind.RUN:
            return Ref.run(ref.name)
        case _:
            return ref


@dataclass(frozen=True)
class Relations:
    """The names of entries, and those that they mention; each name is written once and then numbered.

    Attributes:
        paths: the path of each entry; empty for one that is gone.
        names: all names.
        gone_by: for each entry the numbers of the names that it goes by.
        mentions: for each entry the numbers of what it mentions.
        named: for each number the entries that go by that name.
        mentioners: for each number the entries that mention it.
        looked_up: how many entries these two know of; for those behind it is found out when it is asked.
        numbers: the number of each name, where that is at hand.
        rows: where in `paths` each entry is by its path, where that is at hand.
    """

    paths: Sequence[str]
    names: Sequence[str]
    gone_by: Lists
    mentions: Lists
    named: Lists = NO_LISTS
    mentioners: Lists = NO_LISTS
    looked_up: int = 0
    numbers: Mapping[str, int] | None = field(default=None, compare=False, repr=False)
    rows: Mapping[str, int] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, entries: Iterable[Entry], resolve: Resolve) -> "Relations":
        """Look for them in entries."""
        return cls((), (), NO_LISTS, NO_LISTS)._with(entries, resolve)

    def changed(self, changed: Collection[str], entries: Iterable[Entry], resolve: Resolve) -> "Relations":
        """The relations after some files changed.

        Args:
            changed: the paths of these files.
            entries: the entries that stand there now.
            resolve: finds the entry that a reference names; for other entries it finds what it found before.
        """
        paths, rows = list(self.paths), dict(self._rows_by_path)
        for path in changed:
            row = rows.pop(path, None)
            if row is not None:
                paths[row] = ""
        return replace(self, paths=paths, rows=rows)._with(entries, resolve)

    def indexed(self) -> "Relations":
        """The same without those that are gone, in which nothing needs to be found out any more."""
        rows = [row for row, path in enumerate(self.paths) if path]
        kept = Relations(
            [self.paths[row] for row in rows],
            self.names,
            Lists.of(map(self.gone_by.at, rows)),
            Lists.of(map(self.mentions.at, rows)),
        )
        numbers = range(len(self.names))
        named, mentioners = (
            Lists.of(map(find, numbers)) for find in (kept._rows_named, kept._rows_mentioning)
        )
        return replace(kept, named=named, mentioners=mentioners, looked_up=len(rows))

    def mentioning(self, names: Iterable[str]) -> set[str]:
        """The paths of all that mentions some names."""
        return {self.paths[row] for number in self._numbers(names) for row in self._rows_mentioning(number)}

    def downstream(self, starts: Iterable[str]) -> set[str]:
        """The paths of all that mentions some names, or what mentions them, and so on."""
        return self._walked(self._numbers(starts), self._rows_mentioning, self.gone_by.at)

    def upstream(self, paths: Collection[str], names: Iterable[str] = ()) -> set[str]:
        """The paths of what goes by some names or by those in some files, what that mentions, and so on."""
        numbers = self._numbers(names)
        rows = self._rows_by_path
        for row in [rows[path] for path in paths if path in rows]:
            numbers.update(self.gone_by.at(row))
            numbers.update(self.mentions.at(row))
        return self._walked(numbers, self._rows_named, self.mentions.at)

    def tags_with(self, words: Collection[str]) -> Iterator[str]:
        """The names of the tags ``dataset_version`` of runs in which one of some words stands."""
        for name in self.names if words else ():
            if name.startswith(_TAG) and any(word in name for word in words):
                yield name

    def _with(self, entries: Iterable[Entry], resolve: Resolve) -> "Relations":
        """The same with some more entries."""
        paths, rows = list(self.paths), dict(self._rows_by_path)
        names, numbers = list(self.names), dict(self._numbers_of_names)
        gone_by: list[list[int]] = []
        mentions: list[list[int]] = []

        def number(name: str) -> int:
            found = numbers.get(name)
            if found is None:
                found = numbers[name] = len(names)
                names.append(name)
            return found

        found = Names(resolve)
        for entry in entries:
            rows[entry.source.path] = len(paths)
            paths.append(entry.source.path)
            gone_by.append([*map(number, dict.fromkeys(found.gone_by(entry)))])
            mentions.append([*map(number, dict.fromkeys(found.mentioned(entry)))])
        return replace(
            self,
            paths=paths,
            names=names,
            gone_by=self.gone_by.and_also(gone_by),
            mentions=self.mentions.and_also(mentions),
            numbers=numbers,
            rows=rows,
        )

    @cached_property
    def _rows_by_path(self) -> Mapping[str, int]:
        if self.rows is not None:
            return self.rows
        return {path: row for row, path in enumerate(self.paths) if path}

    @cached_property
    def _numbers_of_names(self) -> Mapping[str, int]:
        if self.numbers is not None:
            return self.numbers
        return dict(zip(self.names, range(len(self.names)), strict=True))

    def _numbers(self, names: Iterable[str]) -> set[int]:
        return {number for name in names if (number := self._numbers_of_names.get(name)) is not None}

    def _rows_named(self, number: int) -> Iterable[int]:
        """The entries that go by a name."""
        return self._there(self.named.at(number), self._later[0].get(number, ()))

    def _rows_mentioning(self, number: int) -> Iterable[int]:
        """The entries that mention a name."""
        return self._there(self.mentioners.at(number), self._later[1].get(number, ()))

    def _there(self, *rows: Iterable[int]) -> Iterable[int]:
        return [row for row in chain(*rows) if self.paths[row]]

    @cached_property
    def _later(self) -> tuple[Mapping[int, Sequence[int]], Mapping[int, Sequence[int]]]:
        """By number, the entries that go by a name and those that mention it, of those not yet looked up."""
        named: dict[int, list[int]] = defaultdict(list)
        mentioners: dict[int, list[int]] = defaultdict(list)
        for row in range(self.looked_up, len(self.paths)):
            if self.paths[row]:
                for number in self.gone_by.at(row):
                    named[number].append(row)
                for number in self.mentions.at(row):
                    mentioners[number].append(row)
        return named, mentioners

    def _walked(
        self,
        starts: Iterable[int],
        step: Callable[[int], Iterable[int]],
        further: Callable[[int], Iterable[int]],
    ) -> set[str]:
        seen = set(starts)
        found: set[int] = set()
        pending = list(seen)
        while pending:
            for row in step(pending.pop()):
                if row not in found:
                    found.add(row)
                    new = set(further(row)) - seen
                    seen |= new
                    pending += new
        return {self.paths[row] for row in found}
