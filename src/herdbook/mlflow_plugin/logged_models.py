"""Registered versions as the logged models of MLflow 3 that they were registered from."""

from collections.abc import Mapping, Sequence
from typing import Any

from mlflow.entities import Metric

from herdbook.entries import ModelVersion, Run
from herdbook.mlflow_plugin.model_ids import logged_model_id
from herdbook.mlflow_plugin.refusing import wrong
from herdbook.mlflow_plugin.runs import last_metrics


def mlflow_logged_model(told: Any, version: ModelVersion, run: Run | None) -> Any:
    """A logged model.

    Args:
        told: the version that was registered from it, as MLflow sees that.
        version: the version.
        run: the run that made it; MLflow gives parameters and metrics of a run to the models that it logs.
    """
    from mlflow.entities import LoggedModel  # there is none in MLflow 2

    model_id = logged_model_id(version)
    return LoggedModel(
        experiment_id=run.experiment if run is not None else "",
        model_id=model_id,
        name=version.text("output") or version.model,
        artifact_location=told.source,
        creation_timestamp=told.creation_timestamp,
        last_updated_timestamp=told.last_updated_timestamp,
        source_run_id=told.run_id,
        tags=dict(told.tags),
        params={key: str(value) for key, value in run.params.items()} if run is not None else {},
        metrics=[
            Metric(it.key, it.value, it.timestamp, it.step, model_id=model_id, run_id=run.id)
            for it in last_metrics(run)
        ]
        if run is not None
        else [],
    )


def logged_models_found(
    models: Sequence[Any],
    filter_string: str | None,
    datasets: Sequence[Mapping[str, str]] | None,
    order_by: Sequence[Mapping[str, Any]] | None,
) -> list[Any]:
    """Return the logged models that fit, in order: by MLflow's own reading of filters and orders.

    Raises:
        MlflowException: a filter or an order makes no sense.
    """
    from mlflow.utils.search_utils import SearchLoggedModelsUtils  # there is none in MLflow 2

    if not all(dataset.get("dataset_name") for dataset in datasets or ()):
        raise wrong("`dataset_name` in the `datasets` clause must be specified.")
    fitting = SearchLoggedModelsUtils.filter_logged_models(list(models), filter_string, datasets)
    return list(SearchLoggedModelsUtils.sort(fitting, order_by))
