"""gate."""

import gc
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from herdbook.cli.options import catalog_option
from herdbook.cli.reporting import folder_in_repository, report_format_option, show_report

if TYPE_CHECKING:
    from herdbook.gate import Judgement, Sides
    from herdbook.proposal import Commits
    from herdbook.telling.document import Document, Line


@click.command("gate")
@click.option("--base", metavar="REV", help="The branch that the change is for. In CI it is found out.")
@click.option("--head", metavar="REV", help="What to judge: a revision, or WORKTREE for the files here.")
@click.option(
    "--reviews",
    type=click.Path(exists=True, path_type=Path, dir_okay=False),
    help="The reviews of the change, as the forge's API answers.",
)
@click.option("--strict", is_flag=True, help="What was wrong before the change blocks, too.")
@catalog_option
@report_format_option
def gate_command(
    base: str | None, head: str | None, reviews: Path | None, strict: bool, catalog_dir: Path, form: str
) -> int:
    """Judge what a change makes of the catalog, by the policy of the branch that it is for.

    Both sides are read from git, without a checkout. Exit codes: 0 passed or waived, 1 findings, 2 no
    verdict.
    """
    from herdbook.approvals import LARGEST_FILE, read_reviews
    from herdbook.gate import gate
    from herdbook.proposal import approvals_of, commits_of_change, sides_of

    commits = commits_of_change(catalog_dir, base, head)
    sides = sides_of(commits, catalog_dir)
    # What was read stays until the end, as for all commands.
    gc.freeze()
    approvals = None
    if reviews is not None:
        with reviews.open("rb") as file:
            approvals = approvals_of(commits, read_reviews(file.read(LARGEST_FILE + 1)), sides.target)
    judgement = gate(sides, datetime.now(UTC).date(), approvals, strict=strict)
    # What a change makes of the catalog is told where people read it beside the change.
    told = [_told(commits, sides, judgement)] if form in ("markdown", "github") else []
    return show_report(
        judgement.report,
        form,
        commits.repository.path if not commits.on_disk else folder_in_repository(catalog_dir),
        documents=told,
        facts=_facts(commits),
        change=True,
    )


def _told(commits: "Commits", sides: "Sides", judgement: "Judgement") -> "Document":
    from herdbook.queries.changes import changes
    from herdbook.queries.records import Records
    from herdbook.telling.changes import tell_changes

    today = datetime.now(UTC).date()
    base, head = Records(sides.base, today, sides.target), Records(sides.head, today)
    names = commits.base[:10], commits.head[:10]
    return tell_changes(changes(base, head, names, judgement.changes))


def _facts(commits: "Commits") -> "list[tuple[str, Line]]":
    from herdbook.telling.document import Code

    head = f"{commits.head[:10]} and the files here" if commits.on_disk else commits.head[:10]
    facts: list[tuple[str, Line]] = [("base", (Code(commits.base[:10]),)), ("head", (Code(head),))]
    if commits.target != commits.base:
        facts.append(("policy", (Code(commits.target[:10]),)))
    return facts
