"""ci, doctor: adopting the gate."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from herdbook.cli.options import format_option
from herdbook.errors import unwritable
from herdbook.reports.jsontext import json_text
from herdbook.reports.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from herdbook.adoption.doctor import Diagnosis
    from herdbook.adoption.initialising import Placed

_NAMES = {"github": "GitHub", "gitlab": "GitLab", "azure": "Azure DevOps"}

_folder_argument = click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path(), metavar="[DIR]"
)


@click.group("ci")
def ci_command() -> None:
    """Let CI run the gate, and read what the forge knows of a change."""


@ci_command.command("init")
@click.argument("forge", type=click.Choice(list(_NAMES)))
@_folder_argument
@click.option("--catalog", help="Folder of the catalog in the repository. Left out, the one that is there.")
@click.option(
    "--branch", help="Branch that changes are merged into. Left out, the default branch of the remote."
)
@click.option(
    "--owners",
    multiple=True,
    help="Who guards policy, ledgers and workflows, such as @my-org/model-risk; may be given several times.",
)
@click.option("--install", help="What pip installs in CI. Left out, the version of herdbook that runs now.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
def ci_init_command(
    forge: str,
    folder: Path,
    catalog: str | None,
    branch: str | None,
    owners: tuple[str, ...],
    install: str | None,
    dry_run: bool,
) -> int:
    """Write the CI files of the gate into the repository whose top DIR is.

    Nothing that exists is overwritten: what differs is shown. The exit code is 0, or 1 where something
    differs.
    """
    from herdbook.adoption.doctor.by_hand import BY_HAND
    from herdbook.adoption.initialising import Setting, branch_of, catalog_folder, ci_files, plan, write
    from herdbook.adoption.top import require_top

    require_top(folder)
    usual = Setting()
    setting = Setting(
        branch=branch or branch_of(folder),
        catalog=(catalog or catalog_folder(folder)).removesuffix("/"),
        requirement=install or usual.requirement,
        owners=owners,
    )
    placed = plan(folder, ci_files(forge, setting))
    if not dry_run:
        write(folder, placed)
    for file in placed:
        tell_placed(file, dry_run=dry_run)
    click.echo(f"\nStill to be set by hand on {_NAMES[forge]}, which no file can do:")
    _tell_by_hand(BY_HAND[forge])
    return int(any(file.differs for file in placed))


@ci_command.command("reviews")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
def ci_reviews_command(out: Path) -> None:
    """Write the forge's answers about the reviews of this change into a file, for gate --reviews.

    Runs in GitHub Actions, with GITHUB_TOKEN, and in GitLab CI, with HERDBOOK_GITLAB_TOKEN. An older file is
    removed first; where the commit has no pull request, none is written. Of a push, the answers are about all
    that it merged, and the heads of these are fetched where the clone lacks them.
    """
    from herdbook.adoption.reviews import bring_heads, reviews_of_change, write_reviews

    try:
        out.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(out, error) from error
    reviews = reviews_of_change(os.environ)
    if not reviews:
        click.echo("This commit belongs to no pull request: there are no reviews.")
        return
    write_reviews(reviews, out)
    for failure in bring_heads(os.environ, out):
        click.echo(printable(failure))
    click.echo(f"Wrote the reviews to {printable(str(out))}.")


@click.command("doctor")
@_folder_argument
@format_option("text", "json")
def doctor_command(folder: Path, form: str) -> int:
    """Say what the repository whose top DIR is lacks for the gate to hold.

    Reads files only. What no file shows, and must be looked up on the forge, is listed after it. The exit
    code is 0 where nothing is missing, else 1.
    """
    from herdbook.adoption.doctor import examine
    from herdbook.adoption.top import require_top

    require_top(folder)
    diagnosis = examine(folder)
    if form == "json":
        value = {
            "forges": diagnosis.forges,
            "missing": [asdict(lack) for lack in diagnosis.lacks],
            "by_hand": [{"forge": forge, "what": what, "why": why} for forge, what, why in diagnosis.by_hand],
        }
        click.echo(json_text(value), nl=False)
    else:
        _tell(diagnosis)
    return int(bool(diagnosis.lacks))


def tell_placed(file: "Placed", *, dry_run: bool) -> None:
    """Say what became of a file, and how it differs from what is there."""
    if file.existing is None:
        click.echo(f"{'would be written' if dry_run else 'written'}: {printable(file.path)}")
    elif not file.differs:
        click.echo(f"there already: {printable(file.path)}")
    else:
        click.echo(f"differs, left as it is: {printable(file.path)}")
        for line in file.diff():
            click.echo(f"  {printable(line)}")


def _tell(diagnosis: "Diagnosis") -> None:
    for lack in diagnosis.lacks:
        click.echo(f"{printable(lack.where)}: {printable(lack.what)} [{lack.id}]")
        click.echo(f"  help: {printable(lack.help)}\n")
    count = len(diagnosis.lacks)
    click.echo(
        f"{count} thing{'s are' if count > 1 else ' is'} missing."
        if count
        else "Nothing is missing in the files."
    )
    for forge in diagnosis.forges:
        click.echo(f"\nTo be looked up on {_NAMES[forge]}, because no file shows it:")
        _tell_by_hand((what, why) for of, what, why in diagnosis.by_hand if of == forge)


def _tell_by_hand(settings: "Iterable[tuple[str, str]]") -> None:
    for what, why in settings:
        click.echo(f"- {what}.\n  {why}")
