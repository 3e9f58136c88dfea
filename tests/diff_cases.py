"""Pairs of catalogs and what differs between them; `python tests/diff_cases.py` writes down what is found.

A case is tests/data/diff/<case>.yaml: fragments laid over the example catalog (see rule_examples), which make
the head. Those above a line ``# head`` are laid over the base as well. What differs stands in <case>.txt.
"""

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from herdbook.catalog import Catalog
from herdbook.diff import AliasMove, Changes, FieldChange, diff
from herdbook.entries import Entry
from herdbook.finding import Place
from herdbook.opening import read_catalog
from herdbook.queries.changes import CatalogChanges, changes
from herdbook.queries.moves import Moved
from herdbook.queries.records import Records
from herdbook.source import Route
from herdbook.tree import DirTree
from rule_examples import case

FOLDER = Path(__file__).parent / "data" / "diff"
HEAD = "# head\n"
DAY = date(2024, 2, 1)
BASE = """\
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
# models/churn/stages.yaml
transitions:
  - {version: 1, stage: production, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
"""
PROMOTION = """\
# models/churn/aliases.yaml
aliases:
  candidate:
    - {version: 1, at: "2024-01-14T08:00:00Z", by: ana}
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - version: 2
      at: "2024-01-15T08:00:00Z"
      by: ana
      approved_by: [bo]
      reason: "better\\n AUC"
      evidence: [runs:/evaluate-2]
# models/churn/stages.yaml
transitions:
  - {version: 1, stage: production, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
  - {version: 2, stage: production, archive_existing: true, at: "2024-01-15T08:00:00Z", by: ana}
"""


def catalogs(folder: Path, text: str) -> tuple[Catalog, Catalog]:
    """The base and the head of a case, written into a folder."""
    common, _, changes = text.rpartition(HEAD)
    case(common).lay(folder / "base")
    case(common + changes).lay(folder / "head")
    base, head = (read_catalog(DirTree(folder / side, side)) for side in ("base", "head"))
    return base, head


def asked(folder: Path, text: str) -> CatalogChanges:
    """What a case changes, for those who ask about it."""
    base, head = catalogs(folder, text)
    return changes(Records(base, DAY), Records(head, DAY))


def move(answer: CatalogChanges, held_by: str) -> Moved:
    """The one move of an alias or a stage in an answer."""
    (found,) = (move for move in answer.moves if move.held_by == held_by)
    return found


def told(changes: Changes) -> Iterator[str]:
    """Say in lines what differs, each value with its places in both files."""
    for entry in changes.added:
        yield f"added {entry.label}"
    for entry in changes.removed:
        yield f"removed {entry.label}"
    for change in changes.changed:
        moved = f", moved to {change.after.source.path}" if change.moved else ""
        yield f"changed {change.before.label}{moved}"
        yield from (_field(change.before, change.after, field) for field in change.fields)
    for pair in changes.renamed:
        yield f"renamed {pair.before.label} to {pair.after.label} by {pair.basis}"
        yield from (_field(pair.before, pair.after, field) for field in pair.fields)
    for refused in changes.refused:
        sides = (refused.before, refused.before_entry), (refused.after, refused.after_entry)
        states = ["refused" if source else "read" if entry else "not there" for source, entry in sides]
        yield f"refused {refused.path}: {states[0]} -> {states[1]}"
    for line in changes.lines:
        places = _places(line.before_ledger, line.before_route, line.after_ledger, line.after_route)
        yield f"line {line.kind} of {line.model}{'@' if line.alias else ''}{line.alias} {places}"
        assert line.fields == () or line.kind == "edited"
        yield from (_field(line.before_ledger, line.after_ledger, field) for field in line.fields)
    for move in changes.moves:
        what = f"@{move.alias}" if isinstance(move, AliasMove) else f"version {move.version}"
        lines = [line.at if line is not None else "-" for line in (move.before_line, move.after_line)]
        yield f"moved {move.model} {what}: {move.before!r} ({lines[0]}) -> {move.after!r} ({lines[1]})"
    for section in changes.sections:
        card = section.after_card or section.before_card
        assert card is not None
        yield f"section {section.section} {section.kind} in {card.label}"
    for setting in changes.settings:
        entry_label = (setting.after_entry or setting.before_entry or setting).__class__.__name__
        yield f"setting {setting.area} of {entry_label}: {setting.field.kind} {'.'.join(setting.field.steps)}"
    for recall in changes.recalls:
        version = recall.after or recall.before
        assert version is not None
        yield f"recall {recall.kind} of {version.label}"


def _field(before: Entry | None, after: Entry | None, field: FieldChange) -> str:
    places = _places(before, field.before_route, after, field.after_route)
    return f"  {field.kind} {' > '.join(field.steps)}: {field.before!r} -> {field.after!r} {places}"


def _places(before: Entry | None, before_route: Route, after: Entry | None, after_route: Route) -> str:
    sides = (before, before_route), (after, after_route)
    shown = [_line(entry.at(*route)) if entry is not None else "-" for entry, route in sides]
    return f"[{shown[0]} | {shown[1]}]"


def _line(place: Place) -> str:
    return str(place.span.line)


if __name__ == "__main__":
    for path in sorted(FOLDER.glob("*.yaml")):
        with tempfile.TemporaryDirectory() as folder:
            found = told(diff(*catalogs(Path(folder), path.read_text())))
            path.with_suffix(".txt").write_text("".join(f"{line}\n" for line in found))
