"""Tables for spreadsheets and programs: CSV as RFC 4180 has it, with lines that end in LF."""

import re
from collections.abc import Iterable, Sequence
from csv import writer
from io import StringIO

from herdbook.reports.terminal import printable

# What spreadsheets may take for the beginning of a formula, the full-width forms among them.
_FORMULA = re.compile(r"[ \u3000]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str | float | None]]) -> str:
    """Write a table as CSV: a line for each row, nothing for `None`, and numbers in full.

    A spreadsheet executes a cell that begins like a formula. Such a text gets an apostrophe in front, by
    which spreadsheets know text; a text that is a plain number stays as it is. Characters that do not print,
    line breaks among them, become escapes, so that a row is always one line.
    """
    written = StringIO()
    table = writer(written, lineterminator="\n")
    table.writerow(map(_cell, header))
    table.writerows(map(_cell, row) for row in rows)
    return written.getvalue()


def _cell(value: str | float | None) -> str | float | None:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
