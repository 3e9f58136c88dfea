"""A model in a folder, as MLflow saves it: its ``MLmodel`` file, and what lies beside that."""

import os
from pathlib import Path
from typing import Any

from herdbook.catalog import Catalog
from herdbook.digest import measure_folder
from herdbook.errors import HerdbookError
from herdbook.planning.artifacts import read_in, requirements_in
from herdbook.planning.drafts import Draft, Imported, Key, Problem
from herdbook.planning.foreign_names import valid_name
from herdbook.planning.mlmodel import NAME, described
from herdbook.ref import Ref

SYSTEM = "mlflow"
"""The run of the model is one of MLflow's, and known by the same id if it was imported from there."""


def read_mlmodel(
    folder: Path, catalog: Catalog, uri: str, *, model: str = "", version: int | None = None, run: str = ""
) -> Imported:
    """Read a folder with a model as the next version of a model.

    Args:
        folder: the folder.
        catalog: the catalog: which versions there are already, and whether this is one of them.
        uri: where others find the folder.
        model: the model that it is a version of; left out, it is called like the folder.
        version: the number of the version; left out, the next one.
        run: the run of the catalog that made it; left out, the one that the folder names.
    """
    source = folder.as_posix()
    problems: list[Problem] = []
    model = model or Path(os.path.abspath(folder)).name  # noqa: PTH100  # a link is called as it is named
    try:
        found = described(read_in(folder, NAME), NAME)
    except HerdbookError as error:
        return _nothing(source, f"it is left out: {error}")
    if not run and not found.run:
        return _nothing(source, "it is left out: no run saved it; name the run that made it with --run")
    value: dict[str, Any] = {
        "run": run or Key("run", found.run),
        "uri": uri,
        "created_at": found.created_at,
        "flavors": list(found.flavors),
        "signature": found.signature,
        "tags": dict(found.tags or {}),
        "imported_from": {
            key: text for key, text in (("run_id", found.run), ("model_id", found.model_id)) if text
        },
    }
    try:
        measured = measure_folder(folder)
    except HerdbookError as error:
        problems.append(Problem(source, f"the digest is left out: {error}"))
        value["size"] = found.size
    else:
        value |= {"digest": measured.digest, "size": measured.size}
    try:
        value["requirements"] = list(requirements_in(folder))
    except HerdbookError as error:
        problems.append(Problem(source, f"the requirements are left out: {error}"))
    here = _known(catalog, model)
    same = [old for old in catalog.versions_of(here) if old.text("digest") == value.get("digest", "-")]
    if same and version in (None, same[0].version):
        return _nothing(source, f"it is {Ref.model(here, same[0].version)} already", is_loss=False)
    if version is None:
        version = max((old.version for old in catalog.versions_of(here)), default=0) + 1
    filled = {field: known for field, known in value.items() if known not in (None, "", [], {})}
    drafts = [
        Draft(Key("model", model), {}, source),
        Draft(Key("model-version", str(version), model), filled, source),
    ]
    return Imported(SYSTEM, "", drafts, problems, is_whole=False)


def _nothing(source: str, message: str, *, is_loss: bool = True) -> Imported:
    return Imported(SYSTEM, "", (), [Problem(source, message, is_loss)])


def _known(catalog: Catalog, model: str) -> str:
    """What a model is called in a catalog."""
    for entry in catalog.models.values():
        origin = entry.imported_from
        if origin.get("system") == SYSTEM and origin.get("name") == model:
            return entry.name
    return valid_name(model, "model")
