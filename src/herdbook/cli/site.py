"""build, merge-site, serve."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from herdbook import clock
from herdbook.cli.options import catalog_option, opened
from herdbook.cli.screen import is_terminal
from herdbook.errors import HerdbookError

if TYPE_CHECKING:
    from herdbook.site.chrome import Chrome
    from herdbook.site.layout import Renderer
    from herdbook.site.publication import BuildResult, Progress
    from herdbook.site.shard import Shard

# The start of a second process takes as long as some hundreds of pages.
_WORTH_SHARING = 500

_SITE = Path("site")
_out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=_SITE,
    show_default=True,
    help="Folder of the site; an earlier site in it is replaced.",
)
_templates_option = click.option(
    "--templates",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of templates and assets to lay over the built-in ones.",
)
_graphviz_option = click.option(
    "--graphviz",
    type=click.Choice(["wasm", "dot"]),
    default="wasm",
    show_default=True,
    help="What draws the graphs: the built-in Graphviz, or the system's dot.",
)


@click.command("build")
@catalog_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    show_default=f"{_SITE}, or shard-K with --shard",
    help="Folder of the site; an earlier site in it is replaced.",
)
@_templates_option
@_graphviz_option
@click.option("--shard", "shard_text", metavar="K/N", help="Build the K-th of N parts, for merge-site.")
def build_command(
    catalog_dir: Path, out: Path | None, templates: Path | None, graphviz: str, shard_text: str | None
) -> None:
    """Build the site; where it was built before, draw only what changed."""
    if shard_text is not None:
        _build_shard(catalog_dir, out, templates, graphviz, shard_text)
        return
    result = _build(catalog_dir, out or _SITE, templates, graphviz)
    anew = f", {result.drawn:,} of them anew" if result.drawn < result.pages else ""
    click.echo(f"Built {result.pages:,} pages in {result.out}{anew}: open {result.out / 'index.html'}")


def _build_shard(
    catalog_dir: Path, out: Path | None, templates: Path | None, graphviz: str, shard_text: str
) -> None:
    from herdbook.site.shard import shard_of

    shard = shard_of(shard_text)
    out = out or Path(f"shard-{shard.number}")
    result = _build(catalog_dir, out, templates, graphviz, shard=shard)
    click.echo(
        f"Built {result.pages:,} pages in {out}, shard {shard} of the site: "
        f"give all {shard.of} to herdbook merge-site"
    )


@click.command("merge-site")
@click.argument("shards", nargs=-1, required=True, type=click.Path(path_type=Path))
@_out_option
def merge_site_command(shards: tuple[Path, ...], out: Path) -> None:
    """Merge all shards of a site, the folders that build --shard wrote, into the site."""
    from herdbook.site.merging import merge

    with _progress("Merging") as progress:
        result = merge(shards, out, progress)
    _warn(result.warnings)
    click.echo(f"Merged {result.pages:,} pages in {out}: open {out / 'index.html'}")


@click.command("serve")
@catalog_option
@_out_option
@_templates_option
@_graphviz_option
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any.")
def serve_command(catalog_dir: Path, out: Path, templates: Path | None, graphviz: str, port: int) -> None:
    """Build the site, serve it on 127.0.0.1, and rebuild it when the catalog or a template changes."""
    from herdbook.site.serve import serve, state_of
    from herdbook.site.templates import shipped

    designs = [shipped(), *([templates] if templates is not None else [])]
    chrome, seen = None, state_of(designs)

    def rebuild() -> None:
        # The frame takes longer than a small catalog, and is the same until a template changes.
        nonlocal chrome, seen
        now = state_of(designs)
        chrome = _build(catalog_dir, out, templates, graphviz, chrome if now == seen else None).chrome
        seen = now

    serve(rebuild, [catalog_dir, *designs], out, port, click.echo)


def _build(
    catalog_dir: Path,
    out: Path,
    templates: Path | None,
    graphviz: str,
    chrome: "Chrome | None" = None,
    shard: "Shard | None" = None,
) -> "BuildResult":
    from herdbook.site.prints import print_beside

    _refuse_within(catalog_dir, out)
    # Before all else, even the modules: of a large site, nothing takes longer.
    standing = print_beside(out) if shard is None else None

    from herdbook.memory import memory_of
    from herdbook.queries.records import Records
    from herdbook.sharing import can_share
    from herdbook.site.build import build, build_shard

    memory = memory_of(catalog_dir)
    records = Records(opened(catalog_dir, memory, _known_as(catalog_dir)), clock.today(), memory=memory)
    renderer: Renderer = "dot" if graphviz == "dot" else "wasm"
    share = records.report.entries >= _WORTH_SHARING and can_share()
    # Lists and rules have pages, too; the bar learns of them when they come.
    catalog = records.catalog
    expected = len(catalog.runs) + len(catalog.models) + len(catalog.versions)
    expected += len(catalog.datasets) + len(catalog.dataset_versions) + len(catalog.endpoints)
    if shard is None:
        make = partial(build, chrome=chrome, standing=standing)
    else:
        make = partial(build_shard, shard=shard)
    with _progress("Building", expected // (shard.of if shard is not None else 1)) as progress:
        result = make(records, out, templates=templates, renderer=renderer, progress=progress, share=share)
    _warn(result.warnings)
    return result


def _refuse_within(catalog_dir: Path, out: Path) -> None:
    """A site in the catalog would be taken for entries of it, all of them misplaced."""
    if Path(os.path.realpath(out)).is_relative_to(os.path.realpath(catalog_dir)):
        raise HerdbookError(
            f"the folder {out} lies in the catalog {catalog_dir}, where all files are entries: "
            "give one beside it with --out"
        )


def _known_as(catalog_dir: Path) -> str:
    """What readers of a site know the folder of a catalog by: its path in the repository."""
    from herdbook.git import repository_around

    try:
        return repository_around(catalog_dir).path or "."
    except HerdbookError:
        typed = Path(os.path.normpath(catalog_dir))
        is_below = not typed.is_absolute() and os.pardir not in typed.parts
        return typed.as_posix() if is_below else (Path.cwd() / typed).resolve().name


def _warn(warnings: Iterable[str]) -> None:
    from herdbook.reports.terminal import printable

    for warning in warnings:
        click.echo(f"warning: {printable(warning)}", err=True)


@contextmanager
def _progress(doing: str, expected: int = 0) -> Iterator["Progress"]:
    """A bar on a terminal; nothing elsewhere."""
    if not is_terminal(sys.stderr):  # what draws it takes long to load
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("pages", total=expected)

        def show(done: int) -> None:
            bar.update(task, completed=done, total=max(expected, done))

        yield show
