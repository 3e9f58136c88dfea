"""recall, tag: commands that add to what an entry says."""

from typing import Any

import click

from herdbook.cli.asking import show
from herdbook.cli.writing import acting, carried_out, changing, person_acting, records_of, time_of, told


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
@acting
@changing
def recall_command(dataset: str, reason: str, severity: str, replaced_by: str | None, **options: Any) -> int:
    """Withdraw a version of a dataset, and say what depends on it."""
    from herdbook.planning.recalls import recall
    from herdbook.queries import impact as question
    from herdbook.telling.impact import tell_impact

    outcome = carried_out(
        options,
        lambda catalog: recall(
            catalog,
            dataset,
            by=person_acting(catalog, options),
            at=time_of(options),
            reason=reason,
            severity=severity,
            replaced_by=replaced_by,
        ),
    )
    if outcome.refused:
        return told(outcome, options)
    records = records_of(outcome.after)
    answer = question.impact(records, question.named(records, dataset))
    code = told(outcome, options, impact=answer)
    if options["form"] == "text":
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
@changing
def tag_set_command(reference: str, key: str, value: str, **options: Any) -> int:
    """Give the entry REF the tag KEY with VALUE."""
    from herdbook.planning.tags import set_tag

    return told(carried_out(options, lambda catalog: set_tag(catalog, reference, key, value)), options)


@tag_command.command("unset")
@click.argument("reference", metavar="REF")
@click.argument("key")
@changing
def tag_unset_command(reference: str, key: str, **options: Any) -> int:
    """Take the tag KEY from the entry REF."""
    from herdbook.planning.tags import unset_tag

    return told(carried_out(options, lambda catalog: unset_tag(catalog, reference, key)), options)
