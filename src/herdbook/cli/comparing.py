"""compare and reproduce: why a model got worse, and how to make it again."""

from pathlib import Path

import click

from herdbook.cli.asking import answer_format_option, asked, asked_about, show
from herdbook.cli.completing import references
from herdbook.cli.options import catalog_option, format_option


@click.command("compare")
@click.argument("reference", shell_complete=references)
@click.argument("other", required=False, shell_complete=references)
@catalog_option
@answer_format_option
def compare_command(reference: str, other: str | None, catalog_dir: Path, form: str) -> None:
    """What differs between REFERENCE and OTHER, two versions or runs, the most likely cause first.

    Without OTHER it is the last version before REFERENCE that passed: the one whose place it took under an
    alias, or else the last one without a metric regression.
    """
    records = asked(catalog_dir)
    from herdbook.entries import ModelVersion
    from herdbook.queries.asking import find
    from herdbook.queries.compare import compare
    from herdbook.queries.from_git import files_in
    from herdbook.telling.compare import tell_compare

    found = find(records.catalog, reference)
    against = find(records.catalog, other) if other is not None else None
    if against is not None:
        records = records.about(found.entry, against.entry)
    elif isinstance(found.entry, ModelVersion):  # what is before a run could be any run
        records = records.about(found.entry)
    answer = compare(records, found, against, files_in(catalog_dir))
    show(answer, tell_compare(answer), form)


@click.command("reproduce")
@click.argument("reference", shell_complete=references)
@catalog_option
@format_option("text", "shell", "json", "markdown", help="shell is a script that does it all.")
def reproduce_command(reference: str, catalog_dir: Path, form: str) -> None:
    """How to make REFERENCE again: a version of a model or of a dataset, or what a run wrote."""
    records, found = asked_about(catalog_dir, reference)
    from herdbook.queries.reproduce import reproduce
    from herdbook.reports.script import reproduction_script
    from herdbook.telling.reproduce import tell_reproduce

    answer = reproduce(records, found)
    if form == "shell":
        click.echo(reproduction_script(answer), nl=False)
    else:
        show(answer, tell_reproduce(answer), form)
