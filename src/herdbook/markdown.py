"""The one writer of foreign text into Markdown."""

import re
from urllib.parse import quote

# What begins a construct of CommonMark or of GitHub's dialect: anywhere, and at the start of a line only.
_SPECIAL = re.compile(
    r"[\\`*\[\]<|~$]"
    r"|&(?=[#A-Za-z])"  # an entity
    r"|:(?=//)|(?<![:/])/(?=/)|\.(?<=\bwww\.)|(?<=\w)@(?=\w)"  # an address that becomes a link by itself
    r"|#(?=\w)"  # a reference to an issue
    r"|(?<![^\W_])_|_(?![^\W_])",  # within a word it stands for itself
    re.IGNORECASE,
)
_AT_START = re.compile(r"^(?:(\d+)(?=[.)](?:\s|$))|(?=[-+=>#:^]))")
_TICKS = re.compile(r"`+")
_OF_ADDRESSES = "/#:?=%+&,@!"


def escaped(text: str, *, at_start: bool = True) -> str:
    """Write a text so that every reader of Markdown shows just this text, on one line.

    What only the start of a line gives a meaning to is left as it is where the text does not stand there.
    """
    plain = _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))
    return begun(plain) if at_start else plain


def begun(line: str) -> str:
    """Begin a line with what was escaped for the middle of one."""
    return _AT_START.sub(r"\1\\", line)


def code(text: str) -> str:
    """Write a text as a code span."""
    flat = " ".join(text.split())
    if not flat:
        return ""
    fence = "`" * (max((len(run) for run in _TICKS.findall(flat)), default=0) + 1)
    blank = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{blank}{flat}{blank}{fence}"


def link(text: str, address: str) -> str:
    """Write a text as a link."""
    return linked(escaped(text), address)


def linked(line: str, address: str) -> str:
    """Write what is Markdown already as a link; nothing in the address ends it."""
    return f"[{line}]({quote(address, safe=_OF_ADDRESSES)})"


def cell(line: str) -> str:
    """Write a line of Markdown as the cell of a table: a bar in a code span would end it, too."""
    return re.sub(r"(?<!\\)\|", r"\\|", line)


def fenced(text: str, language: str = "") -> str:
    """Write lines as a block of code."""
    fence = "`" * max(3, max((len(run) for run in _TICKS.findall(text)), default=0) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
