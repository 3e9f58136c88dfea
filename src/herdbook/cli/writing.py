"""alias, promote, rollback, recall, tag: commands that change the files of the catalog."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from herdbook.cli.asking import show
from herdbook.cli.options import catalog_option, opened
from herdbook.cli.reporting import folder_in_repository, show_report

if TYPE_CHECKING:
    from herdbook.catalog import Catalog
    from herdbook.planning.aliases import Grounds
    from herdbook.planning.carrying_out import Command, Outcome
    from herdbook.queries.records import Records

Function = TypeVar("Function", bound=Callable[..., Any])


def _changing(function: Function) -> Function:
    """Add the options that every command has which changes files."""
    for option in (
        click.option(
            "--force", is_flag=True, help="Write even if the catalog fails more checks than before."
        ),
        click.option(
            "--dry-run", is_flag=True, help="Print what would change, as a diff, and write nothing."
        ),
        catalog_option,
    ):
        function = option(function)
    return function


def _acting(function: Function) -> Function:
    """Add the options that say who acts, and when."""
    for option in (
        click.option("--at", metavar="TIME", help="When, in UTC: 2024-03-15T09:12:00Z. Left out, now."),
        click.option("--by", metavar="NAME", help="Who. Left out, the person that git's user.email names."),
    ):
        function = option(function)
    return function


def _moving(function: Function) -> Function:
    """Add the options that say on what grounds an alias moves."""
    for option in (
        click.option("--evidence", metavar="REF", multiple=True, help="A run that it rests on; repeatable."),
        click.option("--reason", metavar="TEXT", default="", help="Why."),
        click.option("--approved-by", metavar="NAME", multiple=True, help="Who approved it; repeatable."),
    ):
        function = option(function)
    return _acting(function)


@click.group("alias")
def alias_command() -> None:
    """Let an alias of a model point to a version, or to nothing."""


@alias_command.command("set")
@click.argument("model")
@click.argument("alias")
@click.argument("version")
@_moving
@_changing
def alias_set_command(model: str, alias: str, version: str, **options: Any) -> int:
    """Let ALIAS of MODEL point to VERSION, a number or a label."""
    from herdbook.planning.aliases import set_alias

    outcome = _carried_out(
        options, lambda catalog: set_alias(catalog, model, alias, version, _grounds(catalog, options))
    )
    return _told(outcome, options)


@alias_command.command("unset")
@click.argument("model")
@click.argument("alias")
@_moving
@_changing
def alias_unset_command(model: str, alias: str, **options: Any) -> int:
    """Let ALIAS of MODEL point to nothing any more."""
    from herdbook.planning.aliases import unset_alias

    outcome = _carried_out(
        options, lambda catalog: unset_alias(catalog, model, alias, _grounds(catalog, options))
    )
    return _told(outcome, options)


@click.command("promote")
@click.argument("model")
@_moving
@_changing
def promote_command(model: str, **options: Any) -> int:
    """Make the challenger of MODEL its champion, and the champion what one can roll back to."""
    from herdbook.planning.aliases import promote

    outcome = _carried_out(options, lambda catalog: promote(catalog, model, _grounds(catalog, options)))
    _compare(outcome, model)
    return _told(outcome, options)


@click.command("rollback")
@click.argument("model")
@_moving
@_changing
def rollback_command(model: str, **options: Any) -> int:
    """Make the version that `rollback` of MODEL points to the champion."""
    from herdbook.planning.aliases import roll_back

    outcome = _carried_out(options, lambda catalog: roll_back(catalog, model, _grounds(catalog, options)))
    return _told(outcome, options)


@click.command("recall")
@click.argument("dataset", metavar="DATASET/VERSION")
@click.option("--reason", metavar="TEXT", required=True, help="What is wrong with the data.")
@click.option(
    "--severity",
    type=click.Choice(["low", "medium", "high", "critical"]),
    default="high",
    show_default=True,
    help="How bad it is for what was made from them.",
)
@click.option("--replaced-by", metavar="DATASET/VERSION", help="What to use in their place.")
@_acting
@_changing
def recall_command(dataset: str, reason: str, severity: str, replaced_by: str | None, **options: Any) -> int:
    """Withdraw a version of a dataset, and say what depends on it."""
    from herdbook.planning.recalls import recall
    from herdbook.queries import impact as question
    from herdbook.telling.impact import tell_impact

    outcome = _carried_out(
        options,
        lambda catalog: recall(
            catalog,
            dataset,
            by=_person(catalog, options),
            at=_time(options),
            reason=reason,
            severity=severity,
            replaced_by=replaced_by,
        ),
    )
    code = _told(outcome, options)
    if not outcome.refused:
        records = _records(outcome.after)
        answer = question.impact(records, question.named(records, dataset))
        click.echo()
        show(answer, tell_impact(answer), "text")
    return code


@click.group("tag")
def tag_command() -> None:
    """Set or remove a tag of an entry."""


@tag_command.command("set")
@click.argument("reference", metavar="REF")
@click.argument("key")
@click.argument("value")
@_changing
def tag_set_command(reference: str, key: str, value: str, **options: Any) -> int:
    """Give the entry REF the tag KEY with VALUE."""
    from herdbook.planning.tags import set_tag

    return _told(_carried_out(options, lambda catalog: set_tag(catalog, reference, key, value)), options)


@tag_command.command("unset")
@click.argument("reference", metavar="REF")
@click.argument("key")
@_changing
def tag_unset_command(reference: str, key: str, **options: Any) -> int:
    """Take the tag KEY from the entry REF."""
    from herdbook.planning.tags import unset_tag

    return _told(_carried_out(options, lambda catalog: unset_tag(catalog, reference, key)), options)


def _carried_out(options: dict[str, Any], command: "Command") -> "Outcome":
    from herdbook.cache import cache_for
    from herdbook.planning.carrying_out import carry_out

    folder: Path = options["catalog_dir"]
    opened(folder, cached=True)  # says what is wrong with the folder, before anything is written into it
    today = datetime.now(UTC).date()
    force, dry_run = options["force"], options["dry_run"]
    return carry_out(folder, command, today, cache=cache_for(folder), force=force, dry_run=dry_run)


def _grounds(catalog: "Catalog", options: dict[str, Any]) -> "Grounds":
    from herdbook.planning.aliases import Grounds

    return Grounds(
        by=_person(catalog, options),
        at=_time(options),
        approved_by=options["approved_by"],
        reason=options["reason"],
        evidence=options["evidence"],
    )


def _person(catalog: "Catalog", options: dict[str, Any]) -> str:
    from herdbook.git import identity
    from herdbook.planning.people import acting

    given: str | None = options["by"]
    if given is not None:
        return given
    people = catalog.file.people if catalog.file is not None else {}
    known = identity(options["catalog_dir"])
    return acting(people, (known.email, known.name))


def _time(options: dict[str, Any]) -> str:
    given: str | None = options["at"]
    return given if given is not None else datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _records(catalog: "Catalog") -> "Records":
    from herdbook.queries.records import Records

    return Records(catalog, datetime.now(UTC).date())


def _compare(outcome: "Outcome", model: str) -> None:
    """Say in a sentence what is better and worse about the challenger."""
    from herdbook.planning.aliases import CHALLENGER, CHAMPION, in_force, model_named
    from herdbook.queries.asking import find
    from herdbook.queries.compare import compare
    from herdbook.ref import Ref
    from herdbook.reports.terminal import printable
    from herdbook.telling.compare import tell_compare
    from herdbook.telling.document import plain

    name = model_named(outcome.before, model)
    if in_force(outcome.before, name, CHAMPION) is None:
        return
    now, before = (
        find(outcome.before, str(Ref.model(name, alias=alias))) for alias in (CHALLENGER, CHAMPION)
    )
    document = tell_compare(compare(_records(outcome.before), now, before, lambda *commits: None))
    click.echo(f"{printable(plain(document.title))}: {printable(plain(document.lead))}")


def _told(outcome: "Outcome", options: dict[str, Any]) -> int:
    """Say what was done, or why not; return the exit code."""
    from herdbook.formats import plural
    from herdbook.reports.terminal import printable

    folder = folder_in_repository(options["catalog_dir"])
    if outcome.refused:
        code = show_report(outcome.report, "text", folder)
        click.echo("Nothing was written: the catalog would be worse. --force writes it all the same.")
        return code
    if options["dry_run"]:
        for line in outcome.diff(folder):
            click.echo(printable(line))
        return 0
    click.echo(printable(outcome.plan.said))
    for write in outcome.writes:
        path = (options["catalog_dir"] / write.path).as_posix()
        click.echo(f"{'changed' if write.before is not None else 'written'}: {printable(path)}")
    if found := len(outcome.report.findings):
        click.echo(f"`herdbook check` finds {plural(found, 'error')} that it did not find before.")
    return 0
