"""Check a catalog with the help of what an earlier check found: only what changed can have changed that."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any, TypeVar

from herdbook.catalog import Catalog
from herdbook.check import Report, Waived, check, in_order, waived_in_order
from herdbook.finding import Finding
from herdbook.memory import Memory
from herdbook.policy import Waiver
from herdbook.reach import EVERYWHERE, Reach, reached
from herdbook.rules import unknown_reference
from herdbook.snapshot import data_of, finding_of
from herdbook.source import SourceFile

Item = TypeVar("Item", Finding, Waived)


def checked(catalog: Catalog, today: date, memory: Memory | None = None) -> Report:
    """Report what `check` would find in a catalog.

    Args:
        catalog: the catalog.
        today: the day; waivers expire.
        memory: what it was read with; what is found in the catalog of its snapshot is kept there.
    """
    earlier = memory.kept if memory is not None else None
    changed = catalog.changed_since(earlier) if earlier is not None else None
    if memory is None or earlier is None or changed is None or EVERYWHERE in changed:
        return check(catalog, today)
    known = _noted(memory, earlier, today)
    if known is None:
        known = check(earlier, today)
        memory.note(_data_of(known, today))
    if not changed:
        return known
    reach = _concerned(known, earlier, catalog, changed)
    was, now = (check(part, today) for part in (reach.before, reach.after))
    return _after_change(known, was, now, catalog.count, changed)


def _concerned(known: Report, before: Catalog, after: Catalog, changed: frozenset[str]) -> Reach:
    """The parts of a catalog, as it was and as it is, in which a change of files can change what is found.

    Args:
        known: what is found before in the whole catalog.
        before: the catalog before the change.
        after: the catalog after it.
        changed: the paths of the files that were changed, added or removed.
    """
    if any((before.at(path) is None) != (after.at(path) is None) for path in changed):
        # With other names there, other ones could be meant by those that nothing goes by.
        astray = (finding for finding in known.findings if finding.rule == unknown_reference.ID)
        changed = changed.union(finding.place.source.path for finding in astray)
    return reached(before, after, changed)


def _after_change(known: Report, was: Report, now: Report, entries: int, changed: Collection[str]) -> Report:
    """Report what is found after a change, from what was found before it and where the change can reach.

    In that part alone things are found that are no findings of the whole, or that say less than those; these
    are found both times.

    Args:
        known: what is found before in the whole catalog.
        was: what is found before in that part of it.
        now: what is found after in that part.
        entries: how many entries there are after.
        changed: the paths of the files that changed.
    """
    findings = _replaced(known.findings, *_differing(was.findings, now.findings, changed))
    waived = _replaced(known.waived, *_differing(was.waived, now.waived, changed))
    return replace(known, entries=entries, findings=in_order(findings), waived=waived_in_order(waived))


def _differing(
    was: Sequence[Item], now: Sequence[Item], changed: Collection[str]
) -> tuple[list[Item], list[Item]]:
    """What is found only before a change, and only after it; what speaks of a changed file is either."""
    before, after = ([_said(item, changed) for item in found] for found in (was, now))
    alike = Counter(before) & Counter(after)
    del alike[None]

    def rest(found: Sequence[Item], said: Sequence[Hashable]) -> Iterator[Item]:
        left_out = alike.copy()
        for item, all_of_it in zip(found, said, strict=True):
            if left_out[all_of_it] > 0:
                left_out[all_of_it] -= 1
            else:
                yield item

    return list(rest(was, before)), list(rest(now, after))


def _said(item: Finding | Waived, changed: Collection[str]) -> Hashable | None:
    """All that a finding says; `None` where it speaks of a changed file, in which places may have moved."""
    finding = item.finding if isinstance(item, Waived) else item
    places = [finding.place, *(other.place for other in finding.related)]
    if any(place.source.path in changed for place in places):
        return None
    where = [(place.source.path, *place[1:]) for place in places]
    return *_identity(item), finding.help, *where, *(other.message for other in finding.related)


def _replaced(known: Iterable[Item], was: Iterable[Item], now: Iterable[Item]) -> Iterator[Item]:
    found = Counter(map(_identity, was))
    for item in known:
        if found[_identity(item)] > 0:
            found[_identity(item)] -= 1
        else:
            yield item
    for item in now:
        if found[_identity(item)] > 0:
            found[_identity(item)] -= 1
        else:
            yield item


def _identity(item: Finding | Waived) -> tuple[Hashable, ...]:
    finding = item.finding if isinstance(item, Waived) else item
    return finding.rule, finding.severity, finding.place.source.path, finding.message


def _noted(memory: Memory, catalog: Catalog, today: date) -> Report | None:
    """What was noted of a catalog on a day."""
    content = memory.noted()
    some = catalog.a_source
    if not content or some is None:
        return None

    def source(path: str) -> SourceFile:
        entry = catalog.at(path)
        return entry.source if entry is not None else catalog.refused.get(path) or SourceFile(some.tree, path)

    try:
        data = json.loads(content)
        return _report(source, data) if data["today"] == today.isoformat() else None
    except (LookupError, RecursionError, TypeError, ValueError):
        return None


def _data_of(report: Report, today: date) -> bytes:
    data = {
        "today": today.isoformat(),
        "entries": report.entries,
        "findings": [data_of(finding) for finding in report.findings],
        "waived": [(data_of(item.finding), asdict(item.waiver)) for item in report.waived],
    }
    return json.dumps(data, separators=(",", ":")).encode()


def _report(source: Callable[[str], SourceFile], data: Any) -> Report:
    findings = tuple(finding_of(source, each) for each in data["findings"])
    waived = tuple(Waived(finding_of(source, each), Waiver(**waiver)) for each, waiver in data["waived"])
    return Report(int(data["entries"]), findings, waived)
