"""describe, card: what people are to know of an entry, from the command line, a file or an editor."""

import sys
from pathlib import Path
from typing import Any

import click

from herdbook.cli.completing import model_versions, references, runs
from herdbook.cli.options import recalled
from herdbook.cli.screen import is_terminal
from herdbook.cli.values import pairs, text_of
from herdbook.cli.writing import carried_out, changing, told
from herdbook.errors import HerdbookError


@click.command("describe")
@click.argument("reference", metavar="REF", shell_complete=references)
@click.option("--title", metavar="TEXT", help="What people call it; blank takes the title away.")
@click.option("--description", metavar="TEXT", help="What it is, in Markdown; blank takes it away.")
@click.option(
    "--description-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A file with the description; - is standard input.",
)
@click.option("--notes", metavar="TEXT", help="Remarks, in Markdown; blank takes them away.")
@changing
def describe_command(
    reference: str,
    title: str | None,
    description: str | None,
    description_file: Path | None,
    notes: str | None,
    **options: Any,
) -> int:
    """Give the entry REF another title, description or notes.

    Where none is given, on a terminal, the description is opened in the editor that EDITOR names.
    """
    from herdbook.planning.describing import describe

    if description is not None and description_file is not None:
        raise HerdbookError("--description and --description-file both give the description; give one")
    if description_file is not None:
        description = text_of(description_file)
    elif title is None and description is None and notes is None:
        description = _edited(reference, options["catalog_dir"])
    return told(
        carried_out(
            options,
            lambda catalog: describe(catalog, reference, title=title, description=description, notes=notes),
        ),
        options,
    )


@click.command("card")
@click.argument("reference", metavar="MODEL[/VERSION]", shell_complete=model_versions)
@click.option(
    "--section",
    "sections",
    metavar="NAME=TEXT",
    multiple=True,
    help="A section, such as intended_use; blank takes it away; repeatable.",
)
@click.option(
    "--evaluation",
    "evaluations",
    metavar="RUN",
    shell_complete=runs,
    multiple=True,
    help="An evaluation; repeatable.",
)
@changing
def card_command(
    reference: str, sections: tuple[str, ...], evaluations: tuple[str, ...], **options: Any
) -> int:
    """Write sections of the card of a model, or of a version of it, and name its evaluations."""
    from herdbook.planning.cards import write_card

    written = pairs("--section", sections)
    if not written and not evaluations:
        raise HerdbookError("what the card is to say is not given; give it with --section or --evaluation")
    return told(
        carried_out(options, lambda catalog: write_card(catalog, reference, written, evaluations)), options
    )


def _edited(reference: str, folder: Path) -> str:
    """The description of an entry as somebody leaves it in an editor."""
    from herdbook.planning.describing import described_entry

    entry = described_entry(recalled(folder), reference)
    if not all(map(is_terminal, (sys.stdin, sys.stdout))):
        raise HerdbookError(
            f"what {entry.label} is to be called or described as is not said; say it with --title, "
            "--description or --description-file"
        )
    try:
        text = click.edit(entry.description, extension=".md")
    except (click.ClickException, UnicodeError) as error:
        raise HerdbookError(
            f"the editor did not work ({error}), so nothing was written; name another in EDITOR, or use "
            "--description-file"
        ) from error
    if text is None or not text.strip():
        raise HerdbookError(
            f"the editor left no new description of {entry.label}, so nothing was written; save another text "
            "in it, or give one with --description"
        )
    return text
