"""history."""

from pathlib import Path

import click

from herdbook.cli.asking import answer_format_option, asked, show
from herdbook.cli.completing import models
from herdbook.cli.options import catalog_option


@click.command("history")
@click.argument("model", shell_complete=models)
@click.option("--alias", default="", help="Only this alias.")
@click.option("--at", metavar="DATE", help="What was in force then: a date (its end), or a time; UTC.")
@catalog_option
@answer_format_option
def history_command(model: str, alias: str, at: str | None, catalog_dir: Path, form: str) -> None:
    """Every promotion of MODEL, and what was in force at a time.

    Where the catalog is in a git repository: with the commit, the author and the pull request of each.
    """
    records = asked(catalog_dir)
    from herdbook.queries.asking import find
    from herdbook.queries.from_git import evidence_in
    from herdbook.queries.history import history, moment_of
    from herdbook.telling.history import tell_history

    moment = moment_of(at, records.today) if at is not None else ""
    name, _, wanted = model.partition("@")
    found = find(records.catalog, name)
    evidence = evidence_in(catalog_dir, found.of_entry.name, moment)
    answer = history(records, found, (alias or wanted).removeprefix("@"), moment, evidence)
    show(answer, tell_history(answer), form)
