"""Lay out the files of a catalog, all or none of those that can be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from herdbook.catalog import Catalog
from herdbook.check import Report
from herdbook.entries import Entry
from herdbook.errors import HerdbookError, RaceError
from herdbook.formatting import FormatError, formatted, is_laid_out
from herdbook.memory import Memory
from herdbook.planning.carrying_out import under_lock
from herdbook.sharing import can_share, in_order
from herdbook.storing import Store, Write
from herdbook.tree import FILES_AT_ONCE, DirTree, Tree

_WORTH_SHARING = 1_000


@dataclass(frozen=True, slots=True)
class Formatting:
    """What laying out files comes to.

    Attributes:
        writes: the files that get another layout.
        report: why others cannot be laid out; its entries are the files that were looked at.
    """

    writes: tuple[Write, ...]
    report: Report


def format_catalog(
    root: Path,
    catalog: Catalog,
    paths: Sequence[str] = ("",),
    *,
    memory: Memory | None = None,
    dry_run: bool = False,
) -> Formatting:
    """Lay out the files of a catalog.

    A file that cannot be read, or breaks the format, is left alone: what it says may not be what its author
    meant, such as a number where a text in quotes belongs. As no file changes its meaning, no check is asked.

    Args:
        root: the folder of the catalog.
        catalog: what it holds; it is read again only where an editor or git changes it meanwhile.
        paths: files and folders in it; nothing is all of it.
        memory: what was read of the catalog before.
        dry_run: write nothing.

    Raises:
        RaceError: others changed the files again and again; nothing was written.
        StorageError: reading or writing failed; nothing was changed.
    """
    tree, memory = DirTree(root), memory or Memory()
    formatting = _prepared(tree, catalog, paths)
    if dry_run or not formatting.writes:
        return formatting
    made = [formatting]

    def attempt(store: Store) -> Formatting:
        formatting = made.pop() if made else _prepared(tree, memory.read(tree), paths)
        store.write(formatting.writes)
        return formatting

    return under_lock(root, attempt)


def _prepared(tree: Tree, catalog: Catalog, paths: Sequence[str]) -> Formatting:
    refused = catalog.refused
    findings = (finding for finding in catalog.findings if finding.place.source.path in refused)
    there = Report(0, tuple(findings)).within(paths)
    entries = [entry for entry in catalog.entries() if _is_within(entry.source.path, paths)]
    writes, errors = [], []
    for found in _looked_at(tree, entries):
        if isinstance(found, Write):
            writes.append(found)
        elif found:
            errors.append(found)
    looked_at = len(entries) + sum(_is_within(path, paths) for path in refused)
    return Formatting(tuple(writes), Report(looked_at, there.findings, errors=tuple(errors)))


def _is_within(path: str, paths: Sequence[str]) -> bool:
    return any(chosen in ("", path) or path.startswith(f"{chosen}/") for chosen in paths)


def _looked_at(tree: Tree, entries: Sequence[Entry]) -> Iterator[Write | str]:
    """What each file gets, or why it cannot be laid out; nothing where it is already."""

    def job(some: Sequence[Entry]) -> Callable[[], list[Write | str]]:
        return lambda: [_laid_out(tree, entry) for entry in some]

    starts = range(0, len(entries), FILES_AT_ONCE)
    chunks = (entries[start : start + FILES_AT_ONCE] for start in starts)
    share = len(entries) >= _WORTH_SHARING and can_share()
    for found in in_order(map(job, chunks), share=share):
        yield from found


def _laid_out(tree: Tree, entry: Entry) -> Write | str:
    path = entry.source.path
    try:
        raw = tree.read(path)
        if is_laid_out(raw, entry.data):
            return ""
        after = formatted(raw)
    except FormatError as error:
        return f"{entry.source.file}: {error}"
    except (OSError, HerdbookError) as error:
        raise RaceError(f"{path}: cannot be read any more ({error}); run the command again") from error
    return Write(path, raw, after) if after != raw else ""
