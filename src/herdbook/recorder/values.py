"""What training code gives, as records have it."""

import re
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.masking import masked
from herdbook.recorder.warning import warn
from herdbook.ref import is_name
from herdbook.yaml.scalars import LEAST_WHOLE, MOST_WHOLE, held, rounded

# Controls, and halves of surrogate pairs, with which Python writes bytes that are no text.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def given(**fields: Any) -> dict[str, Any]:
    """Return the fields that are given."""
    return {name: value for name, value in fields.items() if value is not None}


def message_of(error: BaseException) -> str:
    """What an error says, on lines that a file can hold: what nobody can read in it stands as an escape."""
    try:
        said = str(error)
    except Exception:
        said = "<its message cannot be had>"
    said = said.replace("\r\n", "\n").replace("\r", "\n")
    return f"{type(error).__name__}: {_UNREADABLE.sub(_escaped, said)}"


def _escaped(found: re.Match[str]) -> str:
    return ascii(found[0])[1:-1]


def name_of(what: str, text: object) -> str:
    """Return the nearest text that can name an entry, and warn if it is another one.

    Args:
        what: what it is the name of, as its argument is called.
        text: the text.
    """
    if isinstance(text, str) and is_name(text):
        return text
    word = what.replace("_", "-")
    name = re.sub(r"[^A-Za-z0-9._-]+|\.{2,}", "-", str(text)).strip("-._")[:120].rstrip(".") or word
    name = name if is_name(name) else f"{word}-{name}"
    warn(f"{what}: {text!r} cannot be the name of a file and of a web page. It is recorded as {name}.")
    return name


def text_of(text: Any) -> Any:
    """Return a text for people, without the secrets in it; what is no text is for the format to refuse."""
    return masked(text) if isinstance(text, str) else text


def number_of(what: str, value: Any) -> float:
    """Return an int or a float for what other libraries take for a number.

    Raises:
        HerdbookError: it is none; `what` says which number that is.
    """
    try:
        plain = value.item() if hasattr(value, "item") else value
        return rounded(int(plain)) if isinstance(plain, bool | int) else float(plain)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise HerdbookError(f"{what}: {error}") from error


def whole_of(what: str, value: Any) -> int:
    """Return a whole number that a catalog can hold.

    Raises:
        HerdbookError: it is none; `what` says which number that is.
    """
    try:
        plain = value.item() if hasattr(value, "item") else value
        number = int(plain)
        if isinstance(plain, str) or number == plain:
            if LEAST_WHOLE <= number <= MOST_WHOLE:
                return number
            raise HerdbookError(f"{what}: the number does not fit into 64 bits; log_param keeps it as text")
    except (TypeError, ValueError, ArithmeticError) as error:
        raise HerdbookError(f"{what}: {error}") from error
    raise HerdbookError(f"{what}: {plain!r} is no whole number")


def param_of(value: Any) -> Any:
    """Return a parameter: text, a number, a boolean, None, or a list; anything else as text."""
    if getattr(getattr(value, "dtype", None), "kind", "") == "M":
        value = value.astype(str)  # the times of numpy would become numbers of nanoseconds
    if hasattr(value, "tolist") and not isinstance(value, type):  # numpy.float32, say, is no value
        value = value.tolist()
    if isinstance(value, list | tuple):
        items = [param_of(item) for item in value]
        # A list holds no lists: a matrix is a text.
        return masked(str(items)) if any(isinstance(item, list) for item in items) else items
    if value is None or isinstance(value, int | float):
        return held(value)
    return masked(str(value))
