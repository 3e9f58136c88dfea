"""check."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from herdbook.cli.options import catalog_option, opened
from herdbook.errors import HerdbookError

_COLOURS = {"error": "red", "warning": "yellow", "note": "blue", "help": "cyan", "pass": "green"}


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@catalog_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def check_command(paths: tuple[Path, ...], catalog_dir: Path, form: str) -> int:
    """Check the catalog against its policy.

    With PATHS, only findings in these files or folders are shown; the whole catalog is read all the same.
    """
    from herdbook.check import Verdict, check
    from herdbook.reports.json import report_json
    from herdbook.reports.text import report_text

    report = check(opened(catalog_dir), datetime.now(UTC).date())
    if paths:
        report = report.within([_inside(path, catalog_dir) for path in paths])
    click.echo(report_json(report) if form == "json" else report_text(report, styled), nl=False)
    return int(report.verdict is Verdict.FAIL)


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


def styled(text: str, role: str) -> str:
    """Colour a text where somebody sees it."""
    # Without a standard output there is none to ask.
    if sys.stdout is None or not sys.stdout.isatty():
        return text
    return click.style(text, fg=_COLOURS.get(role), bold=role in ("error", "place"))
