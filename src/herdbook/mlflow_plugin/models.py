"""Models and versions of a catalog as MLflow sees them."""

from collections.abc import Iterable, Mapping
from inspect import signature
from typing import Any

from mlflow.entities.model_registry import (
    ModelVersion,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelAlias,
    RegisteredModelTag,
)

from herdbook.catalog import Catalog
from herdbook.entries import NO_RUN, Stages, Transition
from herdbook.entries import ModelVersion as Version
from herdbook.mlflow_plugin.addresses import Address
from herdbook.mlflow_plugin.model_ids import logged_model_id
from herdbook.queries.terms import milliseconds
from herdbook.ref import Ref

UNKNOWN = 0
"""What MLflow is told where a time was never recorded; it counts from 1970, and knows no unknown times."""

_NO_STAGE = "None"
# MLflow 2 knows no logged models.
_MODEL_ID = [name for name in ("model_id",) if name in signature(ModelVersion).parameters]


class Models:
    """The models of a catalog, as it was read once."""

    def __init__(self, address: Address, catalog: Catalog) -> None:
        self._address = address
        self._catalog = catalog
        self._stages: dict[str, Mapping[int, Transition]] = {}

    def names(self) -> Iterable[str]:
        """The names of all models, also of those of which there are only versions."""
        return sorted({*self._catalog.models, *(model for model, _ in self._catalog.versions)})

    def has(self, name: str) -> bool:
        """Tell whether there is a model of a name."""
        return name in self._catalog.models or bool(self._catalog.versions_of(name))

    def called(self, name: str) -> str:
        """What a model is called here that may be named as it was elsewhere."""
        return name if self.has(name) else self._catalog.by_name(Ref.model(name)).name

    def model(self, name: str) -> Any:
        """A model, with the latest version of each stage."""
        entry = self._catalog.models.get(name)
        versions = [self.version(version) for version in self._catalog.versions_of(name)]
        return RegisteredModel(
            name,
            min((it.creation_timestamp for it in versions if it.creation_timestamp), default=UNKNOWN),
            max((it.last_updated_timestamp for it in versions), default=UNKNOWN),
            entry.description or None if entry is not None else None,
            self.latest(name),
            [
                RegisteredModelTag(key, value)
                for key, value in (entry.tags if entry is not None else {}).items()
            ],
            [RegisteredModelAlias(alias, version) for alias, version in self.aliases(name).items()],
        )

    def aliases(self, name: str) -> Mapping[str, int]:
        """The aliases of a model that point to a version that is there."""
        ledger = self._catalog.aliases.get(name)
        pointed = {alias: ledger.version_of(alias) for alias in ledger.data["aliases"]} if ledger else {}
        return {
            alias: version
            for alias, version in pointed.items()
            if version is not None and (name, version) in self._catalog.versions
        }

    def version(self, version: Version, *, aliased: bool = False) -> Any:
        """A version; where MLflow itself tells them, with its aliases."""
        current = self._current(version.model).get(version.version)
        created = milliseconds(version.text("created_at")) or UNKNOWN
        moved = (milliseconds(current.at) if current is not None else None) or UNKNOWN
        uri = version.text("uri")
        return ModelVersion(
            version.model,
            version.version,
            created,
            max(created, moved),
            version.description or None,
            version.text("created_by") or None,
            _stage(current),
            uri if "://" in uri else str(self._address.of(version.ref)),
            _run_id(version),
            tags=[ModelVersionTag(key, value) for key, value in version.tags.items()],
            aliases=self._aliases_of(version) if aliased else [],
            **dict.fromkeys(_MODEL_ID, logged_model_id(version) or None),
        )

    def latest(self, name: str, *, aliased: bool = False) -> list[Any]:
        """The latest version of each stage."""
        found: dict[str, Version] = {}
        for version in self._catalog.versions_of(name):
            found[_stage(self._current(name).get(version.version))] = version
        return [self.version(version, aliased=aliased) for version in found.values()]

    def versions(self) -> list[Any]:
        """All versions of all models."""
        return [self.version(version) for version in self._catalog.versions.values()]

    def _aliases_of(self, version: Version) -> list[str]:
        aliases = self.aliases(version.model).items()
        return [alias for alias, pointed in aliases if pointed == version.version]

    def _current(self, name: str) -> Mapping[int, Transition]:
        if name not in self._stages:
            ledger: Stages | None = self._catalog.stages.get(name)
            self._stages[name] = ledger.current() if ledger is not None else {}
        return self._stages[name]


def _run_id(version: Version) -> str | None:
    run = version.run.ref
    return run.name if run is not None and run.name != NO_RUN else None


def _stage(transition: Transition | None) -> str:
    return transition.stage.capitalize() if transition is not None else _NO_STAGE
