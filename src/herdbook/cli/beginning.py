"""init: beginning a catalog."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from herdbook.cli.adopting import tell_placed
from herdbook.cli.options import format_option
from herdbook.reports.jsontext import json_text
from herdbook.reports.terminal import printable, printable_lines

if TYPE_CHECKING:
    from herdbook.adoption.initialising import Placed

BADGE = "https%3A%2F%2FSITE%2Fapi%2Fv1%2Fbadges%2FMODEL%2Fchampion.json"


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), default=Path(), metavar="[DIR]")
@click.option("--name", help="What the catalog is called. Left out, as DIR is.")
@click.option(
    "--catalog", metavar="FOLDER", default="catalog", show_default=True, help="Folder of the catalog in DIR."
)
@click.option(
    "--approver",
    "approvers",
    metavar="'NAME <EMAIL>'",
    multiple=True,
    help="Who else may approve; repeatable.",
)
@click.option("--example", is_flag=True, help="Write an example of each kind of entry, too.")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@format_option("text", "json")
def init_command(
    folder: Path,
    name: str | None,
    catalog: str,
    approvers: tuple[str, ...],
    example: bool,
    dry_run: bool,
    form: str,
) -> int:
    """Begin a catalog in the repository in DIR: its policy, its schemas, and settings for editors and git.

    Asks nothing. Nothing that exists is overwritten: what differs is shown. The exit code is 0, or 1 where
    something differs.
    """
    from herdbook.adoption.beginning import SCHEMAS, Beginning, catalog_files, settings, settled, usual_name
    from herdbook.adoption.initialising import plan, write
    from herdbook.adoption.person import committer, person_named
    from herdbook.adoption.placing import require_folder
    from herdbook.adoption.top import top_elsewhere

    require_folder(folder)
    catalog = catalog.removesuffix("/")
    person = committer(folder)
    named = usual_name(folder) if name is None else name
    beginning = Beginning(named, person, catalog, tuple(map(person_named, approvers)))
    placed = [
        *plan(folder, catalog_files(beginning, example=example)),
        *settled(plan(folder, settings(catalog))),
    ]
    if not dry_run:
        write(folder, placed)
    code = int(any(file.differs for file in placed))
    notes = [*person.left_out, *_at_the_top(top_elsewhere(folder), named, catalog)]
    if form == "json":
        click.echo(json_text({"files": [*map(_plain, placed)], "notes": notes}), nl=False)
        return code
    for file in placed:
        tell_placed(file, dry_run=dry_run)
        if dry_run and file.existing is None and f"{SCHEMAS}/" not in file.path:
            click.echo("".join(f"  {line}\n" for line in printable_lines(file.text.rstrip("\n")).split("\n")))
    for sentence in notes:
        click.echo(f"\nNote: {printable(sentence)}.")
    if example:
        all_of_it = "*/example-*" if catalog == "." else f"{catalog}/*/example-*"
        click.echo(f"\nThe examples go away with `rm -r {all_of_it}`; nothing else refers to them.")
    click.echo(_next_steps("" if catalog == "catalog" else f" --catalog {catalog}"))
    return code


def _at_the_top(elsewhere: tuple[Path, str] | None, name: str, catalog: str) -> Iterator[str]:
    """Say what has no effect in a folder below the top of a repository."""
    if elsewhere is not None:
        from herdbook.escaping.shell import command

        top, below = elsewhere
        told = command(
            "herdbook", "init", "--name", name, "--catalog", (PurePosixPath(below) / catalog).as_posix()
        )
        yield (
            f"pre-commit and forges look for their files only at the top of the repository, {top}; there, "
            f"`{told}` writes them"
        )


def _plain(file: "Placed") -> dict[str, object]:
    return {
        "path": file.path,
        "new": file.existing is None,
        "differs": file.differs,
        "diff": "".join(f"{line}\n" for line in file.diff()),
    }


def _next_steps(option: str) -> str:
    return f"""
Next:
- Record a run: call herdbook.start_run in the code that trains, as the README of Herdbook shows.
- Commit this, and open a pull request with the gate, which `herdbook ci init github` (gitlab, azure) writes.
- Build the site: `herdbook build{option} --out site`; with a line /site/ in .gitignore it stays out of git.

A badge for your README, with the address of your site for SITE, and the name of a model for MODEL:
[![champion](https://img.shields.io/endpoint?url={BADGE})](https://SITE/)"""
