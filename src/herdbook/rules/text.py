"""What texts say, which name was meant, names in a sentence, and the order of times."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice

from herdbook.spelling import most_alike
from herdbook.yaml.reader import FORBIDDEN_CHARACTERS

# What shows as nothing, though it is no blank; it may stand in a file as an escape.
_INVISIBLE = rf"[{FORBIDDEN_CHARACTERS}\u034f\u2800\ufe00-\ufe0f]+"
_PLACEHOLDER = re.compile(
    r"(?:to[ _-]?do|tb[adc]|fix[ _-]?me|change[ _-]?me|fill[ _-]?me(?:[ _-]?in)?|place[ _-]?holder|x{2,}"
    r"|n/?a|none|null|nil|nothing|undefined|unknown|unset|empty|not (?:set|known|available|given)"
    r"|<[^<>]*>|\{+[^{}]*\}+|\[+[^\[\]]*\]+|\$\w+|\W*+)[.!:?]*+",
    re.IGNORECASE,
)


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text can be seen."""
    return not _visible(text).strip()


def is_placeholder(text: str) -> bool:
    """Tell whether a text only holds a place, such as TODO, n/a, ?, <name>; blank text does so, too."""
    if "0" <= text[:1] <= "9":
        return False  # as times and most hashes begin: nothing that holds a place does
    return _holds_a_place(text)


# Most texts that rules ask about stand in many runs: who ran them, on which data.
@lru_cache(maxsize=1000)
def _holds_a_place(text: str) -> bool:
    return _PLACEHOLDER.fullmatch(_visible(text).strip()) is not None


def _visible(text: str) -> str:
    # Nearly all texts hold nothing else, and that is quickly known.
    return text if text.isascii() and text.isprintable() else re.sub(_INVISIBLE, "", text)


class Nearest:
    """Suggests the name that was probably meant, for the first few names that are asked for.

    Comparing costs more than a rule may spend on a catalog in which nothing fits; who has read twenty hints
    needs no more.
    """

    def __init__(self, names: Iterable[str], questions: int = 20) -> None:
        self._names = names
        self._left = questions

    def hint(self, name: str) -> str:
        """The sentence "Did you mean ...?"; empty when no name is near."""
        if self._left == 0:
            return ""
        self._left -= 1
        names = islice((other for other in self._names if abs(len(other) - len(name)) <= 3), 5000)
        alike = {other.casefold(): other for other in names}
        near = most_alike(name.casefold(), alike)
        return f"Did you mean {alike[near]}?" if near else ""


def listed(names: Sequence[str], most: int = 3) -> str:
    """Names for a sentence: "a", "a and b", "a, b, c and 4 more"."""
    shown = list(names[:most])
    last = f"{len(names) - most} more" if len(names) > most else shown.pop()
    return f"{', '.join(shown)} and {last}" if shown else last
