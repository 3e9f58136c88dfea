"""A catalog as tables in Parquet, for questions in SQL over millions of runs of many catalogs.

Each table is a file, and each row says of which catalog it is, so that the exports of many catalogs are read
as one: ``exports/*/runs.parquet``. What the questions of Herdbook follow step by step (what was made from
what, what holds a version today, which measurement counts) is worked out here once, so that plain SQL without
recursion answers them, in engines that have no recursion, too.
"""

from pathlib import Path

from herdbook.errors import HerdbookError
from herdbook.exporters.parquet.tables import TABLES
from herdbook.exporters.parquet.writing import replacing, write_table
from herdbook.queries.records import Records


def export_parquet(records: Records, folder: Path, name: str = "") -> dict[str, int]:
    """Write the tables of a catalog into a folder, in place of those of an earlier export.

    Args:
        records: the catalog.
        folder: the folder.
        name: what the catalog is called in the tables; by default, as it calls itself.

    Returns:
        How many rows each table has.

    Raises:
        HerdbookError: nobody says what the catalog is called, pyarrow is not installed, or the folder holds
            something else.
        StorageError: writing failed; the folder is as it was before.
    """
    file = records.catalog.file
    name = name or (file.name if file is not None else "")
    if not name:
        raise HerdbookError("the catalog has no name that tells its rows from those of others: give --name")
    with replacing(folder, [f"{table.name}.parquet" for table in TABLES]) as fresh:
        return {table.name: write_table(fresh, table, name, table.rows(records)) for table in TABLES}
