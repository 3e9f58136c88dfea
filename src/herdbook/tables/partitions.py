"""Columns in the names of folders, ``day=2024-01-01/0.parquet``, as Hive, Spark and Arrow write them."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote

from herdbook.tables.parts import Column, Table
from herdbook.tables.types import Gathered

_NOTHING = "__HIVE_DEFAULT_PARTITION__"
_NOTE = "Its values stand in the names of folders."


def with_partitions(table: Table, paths: Sequence[str]) -> Table:
    """A table with the columns in the names of its folders, behind its own, as whoever reads it gets them.

    Args:
        table: the table.
        paths: where its parts lie in the folder.
    """
    pairs = [[step.split("=", 1) for step in path.split("/")[:-1] if "=" in step] for path in paths]
    names = {tuple(name for name, _ in steps) for steps in pairs}
    if not table.columns or len(names) != 1:
        return table
    own = {column.name for column in table.columns}
    found = []
    for place, name in enumerate(map(unquote, names.pop())):
        values = Gathered({_NOTHING})
        for value in {steps[place][1] for steps in pairs}:
            values.add(unquote(value))
        if name and name.isprintable() and name not in own:
            found.append(Column(name, values.found, values.has_missing, _NOTE))
    return replace(table, columns=(*table.columns, *found))
