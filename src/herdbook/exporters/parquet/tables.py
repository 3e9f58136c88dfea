"""The tables of an export, in the order in which they are explained."""

from herdbook.exporters.parquet import across, datasets, in_force, models, runs
from herdbook.exporters.parquet.columns import Table

TABLES: tuple[Table, ...] = (
    *datasets.TABLES,
    *runs.TABLES,
    *models.TABLES,
    *in_force.TABLES,
    *across.TABLES,
)
