"""Ledgers that are kept elsewhere: which of their lines are new here, and how they are added."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from herdbook.editing import Append, Edit
from herdbook.entries import Aliases, Entry, Stages


def has(entry: Entry, track: str) -> bool:
    """Whether a ledger says something of an alias, or of a version."""
    kind, _, name = track.partition(".")
    if kind == "aliases":
        return name in entry.data["aliases"]
    return any(str(line["version"]) == name for line in entry.data["transitions"])


def holds(entry: Entry, track: str, line: Mapping[str, Any]) -> bool:
    """Whether what a line says is in force in a ledger already."""
    name = track.partition(".")[2]
    match entry:
        case Aliases():
            return has(entry, track) and entry.version_of(name) == line["version"]
        case Stages():
            now = entry.current().get(line["version"])
            return now is not None and now.stage == line["stage"]
    return False


def mark_of(line: Mapping[str, Any], what: str) -> str:
    """What tells the last line that was taken over."""
    return f"{line[what]} at {line['at']}"


def after(lines: Sequence[Mapping[str, Any]], mark: str, what: str) -> Sequence[Mapping[str, Any]]:
    """The lines behind the one that was taken over last."""
    if not mark:
        return lines
    # From the end: within one second, a version may come into a stage, leave it, and come again.
    for index in reversed(range(len(lines))):
        if mark_of(lines[index], what) == mark:
            return lines[index + 1 :]
    # A system without a history of its own says only how things stand.
    return [] if mark.partition(" at ")[0] == str(lines[-1][what]) else lines[-1:]


def appended(entry: Entry, found: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[Edit]:
    """Edits that add lines to a ledger; none is before the one above it."""
    last: dict[tuple[str, ...], str] = {}
    for name, line in found:
        route: tuple[str, ...] = ("transitions",)
        above = entry.data.get("transitions", [])
        if entry.kind == "aliases":
            route = ("aliases", name.removeprefix("aliases."))
            above = entry.data["aliases"].get(route[-1], [])
        before = last.get(route) or max((item["at"] for item in above), default="")
        last[route] = max(before, line["at"])
        yield Append(route, {**line, "at": last[route]})
