"""Values out of what MLflow stores or a tracking server answers; what has another form counts as nothing."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


def whole(value: Any) -> int | None:
    """A whole number, if that is what a value is."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(found: Json, field: str) -> str:
    """A text."""
    value = found.get(field)
    return "" if value is None else str(value)


def whole_of(found: Json, field: str) -> int | None:
    """A whole number; servers write large ones as texts."""
    value = found.get(field)
    if isinstance(value, str) and value.lstrip("-").isdecimal() and value.isascii() and len(value) < 20:
        return int(value)
    return whole(value)


def mapping_of(found: Json, field: str) -> Json:
    """A mapping."""
    value = found.get(field)
    return value if isinstance(value, dict) else {}


def items_of(found: Json, field: str) -> list[Json]:
    """The mappings in a list."""
    value = found.get(field)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def pairs_of(found: Json, field: str) -> dict[str, str]:
    """Texts by their keys, such as tags."""
    return {text_of(item, "key"): text_of(item, "value") for item in items_of(found, field)}
