"""diff: what a change changes."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from herdbook import clock
from herdbook.cli.asking import answer_format_option, show
from herdbook.cli.options import catalog_option, recalled
from herdbook.errors import HerdbookError
from herdbook.tree import WORKTREE

if TYPE_CHECKING:
    from herdbook.catalog import Catalog
    from herdbook.git import GitTree


@click.command("diff")
@click.argument("base")
@click.argument("head", default=WORKTREE)
@click.option("--exit-code", is_flag=True, help="Exit with 1 when anything differs.")
@catalog_option
@answer_format_option
def diff_command(base: str, head: str, exit_code: bool, catalog_dir: Path, form: str) -> int:
    """What changes from BASE to HEAD, in the terms of the catalog.

    Both are git revisions, folders, or WORKTREE: the folder of the catalog as it is on disk, which is HEAD
    where nothing else is said.
    """
    from herdbook.queries.changes import changes
    from herdbook.queries.records import Records
    from herdbook.reports.answers import MOST_OF_A_COMMENT
    from herdbook.telling.changes import tell_changes

    today = clock.today()
    before, after = _catalogs(base, head, catalog_dir)
    answer = changes(Records(before, today), Records(after, today), (base, head))
    show(answer, tell_changes(answer), form, MOST_OF_A_COMMENT)
    return int(exit_code and answer.differs)


def _catalogs(base: str, head: str, catalog_dir: Path) -> tuple["Catalog", "Catalog"]:
    """Read both sides; commits share what was read of their files."""
    from herdbook.memory import memory_of

    blobs = memory_of(catalog_dir, of="blobs")
    trees = [None if name == WORKTREE else tree_at(name, catalog_dir) for name in (base, head)]
    before, after = (
        blobs.read(tree) if tree is not None else recalled(catalog_dir if name == WORKTREE else Path(name))
        for name, tree in zip((base, head), trees, strict=True)
    )
    blobs.save()
    if trees[0] is not None:
        before = _before_move(trees[0], before, trees[1])
    if not any(catalog.paths or catalog.findings for catalog in (before, after)):
        raise HerdbookError(
            f"{catalog_dir}: neither {base} nor {head} holds a catalog there; name its folder with --catalog"
        )
    return before, after


def _before_move(tree: "GitTree", catalog: "Catalog", head: "GitTree | None") -> "Catalog":
    """A catalog at a commit; where it was moved to its place later, as it was where it was before."""
    from herdbook.memory import Memory
    from herdbook.proposal import before_move, stands_in_place

    if stands_in_place(catalog):
        return catalog
    later = head.commit if head is not None else tree.repository.commit("HEAD")
    if later is None:
        return catalog
    there = before_move(tree.repository, tree.commit, later, on_disk=head is None)
    return catalog if there is None else Memory().read(there.tree(tree.commit, there.path))


def tree_at(name: str, catalog_dir: Path) -> "GitTree | None":
    """The catalog at the revision that a name stands for; `None` where it stands for a folder.

    Raises:
        HerdbookError: it is neither, or could be both.
    """
    from herdbook.git import repository_around

    is_folder = Path(name).is_dir()
    if is_folder and (Path(name).is_absolute() or name.startswith(".")):
        return None
    try:
        repository = repository_around(catalog_dir)
    except HerdbookError:
        if is_folder:
            return None
        raise
    commit = repository.commit(name)
    if commit is not None and is_folder:
        # Whoever sends a change can bring a folder along that is called like a branch.
        raise HerdbookError(
            f"{name} is both a folder and a revision; write ./{name} for the folder, or {commit[:12]}"
        )
    if commit is None and not is_folder:
        raise HerdbookError(
            f"{name} is neither a folder nor a revision that this repository knows; "
            "in a shallow clone, fetch more of its history"
        )
    return repository.tree(commit, catalog_dir.as_posix()) if commit is not None else None
