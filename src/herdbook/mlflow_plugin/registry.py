"""The registry of MLflow that is a catalog."""

import shlex
from collections.abc import Sequence
from typing import Any

from mlflow.entities.model_registry.model_version_stages import ALL_STAGES, get_canonical_stage
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS
from mlflow.store.model_registry import (
    SEARCH_MODEL_VERSION_MAX_RESULTS_DEFAULT,
    SEARCH_MODEL_VERSION_MAX_RESULTS_THRESHOLD,
    SEARCH_REGISTERED_MODEL_MAX_RESULTS_DEFAULT,
    SEARCH_REGISTERED_MODEL_MAX_RESULTS_THRESHOLD,
)
from mlflow.store.model_registry.abstract_store import AbstractStore
from mlflow.utils.validation import (
    _validate_model_alias_name,
    _validate_model_name,
    _validate_model_version,
)

from herdbook.catalog import LATEST, Catalog
from herdbook.entries import ModelVersion as Version
from herdbook.mlflow_plugin.addresses import Address
from herdbook.mlflow_plugin.models import Models
from herdbook.mlflow_plugin.published import shelf_of
from herdbook.mlflow_plugin.refusing import missing, refusal, speaking_mlflow, wrong
from herdbook.mlflow_plugin.searching import PROMPT, models_found, page_of, versions_found
from herdbook.mlflow_plugin.shelf import refusals
from herdbook.ref import Ref


@speaking_mlflow(AbstractStore)
class RegistryStore(AbstractStore):
    """Answers what MLflow asks of a registry from a catalog, and refuses what would change it."""

    def __init__(self, store_uri: str, tracking_uri: str | None = None) -> None:
        super().__init__(store_uri, tracking_uri)
        self._address = Address.parse(store_uri)
        self._shelf = shelf_of(self._address)

    # Questions

    def get_registered_model(self, name: str) -> Any:
        name, models, _ = self._model(name)
        return models.model(name)

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> Any:
        models = Models(self._address, self._shelf.models())
        all_of_them = [models.model(name) for name in models.names()]
        found = models_found(all_of_them, filter_string, order_by, models.called)
        most = SEARCH_REGISTERED_MODEL_MAX_RESULTS_DEFAULT if max_results is None else max_results
        return page_of(found, most, SEARCH_REGISTERED_MODEL_MAX_RESULTS_THRESHOLD, page_token)

    def get_latest_versions(self, name: str, stages: list[str] | None = None) -> list[Any]:
        """The latest version of each stage; what is no stage may be the label of a version."""
        name, models, catalog = self._model(name)
        if not stages:  # MLflow 2 takes the newest of them for the latest
            _keep_off_refused(catalog, name)
        wanted: set[str] = set()
        labelled = []
        for stage in stages or ALL_STAGES:
            try:
                wanted.add(get_canonical_stage(stage))
            except MlflowException as error:
                version = catalog.version(name, stage)
                if version is None or version.version_label != stage:
                    raise wrong(f"{error.message} No version of {name} has it for a label, either.") from None
                labelled.append(models.version(version, aliased=True))
        latest = [it for it in models.latest(name, aliased=True) if it.current_stage in wanted]
        return [*labelled, *latest]

    def get_model_version(self, name: str, version: Any) -> Any:
        models, entry = self._version(name, version)
        return models.version(entry, aliased=True)

    def get_model_version_by_alias(self, name: str, alias: str) -> Any:
        _validate_model_name(name)
        is_latest = alias.lower() == LATEST
        if not is_latest:  # MLflow 2 takes it for no alias
            _validate_model_alias_name(alias)
        name, models, catalog = self._model(name, None if is_latest else alias)
        if is_latest:
            _keep_off_refused(catalog, name)
            version = catalog.version(name, LATEST)
            if version is None:
                raise missing(f"Latest version not found for model {name}.")
        else:
            aliases = models.aliases(name)
            number = aliases.get(alias)
            if number is None:
                near = next((it for it in aliases if it.casefold() == alias.casefold()), "")
                why = f"; did you mean {near}?" if near else refusals(catalog, f"models/{name}/aliases.yaml")
                raise wrong(f"Registered model alias {alias} not found{why}")
            version = catalog.versions[name, number]
        return models.version(version, aliased=True)

    def get_model_version_download_uri(self, name: str, version: Any) -> str:
        """Where the artifact is fetched from: by us, so that nothing is loaded unchecked."""
        _, entry = self._version(name, version)
        return str(self._address.of(entry.ref))

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> Any:
        models = Models(self._address, self._shelf.models())
        found = versions_found(models.versions(), filter_string, order_by, models.called)
        most = SEARCH_MODEL_VERSION_MAX_RESULTS_DEFAULT if max_results is None else max_results
        return page_of(found, most, SEARCH_MODEL_VERSION_MAX_RESULTS_THRESHOLD, page_token)

    def _model(self, name: str, alias: str | None = None) -> tuple[str, Models, Catalog]:
        _validate_model_name(name)
        found, catalog = self._shelf.model(name, alias=alias)
        models = Models(self._address, catalog)
        if not models.has(found):
            why = refusals(catalog, f"models/{found}/model.yaml")
            raise missing(f"Registered Model with name={name} not found{why}")
        return found, models, catalog

    def _version(self, name: str, version: Any) -> tuple[Models, Version]:
        _validate_model_name(name)
        _validate_model_version(version)
        found, catalog = self._shelf.model(name, version=int(version))
        entry = catalog.versions.get((found, int(version)))
        if entry is None:
            why = refusals(catalog, f"models/{found}/versions/{int(version)}.yaml")
            raise missing(f"Model Version (name={name}, version={version}) not found{why}")
        return Models(self._address, catalog), entry

    # Changes

    def create_registered_model(
        self, name: str, tags: Sequence[Any] | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        if any(tag.key == PROMPT for tag in tags or ()):
            raise NotImplementedError
        found, catalog = self._shelf.model(name)
        if Models(self._address, catalog).has(found):
            # Whoever registers a version begins the model first, and goes on where it is there.
            raise MlflowException(f"Registered Model (name={name}) already exists.", RESOURCE_ALREADY_EXISTS)
        raise refusal("begin a model", _command("new", "model", name))

    def update_registered_model(self, name: str, *args: Any, **kwargs: Any) -> Any:
        raise refusal("change a description", _command("describe", f"models:/{name}"))

    def rename_registered_model(self, name: str, new_name: str) -> Any:
        raise refusal("rename a model", _command("rename", f"models:/{name}", new_name))

    def delete_registered_model(self, name: str) -> None:
        raise refusal("withdraw the versions of a model", _command("deprecate", name, "VERSION"))

    def set_registered_model_tag(self, name: str, tag: Any) -> None:
        raise refusal("set a tag", _command("tag", "set", f"models:/{name}", tag.key, tag.value))

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        raise refusal("remove a tag", _command("tag", "unset", f"models:/{name}", key))

    def create_model_version(
        self, name: str, source: str, run_id: str | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        raise refusal("register a version", _command("register", name, "--run", run_id or "RUN"))

    def update_model_version(self, name: str, version: Any, *args: Any, **kwargs: Any) -> Any:
        raise refusal("change a description", _command("describe", _ref(name, version)))

    def transition_model_version_stage(
        self, name: str, version: Any, stage: str, archive_existing_versions: bool
    ) -> Any:
        archiving = ("--archive-existing",) if archive_existing_versions else ()
        command = _command("stage", "set", name, version, stage.lower(), *archiving)
        raise refusal("move a version to a stage", command)

    def delete_model_version(self, name: str, version: Any) -> None:
        raise refusal("withdraw a version", _command("deprecate", name, version))

    def set_model_version_tag(self, name: str, version: Any, tag: Any) -> None:
        raise refusal("set a tag", _command("tag", "set", _ref(name, version), tag.key, tag.value))

    def delete_model_version_tag(self, name: str, version: Any, key: str) -> None:
        raise refusal("remove a tag", _command("tag", "unset", _ref(name, version), key))

    def set_registered_model_alias(self, name: str, alias: str, version: Any) -> None:
        raise refusal("set an alias", _command("alias", "set", name, alias, version))

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        raise refusal("remove an alias", _command("alias", "unset", name, alias))


def _keep_off_refused(catalog: Catalog, name: str) -> None:
    """Say that the file of the newest version is refused: the one before it is not the latest."""
    for path in catalog.refused_at(Ref.model(name, LATEST)):
        raise missing(f"Latest version not found for model {name}{refusals(catalog, path)}")


def _ref(name: str, version: Any) -> str:
    return str(Ref.model(name, version))


def _command(*words: Any) -> str:
    return shlex.join(["herdbook", *map(str, words)])
