"""What two runs read in place of each other, with what shows whether that matters."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from herdbook.catalog import Catalog
from herdbook.entries import Column, DatasetVersion, Input, Run
from herdbook.queries.records import Records
from herdbook.ref import Ref


class Change(StrEnum):
    """What happened to a thing."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column that differs.

    Attributes:
        name: its name; for a signature with "input" or "output" in front.
        change: added, removed, or changed (it has another type).
        before: the earlier type; empty if it is new.
        now: the later type; empty if it is gone.
    """

    name: str
    change: Change
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Recalled:
    """Recalled data behind an input.

    Attributes:
        ref: the dataset version that was recalled: the input itself, or something that it was made from.
        reason: why.
        replaced_by: the version that takes its place.
    """

    ref: Ref
    reason: str
    replaced_by: Ref | None


@dataclass(frozen=True, slots=True)
class DataEvidence:
    """How two inputs differ.

    Attributes:
        before_digest: the digest of what was read before.
        now_digest: the digest of what was read now.
        same_content: whether the digests are the same; null where they do not compare, or one is missing.
        before_rows: how many rows the earlier one has; null where nobody recorded it.
        now_rows: how many rows the later one has; null where nobody recorded it.
        columns: the columns that differ, where both schemas are recorded.
        before_recalled: recalled data that the earlier one is, or was made from.
        now_recalled: recalled data that the later one is, or was made from.
    """

    before_digest: str
    now_digest: str
    same_content: bool | None
    before_rows: int | None
    now_rows: int | None
    columns: tuple[ColumnChange, ...]
    before_recalled: Recalled | None
    now_recalled: Recalled | None


@dataclass(frozen=True, slots=True)
class Read:
    """What a run read: an entry (an alias is the version of the day), or an address."""

    role: str
    name: str
    ref: Ref | None
    digest: str
    version: DatasetVersion | None

    @classmethod
    def of(cls, catalog: Catalog, run: Run, item: Input) -> "Read":
        """What an input of a run was, on its day."""
        if item.mention is None:
            return cls(item.role, item.uri, None, item.digest, None)
        ref = catalog.pinned(item.ref, run.started_at)
        entry = catalog.resolve(ref) if ref is not None else None
        if entry is not None and entry.ref is not None and ref is not None and ref.output is None:
            ref = entry.ref
        stated = entry.text("digest") if entry is not None and not isinstance(entry, Run) else ""
        version = entry if isinstance(entry, DatasetVersion) else None
        return cls(item.role, str(ref or item.mention.text), ref, item.digest or stated, version)

    @property
    def thing(self) -> str:
        """What stays the same from version to version."""
        return f"{self.ref.kind}:/{self.ref.name}" if self.ref is not None else self.name


def _read_by(catalog: Catalog, run: Run) -> list[Read]:
    """What a run read; the model version that an evaluation measured is read, too."""
    read = [Read.of(catalog, run, item) for item in run.inputs]
    if run.evaluates is not None:
        read.append(Read.of(catalog, run, Input(run.evaluates, "", "evaluated", "", "", run.evaluates.route)))
    return read


def pairs_read(catalog: Catalog, before: Run, now: Run) -> Iterator[tuple[Read | None, Read | None]]:
    """Pair what two runs read, where that differs; what only one of them read has no other."""
    return _pairs(_read_by(catalog, before), _read_by(catalog, now))


def _pairs(before: list[Read], now: list[Read]) -> Iterator[tuple[Read | None, Read | None]]:
    """Pair what differs: the same thing in the same role first, then the same thing, then the same role."""
    keys: tuple[Callable[[Read], object], ...] = (
        lambda read: (read.role, read.name, read.digest),
        lambda read: (read.role, read.name),
        lambda read: (read.role, read.thing),
        lambda read: read.thing,
        lambda read: read.role,
    )
    for key in keys:
        waiting: dict[object, list[Read]] = defaultdict(list)
        for read in reversed(before):
            waiting[key(read)].append(read)
        left = []
        for later in now:
            if waiting[key(later)]:
                earlier = waiting[key(later)].pop()
                if (earlier.name, earlier.role) != (later.name, later.role) or _same(earlier, later) is False:
                    yield earlier, later
            else:
                left.append(later)
        before = [read for reads in waiting.values() for read in reversed(reads)]
        now = left
    for read in before:
        yield read, None
    for read in now:
        yield None, read


def named(read: Read | None, other: Read | None) -> str:
    """Name an input; with its role where that is what differs."""
    if read is None:
        return ""
    return f"{read.name} as {read.role}" if other is not None and other.role != read.role else read.name


def _same(before: Read, now: Read) -> bool | None:
    """Tell whether two inputs have the same content; only digests of one algorithm compare."""
    algorithms = [read.digest.partition(":")[0] for read in (before, now)]
    if not before.digest or not now.digest or algorithms[0] != algorithms[1]:
        return None
    return before.digest == now.digest


def evidence_of(records: Records, before: Read | None, now: Read | None) -> DataEvidence:
    """What shows whether it matters that two inputs differ."""
    versions = [read.version if read is not None else None for read in (before, now)]
    columns: tuple[ColumnChange, ...] = ()
    if versions[0] is not None and versions[1] is not None:
        schemas = versions[0].columns, versions[1].columns
        columns = tuple(columns_between(*schemas)) if all(schemas) else ()
    return DataEvidence(
        before_digest=before.digest if before is not None else "",
        now_digest=now.digest if now is not None else "",
        same_content=_same(before, now) if before is not None and now is not None else None,
        before_rows=versions[0].rows if versions[0] is not None else None,
        now_rows=versions[1].rows if versions[1] is not None else None,
        columns=columns,
        before_recalled=recalled(records, before.ref) if before is not None else None,
        now_recalled=recalled(records, now.ref) if now is not None else None,
    )


def recalled(records: Records, ref: Ref | None) -> Recalled | None:
    """The nearest recalled dataset version that something is, or was made from."""
    node = records.lineage.node(ref) if ref is not None else None
    version = records.recalled.get(node) if node is not None else None
    if version is None or version.recall is None:
        return None
    return Recalled(version.ref, " ".join(version.recall.reason.split()), version.recall.replaced_by)


def columns_between(
    before: Sequence[Column], now: Sequence[Column], what: str = ""
) -> Iterator[ColumnChange]:
    """What differs between two lists of columns; those without a name go by their place."""
    types = [
        {column.name or str(place): column.type for place, column in enumerate(columns, 1)}
        for columns in (before, now)
    ]
    for name in dict.fromkeys((*types[0], *types[1])):
        earlier, later = types[0].get(name), types[1].get(name)
        if earlier != later:
            yield ColumnChange(f"{what}{name}", change_of(earlier, later), earlier or "", later or "")


def change_of(before: object, now: object) -> Change:
    """What happened to a thing, by what it was and what it is; `None` where it was not, or is not, there."""
    return Change.ADDED if before is None else Change.REMOVED if now is None else Change.CHANGED
