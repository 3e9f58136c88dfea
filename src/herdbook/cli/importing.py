"""import: bring in what other systems hold."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from herdbook import clock
from herdbook.cli.options import recalled, together
from herdbook.cli.reporting import address_in_repository
from herdbook.cli.screen import along
from herdbook.cli.writing import carried_out, changing, told
from herdbook.errors import HerdbookError
from herdbook.reports.terminal import printable
from herdbook.tree import top_around

if TYPE_CHECKING:
    from herdbook.catalog import Catalog
    from herdbook.planning.drafts import Imported
    from herdbook.planning.importing import Import
    from herdbook.planning.mapping import Mapped
    from herdbook.planning.plan import Plan
    from herdbook.planning.selecting import Selection


@click.group("import")
def import_command() -> None:
    """Bring in what other systems hold; done again, it brings only what is new.

    What is in the catalog already stays as it is. What a source does not know is left open, for `check` to
    remind of. Exit code 1 says that something of the source is left out; what, and why, is named.
    """


of_runs = together(
    click.option(
        "--experiment", "experiments", metavar="NAME", multiple=True, help="Only its runs; repeatable."
    ),
    click.option(
        "--since", metavar="TIME", default="", help="Only runs that began then or later: 2024-03-15."
    ),
    click.option(
        "--filter", "filter_text", metavar="FILTER", default="", help="Only runs that fit, as in `runs`."
    ),
    click.option("--registered-only", is_flag=True, help="Only runs that versions of models descend from."),
    click.option(
        "--map",
        "mapping",
        metavar="tags.NAME=FIELD",
        multiple=True,
        help="A tag or a parameter, and its field: tags.git_sha=code.commit; repeatable.",
    ),
)
"""The options of commands that import runs."""


def brought_in(imported: "Imported", options: dict[str, Any]) -> int:
    """Bring in what was found in a source, and say what was; return the exit code.

    Args:
        imported: what was found.
        options: those of `changing`, and those of `of_runs` where the command has them.
    """
    from herdbook.planning.drafts import told_once
    from herdbook.planning.importing import bring_in

    selection, mapping = _selection(options), _mapping(options.get("mapping", ()))
    made: list[Import] = []

    def plan(catalog: "Catalog") -> "Plan":
        made.append(bring_in(catalog, imported, selection, mapping))
        return made[-1].plan

    outcome = carried_out(options, plan)
    remainder = made[-1].remainder
    code = told(outcome, options, remainder=remainder)
    if options["form"] == "text":
        for problem in told_once(remainder.problems):
            click.echo(f"herdbook: {printable(str(problem))}", err=True)
    return max(code, int(remainder.is_loss))


def _mapping(words: Iterable[str]) -> list["Mapped"]:
    from herdbook.cli.values import pairs
    from herdbook.planning.mapping import Mapped

    return [Mapped.of(source, field) for source, field in pairs("--map", words).items()]


def _selection(options: dict[str, Any]) -> "Selection":
    from herdbook.planning.selecting import Selection
    from herdbook.queries.filters import parse_filter
    from herdbook.queries.terms import milliseconds

    since: str = options.get("since", "")
    if since and milliseconds(since) is None:
        raise HerdbookError(f"--since {since!r} is no time; write 2024-03-15, or 2024-03-15T09:12:00Z")
    return Selection(
        experiments=frozenset(options.get("experiments", ())),
        since=since,
        conditions=parse_filter(options.get("filter_text", "")),
        registered_only=options.get("registered_only", False),
    )


@import_command.command("hf")
@click.argument("cards", metavar="CARD...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--name", default="", help="What it is called, where that is not to be taken from its card.")
@changing
def import_hf_command(cards: tuple[Path, ...], name: str, **options: Any) -> int:
    """Bring in cards of the Hugging Face Hub: README files, or folders with them.

    What a card says that has no field here is kept in tags that begin with hf., and
    `herdbook export hf-card` writes it again.
    """
    from herdbook.importers.hf import read_cards

    return brought_in(read_cards(cards, name), options)


@import_command.command("mlmodel")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--model", metavar="NAME", default="", help="The model; left out, it is called like DIR.")
@click.option(
    "--version", metavar="N", type=click.IntRange(min=1), help="Its number; left out, the next one."
)
@click.option(
    "--run", metavar="RUN", default="", help="The run that made it; left out, that of MLflow which saved it."
)
@click.option("--uri", metavar="URI", help="Where others find it. Left out, the path in the repository.")
@changing
def import_mlmodel_command(folder: Path, model: str, version: int | None, run: str, **options: Any) -> int:
    """Bring in a model that MLflow saved in DIR as the next version of a model."""
    from herdbook.importers.mlmodel import read_mlmodel

    uri = (
        options["uri"] or address_in_repository(folder, options["catalog_dir"]) or folder.absolute().as_uri()
    )
    catalog = recalled(options["catalog_dir"])
    return brought_in(read_mlmodel(folder, catalog, uri, model=model, version=version, run=run), options)


@import_command.command("mlflow")
@click.argument("source", envvar="MLFLOW_TRACKING_URI")
@of_runs
@changing
def import_mlflow_command(source: str, **options: Any) -> int:
    """Bring in the runs, datasets and registered models of a store of MLflow.

    SOURCE is an mlruns folder, an SQLite file, or the address of a tracking server; left out, what
    MLFLOW_TRACKING_URI names. Nothing is written to it, and MLflow need not be installed. What was
    deleted there stays out, unless a version of a model descends from it.

    Of a server with workspaces, all come over, or the one that MLFLOW_WORKSPACE names; what is in another
    one than `default` is called WORKSPACE/NAME.
    """
    from herdbook.importers.mlflow import read

    top = top_around(Path(os.path.realpath(options["catalog_dir"])))
    now = clock.now()
    return brought_in(read(source, now, top, along("Reading runs"), os.environ), options)


_repository_argument = click.argument("repo", type=click.Path(path_type=Path), default=Path())


@import_command.command("dvc")
@_repository_argument
@click.option("--rev", "revisions", metavar="REV", multiple=True, help="A commit to read; repeatable.")
@click.option("--all-tags", is_flag=True, help="Read every commit that has a tag.")
@click.option("--all-experiments", is_flag=True, help="Read what DVC keeps of experiments.")
@changing
def import_dvc_command(
    repo: Path, revisions: tuple[str, ...], all_tags: bool, all_experiments: bool, **options: Any
) -> int:
    """Bring in what DVC keeps in the git repository REPO: data, and what the stages of pipelines ran.

    It is read from commits, without a checkout: from the last one, if none is named.
    """
    from herdbook.git import repository_around
    from herdbook.importers.dvc import read_dvc

    named = revisions or (() if all_tags or all_experiments else ("HEAD",))
    repository = repository_around(repo)
    found = read_dvc(repository, named, all_tags=all_tags, all_experiments=all_experiments)
    return brought_in(found, options)


@import_command.command("gto")
@_repository_argument
@changing
def import_gto_command(repo: Path, **options: Any) -> int:
    """Bring in the models that GTO registered by tags of the git repository REPO.

    Stages become aliases; staging, production and archived are in the ledger of stages, too. What DVC knows
    of the commits that are registered comes along.
    """
    from herdbook.git import repository_around
    from herdbook.importers.gto import read_gto

    catalog = recalled(options["catalog_dir"])
    return brought_in(read_gto(repository_around(repo), catalog), options)
