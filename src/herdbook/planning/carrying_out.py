"""Carry out a plan: make the files, hold them against the check, write them, all or none."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import unified_diff
from pathlib import Path
from typing import Any, TypeVar

from herdbook.cache import Memory
from herdbook.catalog import Catalog, read_catalog, reread
from herdbook.check import Report
from herdbook.dump import dump
from herdbook.editing import edit, edited
from herdbook.errors import HerdbookError, RaceError
from herdbook.gate import made_worse
from herdbook.planning.plan import Plan, PlanError
from herdbook.reader import parse_yaml
from herdbook.schema import validate
from herdbook.storing import Store, Write, locked
from herdbook.tree import DirTree, Overlay, Tree

T = TypeVar("T")
Command = Callable[[Catalog], Plan]

_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command.

    Attributes:
        plan: what it does.
        writes: the files that it changes.
        report: the errors that the catalog would have because of it, and did not have before.
        refused: whether these stand against it, so that nothing was written.
        before: the catalog as it was.
        after: the catalog with the change.
    """

    plan: Plan
    writes: tuple[Write, ...]
    report: Report
    refused: bool
    before: Catalog
    after: Catalog

    def diff(self, folder: str) -> Iterator[str]:
        """The lines of a unified diff; the files stand in a folder."""
        return diff_of(self.writes, folder)


def diff_of(writes: Sequence[Write], folder: str) -> Iterator[str]:
    """The lines of a unified diff of files that stand in a folder."""
    for write in writes:
        old, new = (_lines(raw) for raw in (write.before or b"", write.after))
        name = f"{folder}/{write.path}" if folder else write.path
        source = "/dev/null" if write.before is None else f"a/{name}"
        for line in unified_diff(old, new, source, f"b/{name}", lineterm=""):
            yield from line.split("\n")


def carry_out(
    root: Path,
    command: Command | Sequence[Command],
    today: date,
    *,
    cache: Memory | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Do what a command plans, unless the catalog would be worse for it.

    The catalog is read, and the command asked, while nobody else changes the catalog by a command. Where an
    editor or git changes one of the files all the same, it is read and asked again.

    Args:
        root: the folder of the catalog.
        command: makes the plan; of several, each sees the catalog as those before it leave it, and all are
            carried out or none.
        today: the day; waivers expire.
        cache: what files were found to hold earlier.
        force: write even if the catalog is worse.
        dry_run: write nothing.

    Raises:
        RaceError: others changed the files again and again; nothing was written.
        StorageError: reading or writing failed; nothing was changed.
        HerdbookError: the plan cannot be made.
    """
    tree = DirTree(root)
    if dry_run:
        return _prepared(tree, command, today, cache, force=force)

    def attempt(store: Store) -> Outcome:
        outcome = _prepared(tree, command, today, cache, force=force)
        if outcome.writes and not outcome.refused:
            store.write(outcome.writes)
        return outcome

    return under_lock(root, attempt)


def under_lock(root: Path, attempt: Callable[[Store], T]) -> T:
    """Read, decide and write while no other command changes the catalog; again where an editor or git does.

    Raises:
        RaceError: they do it again and again.
        StorageError: the lock cannot be taken.
    """
    with locked(root) as store:
        for _ in range(_ATTEMPTS - 1):
            with contextlib.suppress(RaceError):
                return attempt(store)
        return attempt(store)


def schemas_of(catalog: Catalog) -> str | None:
    """The address of the schemas that the site of a catalog publishes; `None` where it says no address."""
    address = catalog.file.text("url") if catalog.file is not None else ""
    return f"{address.rstrip('/')}/schema" if address else None


def keep_to_schema(path: str, value: Mapping[str, Any]) -> None:
    """Refuse what the format does not allow; nobody could read it, so that force does not help either.

    Raises:
        PlanError: it does not allow it.
    """
    for fault in validate(str(value["kind"]), value):
        try:
            dump(value)
        except HerdbookError as error:  # what no file can hold, no schema can say much about
            raise PlanError(f"{path}: {error}") from error
        place = f"{'.'.join(map(str, fault.route))}: " if fault.route else ""
        raise PlanError(f"{path}: {place}{fault.message}. {fault.help}")


def _prepared(
    tree: Tree,
    command: Command | Sequence[Command],
    today: date,
    cache: Memory | None,
    *,
    force: bool,
) -> Outcome:
    before = after = read_catalog(tree, cache)
    plans: list[Plan] = []
    writes: dict[str, Write] = {}
    there = tree
    for step in [command] if callable(command) else command:
        plan = step(after)
        plans.append(plan)
        changes = [*_changed(there, after, plan), *_new(after, plan)]
        for write in changes:
            first = writes.get(write.path)
            writes[write.path] = write if first is None else replace(first, after=write.after)
        if changes:
            there = Overlay(tree, {write.path: write.after for write in writes.values()})
            after = reread(after, there, {write.path for write in changes})
    plan = _together(plans)
    if not writes:
        return Outcome(plan, (), Report(0, ()), False, before, before)
    report = made_worse(before, after, writes.keys(), today, plan.relied_on)
    refused = any(finding.rule not in plan.consequences for finding in report.findings)
    return Outcome(plan, tuple(writes.values()), report, refused and not force, before, after)


def _together(plans: Sequence[Plan]) -> Plan:
    """What several plans say and mean; what each changes is another matter."""
    if len(plans) == 1:
        return plans[0]
    consequences = frozenset(rule for plan in plans for rule in plan.consequences)
    relied_on = frozenset(path for plan in plans for path in plan.relied_on)
    return Plan(" ".join(plan.said for plan in plans), consequences=consequences, relied_on=relied_on)


def _changed(tree: Tree, catalog: Catalog, plan: Plan) -> Iterator[Write]:
    values = {source.path: source.value for source in catalog.sources if source.path in plan.edits}
    for path, edits in plan.edits.items():
        try:
            raw = tree.read(path)
            value = parse_yaml(raw).value
        except (OSError, HerdbookError) as error:
            raise RaceError(f"{path}: cannot be read any more ({error}); run the command again") from error
        if value != values[path]:
            raise RaceError(f"{path}: the file was changed by somebody else meanwhile; run the command again")
        keep_to_schema(path, edited(value, edits))
        try:
            after = edit(raw, edits)
        except HerdbookError as error:
            raise PlanError(f"{path}: {error}") from error
        if after != raw:
            yield Write(path, raw, after)


def _new(catalog: Catalog, plan: Plan) -> Iterator[Write]:
    for path, value in plan.new.items():
        if isinstance(value, str):
            yield Write(path, None, _encoded(path, value))
            continue
        keep_to_schema(path, value)
        yield Write(path, None, dump(value, value["kind"], schemas=schemas_of(catalog)).encode())


def _encoded(path: str, text: str) -> bytes:
    """The bytes of a text; where it is that of an entry, it must be one."""
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        raise PlanError(
            f"{path}: character {error.start} of what it is to hold is half of a surrogate pair, which is no "
            "text; leave it out"
        ) from error
    if path.endswith(".yaml"):
        keep_to_schema(path, parse_yaml(raw).value)
    return raw


def _lines(raw: bytes) -> list[str]:
    lines = raw.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    if lines[-1]:
        lines[-1] += "\n\\ No newline at end of file"
    else:
        lines.pop()
    return lines
