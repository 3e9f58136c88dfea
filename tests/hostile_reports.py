"""Reports in which every text is hostile, built without files."""

from datetime import date

from hypothesis import strategies as st

from herdbook.check import Report, Waived
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.policy import Waiver
from herdbook.source import SourceFile
from herdbook.tree import TreeFile
from herdbook.yaml.parsed import Span

_PIECES = (
    *("::error::x", "::", ":", "##[group]", "##vso[task]", "#", "##", "[", "]", "%0A::error::y", "%", ","),
    *("\x1b[31m", "\x1b]0;t\x07", "\n", "\r", "\r\n", "\t", "\x00", "\x7f", "\x85", "\x9b", "\xa0", "\xad"),
    *(
        "\u200b",
        "\u2028",
        "\u202e",
        "\ud800",
        "\ufffe",
        "\ufeff",
        "\U000e0041",
        "\U0010ffff",
        "\u3000",
        "e\u0301",
    ),
    *(
        "@ana",
        "#12",
        "GH-1",
        "a/b#1",
        "0f4b1c3",
        "a@b.c",
        "!7",
        "[x](https://e.example)",
        "![x](//e.example)",
    ),
    *(
        "<b>",
        "</details>",
        "<!--",
        "-->",
        "]]>",
        "<![CDATA[",
        "&lt;",
        "&#10;",
        "|",
        "`",
        "```",
        "\\",
        "*",
        "_",
        "---",
    ),
    *("https://e.example", "www.e.example", "{0}", '"', "'", "/", "..", "?", "a", " ", "\u65e5"),
)
HOSTILE = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=3)), max_size=8).map("".join)


class Memory:
    """A tree with one file in memory."""

    def __init__(self, name: str, text: str = "") -> None:
        self.name, self.text = name, text

    def files(self) -> list[TreeFile]:
        return []

    def read(self, path: str) -> bytes:
        return self.text.encode("utf-8", "replace")


def place(path: str, line: int = 1, column: int = 1, folder: str = "catalog") -> Place:
    """A place in a file that does not exist."""
    source = SourceFile(Memory(folder), path)  # type: ignore[arg-type]  # a list serves as an iterator
    return Place(source, known=Span(line, column, line, column + 1))


def finding(
    message: str = "message",
    path: str = "x.yaml",
    *,
    rule: str = "dirty-commit",
    severity: Severity = Severity.ERROR,
    help: str = "",
    related: tuple[Related, ...] = (),
    line: int = 1,
) -> Finding:
    """A finding, of which only what matters is said."""
    return Finding(rule, severity, message, place(path, line), help, related)


def waived(found: Finding, owner: str = "bo", reason: str = "reason") -> Waived:
    """A finding with the waiver that excuses it."""
    return Waived(found, Waiver(0, found.rule, "x.yaml", owner, reason, date(2024, 6, 30).isoformat()))


@st.composite
def _findings(draw: st.DrawFn) -> Finding:
    text = draw(HOSTILE)
    return finding(
        draw(HOSTILE),
        draw(HOSTILE.filter(bool)),
        rule=draw(st.sampled_from(["dirty-commit", "placeholder-text"])),
        severity=draw(st.sampled_from(Severity)),
        help=text,
        related=tuple(
            Related(message, place(text or "y")) for message in draw(st.lists(HOSTILE, max_size=2))
        ),
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """A report in which everything that can be hostile is."""
    found = st.lists(_findings(), max_size=3).map(tuple)
    excused = draw(st.lists(st.builds(waived, _findings(), HOSTILE, HOSTILE), max_size=2))
    errors = draw(st.lists(HOSTILE, max_size=2))
    return Report(3, draw(found), tuple(excused), draw(found), tuple(errors))


def naughty(text: str) -> Report:
    """A report with one text everywhere."""
    found = finding(text, text or "x", help=text, related=(Related(text, place(text or "y")),))
    return Report(1, (found,), (waived(found, text, text),), (found,), (text,))
