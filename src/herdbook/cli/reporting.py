"""Reports in the form that was asked for, for the commands that judge."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from herdbook.cli.options import format_option
from herdbook.cli.screen import style_for
from herdbook.errors import unwritable
from herdbook.tree import top_around

if TYPE_CHECKING:
    from herdbook.check import Report
    from herdbook.telling.document import Document, Line

report_format_option = format_option(
    "text",
    "json",
    "github",
    "sarif",
    "junit",
    "gitlab",
    "markdown",
    help="github annotates the lines of a change, and writes the summary of the job.",
)


def show_report(
    report: "Report",
    form: str,
    folder: str,
    *,
    documents: "Sequence[Document]" = (),
    facts: "Sequence[tuple[str, Line]]" = (),
    change: bool = False,
) -> int:
    """Print a report and return the exit code that its verdict stands for.

    Args:
        report: the report.
        form: one of the forms of `report_format_option`.
        folder: the folder of the catalog in the repository; nothing is its top.
        documents: of a comment or the summary of a job, what is told below the findings.
        facts: names and what they stand for, such as the base and the head of a change.
        change: the report is of a change.
    """
    # Each form is loaded only where it is asked for: the usual answer should come at once.
    written: str
    match form:
        case "text":
            from herdbook.reports.text import report_text

            written = report_text(report, style_for(sys.stdout), facts)
        case "json":
            from herdbook.reports.json import report_json

            written = report_json(report, facts)
        case "sarif":
            from herdbook.reports.sarif import report_sarif

            written = report_sarif(report, folder, change=change)
        case "junit":
            from herdbook.reports.junit import report_junit

            written = report_junit(report, folder)
        case "gitlab":
            from herdbook.reports.gitlab import report_gitlab

            written = report_gitlab(report, folder)
        case "markdown":
            from herdbook.reports.markdown import report_markdown

            written = report_markdown(
                report, folder, documents=documents, facts=facts, files=address_of_files(os.environ)
            )
        case "github":
            from herdbook.reports.github import report_github

            written = report_github(report, folder)
    click.echo(written, nl=False)  # first: these findings are told, whatever becomes of a summary
    if form == "github" and (summary := os.environ.get("GITHUB_STEP_SUMMARY")):
        _add_to_summary(Path(summary), report, folder, documents, facts)
    return exit_code(report)


def _add_to_summary(
    file: Path,
    report: "Report",
    folder: str,
    documents: "Sequence[Document]",
    facts: "Sequence[tuple[str, Line]]",
) -> None:
    from herdbook.reports.github import job_summary

    try:
        said = job_summary(
            report,
            folder,
            documents=documents,
            facts=facts,
            files=address_of_files(os.environ),
            written=file.stat().st_size if file.exists() else 0,
        )
        with file.open("a", encoding="utf-8") as appended:
            appended.write(said)
    except OSError as error:
        raise unwritable(f"the summary of the job, {file}", error) from error


def tell_left_out(catalog_dir: Path) -> None:
    """Say beside a report which files it took for gone, because a sparse checkout left them out."""
    from herdbook.git import GitError, left_out
    from herdbook.reports.terminal import printable

    with suppress(GitError):
        if absent := left_out(catalog_dir):
            example = printable((catalog_dir / absent[0]).as_posix())
            click.echo(
                f"herdbook: this sparse checkout left out {len(absent):,} files of the catalog, such as "
                f"{example}, and they were taken for gone; `git sparse-checkout disable` brings all of them",
                err=True,
            )


def exit_code(report: "Report") -> int:
    """The exit code that the verdict of a report stands for."""
    return {"FAIL": 1, "ERROR": 2}.get(report.verdict, 0)


def folder_in_repository(catalog_dir: Path) -> str:
    """The path of a folder from the top of the repository around it, or from here; nothing is the top."""
    folder = Path(os.path.realpath(catalog_dir))
    top = top_around(folder) or Path.cwd()
    inside = folder.relative_to(top).as_posix() if folder.is_relative_to(top) else "."
    return "" if inside == "." else inside


def address_in_repository(path: Path, catalog_dir: Path) -> str:
    """The address of a file or folder in the repository around a catalog; nothing where it lies elsewhere."""
    return quote(path_in_repository(path, catalog_dir), safe="/!$&'()*+,;=@~", errors="surrogateescape")


def path_in_repository(path: Path, folder: Path) -> str:
    """The path of a file or folder in the repository around a folder; nothing where it lies elsewhere."""
    there, top = Path(os.path.realpath(path)), top_around(Path(os.path.realpath(folder)))
    if top is None or not there.is_relative_to(top):
        return ""
    inside = there.relative_to(top).as_posix()
    return "" if inside == "." else inside


def address_of_files(environ: Mapping[str, str]) -> str:
    """The address below which a forge shows the files of the commit that its CI checks; nothing elsewhere."""
    match environ:
        case {"GITHUB_SERVER_URL": server, "GITHUB_REPOSITORY": repository, "GITHUB_SHA": commit} if server:
            return f"{server}/{repository}/blob/{commit}"
        case {"CI_PROJECT_URL": project, "CI_COMMIT_SHA": commit} if project:
            return f"{project}/-/blob/{commit}"
    return ""
