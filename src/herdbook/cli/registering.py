"""register."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from herdbook.cli.completing import models, runs
from herdbook.cli.values import given, pairs
from herdbook.cli.writing import acting, carried_out, changing, person_acting, time_of, told
from herdbook.tree import top_around

if TYPE_CHECKING:
    from herdbook.catalog import Catalog
    from herdbook.planning.plan import Plan


@click.command("register")
@click.argument("model", shell_complete=models)
@click.option("--run", metavar="RUN", required=True, shell_complete=runs, help="The run that made it.")
@click.option("--artifact", metavar="NAME", help="Which output of the run. Left out, the only one.")
@click.option(
    "--mlmodel",
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="MLflow's MLmodel file, or the folder that holds it. Left out, the one beside the artifact.",
)
@click.option("--label", metavar="TEXT", help="A second name for the version: 1.2.0.")
@click.option("--title", metavar="TEXT", help="What people call the version, if not by its number.")
@click.option("--description", metavar="TEXT", help="What is different in this version, in Markdown.")
@click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="A label; repeatable.")
@acting
@changing
def register_command(
    model: str,
    run: str,
    artifact: str | None,
    mlmodel: Path | None,
    label: str | None,
    title: str | None,
    description: str | None,
    tags: Sequence[str],
    **options: Any,
) -> int:
    """Make what RUN made the next version of MODEL, and say what is left to be written.

    Digest and size come from the record of the run, or from the artifact where it lies in the repository;
    flavors, signature and requirements from the MLmodel file that MLflow writes.
    """
    from herdbook.planning.artifacts import look_at
    from herdbook.planning.registering import artifact_of, register

    folder = Path(os.path.realpath(options["catalog_dir"]))
    known = given(label=label, title=title, description=description, tags=pairs("--tag", tags))

    def plan(catalog: "Catalog") -> "Plan":
        found = artifact_of(catalog, run, artifact)
        seen = look_at(top_around(folder) or Path.cwd(), found.output.uri, found.output.digest, mlmodel)
        by = {"created_at": time_of(options), "created_by": person_acting(catalog, options)}
        return register(catalog, model, found, seen, {**known, **by})

    return told(carried_out(options, plan), options)
