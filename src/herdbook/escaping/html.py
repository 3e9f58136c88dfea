"""Catalog text as HTML: the one place where it is escaped, and where it is decided what may be a link."""

import posixpath
import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from markupsafe import Markup, escape

from herdbook.yaml.reader import FORBIDDEN_CHARACTERS

_REDACTED: Final = "***"
_LONGEST_REMEMBERED: Final = 256
# Where a joiner can be seen, since it shapes what stands around it, and no such text can do without: between
# letters of the Arabic script, after the viramas of Indic ones (both by RFC 5892), and inside an emoji.
_ARABIC: Final = r"[\u0620-\u06ff\u0750-\u077f\u08a0-\u08ff]"
_VIRAMA: Final = r"[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]"
_EMOJI: Final = r"[\u2190-\u2bff\U0001f000-\U0001faff]"
_SEEN: Final = (
    rf"(?<={_ARABIC})\u200c(?={_ARABIC})|(?<={_VIRAMA})[\u200c\u200d]"
    rf"|(?:(?<={_EMOJI})|(?<={_EMOJI}\ufe0f))\u200d(?={_EMOJI})"
)
# What no catalog file may hold as it is, but an escape in quotes may bring; and what a browser cannot show.
_INVISIBLE = re.compile(rf"[{FORBIDDEN_CHARACTERS}\ufffc\ufffd](?<!{_SEEN})")
_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/?#@]*(?:@[^\s/?#@]*)*@(?=[^\s/?#@])")
# The parameters that open a resource to whoever holds the address: presigned links and tokens in queries.
_SECRET_PARAMETER = re.compile(
    r"(?i)([?&;#](?:x-(?:amz|goog|ms)-(?:signature|credential|security-token)|awsaccesskeyid|signature|sig"
    r"|token|access[_-]?token|auth|api[_-]?key|password|passwd|pwd|secret|client[_-]?secret)=)[^&;#\s\"'<>)\]]+"
)
_WEB = re.compile(r"(?i)https?://[^\s\\/?#\"'<>`{}|^\[\]@%]+(?:\[[0-9a-f:.]+\])?(?:[/?#][^\s\\\"<>`{}|^]*)?")
_MAIL = re.compile(r"(?i)mailto:[a-z0-9.!#$%&*+/=?^_{|}~-]+@[a-z0-9.-]+(?:\?[a-z0-9%&=._-]*)?")
_FRAGMENT = re.compile(r"#[A-Za-z0-9][A-Za-z0-9._-]*")
_RELATIVE = re.compile(r"[A-Za-z0-9._~-][A-Za-z0-9._~/%-]*(?:#[A-Za-z0-9._-]+)?")


def visible(text: str) -> str:
    r"""Return `text` with every character that cannot be seen written out, such as ``\u202e``."""
    if text.isprintable():
        return text
    return _INVISIBLE.sub(_written_out, text)


def redact(text: str) -> str:
    """Return `text` with the secrets of addresses in it replaced: users, passwords, signatures, tokens."""
    if "@" in text and "://" in text:
        text = _USERINFO.sub(rf"\1{_REDACTED}@", text)
    if "=" in text:
        text = _SECRET_PARAMETER.sub(rf"\1{_REDACTED}", text)
    return text


def safe_href(address: str, root: str = "") -> str | None:
    """Return what may stand in an ``href`` for `address`, not escaped yet, or None where it may be no link.

    Links are http, https, mailto, or relative to the site; `root` leads from the page to the site's top.
    An address that holds a secret is no link, since without the secret it would lead elsewhere.
    """
    if not address.isprintable() or redact(address) != address:
        return None
    if _WEB.fullmatch(address) or _MAIL.fullmatch(address) or _FRAGMENT.fullmatch(address):
        return address
    if _RELATIVE.fullmatch(address):
        path, hash_, fragment = address.partition("#")
        plain = posixpath.normpath(unquote(path))
        if plain.split("/")[0] != ".." and not plain.startswith("/") and "%" not in plain:
            return root + posixpath.normpath(path) + hash_ + fragment
    return None


def link(address: str, text: str | None = None) -> Markup:
    """Return `address` as a link if it leads to the web or is for mail, else as text; secrets are not shown.

    What is relative in the catalog is so to its repository, which is not part of the site.
    """
    shown = escape(visible(redact(text if text is not None else address)))
    href = safe_href(address)
    if href is None or ":" not in href:
        return Markup(f"<code>{shown}</code>") if text is None else shown
    return Markup(f'<a href="{escape(href)}" rel="noreferrer">{shown}</a>')


def printed(value: object) -> str:
    """Return what a template prints as HTML: None as nothing, text without invisible characters and secrets.

    What is `Markup` stays as it is; all else is escaped.
    """
    if type(value) is str:
        # Most of what is printed are words and numbers, of which nothing can be wrong.
        if value.isalnum():
            return value
        return _remembered(value) if len(value) <= _LONGEST_REMEMBERED else _shown(value)
    if type(value) is Markup:
        return value
    if type(value) is float or type(value) is int:
        return str(value)
    if value is None:
        return ""
    if isinstance(value, Markup) or not isinstance(value, str):
        return escape(value)
    return _shown(value)


def _shown(text: str) -> Markup:
    return escape(redact(visible(text)))


# Names, addresses and numbers stand several times on a page, and on many pages.
_remembered = lru_cache(maxsize=16_384)(_shown)


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
