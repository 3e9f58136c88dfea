"""Carry out a plan: make the files, hold them against the check, write them, all or none."""

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import unified_diff
from pathlib import Path
from typing import Any, TypeVar

from herdbook.catalog import Catalog
from herdbook.check import Report, in_order
from herdbook.dump import dump
from herdbook.editing import Edit, edit, edited
from herdbook.errors import HerdbookError, RaceError
from herdbook.finding import Finding, Severity
from herdbook.formatting import FormatError, formatted, is_laid_out
from herdbook.gate import made_worse, put_into_force, record_rewritten
from herdbook.memory import Memory
from herdbook.planning.plan import Plan, PlanError
from herdbook.rereading import reread
from herdbook.schema import validate
from herdbook.storing import Store, Write, locked
from herdbook.tree import MAX_BYTES, DirTree, Overlay, Tree
from herdbook.yaml.reader import parse_yaml

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
        objections: what the gate would refuse of what it puts into force, unless that is mended before.
        before: the catalog as it was.
        after: the catalog with the change.
    """

    plan: Plan
    writes: tuple[Write, ...]
    report: Report
    refused: bool
    objections: tuple[Finding, ...]
    before: Catalog
    after: Catalog

    def diff(self, folder: str) -> Iterator[str]:
        """The lines of a unified diff; the files stand in a folder."""
        return diff_of(self.writes, folder)


def diff_of(writes: Sequence[Write], folder: str) -> Iterator[str]:
    """The lines of a unified diff of files that stand in a folder."""
    prefix = f"{folder}/" if folder else ""
    for write in writes:
        old, new = (_lines(raw) for raw in (write.before or b"", write.after))
        name = f"{prefix}{write.path}"
        before = f"{prefix}{write.moved_from}" if write.moved_from else name
        if write.moved_from:
            yield from (f"diff --git a/{before} b/{name}", f"rename from {before}", f"rename to {name}")
        source = "/dev/null" if write.before is None else f"a/{before}"
        for line in unified_diff(old, new, source, f"b/{name}", lineterm=""):
            yield from line.split("\n")


def carry_out(
    root: Path,
    command: Command | Sequence[Command],
    today: date,
    *,
    memory: Memory | None = None,
    force: bool = False,
    dry_run: bool = False,
    recorded: Catalog | None = None,
) -> Outcome:
    """Do what a command plans, unless the catalog would be worse for it.

    The catalog is read, and the command asked, while nobody else changes the catalog by a command. Where an
    editor or git changes one of the files all the same, it is read and asked again.

    Args:
        root: the folder of the catalog.
        command: makes the plan; of several, each sees the catalog as those before it leave it, and all are
            carried out or none.
        today: the day; waivers expire.
        memory: what was read of the catalog before.
        force: write even if the catalog is worse.
        dry_run: write nothing.
        recorded: the catalog that changes are judged against; what rewrites it is refused, as by the gate.

    Raises:
        RaceError: others changed the files again and again; nothing was written.
        StorageError: reading or writing failed; nothing was changed.
        HerdbookError: the plan cannot be made.
    """
    tree, memory = DirTree(root), memory or Memory()

    def prepared() -> Outcome:
        return _prepared(tree, command, today, memory, recorded, force=force)

    if dry_run:
        return prepared()

    def attempt(store: Store) -> Outcome:
        outcome = prepared()
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
    memory: Memory,
    recorded: Catalog | None,
    *,
    force: bool,
) -> Outcome:
    before = after = memory.read(tree)
    plans: list[Plan] = []
    writes: dict[str, Write] = {}
    there = tree
    for step in [command] if callable(command) else command:
        plan = step(after)
        plans.append(plan)
        changes = [*_changed(there, after, plan), *_new(after, plan)]
        for write in changes:
            _add(writes, write)
        if changes:
            there = _overlaid(tree, writes.values())
            changed = {path for write in changes for path in write.paths}
            after = reread(after, there, changed, {} if plan.is_judged else _values(plan))
    plan = _together(plans)
    if not writes:
        return Outcome(plan, (), Report(0, ()), False, (), before, before)
    touched = {path for write in writes.values() for path in write.paths}
    if plan.is_judged:
        report = made_worse(before, after, touched, today, plan.relied_on)
    else:
        report = _of_form(after, touched)
    if recorded is not None:
        rewritten = record_rewritten(recorded, before, after, today)
        report = replace(report, findings=in_order((*report.findings, *rewritten)))
    refused = not force and any(finding.rule not in plan.consequences for finding in report.findings)
    objections: tuple[Finding, ...] = ()
    # What is only called otherwise comes into force anew by its name alone.
    if plan.is_judged and not refused and not plan.moves:
        objections = put_into_force(before, after, touched, today)
    return Outcome(plan, tuple(writes.values()), report, refused, objections, before, after)


def _values(plan: Plan) -> dict[str, Mapping[str, Any]]:
    """What new entries say; reading what was just written of them would say the same."""
    return {path: value for path, value in plan.new.items() if not isinstance(value, str)}


def _of_form(catalog: Catalog, touched: Collection[str]) -> Report:
    """The errors of form in some files."""
    errors = (finding for finding in catalog.findings if finding.severity is Severity.ERROR)
    found = tuple(finding for finding in errors if finding.place.source.path in touched)
    return Report(len(touched), in_order(found))


def _add(writes: dict[str, Write], write: Write) -> None:
    """Put a change of a file behind the changes that were made to it before."""
    first = writes.pop(write.moved_from or write.path, None)
    if first is not None:
        origin = first.moved_from or write.moved_from
        stays = first.before is None or origin == write.path
        write = Write(write.path, first.before, write.after, "" if stays else origin)
    writes[write.path] = write


def _overlaid(tree: Tree, writes: Collection[Write]) -> Overlay:
    gone = frozenset(write.moved_from for write in writes if write.moved_from)
    return Overlay(tree, {write.path: write.after for write in writes}, gone)


def _together(plans: Sequence[Plan]) -> Plan:
    """What several plans say and mean; what each changes is another matter."""
    if len(plans) == 1:
        return plans[0]
    consequences = frozenset(rule for plan in plans for rule in plan.consequences)
    relied_on = frozenset(path for plan in plans for path in plan.relied_on)
    said = " ".join(plan.said for plan in plans)
    is_judged = any(plan.is_judged for plan in plans)
    return Plan(said, consequences=consequences, relied_on=relied_on, is_judged=is_judged)


def _changed(tree: Tree, catalog: Catalog, plan: Plan) -> Iterator[Write]:
    moved = dict(_moved(tree, plan.moves)) if plan.moves else {}
    for path in dict.fromkeys((*plan.edits, *moved)):
        raw = _read(tree, path)
        after = _edited(path, raw, _value(catalog, path), plan.edits[path]) if path in plan.edits else raw
        if path in moved:
            yield Write(moved[path], raw, after, path)
        elif after != raw:
            yield Write(path, raw, after)


def _value(catalog: Catalog, path: str) -> Any:
    """What a file was found to hold."""
    entry = catalog.at(path)
    return entry.data if entry is not None else catalog.refused[path].value


def _moved(tree: Tree, moves: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The files that move, each with its new place; also those that no reader of catalogs looks at."""
    for file in tree.files():
        for old, new in moves.items():
            if file.path == old or file.path.startswith(f"{old}/"):
                if file.problem:
                    raise PlanError(f"{file.path}: {file.problem}; mend that first")
                yield file.path, new + file.path[len(old) :]


def _read(tree: Tree, path: str) -> bytes:
    try:
        raw = tree.read(path)
    except OSError as error:
        raise RaceError(f"{path}: cannot be read any more ({error}); run the command again") from error
    if len(raw) > MAX_BYTES:
        raise PlanError(
            f"{path}: the file is larger than {MAX_BYTES:,} bytes; keep its data elsewhere, and refer to it"
        )
    return raw


def _edited(path: str, raw: bytes, known: Any, edits: Sequence[Edit]) -> bytes:
    try:
        value = parse_yaml(raw).value
    except HerdbookError as error:
        raise RaceError(f"{path}: cannot be read any more ({error}); run the command again") from error
    if value != known:
        raise RaceError(f"{path}: the file was changed by somebody else meanwhile; run the command again")
    wanted = edited(value, edits)
    keep_to_schema(path, wanted)
    try:
        after = edit(raw, edits)
    except HerdbookError as error:
        raise PlanError(f"{path}: {error}") from error
    # Most are, and that is soon seen.
    return after if is_laid_out(after, wanted) else _laid_out_like(raw, after)


def _laid_out_like(raw: bytes, after: bytes) -> bytes:
    """What became of a file: one in the canonical layout keeps to it, any other to that of its writer."""
    with contextlib.suppress(FormatError):
        if formatted(raw) == raw:
            return formatted(after)
    return after


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
