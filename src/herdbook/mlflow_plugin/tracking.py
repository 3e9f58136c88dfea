"""The store of runs of MLflow that is a catalog."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mlflow.entities import ViewType
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking import SEARCH_MAX_RESULTS_DEFAULT, SEARCH_MAX_RESULTS_THRESHOLD
from mlflow.store.tracking.abstract_store import AbstractStore
from mlflow.utils.search_utils import SearchExperimentsUtils, SearchUtils

from herdbook.catalog import Catalog
from herdbook.mlflow_plugin.addresses import Address
from herdbook.mlflow_plugin.logged_models import logged_models_found, mlflow_logged_model
from herdbook.mlflow_plugin.model_ids import is_logged_model_id, logged_model_id
from herdbook.mlflow_plugin.models import Models
from herdbook.mlflow_plugin.published import shelf_of
from herdbook.mlflow_plugin.refusing import missing, refusal, speaking_mlflow
from herdbook.mlflow_plugin.runs import history, keep_to_filters, mlflow_experiment, mlflow_run
from herdbook.mlflow_plugin.searching import page_of
from herdbook.ref import Ref

_LOGGED_MODELS_ON_A_PAGE: Final = 100
_EXPERIMENT_ORDER: Final = ("creation_time DESC", "experiment_id ASC")


@speaking_mlflow(AbstractStore)
class TrackingStore(AbstractStore):
    """Answers what MLflow asks of a store of runs from a catalog, and refuses what would change it."""

    def __init__(self, store_uri: str, artifact_uri: str | None = None) -> None:
        super().__init__()
        self._address = Address.parse(store_uri)
        self._shelf = shelf_of(self._address)

    # Questions

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int | None = SEARCH_MAX_RESULTS_DEFAULT,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> Any:
        found = self._experiments() if view_type != ViewType.DELETED_ONLY else []
        fitting = SearchExperimentsUtils.filter(found, filter_string)
        ordered = SearchExperimentsUtils.sort(fitting, order_by or _EXPERIMENT_ORDER)
        most = SEARCH_MAX_RESULTS_DEFAULT if max_results is None else max_results
        return page_of(ordered, most, SEARCH_MAX_RESULTS_THRESHOLD, page_token)

    def get_experiment(self, experiment_id: str) -> Any:
        found = self.get_experiment_by_name(experiment_id)
        if found is None:
            raise missing(f"No Experiment with id={experiment_id} exists")
        return found

    def get_experiment_by_name(self, experiment_name: str) -> Any:
        found = self._shelf.experiment(experiment_name)
        return mlflow_experiment(self._address, *found) if found is not None else None

    def get_run(self, run_id: str) -> Any:
        run, catalog = self._shelf.run(run_id)
        if run is None:
            raise missing(f"Run with id={run_id} not found")
        return mlflow_run(self._address, catalog, run)

    def get_metric_history(
        self, run_id: str, metric_key: str, max_results: int | None = None, page_token: str | None = None
    ) -> Any:
        run, _ = self._shelf.run(run_id)
        if run is None:
            raise missing(f"Run with id={run_id} not found")
        found = history(run, metric_key)
        start = SearchUtils.parse_start_offset_from_page_token(page_token)
        end = len(found) if max_results is None else start + max_results
        following = SearchUtils.create_page_token(end) if end < len(found) else None
        return PagedList(found[start:end], following)

    def _search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None,
        run_view_type: int,
        max_results: int | None,
        order_by: Sequence[str] | None,
        page_token: str | None,
    ) -> tuple[list[Any], str | None]:
        keep_to_filters(filter_string)
        found = []
        if run_view_type != ViewType.DELETED_ONLY:
            experiments = tuple(dict.fromkeys(experiment_ids))
            catalog = self._shelf.runs(experiments)
            for experiment in experiments:
                for run in catalog.runs_of(experiment):
                    found.append(mlflow_run(self._address, catalog, run))
        fitting = SearchUtils.sort(SearchUtils.filter(found, filter_string), order_by)
        most = SEARCH_MAX_RESULTS_THRESHOLD if max_results is None else max_results
        page = page_of(fitting, most, SEARCH_MAX_RESULTS_THRESHOLD, page_token)
        return list(page), page.token

    def get_logged_model(self, model_id: str, *args: Any, **kwargs: Any) -> Any:
        # MLflow takes ``models:/churn`` for the address of one; it asks for one that it made itself, too.
        is_id = is_logged_model_id(model_id)
        catalog = self._shelf.models() if is_id else Catalog()
        for version in catalog.versions.values():
            if logged_model_id(version) == model_id:
                told = Models(self._address, catalog).version(version)
                return mlflow_logged_model(told, version, self._shelf.run(told.run_id or "")[0])
        name = "MODEL" if is_id else model_id
        raise missing(
            f"Logged model with ID '{model_id}' not found: a catalog keeps those that are registered, as "
            f"models:/{name}/VERSION or models:/{name}@ALIAS"
        )

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        datasets: Sequence[Mapping[str, str]] | None = None,
        max_results: int | None = None,
        order_by: Sequence[Mapping[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> Any:
        asked = dict.fromkeys(experiment_ids)
        runs, catalog = self._shelf.runs(tuple(asked)), self._shelf.models()
        models = Models(self._address, catalog)
        logged: dict[str, Any] = {}
        for version in catalog.versions.values():
            if (model_id := logged_model_id(version)) and model_id not in logged:
                told = models.version(version)
                run = runs.runs.get(told.run_id or "")
                if run is not None and run.experiment in asked:
                    logged[model_id] = mlflow_logged_model(told, version, run)
        found = logged_models_found(list(logged.values()), filter_string, datasets, order_by)
        most = _LOGGED_MODELS_ON_A_PAGE if max_results is None else max_results
        return page_of(found, most, SEARCH_MAX_RESULTS_THRESHOLD, page_token)

    def search_traces(self, *args: Any, **kwargs: Any) -> tuple[list[Any], None]:
        return [], None

    def _experiments(self) -> list[Any]:
        experiments = self._shelf.experiments().items()
        return [mlflow_experiment(self._address, name, began_at) for name, began_at in experiments]

    # Changes

    def create_experiment(self, name: str, *args: Any, **kwargs: Any) -> Any:
        raise refusal("begin an experiment", _command("new", "run", "ID", "--experiment", name))

    def delete_experiment(self, experiment_id: str) -> None:
        raise refusal("delete an experiment", shlex.join(["git", "rm", "-r", f"runs/{experiment_id}"]))

    def restore_experiment(self, experiment_id: str) -> None:
        raise refusal("bring back an experiment", "git revert COMMIT")

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        raise refusal(
            "begin an experiment of this name", _command("new", "run", "ID", "--experiment", new_name)
        )

    def set_experiment_tag(self, experiment_id: str, tag: Any) -> None:
        raise refusal("set a tag of a run", _command("tag", "set", "runs:/ID", tag.key, tag.value))

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        raise refusal("remove a tag of a run", _command("tag", "unset", "runs:/ID", key))

    def create_run(self, experiment_id: str, *args: Any, **kwargs: Any) -> Any:
        raise _recording()

    def update_run_info(self, run_id: str, *args: Any, **kwargs: Any) -> Any:
        raise refusal("describe a run", _command("describe", _ref(run_id)))

    def delete_run(self, run_id: str) -> None:
        raise refusal("delete a run", shlex.join(["git", "rm", f"runs/EXPERIMENT/{run_id}.yaml"]))

    def restore_run(self, run_id: str) -> None:
        raise refusal("bring back a run", "git revert COMMIT")

    def set_tag(self, run_id: str, tag: Any) -> None:
        raise refusal("set a tag", _command("tag", "set", _ref(run_id), tag.key, tag.value))

    def delete_tag(self, run_id: str, key: str) -> None:
        raise refusal("remove a tag", _command("tag", "unset", _ref(run_id), key))

    def log_batch(self, run_id: str, metrics: Any, params: Any, tags: Any) -> None:
        raise _recording()

    def log_metric(self, run_id: str, metric: Any) -> None:
        raise _recording()

    def log_param(self, run_id: str, param: Any) -> None:
        raise _recording()

    def log_inputs(self, run_id: str, *args: Any, **kwargs: Any) -> None:
        raise _recording()

    def log_outputs(self, run_id: str, *args: Any, **kwargs: Any) -> None:
        raise _recording()

    def record_logged_model(self, run_id: str, *args: Any, **kwargs: Any) -> None:
        raise _recording()

    def create_logged_model(self, *args: Any, **kwargs: Any) -> Any:
        raise refusal("register a model", _command("register", "MODEL", "--run", "RUN"))


def _recording() -> Any:
    return refusal("record a run", "herdbook new run ID --experiment NAME")


def _ref(run_id: str) -> str:
    return str(Ref.run(run_id))


def _command(*words: str) -> str:
    return shlex.join(["herdbook", *words])
