"""Registered versions as the logged models of MLflow 3 that they were registered from.

A catalog keeps what is registered. The id that MLflow gave to a model when it was logged is known where it is
part of the address from which a version came.
"""

import re
from typing import Any

from herdbook.entries import ModelVersion, Run

_ID = re.compile(r"(?<![\w-])m-[0-9a-f]{32}(?![\w-])")


def is_logged_model_id(text: str) -> bool:
    """Tell whether a text has the form of the ids that MLflow gives to logged models."""
    return _ID.fullmatch(text) is not None


def logged_model_id(version: ModelVersion) -> str:
    """The id of the logged model that a version was registered from; empty where that is not known."""
    found = _ID.search(version.imported_from.get("source", "")) or _ID.search(version.text("uri"))
    return found[0] if found is not None else ""


def mlflow_logged_model(told: Any, version: ModelVersion, run: Run | None) -> Any:
    """A logged model.

    Args:
        told: the version that was registered from it, as MLflow sees that.
        version: the version.
        run: the run that made it; MLflow gives its parameters to the models that it logs.
    """
    from mlflow.entities import LoggedModel  # there is none in MLflow 2

    return LoggedModel(
        experiment_id=run.experiment if run is not None else "",
        model_id=logged_model_id(version),
        name=version.text("output") or version.model,
        artifact_location=told.source,
        creation_timestamp=told.creation_timestamp,
        last_updated_timestamp=told.last_updated_timestamp,
        source_run_id=told.run_id,
        tags=dict(told.tags),
        params={key: str(value) for key, value in run.params.items()} if run is not None else {},
    )
