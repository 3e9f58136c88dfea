"""rename."""

from typing import Any

import click

from herdbook.cli.completing import references
from herdbook.cli.writing import carried_out, changing, told


@click.command("rename")
@click.argument("reference", metavar="REF", shell_complete=references)
@click.argument("name", metavar="NEW")
@click.option(
    "--base",
    metavar="REV",
    help="The branch that the change is for: what is on record there keeps its name. Left out, the default "
    "branch of the clone, or else the commit that is checked out.",
)
@changing
def rename_command(reference: str, name: str, base: str | None, **options: Any) -> int:
    """Call a dataset, a version of one, a model, a run, an endpoint or a label NEW, wherever it stands.

    What the gate would refuse is refused: a version, or a run that has ended, keeps the name that it was
    recorded under.
    """
    from herdbook.planning.renaming import rename
    from herdbook.proposal import on_record

    recorded = on_record(options["catalog_dir"], base)
    return told(carried_out(options, lambda catalog: rename(catalog, reference, name), recorded), options)
