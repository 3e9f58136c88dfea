"""gate, gate-run."""

import gc
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from herdbook import clock
from herdbook.cli.completing import models, runs
from herdbook.cli.options import catalog_option, format_option, recalled
from herdbook.cli.reporting import folder_in_repository, report_format_option, show_report, tell_left_out

if TYPE_CHECKING:
    from herdbook.approvals import Reviews
    from herdbook.catalog import Catalog
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
@click.option(
    "--all",
    "everywhere",
    is_flag=True,
    help="List what was wrong before also where the change does not reach, as the formats sarif and gitlab "
    "always do.",
)
@catalog_option
@report_format_option
def gate_command(
    base: str | None,
    head: str | None,
    reviews: Path | None,
    strict: bool,
    everywhere: bool,
    catalog_dir: Path,
    form: str,
) -> int:
    """Judge what a change makes of the catalog, by the policy of the branch that it is for.

    Both sides are read from git, without a checkout. Looked at is where the change can reach; all that is
    wrong in a catalog, `herdbook check` says. Exit codes: 0 passed or waived, 1 findings, 2 no verdict.
    """
    from herdbook.approvals import LARGEST_FILE, read_reviews
    from herdbook.gate import gate, in_turn
    from herdbook.memory import memory_of
    from herdbook.proposal import approvals_of, commits_of_change, sides_of, taken_apart

    commits = commits_of_change(catalog_dir, base, head)
    memory, today = memory_of(catalog_dir, of="blobs"), clock.today()
    answers: tuple[Reviews, ...] = ()
    if reviews is not None:
        with reviews.open("rb") as file:
            answers = read_reviews(file.read(LARGEST_FILE + 1))
    # Forges take a finding for mended that these no longer list.
    everywhere = everywhere or form in ("sarif", "gitlab")
    reports, told = [], []
    for part, answer in taken_apart(commits, answers):
        sides = sides_of(part, catalog_dir, memory)
        # What was read stays until the end, as for all commands.
        gc.freeze()
        approvals = None if answer is None else approvals_of(part, answer, sides.target)
        judgement = gate(sides, today, approvals, strict=strict, everywhere=everywhere)
        reports.append(judgement.report)
        # What a change makes of the catalog is told where people read it beside the change.
        if form in ("markdown", "github"):
            told.append(_told(part, sides, judgement, today))
    code = show_report(
        in_turn(reports),
        form,
        commits.repository.path if not commits.on_disk else folder_in_repository(catalog_dir),
        documents=told,
        facts=_facts(commits),
        change=True,
    )
    if code and commits.on_disk:
        tell_left_out(catalog_dir)
    return code


@click.command("gate-run")
@click.argument("run", shell_complete=runs)
@click.option(
    "--required-tags",
    metavar="TAG,...",
    multiple=True,
    help="The tags that it must carry, instead of those that the policy requires.",
)
@click.option(
    "--model",
    metavar="NAME",
    shell_complete=models,
    help="The model to register it for; the policy may ask for more.",
)
@click.option(
    "--tracking-uri",
    metavar="URI",
    envvar="MLFLOW_TRACKING_URI",
    help="Where MLflow keeps the run: the address of a tracking server, sqlite:///PATH or file:PATH. "
    "Left out, what MLFLOW_TRACKING_URI names, or else ./mlflow.db and ./mlruns.",
)
@catalog_option
@format_option("text", "json")
def gate_run_command(
    run: str,
    required_tags: tuple[str, ...],
    model: str | None,
    tracking_uri: str | None,
    catalog_dir: Path,
    form: str,
) -> int:
    """Judge whether RUN has the lineage on record without which nothing may be registered from it.

    RUN is a run of the catalog, the folder of a run of MLflow, or the id of one in a store of MLflow.
    Without a catalog here, say with --required-tags what is required. Exit codes: 0 passed or waived, 1
    findings, 2 no verdict, 3 the store gives no answer.
    """
    from herdbook.importers.mlflow.lineage import run_named
    from herdbook.run_gate import judge_run
    from herdbook.telling.document import Code

    tags = [tag for given in required_tags for tag in given.split(",") if tag] if required_tags else None
    catalog = _catalog_or_none(catalog_dir, needed=not tags)
    found = run_named(catalog, run, tracking_uri)
    report = judge_run(catalog, found, clock.today(), required_tags=tags, model=model)
    facts: list[tuple[str, Line]] = [("run", (Code(found.id),))]
    return show_report(report, form, folder_in_repository(catalog_dir), facts=facts)


def _catalog_or_none(catalog_dir: Path, *, needed: bool) -> "Catalog":
    """The catalog in a folder; an empty one where there is none and none is needed."""
    if needed or catalog_dir.is_dir():
        return recalled(catalog_dir)
    from herdbook.catalog import Catalog

    return Catalog()


def _told(commits: "Commits", sides: "Sides", judgement: "Judgement", today: date) -> "Document":
    from herdbook.queries.changes import changes
    from herdbook.queries.records import Records
    from herdbook.telling.changes import tell_changes

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
