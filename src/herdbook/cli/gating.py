"""gate."""

from datetime import UTC, datetime
from pathlib import Path

import click

from herdbook.cli.options import catalog_option


@click.command("gate")
@click.option("--base", metavar="REV", help="The branch that the change is for. In CI it is found out.")
@click.option("--head", metavar="REV", help="What to judge: a revision, or WORKTREE for the files here.")
@click.option(
    "--reviews",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The reviews of the change, as the forge's API answers.",
)
@click.option("--strict", is_flag=True, help="What was wrong before the change blocks, too.")
@catalog_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def gate_command(
    base: str | None, head: str | None, reviews: Path | None, strict: bool, catalog_dir: Path, form: str
) -> int:
    """Judge what a change makes of the catalog, by the policy of the branch that it is for.

    Both sides are read from git, without a checkout. Exit codes: 0 passed or waived, 1 findings, 2 no
    verdict.
    """
    from herdbook.approvals import read_reviews
    from herdbook.check import Verdict
    from herdbook.cli.checking import styled
    from herdbook.gate import gate
    from herdbook.proposal import approvals_of, commits_of_change, sides_of
    from herdbook.reports.json import report_json
    from herdbook.reports.text import report_text

    commits = commits_of_change(catalog_dir, base, head)
    sides = sides_of(commits, catalog_dir)
    approvals = None
    if reviews is not None:
        approvals = approvals_of(commits, read_reviews(reviews.read_bytes()), sides.target)
    report = gate(sides, datetime.now(UTC).date(), approvals, strict=strict).report
    click.echo(report_json(report) if form == "json" else report_text(report, styled), nl=False)
    return {Verdict.FAIL: 1, Verdict.ERROR: 2}.get(report.verdict, 0)
