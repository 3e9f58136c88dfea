"""Options that several commands share."""

from pathlib import Path

import click

catalog_option = click.option(
    "--catalog",
    "catalog_dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("catalog"),
    show_default=True,
    help="Folder of the catalog.",
)
