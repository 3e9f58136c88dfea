"""Drafts of what a store of MLflow holds.

What MLflow does not say is not guessed at, with two exceptions, since a catalog cannot go without: a run that
evaluated no model of another is of type training, and ledgers have a time and an author for every line.
MLflow keeps neither of an alias, so that its line says since when it is known, and why it names nobody.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from herdbook.entries import NO_RUN
from herdbook.errors import HerdbookError
from herdbook.importers.mlflow import addresses, fields
from herdbook.importers.mlflow.addresses import Places
from herdbook.importers.mlflow.records import (
    DELETED,
    NOTE,
    Point,
    ReadData,
    Stored,
    StoredModel,
    StoredRun,
    StoredVersion,
    left_out,
)
from herdbook.importers.secrets import shown
from herdbook.importers.uris import address, without_secrets
from herdbook.planning import mlmodel
from herdbook.planning.drafts import Draft, Key, Problem, some
from herdbook.planning.foreign_names import Names, valid_name

SYSTEM = "mlflow"

_STAGES = {
    "": "none",
    "none": "none",
    "staging": "staging",
    "production": "production",
    "archived": "archived",
}
_HISTORY = "mlflow.log-model.history"
_EVALUATED = "mlflow.datasets"
"""The tag in which `mlflow.models.evaluate` writes down on which data it evaluated which models."""
_PROMPT = "mlflow.prompt.is_prompt"
_MOST_DIGITS = 10
_GONE = "Deleted_Internal"
"""The stage of versions that were deleted: MLflow keeps them, without what they said, for their numbers."""


@dataclass(slots=True)
class Output:
    """Something that a run made: its name, what MLflow calls it, and what is known of it."""

    name: str
    uri: str
    key: str
    known: dict[str, Any] = field(default_factory=dict)


class Drafting:
    """Makes drafts of the runs of a store, and then of what is registered."""

    def __init__(self, stored: Stored, places: Places, now: str) -> None:
        self.stored, self.places, self.now = stored, places, now
        self.problems: list[Problem] = []
        self.outputs: dict[str, list[Output]] = {}
        self.seen: set[Key] = set()
        self.read: set[str] = set()
        self.models = [_without_deleted(model) for model in stored.models if not self._is_prompt(model)]
        # What MLflow takes `runs:/<run>/<name>` for, where several are called so: the newest.
        self.newest = {
            f"runs:/{model.run_id}/{model.name}": model.model_id
            for model in sorted(stored.logged.values(), key=lambda model: model.created or 0)
        }
        self.versions: dict[str, list[StoredVersion]] = defaultdict(list)
        self.registered_as: dict[str, Key] = {}
        for model in self.models:
            for version in model.versions:
                self.registered_as[self._model_id(version)] = Key(
                    "model-version", version.version, model.name
                )
                if run_id := self._run_of(version):
                    self.versions[run_id].append(version)
        names: dict[str, Names] = defaultdict(lambda: Names(()))
        self.logged = {
            model.model_id: names[model.run_id].take(valid_name(model.name, "output"))
            for model in stored.logged.values()
        }

    # Runs

    def run(self, run: StoredRun) -> Iterator[Draft]:
        """Drafts of a run, and of the datasets that it read."""
        if run.life == DELETED and run.run_id not in self.versions:
            return
        status = fields.STATUS.get(run.status)
        if status is None:
            self._report(run, f"its status is {run.status!r}, which is none of MLflow's; it is left out")
            return
        tags = {key: value for key, value in run.tags.items() if key not in (_HISTORY, NOTE)}
        origin: dict[str, str] = {}
        evaluated = self._evaluated(run)
        version = self.registered_as.get(evaluated) if evaluated else None
        value: dict[str, Any] = {
            "experiment": Key("experiment", run.experiment),
            "type": "evaluation" if evaluated else "training",
            "evaluates": version,
            "status": status,
            "title": fields.line(without_secrets(run.name or tags.get("mlflow.runName", "")), 250),
            "description": without_secrets(run.tags.get(NOTE, "")),
            "started_at": self._time(run, "start_time", run.start),
            "ended_at": self._time(run, "end_time", run.end) if status != "running" else "",
            "params": {
                key: fields.parameter(text)
                for key, text in self._shown(run.place, "params", run.params).items()
            },
            **self._metrics(run),
            **fields.context(run, origin),
            "tags": self._shown(run.place, "tags", tags),
        }
        if parent := tags.get("mlflow.parentRunId"):
            value["parent"], origin["parent"] = Key("run", parent), "tags.mlflow.parentRunId"
        inputs = []
        for read in run.read:
            data, draft = self._data(run, read)
            yield from draft
            digest = fields.fingerprint(read.digest)
            inputs.append(_given(dataset=data, role=fields.line(read.context), digest=digest))
        models = dict.fromkeys([*run.models_read, evaluated] if evaluated else run.models_read)
        for model_id in models:
            if version is None or model_id != evaluated:
                inputs += self._model_read(run, model_id)
        outputs = self.outputs[run.run_id] = self._outputs(run)
        value |= {"inputs": inputs, "outputs": [_stated(output) for output in outputs]}
        origin |= {"name": without_secrets(run.name), "artifact_uri": without_secrets(run.artifacts)}
        if run.life == DELETED:
            origin["lifecycle_stage"] = DELETED
        value["imported_from"] = _given(**origin)
        yield Draft(Key("run", run.run_id), _given(**value), run.place)

    def _shown(self, place: str, field: str, texts: Mapping[str, str]) -> dict[str, str]:
        found, problems = shown(place, field, texts, fields.parameter)
        self.problems += problems
        return found

    def _metrics(self, run: StoredRun) -> dict[str, Any]:
        metrics, curves = {}, {}
        not_finite, repeated = [], []
        for key, points in run.points.items():
            if len({point.step for point in points}) == len(points) and all(map(_is_finite, points)):
                ordered = sorted(points)
                metrics[key] = ordered[-1].value
                if len(ordered) > 1 or ordered[-1].step:
                    curves[key] = [[step, value] for step, _, value in ordered]
                continue
            last = max(points, key=_order)
            if math.isfinite(last.value):
                metrics[key] = last.value
            else:
                not_finite.append(f"{key} ends with {last.value}")
            curve: dict[int, float] = {}
            lost, again = 0, False
            for point in sorted(set(points), key=_order):
                if not math.isfinite(point.value):
                    lost += 1
                    continue
                again |= curve.get(point.step, point.value) != point.value
                curve[point.step] = point.value
            if lost and key in metrics:
                not_finite.append(f"{key} is none at {lost:,} of {len(points):,} points")
            if again:
                repeated.append(key)
            if len(curve) > 1 or any(curve):
                curves[key] = [[step, value] for step, value in curve.items()]
        if not_finite:
            self._report(run, f"metrics that are no finite numbers are left out: {some(not_finite)}")
        if repeated:
            told = "of the values of a metric at one step, the last one is taken, as MLflow shows it"
            self.problems.append(Problem(run.place, f"{told}: {some(sorted(repeated))}", is_loss=False))
        return {"metrics": metrics, "curves": curves}

    def _evaluated(self, run: StoredRun) -> str:
        """The one logged model of another run that a run evaluated, if it made none of its own."""
        found = fields.evaluated(run.tags.get(_EVALUATED, "")) & self.stored.logged.keys()
        return found.pop() if len(found) == 1 and not run.logged else ""

    def _data(self, run: StoredRun, read: ReadData) -> tuple[Key, list[Draft]]:
        version = Key("dataset-version", read.digest or "unknown", read.name)
        if version in self.seen:
            return version, []
        self.seen.add(version)
        known = fields.dataset(read)
        whole = Key("dataset", read.name)
        drafts = [] if whole in self.seen else [Draft(whole, {}, run.place)]
        self.seen.add(whole)
        return version, [*drafts, Draft(version, _given(**known), run.place)]

    def _model_read(self, run: StoredRun, model_id: str) -> list[dict[str, Any]]:
        model = self.stored.logged.get(model_id)
        if model is None:
            self._report(run, f"the model {model_id} that it read is not in the store; it is left out")
            return []
        if not model.run_id:  # it was made elsewhere, or is a service
            self.read.add(model_id)
            return [_given(uri=self._address(model.location), name=fields.line(model.name), role="model")]
        return [{"run": Key("output", self.logged[model_id], model.run_id), "role": "model"}]

    def _outputs(self, run: StoredRun) -> list[Output]:
        """The models that a run logged, and what else of its artifacts was registered."""
        found: dict[str, Output] = {}
        for model in run.logged:
            found[model.model_id] = Output(self.logged[model.model_id], model.location, model.model_id)
        names = Names(output.name for output in found.values())
        for path, about in self._history(run).items():
            name = names.take(valid_name(path, "output"))
            found[path] = Output(name, addresses.joined(run.artifacts, path), path, known=about)
        for version in self.versions.get(run.run_id, ()):
            key = addresses.inside(version.source, run.artifacts, run.run_id)
            if key and key not in found and self._model_id(version) not in found:
                name = names.take(valid_name(key, "output"))
                found[key] = Output(name, addresses.joined(run.artifacts, key), key)
        registered = {self._model_id(version) for version in self.versions.get(run.run_id, ())}
        for version in self.versions.get(run.run_id, ()):
            registered |= {key for key in found if _ends_with(version.source, key)}
        for key, output in found.items():
            self._look(output, run.place, is_registered=key in registered)
        return list(found.values())

    def _history(self, run: StoredRun) -> dict[str, dict[str, Any]]:
        """What MLflow before 3 wrote down of the models that a run logged, by their paths."""
        found: dict[str, dict[str, Any]] = {}
        try:
            entries = json.loads(run.tags.get(_HISTORY, "[]"))
        except (ValueError, RecursionError) as error:
            self._report(run, f"the models that it logged cannot be read from its tag {_HISTORY}: {error}")
            return found
        for index, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            where = f"tags.{_HISTORY}.{index}"
            path = entry.get("artifact_path") if isinstance(entry, dict) else None
            try:
                if not isinstance(path, str):
                    raise HerdbookError(f"{where}: it names no artifact_path")
                found[path] = _described(mlmodel.stated(entry, where))
            except HerdbookError as error:
                self._report(run, f"a model that it logged is left out: {error}")
        return found

    def _look(self, output: Output, place: str, *, is_registered: bool) -> None:
        """Look at what a run made, where it can be reached; what is registered is hashed."""
        here = self.places.find(output.uri)
        if here is None:
            output.uri = self._address(output.uri)
            return
        output.uri = self.places.address(here)
        try:
            output.known |= self.places.described(here)
            if is_registered:
                output.known |= self.places.measured(here)
        except HerdbookError as error:
            self.problems.append(Problem(place, f"what lies at {output.uri} is left out: {error}"))

    def _address(self, uri: str) -> str:
        return address(addresses.served(uri, self.stored.address))

    # What is registered

    def registered(self) -> Iterator[Draft]:
        """Drafts of registered models, their versions and ledgers; the runs come first."""
        for model in self.models:
            value = _given(
                description=without_secrets(model.description),
                tags=self._shown(model.place, "tags", model.tags),
                imported_from={"name": model.name},
            )
            yield Draft(Key("model", model.name), value, model.place)
            # That a version is in none any more, and an alias gone, is worth knowing, too.
            transitions = []
            for version in model.versions:
                if not _is_number(version.version):
                    self._report(model, f"version {version.version!r} has no number, and is left out")
                    continue
                yield self._version(model, version)
                stage = _STAGES.get(version.stage.lower())
                if stage is not None:
                    at = fields.time(version.updated) or self.now
                    transitions.append(_line(int(version.version), at, _STAGE_KNOWN) | {"stage": stage})
            if transitions:
                yield Draft(Key("stages", within=model.name), {"transitions": transitions}, model.place)
            lines = {
                alias: [_line(int(number), self.now, _ALIAS_KNOWN)]
                for alias, number in model.aliases.items()
                if _is_number(number)
            }
            yield Draft(Key("aliases", within=model.name), {"aliases": lines}, model.place)

        registered = {self._model_id(version) for model in self.models for version in model.versions}
        of_no_run = {model.model_id for model in self.stored.logged.values() if not model.run_id}
        lost = len(of_no_run - registered - self.read)
        nouns = ("logged model that no run made or read", "logged models that no run made or read")
        self.problems += left_out(self.stored.address or SYSTEM, lost, *nouns)

    def _version(self, model: StoredModel, version: StoredVersion) -> Draft:
        place = f"{model.place}, version {version.version}"
        run_id = self._run_of(version)
        outputs = {output.key: output for output in self.outputs.get(run_id, ())}
        output = outputs.get(self._model_id(version))
        if output is None and run_id:
            ends = [key for key in outputs if _ends_with(version.source, key)]
            output = outputs.get(max(ends, key=len, default=""))
        if output is None:
            output = Output("", version.location or version.source, "")
            self._look(output, place, is_registered=True)
        value = {
            "run": Key("run", run_id) if run_id else NO_RUN,
            "output": output.name,
            "uri": output.uri,
            **output.known,
            "description": without_secrets(version.description),
            "created_at": fields.time(version.created),
            "created_by": fields.line(version.user),
            "tags": self._shown(place, "tags", version.tags),
            "imported_from": _given(run_id=run_id, source=without_secrets(version.source)),
        }
        return Draft(Key("model-version", version.version, model.name), _given(**value), place)

    def _model_id(self, version: StoredVersion) -> str:
        found = version.model_id or addresses.model_id(version.source)
        return found or self.newest.get(version.source.rstrip("/"), "")

    def _run_of(self, version: StoredVersion) -> str:
        model = self.stored.logged.get(self._model_id(version))
        return version.run_id or (model.run_id if model is not None else "")

    def _is_prompt(self, model: StoredModel) -> bool:
        if model.tags.get(_PROMPT, "").lower() != "true":
            return False
        self.problems.append(
            Problem(model.place, "it is a prompt, for which a catalog has no place; it is left out", False)
        )
        return True

    def _time(self, run: StoredRun, name: str, value: int | None) -> str:
        found = fields.time(value)
        if value and not found:
            self._report(run, f"{name} is {value}, which is no time; it is left out")
        return found

    def _report(self, thing: StoredRun | StoredModel, message: str) -> None:
        self.problems.append(Problem(thing.place, message))


_ALIAS_KNOWN = "so at the time of the import; MLflow does not record when and by whom"
_STAGE_KNOWN = "so at the time of the import, and not changed since then; MLflow does not record by whom"


def _without_deleted(model: StoredModel) -> StoredModel:
    return replace(model, versions=[version for version in model.versions if version.stage != _GONE])


def _line(version: int, at: str, reason: str) -> dict[str, Any]:
    return {"version": version, "at": at, "by": SYSTEM, "reason": reason}


def _stated(output: Output) -> dict[str, Any]:
    known = {key: value for key, value in output.known.items() if key != "requirements"}
    return _given(name=output.name, uri=output.uri, **known)


def _described(described: mlmodel.Described) -> dict[str, Any]:
    return _given(flavors=list(described.flavors), signature=described.signature, size=described.size)


def _given(**known: Any) -> dict[str, Any]:
    return {name: value for name, value in known.items() if value not in (None, "", {}, [], ())}


def _order(point: Point) -> tuple[float, ...]:
    """How MLflow finds the last value; what is no number comes first of those at one time."""
    return (point.step, point.timestamp, -math.inf if math.isnan(point.value) else point.value)


def _is_finite(point: Point) -> bool:
    return math.isfinite(point.value)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _ends_with(source: str, path: str) -> bool:
    return f"/{source}".rstrip("/").endswith(f"/{path}")
