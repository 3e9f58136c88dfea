"""What only people at a terminal get: colours, lines of its width, and how far something is."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from herdbook.planning.drafts import Along

T = TypeVar("T")

_COLOURS = {"error": "red", "warning": "yellow", "note": "blue", "help": "cyan", "pass": "green"}
_BOLD = ("error", "place")


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream leads to a terminal; one that is closed leads nowhere."""
    return stream is not None and stream.isatty()


def width_of_output() -> int | None:
    """How many columns the terminal has that is written to; `None` where it is none."""
    if not is_terminal(sys.stdout):
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns


def style_for(stream: TextIO | None) -> Callable[[str, str], str]:
    """Return what colours a text by its role, for a terminal; elsewhere it leaves it as it is."""
    if not is_terminal(stream):
        return lambda text, role: text
    return lambda text, role: click.style(text, fg=_COLOURS.get(role), bold=role in _BOLD)


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], object]]:
    """Show how far something is while it goes on, told by how much more of it is done each time."""
    if not is_terminal(sys.stderr):
        yield lambda more: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update


def along(label: str) -> "Along":
    """Return what goes through a list, and shows how far it is."""

    def through(items: Sequence[T]) -> Iterator[T]:
        with progress(label, len(items)) as show:
            for item in items:
                yield item
                show(1)

    return through
