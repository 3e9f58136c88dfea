"""check."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from herdbook.cli.options import catalog_option, opened
from herdbook.cli.reporting import folder_in_repository, report_format_option, show_report
from herdbook.errors import HerdbookError


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@catalog_option
@report_format_option
def check_command(paths: tuple[Path, ...], catalog_dir: Path, form: str) -> int:
    """Check the catalog against its policy.

    With PATHS, only findings in these files or folders are shown; the whole catalog is read all the same.
    """
    from herdbook.check import check

    report = check(opened(catalog_dir), datetime.now(UTC).date())
    if paths:
        report = report.within([_inside(path, catalog_dir) for path in paths])
    return show_report(report, form, folder_in_repository(catalog_dir))


def _inside(path: Path, catalog_dir: Path) -> str:
    """The path inside the catalog of a path that a user typed, relative to here or to the catalog."""
    root = _real(catalog_dir)
    if root.is_relative_to(_real(path)):
        return ""
    for candidate in (path, root / path):
        # A link inside the catalog is a finding of its own, so the last part is not followed.
        found = _real(candidate.parent) / candidate.name if candidate.is_symlink() else _real(candidate)
        if found.is_relative_to(root) and os.path.lexists(found):
            return found.relative_to(root).as_posix()
    raise HerdbookError(f"{path}: there is no such file in {catalog_dir}")


def _real(path: Path) -> Path:
    # Path.resolve raises on links that lead back to themselves.
    return Path(os.path.realpath(path))
