"""The one writer of foreign text to terminals and logs."""

import re

_UNPRINTABLE = re.compile(r"[^ -~\xa1-\U0010ffff]|(?<=#)#(?=\[)")


def printable(text: str) -> str:
    r"""Make text safe to print on one line, with escapes such as ``\x1b`` for what is not printable.

    ``##[`` is broken up too, because CI runners take it for a command wherever it stands in a line.
    """
    if text.isascii() and text.isprintable() and "##[" not in text:
        return text
    return "".join(_escaped(character) for character in _UNPRINTABLE.sub(_escape, text))


def _escape(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0]):02x}"


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
