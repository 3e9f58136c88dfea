"""alias, promote, rollback, stage: commands that move the aliases and stages of models."""

from typing import TYPE_CHECKING, Any

import click

from herdbook.cli.completing import aliases, models, people, references, versions
from herdbook.cli.options import together
from herdbook.cli.writing import acting, carried_out, changing, person_acting, records_of, time_of, told
from herdbook.reports.terminal import printable

if TYPE_CHECKING:
    from herdbook.catalog import Catalog
    from herdbook.planning.aliases import Grounds
    from herdbook.planning.carrying_out import Outcome
    from herdbook.queries.compare import Comparison

_moving = together(
    acting,
    click.option(
        "--approved-by",
        metavar="NAME",
        multiple=True,
        shell_complete=people,
        help="Who approved it; repeatable.",
    ),
    click.option("--reason", metavar="TEXT", default="", help="Why."),
    click.option(
        "--evidence",
        metavar="REF",
        multiple=True,
        shell_complete=references,
        help="A run that it rests on; repeatable.",
    ),
)
"""The options that say on what grounds an alias or a version moves."""


@click.group("alias")
def alias_command() -> None:
    """Let an alias of a model point to a version, or to nothing."""


@alias_command.command("set")
@click.argument("model", shell_complete=models)
@click.argument("alias", shell_complete=aliases)
@click.argument("version", shell_complete=versions)
@_moving
@changing
def alias_set_command(model: str, alias: str, version: str, **options: Any) -> int:
    """Let ALIAS of MODEL point to VERSION, a number or a label."""
    from herdbook.planning.aliases import set_alias

    outcome = carried_out(
        options, lambda catalog: set_alias(catalog, model, alias, version, _grounds(catalog, options))
    )
    return told(outcome, options)


@alias_command.command("unset")
@click.argument("model", shell_complete=models)
@click.argument("alias", shell_complete=aliases)
@_moving
@changing
def alias_unset_command(model: str, alias: str, **options: Any) -> int:
    """Let ALIAS of MODEL point to nothing any more."""
    from herdbook.planning.aliases import unset_alias

    outcome = carried_out(
        options, lambda catalog: unset_alias(catalog, model, alias, _grounds(catalog, options))
    )
    return told(outcome, options)


@click.command("promote")
@click.argument("model", shell_complete=models)
@_moving
@changing
def promote_command(model: str, **options: Any) -> int:
    """Make the challenger of MODEL its champion, and the champion what one can roll back to."""
    from herdbook.planning.aliases import promote
    from herdbook.telling.compare import tell_compare
    from herdbook.telling.document import plain

    outcome = carried_out(options, lambda catalog: promote(catalog, model, _grounds(catalog, options)))
    comparison = _comparison(outcome, model)
    if comparison is None:
        return told(outcome, options)
    if options["form"] == "text":
        document = tell_compare(comparison)
        click.echo(f"{printable(plain(document.title))}: {printable(plain(document.lead))}")
    return told(outcome, options, comparison=comparison)


@click.command("rollback")
@click.argument("model", shell_complete=models)
@_moving
@changing
def rollback_command(model: str, **options: Any) -> int:
    """Make the version that `rollback` of MODEL points to the champion."""
    from herdbook.planning.aliases import roll_back

    outcome = carried_out(options, lambda catalog: roll_back(catalog, model, _grounds(catalog, options)))
    return told(outcome, options)


@click.group("stage")
def stage_command() -> None:
    """Move a version of a model to a stage, as in MLflow's older life cycle."""


@stage_command.command("set")
@click.argument("model", shell_complete=models)
@click.argument("version", shell_complete=versions)
@click.argument(
    "stage", type=click.Choice(["none", "staging", "production", "archived"], case_sensitive=False)
)
@click.option("--archive-existing", is_flag=True, help="Archive the versions that are in the stage now.")
@_moving
@changing
def stage_set_command(model: str, version: str, stage: str, archive_existing: bool, **options: Any) -> int:
    """Move VERSION of MODEL, a number or a label, to STAGE."""
    from herdbook.planning.stages import set_stage

    outcome = carried_out(
        options,
        lambda catalog: set_stage(
            catalog, model, version, stage, _grounds(catalog, options), archive_existing=archive_existing
        ),
    )
    return told(outcome, options)


def _grounds(catalog: "Catalog", options: dict[str, Any]) -> "Grounds":
    from herdbook.planning.aliases import Grounds

    return Grounds(
        by=person_acting(catalog, options),
        at=time_of(options),
        approved_by=options["approved_by"],
        reason=options["reason"],
        evidence=options["evidence"],
    )


def _comparison(outcome: "Outcome", model: str) -> "Comparison | None":
    """What is better and worse about the challenger, where there is a champion already."""
    from herdbook.planning.aliases import CHALLENGER, CHAMPION, in_force
    from herdbook.planning.named import model_named
    from herdbook.queries.asking import find
    from herdbook.queries.compare import compare
    from herdbook.ref import Ref

    name = model_named(outcome.before, model)
    if in_force(outcome.before, name, CHAMPION) is None:
        return None
    now, before = (
        find(outcome.before, str(Ref.model(name, alias=alias))) for alias in (CHALLENGER, CHAMPION)
    )
    return compare(records_of(outcome.before), now, before, lambda *commits: None)
