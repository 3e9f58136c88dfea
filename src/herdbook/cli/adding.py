"""dataset add: measure data, and add them to the catalog; they stay where they are."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from herdbook.cli.completing import dataset_versions, datasets, people, runs
from herdbook.cli.creating import described, description_of, owner_option
from herdbook.cli.options import recalled
from herdbook.cli.reporting import address_in_repository
from herdbook.cli.screen import progress
from herdbook.cli.values import given
from herdbook.cli.writing import carried_out, changing, person_if_known, told
from herdbook.errors import HerdbookError
from herdbook.reports.terminal import printable

if TYPE_CHECKING:
    from herdbook.catalog import Catalog
    from herdbook.digest import Measured
    from herdbook.planning.plan import Plan
    from herdbook.tables import Reading, Table


_TO_COME: dict[str, Any] = {"digest": f"sha256:{'0' * 64}", "size": 0}

_NO_TABLE = "rows and columns are left out: the files of the folder are not all of one format that is read"
_SEVERAL_TABLES = "rows and columns are left out: the files of the folder have different columns"


@click.group("dataset")
def dataset_command() -> None:
    """Add a version of a dataset."""


@dataset_command.command("add")
@click.argument("name", shell_complete=datasets)
@click.argument("version")
@click.option(
    "--path",
    metavar="FILE|DIR",
    type=click.Path(path_type=Path),
    required=True,
    help="The data. They are read, and stay where they are.",
)
@click.option("--uri", metavar="URI", help="Where others find them. Left out, the path in the repository.")
@click.option(
    "--derived-from",
    shell_complete=dataset_versions,
    metavar="DATASET/VERSION",
    multiple=True,
    help="A version that they were made from; repeatable.",
)
@click.option("--produced-by", metavar="RUN", shell_complete=runs, help="The run that wrote them.")
@click.option("--created-at", metavar="TIME", help="When they took this state, in UTC: 2024-03-14T22:00:00Z.")
@click.option("--created-by", metavar="NAME", shell_complete=people, help="Who made them.")
@click.option("--split", metavar="TEXT", help="Which part of the whole they are, such as test.")
@described
@owner_option
@click.option("--delimiter", metavar="SIGN", help="What stands between the values of a line, if no comma.")
@click.option(
    "--encoding", metavar="NAME", default="utf-8", show_default=True, help="How the text of CSV is encoded."
)
@click.option(
    "--header/--no-header", default=None, help="Whether the first line of CSV names the columns, if in doubt."
)
@click.option(
    "--missing", metavar="TEXT", multiple=True, help="A text for a missing value, such as NA; repeatable."
)
@click.option("--no-columns", is_flag=True, help="Leave rows and columns out.")
@changing
def dataset_add_command(name: str, version: str, path: Path, **options: Any) -> int:
    """Add VERSION of the dataset NAME: digest and size, and of tables the rows and columns.

    Tables are CSV (.csv, .tsv), JSON lines (.jsonl, .ndjson), both also packed with gzip (.gz), and Parquet.
    A folder is one, if all its files are, with the same columns.
    Where there is no dataset NAME yet, it is added, too.
    """
    from herdbook.planning.datasets import add_version

    folder: Path = options["catalog_dir"]
    known = {
        **given(
            created_at=options["created_at"],
            created_by=options["created_by"],
            split=options["split"],
            uri=options["uri"] or address_in_repository(path, folder),
        ),
        **description_of(options),
    }

    def plan(catalog: "Catalog", fields: dict[str, Any]) -> "Plan":
        if options["owner"] and name in catalog.datasets:
            raise HerdbookError(
                f"datasets:/{name} is there already; leave --owner out, or change it in its file"
            )
        return add_version(
            catalog,
            name,
            version,
            {**known, **fields},
            owner=options["owner"] or person_if_known(catalog, folder),
            derived_from=options["derived_from"],
            produced_by=options["produced_by"],
        )

    plan(recalled(folder), _TO_COME)  # what cannot be is said before hours of reading
    fields, notes = _measured(path, options)
    code = told(carried_out(options, lambda catalog: plan(catalog, fields)), options)
    for note in notes:
        click.echo(f"note: {printable(note)}", err=True)
    return code


def _measured(path: Path, options: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is known of data once they are read, and what a person should look at."""
    from herdbook.digest import measure_files, measure_opened, size_of, steady, steady_folder
    from herdbook.tables import format_of, parts_of

    size = size_of(path)
    if not path.is_dir():
        with steady(path) as file:
            with progress("hashing", size) as show:
                measured = measure_opened(file, show)
            return _known(measured, format_of(path.name), {path.name: path}, options)
    with steady_folder(path) as files:
        with progress("hashing", size) as show:
            measured = measure_files(files, show)
        places = {os.fsdecode(name): place for name, place in files}
        form, parts = parts_of(places)
        if not form:
            return _known(measured, "", {}, options)[0], (_NO_TABLE,)
        return _known(measured, form, {f"{path.name}/{name}": places[name] for name in parts}, options)


def _known(
    measured: "Measured", form: str, parts: Mapping[str, Path], options: dict[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is known of data that are hashed: of a table that all parts are, the rows and columns as well."""
    from herdbook.digest import size_of, steady
    from herdbook.tables import read_table, together
    from herdbook.tables.parquet import MISSING, can_read_parquet
    from herdbook.tables.partitions import with_partitions

    fields: dict[str, Any] = {"digest": measured.digest, "size": measured.size, **given(format=form)}
    if not form or options["no_columns"]:
        return fields, ()
    if form == "parquet" and not can_read_parquet():
        return fields, (MISSING,)
    reading, tables = _reading(options), []
    with progress("reading", sum(map(size_of, parts.values()))) as show:
        for name, place in parts.items():
            with steady(place) as file:
                tables.append((name, read_table(file, name, reading, show)))
    table = together(tables, as_text=form.startswith(("csv", "tsv")))
    if table is None:
        return fields, (_SEVERAL_TABLES,)
    table = with_partitions(table, [name.partition("/")[2] for name in parts])
    return {**fields, **_fields(table)}, table.notes


def _reading(options: dict[str, Any]) -> "Reading":
    from herdbook.tables import Reading

    delimiter: str | None = options["delimiter"]
    if delimiter is not None:
        delimiter = delimiter.replace("\\t", "\t")
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise HerdbookError(
                "--delimiter is one sign, and no quote; write --delimiter ';' or --delimiter '\\t'"
            )
    return Reading(delimiter, options["encoding"], options["header"], frozenset(options["missing"]))


def _fields(table: "Table") -> dict[str, Any]:
    columns = [
        {
            "name": column.name,
            "type": column.type,
            **given(description=column.note, nullable=column.is_missing or None),
        }
        for column in table.columns
    ]
    return {"rows": table.rows, **given(schema=columns)}
