"""The one writer of foreign text into commands of a POSIX shell."""

import re
import shlex
from itertools import groupby

_COMMAND = re.compile(r"#(?=#\w*\[)")


def quoted(text: str) -> str:
    """Write a text as one word that a shell takes for just this text.

    What cannot be seen is written by ``printf`` in octal, so that a reader sees all that is there. Line ends
    and what CI runners take for a command in their logs is broken up by an empty pair of quotes. A zero byte,
    which no argument can hold, is left out.
    """
    groups = groupby(text.replace("\0", ""), key=_is_plain)
    return "".join(_word("".join(part)) if plain else _octal("".join(part)) for plain, part in groups) or "''"


def command(*words: str) -> str:
    """Write a command line."""
    return " ".join(map(quoted, words))


def _is_plain(character: str) -> bool:
    return character.isprintable() or character == "\n"


def _word(text: str) -> str:
    # Both follow a character that is quoted, and single quotes are what it is quoted by.
    return _COMMAND.sub("#''", shlex.quote(text).replace("\n", "\n''"))


def _octal(text: str) -> str:
    written = "".join(f"\\{byte:03o}" for byte in text.encode("utf-8", "replace"))
    return f"\"$(printf '{written}')\""
