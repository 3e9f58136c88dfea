"""Columns: what data are made of, and what goes into a model and comes out of it."""

from typing import Any, NamedTuple


class Column(NamedTuple):
    """A column of a dataset, or an input or output of a model's signature."""

    name: str
    type: str
    description: str = ""
    nullable: bool | None = None


def columns_of(items: Any) -> tuple[Column, ...]:
    """Columns, from what a file says of them."""
    return tuple(
        Column(item.get("name", ""), item["type"], item.get("description", ""), item.get("nullable"))
        for item in items
    )
