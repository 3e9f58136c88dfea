"""Requirements of environments, in the words of pip: their names, and whether they are pinned."""

import re
from functools import lru_cache

_REQUIREMENT = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(.*)", re.DOTALL)
_EXACT = re.compile(r"\s*===?\s*[^\s*=]+\s*")
_FIXED = re.compile(
    r"[#&](?:sha256=[0-9a-f]{64}|sha384=[0-9a-f]{96}|sha512=[0-9a-f]{128})\b"
    r"|@(?:[0-9a-f]{40}|[0-9a-f]{64})(?![^#?&\s])"
)


@lru_cache(maxsize=10_000)  # the runs of a catalog share most of their requirements
def is_pinned(text: str) -> bool:
    """Tell whether a line of requirements names one exact version, or content by its digest."""
    if text.startswith("#") or (text.startswith("--") and not text.startswith("--editable")):
        return True  # a comment, or an option of pip
    if "@" in text or "://" in text or text.startswith(("-", ".", "/")):
        return _FIXED.search(text) is not None
    # What follows are conditions under which it is installed, options, and a comment.
    requirement = re.split(r";|\s--|\s#", text, maxsplit=1)[0]
    match = _REQUIREMENT.fullmatch(requirement)
    return match is not None and any(_EXACT.fullmatch(part) for part in match[2].strip("() ").split(","))
