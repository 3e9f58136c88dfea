"""Tables in Parquet, whose footer says what they hold; pyarrow reads it."""

from typing import Any

from herdbook.tables.parts import Column, Table, TableError, table_of

MISSING = (
    "rows and columns of Parquet are read by pyarrow, which is not installed: `pip install herdbook[parquet]`"
)


def can_read_parquet() -> bool:
    """Tell whether pyarrow is there and works."""
    try:
        import pyarrow.parquet  # noqa: F401  # that it can be imported is all
    except ImportError:
        return False
    return True


def read_parquet(stream: Any, name: str) -> Table:
    """Read what the footer of a Parquet file says.

    Raises:
        TableError: it is no Parquet file.
    """
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(stream)
        metadata, schema = file.metadata, file.schema_arrow
        missing = _missing(metadata)
    except (ArrowException, OSError, ValueError) as error:
        why = (str(error).splitlines() or ["it holds nothing"])[0]
        raise TableError(
            f"{name}: is no Parquet file that can be read ({why}); write it again, or leave rows and columns "
            "out with --no-columns"
        ) from error
    columns = [Column(field.name, str(field.type), field.name in missing) for field in schema]
    return table_of(metadata.num_rows, columns, [], name)


def _missing(metadata: Any) -> set[str]:
    """The columns of which the statistics say that values are missing."""
    found = set()
    for group in range(metadata.num_row_groups):
        for index in range(metadata.num_columns):
            column = metadata.row_group(group).column(index)
            if column.statistics is not None and column.statistics.null_count:
                found.add(column.path_in_schema)
    return found
