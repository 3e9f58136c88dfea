"""A filter that does not parse, with a caret under the place."""

from collections.abc import Callable

from herdbook.queries.filters import FilterError
from herdbook.reports.terminal import columns, printable

_WIDTH = 100


def filter_error_text(error: FilterError, style: Callable[[str, str], str] = lambda text, role: text) -> str:
    """Write what is wrong with a filter: the message, the part of the filter, carets, and what helps."""
    # A long filter is cut so that the marked part stays in view.
    first = max(0, error.start - _WIDTH // 2) if len(error.text) > _WIDTH else 0
    shown = error.text[first : first + _WIDTH]
    before = printable(shown[: error.start - first])
    marked = printable(shown[error.start - first : error.end - first])
    lines = [
        f"{style('error:', 'error')} {error.subject}: {printable(error.message)}",
        # Once more as a whole: a runner command must not come together out of pieces that are none.
        printable(f"  {before}{marked}{printable(shown[error.end - first :])}"),
        f"  {' ' * columns(before)}{style('^' * max(1, columns(marked)), 'error')}",
    ]
    if error.help:
        lines.append(f"{style('help:', 'help')} {printable(error.help)}")
    return "".join(f"{line}\n" for line in lines)
