"""trace, impact, resolve, status; and what all commands share that answer questions about the catalog."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from herdbook import clock
from herdbook.cli.completing import references
from herdbook.cli.options import catalog_option, format_option, memory_ahead, opened
from herdbook.cli.screen import width_of_output

if TYPE_CHECKING:
    from herdbook.queries.answer import Answer
    from herdbook.queries.asking import Found
    from herdbook.queries.records import Records
    from herdbook.telling.document import Document

answer_format_option = format_option("text", "json", "markdown")
depth_option = click.option(
    "--depth", type=click.IntRange(min=0), help="How many steps to go; all of them where this is not given."
)


def asked(catalog_dir: Path) -> "Records":
    """Open the catalog in a folder for questions; what answers them is loaded while its files are listed."""
    memory = memory_ahead(catalog_dir)
    from herdbook.queries.records import Records

    return Records(opened(catalog_dir, memory), clock.today(), memory=memory)


def asked_about(catalog_dir: Path, reference: str) -> "tuple[Records, Found]":
    """Open the catalog in a folder for a question about one entry, and find that."""
    records = asked(catalog_dir)
    from herdbook.queries.asking import find

    found = find(records.catalog, reference)
    return records.about(found.entry), found


def show(answer: "Answer", document: "Document", form: str, most: int | None = None) -> None:
    """Print an answer; as Markdown with at most so many characters."""
    from herdbook.reports.answers import answer_json, document_markdown, document_text

    match form:
        case "json":
            written = answer_json(answer)
        case "markdown":
            written = document_markdown(document, most=most)
        case _:
            written = document_text(document, width_of_output())
    click.echo(written, nl=False)


@click.command("trace")
@click.argument("reference", shell_complete=references)
@depth_option
@catalog_option
@answer_format_option
def trace_command(reference: str, depth: int | None, catalog_dir: Path, form: str) -> None:
    """Which data, code, parameters and environment are behind REFERENCE."""
    records, found = asked_about(catalog_dir, reference)
    from herdbook.queries.trace import trace
    from herdbook.telling.trace import tell_trace

    answer = trace(records, found, depth)
    show(answer, tell_trace(answer), form)


@click.command("impact")
@click.argument("reference", required=False, shell_complete=references)
@click.option("--commit", metavar="SHA", help="Ask about a commit; the beginning of its hash will do.")
@click.option(
    "--requirement", metavar="PACKAGE", help='Ask about versions of a package, such as "scikit-learn<1.5".'
)
@depth_option
@click.option(
    "--fail-if-live",
    is_flag=True,
    help="Exit with 1 when something in production is affected, and with 2 when files cannot be read, so "
    "that nobody knows.",
)
@catalog_option
@answer_format_option
def impact_command(
    reference: str | None,
    commit: str | None,
    requirement: str | None,
    depth: int | None,
    fail_if_live: bool,
    catalog_dir: Path,
    form: str,
) -> int:
    """What depends on REFERENCE, an address, a commit or a package; first what is in production."""
    if sum(asked_for is not None for asked_for in (reference, commit, requirement)) != 1:
        raise click.UsageError("name one thing: a REFERENCE, or a --commit, or a --requirement")
    records = asked(catalog_dir)
    from herdbook.queries import impact as question
    from herdbook.queries.asking import QuestionError, narrowed
    from herdbook.telling.impact import tell_impact

    if commit is not None:
        subject = question.commit(records, commit)
    elif requirement is not None:
        subject = question.requirement(records, requirement)
    else:
        records = narrowed(records, reference or "")
        subject = question.named(records, reference or "")
    answer = question.impact(records, subject, depth)
    show(answer, tell_impact(answer), form)
    if fail_if_live and answer.unread and not answer.live:
        from herdbook.formats import plural

        raise QuestionError(
            f"{plural(answer.unread, 'file')} of the catalog cannot be read, so that nobody knows whether "
            "something in production is affected; `herdbook check` says what to mend"
        )
    return int(fail_if_live and answer.live)


@click.command("resolve")
@click.argument("reference", shell_complete=references)
@click.option(
    "--field",
    type=click.Choice(["ref", "version", "uri", "digest", "size"]),
    help="Print this value and nothing else.",
)
@catalog_option
@answer_format_option
def resolve_command(reference: str, field: str | None, catalog_dir: Path, form: str) -> None:
    """What an alias, a label or another REFERENCE stands for: version, artifact, digest."""
    records, found = asked_about(catalog_dir, reference)
    from herdbook.queries.asking import QuestionError
    from herdbook.queries.resolve import resolve
    from herdbook.reports.terminal import printable
    from herdbook.telling.resolve import tell_resolution, values

    answer = resolve(records, found)
    known = values(answer)
    if field is not None:
        if field not in known:
            raise QuestionError(f"{answer.ref} has no {field} on record; it has {', '.join(known)}")
        click.echo(printable(known[field]))
    elif form == "text":
        for name, value in known.items():
            click.echo(f"{name}: {printable(value)}")
    else:
        show(answer, tell_resolution(answer), form)


@click.command("status")
@click.argument("reference", shell_complete=references)
@catalog_option
@answer_format_option
def status_command(reference: str, catalog_dir: Path, form: str) -> int:
    """Whether REFERENCE is approved for production, by whom, on what evidence. Exits with 1 if it is not."""
    records, found = asked_about(catalog_dir, reference)
    from herdbook.queries.status import status
    from herdbook.telling.status import tell_status

    answer = status(records, found)
    show(answer, tell_status(answer), form)
    return int(not answer.approved)
