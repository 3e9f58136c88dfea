"""Options that several commands share."""

from pathlib import Path

import click

from herdbook.errors import HerdbookError

catalog_option = click.option(
    "--catalog",
    "catalog_dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("catalog"),
    show_default=True,
    help="Folder of the catalog.",
)


def require_folder(catalog_dir: Path) -> None:
    """Raise where there is no folder of that name."""
    if not catalog_dir.is_dir():
        raise HerdbookError(f"{catalog_dir}: there is no such folder; name the catalog with --catalog DIR")
