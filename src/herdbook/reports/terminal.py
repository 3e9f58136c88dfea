"""The one writer of foreign text to terminals and logs."""

import re
from unicodedata import combining, east_asian_width

# What CI runners obey: ::command:: at the start of a line, ##[command] and ##word[command] anywhere.
_COMMAND = re.compile(r"^(?P<blanks> *):(?=:)|(?<=#)#(?=\w*\[)")


def printable(text: str) -> str:
    r"""Make text safe to print on one line, with escapes such as ``\x1b`` for what is not printable.

    What CI runners take for a command in their logs is broken up in the same way.
    """
    plain = text if text.isprintable() else "".join(map(_escaped, text))
    return break_commands(plain, r"\x{:02x}")


def printable_lines(text: str) -> str:
    """Make every line of a text safe to print."""
    return "\n".join(map(printable, text.split("\n")))


def break_commands(line: str, escape: str) -> str:
    """Write a character of each runner command in a line as an escape, a format string for its code point."""
    if "::" not in line and "##" not in line:
        return line
    return _COMMAND.sub(lambda match: (match["blanks"] or "") + escape.format(ord(match[0][-1])), line)


def columns(text: str) -> int:
    """How many columns of a terminal a printable text fills."""
    if text.isascii():
        return len(text)
    return sum((not combining(character)) * (1 + (east_asian_width(character) in "WF")) for character in text)


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
