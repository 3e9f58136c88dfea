"""Stores that real releases of MLflow wrote, what plain SQL counts in them, and imports of them."""

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from conftest import CHECKOUT
from drafting import Brought, bring, empty
from herdbook.catalog import Catalog
from herdbook.importers.mlflow import read
from herdbook.planning.drafts import Imported

STORES = CHECKOUT / "tests" / "data" / "stores"
RELEASES = ("1.30.1", "2.22.5", "3.17.2")
NOW = "2027-01-01T00:00:00Z"
MOVED_INTO_FIELDS = ("mlflow.note.content", "mlflow.log-model.history")


def with_a_model_read(path: Path) -> Path:
    """Copy the database of the newest release, in which one run more read the model of another; name it."""
    shutil.copyfile(STORES / RELEASES[-1] / "mlflow.db", path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step) "
            "SELECT 'x', 'RUN_INPUT', run_uuid, 'MODEL_INPUT', model_id, 0 FROM runs, logged_models "
            "WHERE runs.name = 'search over depth' ORDER BY model_id LIMIT 1"
        )
    return path


def imported(source: object, top: Path | None = None, **environ: str) -> Imported:
    """Read a store, as of a fixed time."""
    return read(str(source), NOW, top, iter, environ)


def brought(folder: Path, source: object) -> Brought:
    """Bring a store into a new catalog."""
    return bring(empty(folder), imported(source))


def counted(database: Path) -> Counter[str]:
    """What SQL counts in a database: of runs that are not deleted, and of models that are no prompts.

    With an experiment its runs are deleted, too; one that a version of a model descends from counts still.
    """
    prompts = "(SELECT name FROM registered_model_tags WHERE key = 'mlflow.prompt.is_prompt')"
    kept = (
        "((lifecycle_stage = 'active' AND experiment_id NOT IN "
        "(SELECT experiment_id FROM experiments WHERE lifecycle_stage = 'deleted')) "
        f"OR run_uuid IN (SELECT run_id FROM model_versions WHERE name NOT IN {prompts}))"
    )
    of_runs = f"run_uuid IN (SELECT run_uuid FROM runs WHERE {kept})"
    moved = ", ".join(f"'{tag}'" for tag in MOVED_INTO_FIELDS)
    asked = {
        "runs": f"runs WHERE {kept}",
        "params": f"params WHERE {of_runs}",
        "metrics": f"latest_metrics WHERE {of_runs} AND NOT is_nan",
        "tags": f"tags WHERE {of_runs} AND key NOT IN ({moved})",
        "datasets": "datasets",
        "inputs": "inputs WHERE source_type = 'DATASET'",
        "models": f"registered_models WHERE name NOT IN {prompts}",
        "model tags": f"registered_model_tags WHERE name NOT IN {prompts}",
        "versions": f"model_versions WHERE name NOT IN {prompts}",
        "version tags": f"model_version_tags WHERE name NOT IN {prompts}",
        "aliases": "registered_model_aliases",
        "stages": "model_versions WHERE current_stage != 'None'",
    }
    found: Counter[str] = Counter()
    with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        for what, where in asked.items():
            if where.split(" ", 1)[0] in tables:
                found[what] = connection.execute(f"SELECT count(*) FROM {where}").fetchone()[0]
    return found


def counts(catalog: Catalog) -> Counter[str]:
    """The same of a catalog."""
    runs, models, versions = (
        [entry.data for entry in entries.values()]
        for entries in (catalog.runs, catalog.models, catalog.versions)
    )
    return Counter(
        {
            "runs": len(runs),
            "params": sum(len(run.get("params", ())) for run in runs),
            "metrics": sum(len(run.get("metrics", ())) for run in runs),
            "tags": sum(len(run.get("tags", ())) for run in runs),
            "datasets": len(catalog.dataset_versions),
            "inputs": sum(len(run.get("inputs", ())) for run in runs),
            "models": len(models),
            "model tags": sum(len(model.get("tags", ())) for model in models),
            "versions": len(versions),
            "version tags": sum(len(version.get("tags", ())) for version in versions),
            "aliases": sum(len(ledger.in_force()) for ledger in catalog.aliases.values()),
            "stages": sum(len(ledger.current()) for ledger in catalog.stages.values()),
        }
    )
