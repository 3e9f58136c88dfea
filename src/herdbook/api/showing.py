"""How entries show themselves: on a line, and as a table in a notebook."""

from collections.abc import Iterable

from markupsafe import Markup

from herdbook.escaping.html import printed
from herdbook.formats import clipped
from herdbook.reports.terminal import printable

_LONGEST = 100
_ROWS = 50

Fact = tuple[str, object]
"""A name, and what stands under it; nothing is shown of what is empty."""


def line(kind: str, name: str, facts: Iterable[Fact]) -> str:
    """Show something on a line, for people at a prompt."""
    told = "".join(f", {key}={_text(value)}" for key, value in facts if _is_something(value))
    return printable(f"<{kind} {name}{told}>")


def table(kind: str, name: str, facts: Iterable[Fact]) -> str:
    """Show something as an HTML table; nothing in it is taken for HTML, and no secret of an address shows."""
    rows = [(key, _text(value)) for key, value in facts if _is_something(value)]
    shown = [
        Markup("<tr><th style='text-align: left'>{}</th><td style='text-align: left'>{}</td></tr>").format(
            printed(key), printed(value)
        )
        for key, value in rows[:_ROWS]
    ]
    caption = Markup("<caption>{} <code>{}</code></caption>").format(kind, printed(name))
    return str(Markup("<table>{}{}</table>").format(caption, Markup("").join(shown)))


def _is_something(value: object) -> bool:
    return value is not None and value not in ("", (), [], {})


def _text(value: object) -> str:
    if isinstance(value, tuple | list):
        value = ", ".join(map(str, value))
    elif isinstance(value, dict):
        value = ", ".join(f"{key}: {inner}" for key, inner in value.items())
    return clipped(str(value), _LONGEST)
