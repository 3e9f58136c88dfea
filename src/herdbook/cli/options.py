"""Options that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from herdbook.errors import HerdbookError

if TYPE_CHECKING:
    from herdbook.catalog import Catalog

catalog_option = click.option(
    "--catalog",
    "catalog_dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("catalog"),
    show_default=True,
    help="Folder of the catalog.",
)


def opened(catalog_dir: Path) -> "Catalog":
    """Read the catalog in a folder.

    Raises:
        HerdbookError: there is no such folder, or nothing in it.
    """
    from herdbook.catalog import read_catalog
    from herdbook.tree import DirTree

    if not catalog_dir.is_dir():
        raise HerdbookError(f"{catalog_dir}: there is no such folder; name the catalog with --catalog DIR")
    catalog = read_catalog(DirTree(catalog_dir))
    if not catalog.sources and not catalog.findings:
        raise HerdbookError(f"{catalog_dir}: the folder holds no catalog; it begins with a herdbook.yaml")
    return catalog
