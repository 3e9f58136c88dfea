"""Ledgers of a model, what git says that they were, and what is asked about them."""

from pathlib import Path

from comparing import records_of
from herdbook.git import Commit, FileHistory, Version
from herdbook.queries.asking import find
from herdbook.queries.history import Evidence, History, history, ledger_files
from herdbook.queries.records import Records

ALIASES, STAGES = ledger_files("churn")
HEAD = "kind: aliases\nmodel: churn\naliases:\n  champion:\n"
FIRST = '    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}\n'
SECOND = '    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}\n'
BACK = '    - {version: 1, at: "2024-01-20T08:00:00Z", by: ana, approved_by: [bo]}\n'
GONE = '    - {version: null, at: "2024-01-25T08:00:00Z", by: ana, reason: retired}\n'


def ask(
    records: Records, text: str = "churn", alias: str = "", at: str = "", known: Evidence | None = None
) -> History:
    return history(records, find(records.catalog, text), alias, at, known)


def ledger(folder: Path, *lines: str) -> Records:
    """The example with one alias and no stages."""
    laid = f"# {ALIASES}, whole\n{HEAD}{''.join(lines)}# {STAGES}, deleted\n"
    return records_of(folder, laid)


def commits(*ledgers: str | None, complete: bool = True) -> Evidence:
    """A history in which a commit a day, from the 25th of January at noon, made these of the ledger."""
    versions = tuple(
        Version(
            Commit(f"{number}" * 40, "Ana", f"2024-01-{24 + number}T12:00:00Z", f"Change (#{number})"),
            content.encode() if content is not None else None,
        )
        for number, content in enumerate(ledgers, 1)
    )
    return Evidence({ALIASES: FileHistory(versions, complete)})


# What the ledgers tell
