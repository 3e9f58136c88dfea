"""fmt."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from herdbook.cli.options import catalog_option, format_option, inside, recalled
from herdbook.cli.reporting import exit_code, folder_in_repository, show_report
from herdbook.formats import plural
from herdbook.reports.terminal import printable

if TYPE_CHECKING:
    from herdbook.planning.formatting import Formatting


@click.command("fmt")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@catalog_option
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a file would change.")
@click.option("--dry-run", is_flag=True, help="Print what would change, as a diff, and write nothing.")
@format_option("text", "json")
def fmt_command(paths: tuple[Path, ...], catalog_dir: Path, check: bool, dry_run: bool, form: str) -> int:
    """Lay out the files of the catalog canonically: order of keys, indentation, quotes.

    With PATHS, only these files or folders. No file changes its meaning or loses a comment. One that breaks
    the format is reported and left as it is; the others are laid out all the same.
    """
    from herdbook.memory import memory_of
    from herdbook.planning.formatting import format_catalog

    catalog = recalled(catalog_dir)
    chosen = [inside(path, catalog_dir) for path in paths] or [""]
    only_look, memory = check or dry_run, memory_of(catalog_dir)
    formatting = format_catalog(catalog_dir, catalog, chosen, memory=memory, dry_run=only_look)
    said = _said(formatting, only_look=only_look)
    folder = folder_in_repository(catalog_dir)
    code = int(check and bool(formatting.writes))
    if form == "json":
        from herdbook.reports.outcomes import formatting_json

        click.echo(formatting_json(formatting, said, folder), nl=False)
        return max(code, exit_code(formatting.report))
    if formatting.report.findings or formatting.report.errors:
        code = max(code, show_report(formatting.report, "text", folder))
        click.echo()
    if dry_run:
        from herdbook.planning.carrying_out import diff_of

        for line in diff_of(formatting.writes, folder):
            click.echo(printable(line))
        return code
    for write in formatting.writes:
        path = (catalog_dir / write.path).as_posix()
        click.echo(f"{'would change' if check else 'changed'}: {printable(path)}")
    click.echo(said)
    return code


def _said(formatting: "Formatting", *, only_look: bool) -> str:
    files, changed = plural(formatting.report.entries, "file"), len(formatting.writes)
    if not changed:
        return f"Of {files}, none needs another layout."
    return f"Of {files}, {changed:,} {'would get' if only_look else 'got'} another layout."
