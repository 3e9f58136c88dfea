"""export: write what the catalog holds in the formats of others."""

from pathlib import Path

import click

from herdbook import clock
from herdbook.cli.completing import model_versions
from herdbook.cli.options import catalog_option, recalled


@click.group("export")
def export_command() -> None:
    """Write what the catalog holds in the formats of others."""


@export_command.command("hf-card")
@click.argument("reference", shell_complete=model_versions)
@catalog_option
def export_hf_card_command(reference: str, catalog_dir: Path) -> None:
    """Print the card of REFERENCE, a model or a version of one, as a README file of the Hugging Face Hub."""
    from herdbook.exporters.hf_card import hf_card

    click.echo(hf_card(recalled(catalog_dir), reference), nl=False)


@export_command.command("parquet")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--name", default="", help="What the catalog is called in the tables; left out, as it calls itself."
)
@catalog_option
def export_parquet_command(folder: Path, name: str, catalog_dir: Path) -> int:
    """Write the catalog as tables in Parquet into DIR, for questions in SQL.

    Each table is a file, and each row names its catalog, so that many exports are read as one. The tables of
    an earlier export are replaced as a whole. Exit code 1 says that files of the catalog cannot be read, and
    are left out.
    """
    from herdbook.exporters.parquet import export_parquet
    from herdbook.formats import plural
    from herdbook.queries.records import Records
    from herdbook.reports.terminal import printable

    records = Records(recalled(catalog_dir), clock.today())
    rows = export_parquet(records, folder, name)
    total = plural(sum(rows.values()), "row")
    click.echo(f"Written to {printable(str(folder))}: {plural(len(rows), 'table')} with {total}.")
    refused = len(records.catalog.refused)
    if refused:
        left_out = plural(refused, "file of the catalog is", "files of the catalog are")
        it = "it" if refused == 1 else "they"
        said = f"{left_out} left out, for {it} cannot be read: `herdbook check` says why"
        click.echo(f"herdbook: {said}", err=True)
    return int(refused > 0)
