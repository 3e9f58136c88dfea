"""What reading YAML comes to: a value and doubts about it, or problems; and where in the text these are."""

from typing import Any, NamedTuple

from herdbook.errors import HerdbookError


class Span(NamedTuple):
    """A stretch of text in a file; lines and columns count from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def point(cls, line: int, column: int) -> "Span":
        """Return the span of one character."""
        return cls(line, column, line, column + 1)


START = Span.point(1, 1)
"""The beginning of a file."""


class Problem(NamedTuple):
    """Something wrong with the text of a file, met while reading it; `rule` is the id of a rule."""

    rule: str
    message: str
    help: str
    span: Span
    related: tuple[tuple[str, Span], ...] = ()


class YamlError(HerdbookError):
    """The bytes are not YAML that Herdbook accepts; `problems` says why, at least one."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__(f"line {first.span.line}, column {first.span.column}: {first.message}. {first.help}")
        self.problems = problems


class Parsed(NamedTuple):
    """The value of a document, and its doubts: values that other readers take for something else."""

    value: Any
    doubts: tuple[Problem, ...] = ()


def refusal(
    message: str,
    help: str,
    span: Span | None = None,
    *,
    rule: str = "invalid-yaml",
    related: tuple[tuple[str, Span], ...] = (),
) -> YamlError:
    """What refuses a document for one problem; without a place, it stands at the beginning."""
    return YamlError((Problem(rule, message, help, span or START, related),))


def span_after(before: str) -> Span:
    """The place behind a beginning of the text."""
    return Span.point(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
