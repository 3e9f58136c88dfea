"""Stores of MLflow behind a tracking server.

What a server does not know yet, being of an older release, counts as empty.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.importers.mlflow.connection import (
    ONE_RUN,
    Access,
    Connection,
    MissingError,
    NotThereError,
    RefusedError,
    ServerError,
)
from herdbook.importers.mlflow.records import (
    DELETED,
    USUAL,
    Logged,
    Point,
    ReadData,
    Stored,
    StoredModel,
    StoredRun,
    StoredVersion,
    called,
    left_of,
)
from herdbook.importers.mlflow.values import Json, items_of, mapping_of, pairs_of, text_of, whole_of
from herdbook.planning.drafts import Along, Problem

_ABOUT = "/api/3.0/mlflow/server-info"
_WORKSPACES = "/api/3.0/mlflow/workspaces"
_ANYBODY = Access()
_PAGE = 1_000
_PAGE_OF_MODELS = 100
_MOST_FAILURES = 3
"""After how many runs in a row that cannot be read the server is given up."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment: its id, its name, whether it was deleted, and by which connection it is asked about."""

    number: str
    name: str
    is_deleted: bool
    connection: Connection


class Server:
    """A store behind a tracking server.

    Args:
        url: its address; a user and a password in it are used, and never shown.
        access: how to get in, where the address does not say so.
        pause: waits for so many seconds.

    Raises:
        HerdbookError: it is no address of a server.
    """

    def __init__(
        self, url: str, access: Access = _ANYBODY, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._connection = Connection.to(url, access, pause)
        self._only = access.workspace
        self._address = self._connection.url
        self._is_whole = not access.workspace
        self._problems: list[Problem] = []
        self._experiments: dict[str, Experiment] = {}

    def stored(self) -> Stored:
        """Read what there is besides runs."""
        connections = self._connections()
        self._experiments = {it.number: it for connection in connections for it in self._found(connection)}
        logged = {}
        for experiment, found in self._of_experiments("logged-models/search", "models", "logged models"):
            info = mapping_of(found, "info")
            model = Logged(
                text_of(info, "model_id"),
                text_of(info, "name") or experiment.name,
                text_of(info, "source_run_id"),
                text_of(info, "artifact_uri"),
                whole_of(info, "creation_timestamp_ms"),
            )
            logged[model.model_id] = model
        models = [model for connection in connections for model in self._models(connection)]
        return Stored(self._address, models, logged, self._problems, self._is_whole)

    def runs(self, logged: Mapping[str, Logged], along: Along) -> Iterator[StoredRun]:
        """Read the runs."""
        failures = 0
        found = list(self._of_experiments("runs/search", "runs", "runs", run_view_type="ALL"))
        for experiment, answer in along(found):
            try:
                yield self._whole_run(experiment, answer, logged)
                failures = 0
            except ServerError as error:
                failures += 1
                if failures > _MOST_FAILURES:
                    raise
                run_id = text_of(mapping_of(answer, "info"), "run_id")
                self._report(f"run {run_id}", f"it is left out: {error}")

    def run(self, run_id: str) -> StoredRun | None:
        """Read one run, without its parameters, metrics, data and models; `None` where there is none."""
        for connection in self._connections():
            try:
                found = _one(connection, run_id)
            except NotThereError:
                continue
            number = text_of(mapping_of(found, "info"), "experiment_id")
            about = connection.asked("experiments/get", {"experiment_id": number}, post=False)
            return self._run(_experiment(connection, mapping_of(about, "experiment"), number), found)
        return None

    def _whole_run(self, experiment: Experiment, answer: Json, logged: Mapping[str, Logged]) -> StoredRun:
        if logged:  # which of them a run read, no search says
            answer = _one(experiment.connection, text_of(mapping_of(answer, "info"), "run_id"))
        data, inputs = mapping_of(answer, "data"), mapping_of(answer, "inputs")
        made = [
            text_of(item, "model_id") for item in items_of(mapping_of(answer, "outputs"), "model_outputs")
        ]
        run = self._run(experiment, answer)
        return replace(
            run,
            params=pairs_of(data, "params"),
            points=dict(_points(experiment.connection, run.run_id, items_of(data, "metrics"))),
            read=[_read_data(item) for item in items_of(inputs, "dataset_inputs")],
            models_read=[text_of(item, "model_id") for item in items_of(inputs, "model_inputs")],
            logged=[logged[model] for model in made if model in logged],
        )

    def _run(self, experiment: Experiment, answer: Json) -> StoredRun:
        info, data = mapping_of(answer, "info"), mapping_of(answer, "data")
        run_id = text_of(info, "run_id") or text_of(info, "run_uuid")
        tags = pairs_of(data, "tags")
        return StoredRun(
            place=f"{self._address}: run {run_id}",
            run_id=run_id,
            experiment=experiment.name,
            name=text_of(info, "run_name") or tags.get("mlflow.runName", ""),
            status=text_of(info, "status"),
            user=text_of(info, "user_id"),
            start=whole_of(info, "start_time"),
            end=whole_of(info, "end_time"),
            life=DELETED if experiment.is_deleted else text_of(info, "lifecycle_stage"),
            artifacts=text_of(info, "artifact_uri"),
            tags=tags,
        )

    def _connections(self) -> list[Connection]:
        """Those to the workspaces that are asked for; one where the server has none.

        Raises:
            HerdbookError: there is none of this name.
        """
        try:
            about = self._connection.asked(_ABOUT, {}, post=False)
        except RefusedError:  # before MLflow 3, or where something lets only known questions through
            about = {}
        there: list[str] = []
        if about.get("workspaces_enabled") is True:
            there = [text_of(it, "name") for it in self._connection.pages(_WORKSPACES, "workspaces", {})]
        for name in [name for name in there if not (name.isascii() and name.isprintable())]:
            there.remove(name)
            self._is_whole = False
            self._report(f"workspace {name!r}", "it is left out: no server can be asked about such a name")
        if self._only and self._only not in (there or [USUAL]):
            raise HerdbookError(
                f"{self._address}: there is no workspace {self._only}, which MLFLOW_WORKSPACE names; "
                + (f"it has {', '.join(there)}" if there else "leave it out, for the server has none")
            )
        return [self._connection.within(name) for name in there if self._only in ("", name)] or [
            self._connection
        ]

    def _found(self, connection: Connection) -> Iterator[Experiment]:
        """The experiments of a workspace."""
        asked = {"max_results": _PAGE, "view_type": "ALL"}
        try:
            found = list(connection.pages("experiments/search", "experiments", asked, post=True))
        except MissingError:  # before MLflow 1.28
            found = list(connection.pages("experiments/list", "experiments", {"view_type": "ALL"}))
        for item in found:
            experiment = _experiment(connection, item, text_of(item, "experiment_id"))
            if not experiment.is_deleted:
                place = f"{self._address}: experiment {experiment.name}"
                self._problems += left_of(place, pairs_of(item, "tags"))
            yield experiment

    def _of_experiments(
        self, path: str, field: str, what: str, **asked: Any
    ) -> Iterator[tuple[Experiment, Json]]:
        """What each experiment has of something."""
        most = _PAGE if asked else _PAGE_OF_MODELS
        for experiment in self._experiments.values():
            body = {"experiment_ids": [experiment.number], "max_results": most, **asked}
            found: list[Json] = []
            try:
                found.extend(experiment.connection.pages(path, field, body, post=True))
            except MissingError:
                return
            except ServerError as error:
                self._report(f"experiment {experiment.name}", f"its {what} are left out: {error}")
                continue
            yield from ((experiment, item) for item in found)

    def _models(self, connection: Connection) -> list[StoredModel]:
        """The registered models of a workspace."""
        asked = {"max_results": _PAGE_OF_MODELS}
        try:
            models = list(connection.pages("registered-models/search", "registered_models", asked))
            versions = defaultdict(list)
            for item in connection.pages("model-versions/search", "model_versions", asked):
                version = _version(item)
                versions[version.model].append(version)
        except MissingError:  # a server may have no registry
            return []
        except ServerError as error:
            of = f" of the workspace {connection.workspace}" if connection.workspace else ""
            self._report(f"registered models{of}", f"they are left out: {error}")
            self._is_whole = False
            return []
        return [_model(self._address, connection, item, versions) for item in models]

    def _report(self, what: str, message: str) -> None:
        self._problems.append(Problem(f"{self._address}: {what}", message))


def _one(connection: Connection, run_id: str) -> Json:
    # Before MLflow 1.0, its id had the other name.
    asked = {"run_id": run_id, "run_uuid": run_id}
    found = mapping_of(connection.asked(ONE_RUN, asked, post=False), "run")
    if not text_of(mapping_of(found, "info"), "experiment_id"):
        raise ServerError(f"{connection.place(ONE_RUN)} answers with no run of MLflow; see what it is")
    return found


def _points(connection: Connection, run_id: str, last: Sequence[Json]) -> Iterator[tuple[str, list[Point]]]:
    """The points of each metric; of one whose last step is the first, it is the only one as a rule."""
    for metric in last:
        key, point = text_of(metric, "key"), _point(metric)
        if point.step == 0:
            yield key, [point]
            continue
        asked = {"run_id": run_id, "metric_key": key}
        found = connection.pages("metrics/get-history", "metrics", asked)
        yield key, [_point(item) for item in found] or [point]


def _experiment(connection: Connection, item: Json, number: str) -> Experiment:
    name = text_of(item, "name") or f"experiment {number}"
    is_deleted = text_of(item, "lifecycle_stage") == DELETED
    return Experiment(number, called(connection.workspace, name), is_deleted, connection)


def _model(
    address: str, connection: Connection, item: Json, versions: Mapping[str, Sequence[StoredVersion]]
) -> StoredModel:
    name = text_of(item, "name")
    own = called(connection.workspace, name)
    of = [replace(version, model=own) for version in versions.get(name, ())]
    return StoredModel(
        place=f"{address}: model {own}",
        name=own,
        description=text_of(item, "description"),
        tags=pairs_of(item, "tags"),
        versions=sorted(of, key=lambda version: (len(version.version), version.version)),
        aliases={text_of(it, "alias"): text_of(it, "version") for it in items_of(item, "aliases")},
    )


def _version(item: Json) -> StoredVersion:
    return StoredVersion(
        model=text_of(item, "name"),
        version=text_of(item, "version"),
        run_id=text_of(item, "run_id"),
        source=text_of(item, "source"),
        model_id=text_of(item, "model_id"),
        created=whole_of(item, "creation_timestamp"),
        updated=whole_of(item, "last_updated_timestamp"),
        user=text_of(item, "user_id"),
        description=text_of(item, "description"),
        stage=text_of(item, "current_stage"),
        tags=pairs_of(item, "tags"),
    )


def _read_data(item: Json) -> ReadData:
    about, tags = mapping_of(item, "dataset"), pairs_of(item, "tags")
    return ReadData(
        text_of(about, "name"),
        text_of(about, "digest"),
        tags.get("mlflow.data.context", ""),
        *(text_of(about, field) for field in ("source_type", "source", "schema", "profile")),
    )


def _point(metric: Json) -> Point:
    try:
        value = float(metric.get("value", math.nan))
    except (TypeError, ValueError):
        value = math.nan
    return Point.kept(whole_of(metric, "step") or 0, whole_of(metric, "timestamp") or 0, value)
