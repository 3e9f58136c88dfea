"""What the commands share that change files: options, carrying out, saying what was done."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from herdbook import clock
from herdbook.cli.completing import people
from herdbook.cli.options import catalog_option, format_option, together
from herdbook.cli.reporting import folder_in_repository, show_report
from herdbook.formats import plural
from herdbook.reports.terminal import printable

if TYPE_CHECKING:
    from herdbook.catalog import Catalog
    from herdbook.planning.carrying_out import Command, Outcome
    from herdbook.queries.answer import Answer
    from herdbook.queries.records import Records

_MOST_LISTED = 100
"""How many files are listed that a command writes."""


changing = together(
    catalog_option,
    click.option("--dry-run", is_flag=True, help="Print what would change, as a diff, and write nothing."),
    click.option("--force", is_flag=True, help="Write even if the catalog fails more checks than before."),
    format_option("text", "json"),
)
"""The options that every command has which changes files."""

acting = together(
    click.option(
        "--by",
        metavar="NAME",
        shell_complete=people,
        help="Who. Left out, the person that git's user.email names.",
    ),
    click.option("--at", metavar="TIME", help="When, in UTC: 2024-03-15T09:12:00Z. Left out, now."),
)
"""The options that say who acts, and when."""


def carried_out(options: dict[str, Any], command: "Command", recorded: "Catalog | None" = None) -> "Outcome":
    """Carry a command out in the catalog of the options of `changing`.

    Args:
        options: those options.
        command: makes the plan.
        recorded: the catalog on record, which must not be rewritten.
    """
    from herdbook.memory import memory_of
    from herdbook.opening import found_catalog
    from herdbook.planning.carrying_out import carry_out

    folder: Path = options["catalog_dir"]
    found_catalog(folder)  # says what is wrong with the folder, before anything is written into it
    today, memory = clock.today(), memory_of(folder)
    force, dry_run = options["force"], options["dry_run"]
    outcome = carry_out(
        folder, command, today, memory=memory, force=force, dry_run=dry_run, recorded=recorded
    )
    memory.save()
    return outcome


def person_acting(catalog: "Catalog", options: dict[str, Any]) -> str:
    """Who acts, by the options of `acting`."""
    from herdbook.planning.people import person_here

    given: str | None = options["by"]
    return given if given is not None else person_here(catalog, options["catalog_dir"])


def person_if_known(catalog: "Catalog", folder: Path) -> str | None:
    """The person of a catalog whom git names; nobody where it names none of them, or several."""
    from herdbook.planning.people import person_here
    from herdbook.planning.plan import PlanError

    try:
        return person_here(catalog, folder)
    except PlanError:
        return None


def time_of(options: dict[str, Any]) -> str:
    """When, by the options of `acting`."""
    given: str | None = options["at"]
    return given if given is not None else clock.now()


def records_of(catalog: "Catalog") -> "Records":
    """A catalog for questions, as of today."""
    from herdbook.queries.records import Records

    return Records(catalog, clock.today())


def told(outcome: "Outcome", options: dict[str, Any], **answers: "Answer") -> int:
    """Say what was done, or why not; return the exit code.

    Args:
        outcome: what came of a command.
        options: those of `changing`.
        answers: what is said besides, for programs; people are told it in the words of its command.
    """
    folder = folder_in_repository(options["catalog_dir"])
    if options["form"] == "json":
        from herdbook.reports.outcomes import outcome_json

        click.echo(outcome_json(outcome, folder, answers), nl=False)
        return int(outcome.refused)
    if outcome.refused:
        code = show_report(outcome.report, "text", folder)
        found = {finding.rule for finding in outcome.report.findings}
        for cure in dict.fromkeys(cure for rule, cure in outcome.plan.cures.items() if rule in found):
            click.echo(printable(cure))
        click.echo("Nothing was written: the catalog would be worse. --force writes it all the same.")
        return code
    if options["dry_run"]:
        for line in outcome.diff(folder):
            click.echo(printable(line))
        return 0
    click.echo(printable(outcome.plan.said))
    listed = outcome.writes if len(outcome.writes) <= _MOST_LISTED else ()
    if not listed and outcome.writes:
        click.echo(f"written: {plural(len(outcome.writes), 'file')}; `git status` lists them.")
    for write in listed:
        path = (options["catalog_dir"] / write.path).as_posix()
        if write.moved_from:
            before = (options["catalog_dir"] / write.moved_from).as_posix()
            click.echo(f"moved: {printable(before)} -> {printable(path)}")
        else:
            click.echo(f"{'changed' if write.before is not None else 'written'}: {printable(path)}")
    if errors := len(outcome.report.findings):
        click.echo(f"`herdbook check` finds {plural(errors, 'error')} that it did not find before.")
    for finding in outcome.objections:
        click.echo(printable(f"`herdbook gate` refuses this as it is: {finding.message}. {finding.help}"))
    return 0
