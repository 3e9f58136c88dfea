"""The one writer of foreign text into Markdown."""

import re
from urllib.parse import quote

# What begins a construct of CommonMark or of GitHub's dialect: anywhere, and at the start of a line only. A
# search for one of a few signs passes over all else at once; what stands around a sign is looked at after it.
_SPECIAL = re.compile(
    r"[\\`*\[\]<|~$&:/.@#_](?:"
    r"(?<![&:/.@#_])"
    r"|(?<=&)(?=[#A-Za-z])"  # an entity
    r"|(?<=:)(?=//)|(?<=/)(?<![:/].)(?=/)|(?<=\bwww\.)|(?<=\w@)(?=\w)"  # what becomes a link by itself
    r"|(?<=#)(?=\w)"  # a reference to an issue
    r"|(?<=_)(?:(?<![^\W_].)|(?![^\W_]))"  # within a word it stands for itself
    r")",
    re.IGNORECASE,
)
# What GitHub and GitLab make a link of, or call a person by, escaped or not: they look for it in the text as
# it is shown, everywhere but in code. To them, only ASCII makes words. What stands before a sign is looked at
# after the sign, since few texts hold one.
_REFERENCE = re.compile(
    r"@(?:(?<!\w@)|[^@]*[\w-]\.\w)"  # people and teams; addresses of mail
    r"|#\d|[gG][hH]-(?<!\w...)\d"  # issues
    r"|[!%&$~^](?:\d|(?<!\w.)[\w\"])"  # merge requests, milestones, epics, snippets, labels, alerts
    r"|\[\w+:"  # the longer form of all of them, as in [issue:12], whatever stands before
    r"|\b[0-9a-fA-F]{7,64}\b",  # commits
    re.ASCII,
)
# Between words: a blank, and what a code span would have to be careful with.
_BETWEEN = re.compile(r"([ `|\\]+)")
_AROUND = "()[]{}\"',;:.?"
_AT_START = re.compile(r"^(?:(\d+)(?=[.)](?:\s|$))|(?=[-+=>#:^]))")
_TICKS = re.compile(r"`+")
_CODE = r"(?P<ticks>`+)(?!`)(?P<code>.*?)(?<!`)(?P=ticks)(?!`)"
# A bar, and what may hold one: something escaped, or a code span.
_BAR = re.compile(rf"\\.|{_CODE}|\|", re.DOTALL)
_CODE_OR_ESCAPED = re.compile(rf"\\.|{_CODE}", re.DOTALL)
_OF_ADDRESSES = "/#:?=%+&,@!"
_ADDRESS = re.compile(rf"[A-Za-z0-9_.~{_OF_ADDRESSES}-]*")


def escaped(text: str, *, at_start: bool = True) -> str:
    """Write a text so that every reader of Markdown shows just this text, on one line.

    What only the start of a line gives a meaning to is left as it is where the text does not stand there.
    A word that a forge would take for a person, an issue or a commit becomes a code span; it looks into none.
    """
    flat = " ".join(text.split())
    if _REFERENCE.search(flat):
        plain = "".join(map(_word, _BETWEEN.split(flat)))
    else:
        plain = _SPECIAL.sub(_backslashed, flat)
    return begun(plain) if at_start else plain


def begun(line: str) -> str:
    """Begin a line with what was escaped for the middle of one."""
    found = _AT_START.match(line)
    return line if found is None else f"{found[0]}\\{line[found.end() :]}"


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
    """Write what is Markdown already as a link; nothing in the address ends it.

    At the start of a line, a bracket and a colon would make an invisible definition of it, even in a code
    span; there the bracket stands between two spans.
    """
    shown = _CODE_OR_ESCAPED.sub(_defining_nothing, line) if "]:" in line else line
    plain = address if _ADDRESS.fullmatch(address) else quote(address, safe=_OF_ADDRESSES)
    return f"[{shown}]({plain})"


def cell(line: str) -> str:
    """Write a line of Markdown as the cell of a table: a bar in a code span would end it, too.

    Behind a backslash in code, no bar is read alike everywhere; there it stands between two spans.
    """
    return _BAR.sub(_barred, line)


def _defining_nothing(found: re.Match[str]) -> str:
    content = found["code"]
    if content is None or "]:" not in content:
        return found[0]
    parts = re.split(r"\](?=:)", content.strip())
    return "\\]".join(code(part) + " " * part.endswith(" ") for part in parts)


def _barred(found: re.Match[str]) -> str:
    content = found["code"]
    if content is None:
        return "\\|" if found[0] == "|" else found[0]
    if "\\|" in content:
        return "\\|".join(map(code, content.split("|")))
    return found[0].replace("|", "\\|")


def fenced(text: str, language: str = "") -> str:
    """Write lines as a block of code."""
    fence = "`" * max(3, max((len(run) for run in _TICKS.findall(text)), default=0) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _backslashed(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def _word(word: str) -> str:
    if not _REFERENCE.search(word):
        return _SPECIAL.sub(_backslashed, word)
    inner = word.strip(_AROUND)
    if not _REFERENCE.search(inner):
        return code(word)
    before, _, after = word.partition(inner)
    return f"{_SPECIAL.sub(_backslashed, before)}{code(inner)}{_SPECIAL.sub(_backslashed, after)}"
