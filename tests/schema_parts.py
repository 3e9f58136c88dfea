"""Walk through a schema: every schema inside it, with its place."""

from collections.abc import Iterator
from typing import Any

Part = dict[str, Any]


def parts(part: Part, where: str = "#") -> Iterator[tuple[str, Part]]:
    """Yield a schema and every schema inside it, each with its place."""
    yield where, part
    for keyword in ("properties", "$defs", "dependentSchemas"):
        for name, child in part.get(keyword, {}).items():
            yield from parts(child, f"{where}/{keyword}/{name}")
    for keyword in ("items", "additionalProperties", "propertyNames"):
        if isinstance(part.get(keyword), dict):
            yield from parts(part[keyword], f"{where}/{keyword}")
    for keyword in ("anyOf", "oneOf"):
        for index, child in enumerate(part.get(keyword, ())):
            yield from parts(child, f"{where}/{keyword}/{index}")


def resolved(whole: Part, part: Part) -> Part:
    """Lay a schema over the definition that it refers to."""
    return {**whole["$defs"].get(part.get("$ref", "").rpartition("/")[2], {}), **part}
