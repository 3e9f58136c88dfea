"""Read YAML that other programs wrote, which may hold what no file of a catalog does.

People paste characters that nobody sees into texts, and programs write numbers of any size, or none: one of
these is no reason to lose all that stands beside it. What is more than plain data is refused as ever.
"""

import re
from collections.abc import Mapping
from typing import Any

from herdbook.yaml.reader import FORBIDDEN_CHARACTERS, parse_yaml

# Controls are left out: they are no characters of YAML.
_INVISIBLE = re.compile(rf"(?![\x00-\x1f\x7f-\x9f])[{FORBIDDEN_CHARACTERS}]")
_PRIVATE = range(0xF0000, 0xF1000)

Hidden = Mapping[int, str]
"""For each character that stands in for another one, that one."""


def read_foreign(raw: bytes) -> Any:
    """The value of a document; numbers and characters in it may be any.

    Raises:
        YamlError: the bytes are not YAML, or more than plain data.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return parse_yaml(raw).value  # which says where
    visible, hidden = with_stand_ins(text)
    return put_back(parse_yaml(visible.encode(), bounded=False).value, hidden)


def with_stand_ins(text: str) -> tuple[str, Hidden]:
    """A text with others in place of the characters that nobody sees, and which stand for which."""
    found = sorted(set(_INVISIBLE.findall(text)))
    free = (character for character in map(chr, _PRIVATE) if character not in text)
    stand_ins = dict(zip(map(ord, found), free, strict=False))
    hidden = {ord(stand_in): chr(code) for code, stand_in in stand_ins.items()}
    return (text.translate(stand_ins) if stand_ins else text), hidden


def put_back(value: Any, hidden: Hidden) -> Any:
    """A value with the characters that others stood in for."""
    if not hidden:
        return value
    if isinstance(value, str):
        return value.translate(hidden)
    if isinstance(value, dict):
        return {put_back(key, hidden): put_back(item, hidden) for key, item in value.items()}
    return [put_back(item, hidden) for item in value] if isinstance(value, list) else value
