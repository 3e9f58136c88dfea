"""The table as it was measured: kept between runs, and put into README.md."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.cost import FOLDER
from benchmarks.rows import Measure, Measures, Peer, lines_of, table

README = Path("README.md")
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
_KEPT = FOLDER / "measured.json"


def keep(entries: int, head: str, measures: Measures) -> None:
    """Keep what was measured at a size, in place of what was before."""
    kept = _kept()
    kept[str(entries)] = {"head": head, "rows": {what: asdict(each) for what, each in measures.items()}}
    _KEPT.write_text(json.dumps(kept, indent=1))


def shown() -> str:
    """The table of all that is kept, and under it what it was measured on and with, in Markdown."""
    kept = {int(size): value for size, value in _kept().items()}
    measures = {
        size: {what: _measure(each) for what, each in value["rows"].items()} for size, value in kept.items()
    }
    heads = {size: value["head"] for size, value in kept.items()}
    return "\n\n".join([*lines_of(heads), table(measures)]) + "\n"


def with_table(readme: str, text: str) -> str:
    """Return the text of README.md with this one between its marks."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"README.md has no place for the table: {BEGIN.strip()} and {END.strip()}")
    return f"{before}{begin}\n{text}\n{end}{after}"


def _kept() -> dict[str, Any]:
    return json.loads(_KEPT.read_text()) if _KEPT.exists() else {}


def _measure(value: dict[str, Any]) -> Measure:
    return Measure(**{**value, "peers": {name: Peer(**peer) for name, peer in value["peers"].items()}})
