"""What git adds to answers about a catalog that lies in a repository."""

from pathlib import Path

from herdbook.git import GitError, changed_files, file_history, folder_state
from herdbook.queries.differences import Files
from herdbook.queries.history import Evidence, ledger_files


def files_in(catalog_dir: Path) -> Files:
    """Tell of two commits which files differ between them, those of the catalog aside."""

    def files(before: str, now: str) -> list[tuple[str, str]] | None:
        found = changed_files(catalog_dir, before, now, apart_from=catalog_dir)
        return None if found is None else [(file.path, file.change) for file in found]

    return files


def evidence_in(catalog_dir: Path, model: str, at: str) -> Evidence:
    """Ask git about the ledgers of a model, and about the endpoints at a time."""
    try:
        histories = {path: file_history(catalog_dir / path, path) for path in ledger_files(model)}
        endpoints = folder_state(catalog_dir / "endpoints", at, "herdbook.yaml") if at else None
    except GitError as error:
        return Evidence(note=str(error))
    return Evidence({path: found for path, found in histories.items() if found is not None}, endpoints)
