"""deprecate, recall, tag, waive: commands that add to what an entry says, or to what is said of it."""

from typing import Any

import click

from herdbook import clock
from herdbook.cli.asking import show
from herdbook.cli.completing import (
    dataset_versions,
    model_versions,
    models,
    people,
    references,
    rules,
    versions,
)
from herdbook.cli.writing import acting, carried_out, changing, person_acting, records_of, time_of, told


@click.command("deprecate")
@click.argument("model", shell_complete=models)
@click.argument("version", shell_complete=versions)
@click.option("--reason", metavar="TEXT", default="", help="Why, in Markdown.")
@click.option(
    "--replaced-by",
    metavar="MODEL/VERSION",
    shell_complete=model_versions,
    help="What to use in its place; an alias will do.",
)
@acting
@changing
def deprecate_command(model: str, version: str, reason: str, replaced_by: str | None, **options: Any) -> int:
    """Say that VERSION of MODEL is not to be used any more, and what still uses it."""
    from herdbook.planning.deprecations import deprecate

    outcome = carried_out(
        options,
        lambda catalog: deprecate(
            catalog,
            model,
            version,
            by=person_acting(catalog, options),
            at=time_of(options),
            reason=reason,
            replaced_by=replaced_by,
        ),
    )
    return told(outcome, options)


@click.command("recall")
@click.argument("dataset", metavar="DATASET/VERSION", shell_complete=dataset_versions)
@click.option("--reason", metavar="TEXT", required=True, help="What is wrong with the data.")
@click.option(
    "--severity",
    type=click.Choice(["low", "medium", "high", "critical"]),
    default="high",
    show_default=True,
    help="How bad it is for what was made from them.",
)
@click.option(
    "--replaced-by",
    metavar="DATASET/VERSION",
    shell_complete=dataset_versions,
    help="What to use in their place.",
)
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
@click.argument("reference", metavar="REF", shell_complete=references)
@click.argument("key")
@click.argument("value")
@changing
def tag_set_command(reference: str, key: str, value: str, **options: Any) -> int:
    """Give the entry REF the tag KEY with VALUE."""
    from herdbook.planning.tags import set_tag

    return told(carried_out(options, lambda catalog: set_tag(catalog, reference, key, value)), options)


@tag_command.command("unset")
@click.argument("reference", metavar="REF", shell_complete=references)
@click.argument("key")
@changing
def tag_unset_command(reference: str, key: str, **options: Any) -> int:
    """Take the tag KEY from the entry REF."""
    from herdbook.planning.tags import unset_tag

    return told(carried_out(options, lambda catalog: unset_tag(catalog, reference, key)), options)


@click.command("waive")
@click.argument("rule", shell_complete=rules)
@click.argument("entry", metavar="REF|PATH", shell_complete=references)
@click.option(
    "--owner",
    metavar="NAME",
    required=True,
    shell_complete=people,
    help="Who sees to it that the cause is mended.",
)
@click.option("--reason", metavar="TEXT", required=True, help="Why it is accepted for now.")
@click.option("--until", metavar="DATE", required=True, help="The last day on which it is: 2024-06-30.")
@changing
def waive_command(rule: str, entry: str, owner: str, reason: str, until: str, **options: Any) -> int:
    """Excuse an entry from RULE until a day, or renew such a waiver."""
    from herdbook.planning.waivers import waive
    from herdbook.policy import Waiver

    inside = entry.removeprefix(f"{options['catalog_dir'].as_posix()}/")
    asked = Waiver(0, rule, inside, owner, reason, until)
    today = clock.today()
    return told(carried_out(options, lambda catalog: waive(catalog, asked, today)), options)
