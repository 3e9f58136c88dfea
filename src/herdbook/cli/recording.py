"""recover."""

from pathlib import Path

import click

from herdbook.cli.options import catalog_option, format_option


@click.command("recover")
@catalog_option
@format_option("text", "json")
def recover_command(catalog_dir: Path, form: str) -> int:
    """Bring what killed runs recorded into their files.

    Runs that still go on are left alone. The others stay running: resume them, or mend their status. Exits
    with 1 where something cannot be recovered.
    """
    from herdbook.formats import plural
    from herdbook.opening import found_catalog
    from herdbook.recorder.recovery import recover
    from herdbook.reports.jsontext import json_text
    from herdbook.reports.terminal import printable

    found_catalog(catalog_dir)  # says what is wrong with the folder
    found = recover(catalog_dir)
    lost = [item for item in found if item.problem]
    if form == "json":
        runs = [
            {"run": item.run_id, "recovered": not item.problem, "problem": item.problem} for item in found
        ]
        click.echo(json_text({"runs": runs}), nl=False)
        return int(bool(lost))
    for item in found:
        said = "recovered" if not item.problem else f"not recovered: {item.problem}"
        click.echo(printable(f"runs:/{item.run_id}: {said}"))
    click.echo(f"{plural(len(found) - len(lost), 'run')} recovered.")
    return int(bool(lost))
