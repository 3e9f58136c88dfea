"""runs: the search for runs in MLflow's language."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from herdbook.cli.asking import asked
from herdbook.cli.options import catalog_option, format_option
from herdbook.cli.screen import style_for, width_of_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from herdbook.queries.search import Runs
    from herdbook.queries.terms import Name

_ROWS = 100
"""How many runs are listed for reading where nothing else is said."""

_HELP = """Find the runs that fit a FILTER in MLflow's language.

\b
  herdbook runs "metrics.auc > 0.9 AND params.depth = '8'"
  herdbook runs "tags.team LIKE 'risk%'" --order-by "metrics.auc DESC"
  herdbook runs "status = 'FINISHED' AND start_time >= '2024-03-01'"
  herdbook runs "dataset = 'orders/v2.1'" --columns run_id,metrics.auc

\b
What can be compared, and how:
  metrics.NAME                  = != < <= > >=   a number
  params.NAME, tags.NAME        = != LIKE ILIKE  'text'
                                IS NULL, IS NOT NULL
  run_name, status, user_id,
  artifact_uri                  = != LIKE ILIKE  'text'
  run_id, experiment, type      the same, and IN, NOT IN  ('a', 'b')
  start_time, end_time          = != < <= > >=   '2024-03-15',
                                '2024-03-15T09:12:00Z', or milliseconds
  dataset                       = != LIKE ILIKE IN NOT IN  'orders/v2.1',
                                or 'orders' for any version
  datasets.name, .digest,
  .context                      = != LIKE ILIKE IN NOT IN  'text'

Conditions are joined by AND; there is no OR. Put a NAME with other characters than letters, digits, _ and .
into backticks. In LIKE, % stands for any text and _ for any character; ILIKE ignores case. Parameters are
text, as MLflow logs them: 'True', 'None', '0.001'. A run that lacks what is compared does not fit. A time
without a zone is in UTC. In CSV, a text that a spreadsheet would run as a formula begins with an apostrophe.
"""


@click.command("runs", help=_HELP)
@click.argument("filter_text", metavar="[FILTER]", default="")
@click.option(
    "--order-by", multiple=True, metavar="NAME [DESC]", help="What to sort by; the newest first if not given."
)
@click.option(
    "--columns", default="", metavar="NAME,...", help="The columns of the table or the CSV; JSON has all."
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=f"List so many runs; 0 for all.  [default: {_ROWS}, and all as JSON or CSV]",
)
@catalog_option
@format_option("table", "json", "csv", "markdown")
def runs_command(
    filter_text: str, order_by: tuple[str, ...], columns: str, limit: int | None, catalog_dir: Path, form: str
) -> int:
    """Find the runs that fit a filter."""
    records = asked(catalog_dir)
    from herdbook.queries.filters import FilterError
    from herdbook.queries.search import columns_of, search
    from herdbook.reports.filters import filter_error_text

    if limit is None:
        limit = 0 if form in ("json", "csv") else _ROWS
    try:
        chosen = columns_of(records.catalog, columns) if columns.strip() else ()
        answer = search(records, filter_text, ", ".join(order_by), limit)
    except FilterError as error:
        click.echo(filter_error_text(error, style_for(sys.stderr)), err=True, nl=False)
        return error.exit_code
    click.echo(_written(answer, chosen, form), nl=False)
    return 0


def _written(answer: "Runs", columns: "Sequence[Name]", form: str) -> str:
    from herdbook.reports.answers import answer_json, document_markdown, document_text
    from herdbook.telling.search import tell_runs

    match form:
        case "json":
            return answer_json(answer)
        case "csv":
            return _csv(answer, columns)
        case "markdown":
            return document_markdown(tell_runs(answer, columns))
    width = width_of_output()
    return document_text(tell_runs(answer, columns, width), width)


def _csv(answer: "Runs", columns: "Sequence[Name]") -> str:
    from herdbook.reports.csv import csv_text
    from herdbook.reports.terminal import printable
    from herdbook.telling.search import all_columns, count_of_runs, exact

    columns = columns or all_columns(answer)
    # What a table says beside its rows has no place in the file.
    for note in (*answer.notes, *([count_of_runs(answer)] if len(answer.runs) < answer.matched else [])):
        click.echo(f"herdbook: {printable(note)}", err=True)
    return csv_text(
        [str(name) for name in columns], ([exact(run, name) for name in columns] for run in answer.runs)
    )
