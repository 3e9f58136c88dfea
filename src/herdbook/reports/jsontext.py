"""The one writer of JSON to terminals and logs."""

import json
from typing import Any

from herdbook.reports.terminal import break_commands

# Inside a text of JSON the escape means the same.
_ESCAPE = r"\u{:04x}"


def json_text(value: Any) -> str:
    """Write plain data as JSON; a log of CI shows it, too, and obeys nothing in it."""
    return without_commands(json.dumps(value, indent=2))


def without_commands(text: str) -> str:
    """Break up in JSON what CI runners obey, and end its last line."""
    return "".join(f"{break_commands(line, _ESCAPE)}\n" for line in text.split("\n"))
