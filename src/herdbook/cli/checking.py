"""check."""

from pathlib import Path

import click

from herdbook import clock
from herdbook.cli.options import catalog_option, inside, memory_ahead, opened
from herdbook.cli.reporting import folder_in_repository, report_format_option, show_report, tell_left_out


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@catalog_option
@report_format_option
def check_command(paths: tuple[Path, ...], catalog_dir: Path, form: str) -> int:
    """Check the catalog against its policy.

    With PATHS, only findings in these files or folders are shown; the whole catalog is read all the same.
    """
    memory = memory_ahead(catalog_dir)
    from herdbook.checked import checked
    from herdbook.reading import told_path

    report = checked(opened(catalog_dir, memory), clock.today(), memory)
    if paths:
        report = report.within([told_path(inside(path, catalog_dir)) for path in paths])
    code = show_report(report, form, folder_in_repository(catalog_dir))
    if code:
        tell_left_out(catalog_dir)
    return code
