"""When a text says something."""

import re

from herdbook.source import FORBIDDEN_CHARACTERS

# Beyond blanks: what shows as nothing, though it may stand in a file as an escape.
_INVISIBLE = re.compile(rf"[\s{FORBIDDEN_CHARACTERS}\u034f\u2800\ufe00-\ufe0f]+")
_PLACEHOLDER = re.compile(
    r"(?:to[ _-]?do|tb[adc]|fix[ _-]?me|change[ _-]?me|fill[ _-]?me(?:[ _-]?in)?|place[ _-]?holder|x{2,}"
    r"|n/?a|none|null|nil|nothing|undefined|unknown|unset|empty|not (?:set|known|available|given)"
    r"|<.*>|\{.*\}|\[.*\]|\$\w+|\W*)[.!:?]*",
    re.IGNORECASE,
)


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text can be seen."""
    return not _INVISIBLE.sub("", text)


def is_placeholder(text: str) -> bool:
    """Tell whether a text only holds a place, such as TODO, n/a, ?, <name>; blank text does so, too."""
    return _PLACEHOLDER.fullmatch(_INVISIBLE.sub(" ", text).strip()) is not None
