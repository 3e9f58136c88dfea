"""Addresses that another system wrote down, as a file of the catalog can hold them."""

import re
from urllib.parse import quote

from herdbook.masking import masked, without_users

_UNSAFE = re.compile(r"[^!#-;=?-\[\]_a-z~]")
_LONGEST = 2_048


def address(uri: str) -> str:
    """An address as a field of ours holds it: no secrets, and no characters that addresses do not have."""
    text = without_secrets(uri.strip()).replace("\\", "/")
    found = _UNSAFE.sub(lambda character: quote(character[0], errors="replace"), text)
    return found if len(found) <= _LONGEST else ""


def without_secrets(text: str) -> str:
    """A text without the users of addresses in it, and with a mask in place of what looks like a key."""
    return masked(without_users(text))
