"""Findings: what is wrong, where, and what to do about it."""

from enum import StrEnum
from typing import NamedTuple

from herdbook.source import Route, SourceFile
from herdbook.yaml.parsed import Span


class Severity(StrEnum):
    """How much a finding weighs; only errors block."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Place(NamedTuple):
    """A place in a file: a route into its value, and its span where that is known already."""

    source: SourceFile
    route: Route = ()
    on_key: bool = False
    known: Span | None = None

    @property
    def file(self) -> str:
        """The path for people."""
        return self.source.file

    @property
    def span(self) -> Span:
        """Line and columns; the file is read again for it, unless it is known."""
        return self.known or self.source.span(self.route, on_key=self.on_key)

    def located(self) -> "Place":
        """The same place, with its span known."""
        return self if self.known else self._replace(known=self.span)


class Related(NamedTuple):
    """Another place that a finding speaks of, such as the thing referred to."""

    message: str
    place: Place


class Finding(NamedTuple):
    """One thing that is wrong: `message` says what, `help` what to do about it."""

    rule: str
    severity: Severity
    message: str
    place: Place
    help: str = ""
    related: tuple[Related, ...] = ()
