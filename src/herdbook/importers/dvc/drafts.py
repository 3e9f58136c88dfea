"""Drafts of what DVC knows at a commit: datasets, runs and models."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from herdbook.importers.dvc import values
from herdbook.importers.dvc.files import PIPELINE, Files
from herdbook.importers.dvc.findings import Findings
from herdbook.importers.dvc.things import Stage, State, Thing
from herdbook.importers.dvc.values import mappings
from herdbook.importers.secrets import shown
from herdbook.masking import masked_command
from herdbook.planning.drafts import Key


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that something is known at.

    Attributes:
        hash: its hash.
        repository: what its repository is called.
        address: where that is; empty where it is nowhere else.
        experiment: what DVC calls the experiment that it holds; empty where it holds none.
    """

    hash: str
    repository: str
    address: str
    experiment: str


class Drafting:
    """Drafts what is known at a commit, unless it was drafted for another one before."""

    def __init__(self, commit: Commit, state: State, files: Files, found: Findings) -> None:
        self.commit, self.state, self.files, self.found = commit, state, files, found

    def draft(self) -> None:
        """Draft everything."""
        for dataset in self.state.datasets:
            self.found.draft(Key("dataset", dataset.thing.path), dataset.about, dataset.source)
            self._version(dataset.thing, dataset.source)
        for stage in self.state.stages:
            if not self.found.knows(stage.run):
                self._run(stage)
        for name, artifact in self.state.artifacts.items():
            if artifact.is_model:
                value = _filled({"description": artifact.description, "tags": artifact.tags})
                self.found.draft(Key("model", name), value, f"{PIPELINE}: {name}")

    def _version(self, thing: Thing, source: str, **fields: Any) -> Key:
        """Draft the version of a dataset that data are."""
        self.found.draft(Key("dataset", thing.path), {}, source)
        known = {**thing.known(), **({"uri": thing.stored} if thing.stored else {})}
        self.found.draft(thing.version, {**known, **fields, "tags": {"git_commit": self.commit.hash}}, source)
        return thing.version

    def _run(self, stage: Stage) -> None:
        source = f"{stage.source}: {stage.name}"
        outputs = []
        for made in stage.made:
            output = {"name": made.output, **made.thing.known()}
            if self.state.is_data(made.thing.path):
                output["dataset"] = self._version(made.thing, source, produced_by=stage.run)
            outputs.append(output)
        experiment = self.commit.experiment
        inputs = [self._input(stage, dep) for dep in mappings(stage.stated.get("deps"))]
        stated = values.params(stage.stated.get("params"))
        params, problems = shown(source, "params", stated, lambda value: value)
        for problem in problems:
            self.found.report(problem.source, problem.message, is_loss=False)
        value = {
            "experiment": Key("experiment", stage.folder or self.commit.repository),
            "title": f"{stage.name} ({experiment})" if experiment else stage.name,
            "description": stage.about.get("desc"),
            "type": self._type(stage),
            "status": "finished",
            "code": self._code(stage),
            "inputs": [item for item in inputs if item],
            "params": params,
            "metrics": self._metrics(stage),
            "outputs": outputs,
            "tags": {
                "git_commit": self.commit.hash,
                "dvc_stage": stage.name,
                **({"dvc_experiment": experiment} if experiment else {}),
            },
        }
        self.found.draft(stage.run, _filled(value), source)

    def _type(self, stage: Stage) -> str:
        """What a run was for, by what it wrote."""
        paths = [made.thing.path for made in stage.made]
        measured = self.state.measured
        if any(self.state.is_model(path) and path not in measured for path in paths):
            return "training"
        return "evaluation" if paths and measured.issuperset(paths) else "preprocessing"

    def _code(self, stage: Stage) -> dict[str, Any]:
        return _filled(
            {
                "repository": self.commit.address,
                "commit": self.commit.hash,
                "entry_point": values.entry_point(stage.stated),
                "command": masked_command(values.command(stage.stated)),
            }
        )

    def _input(self, stage: Stage, dep: Mapping[str, Any]) -> dict[str, Any]:
        """What a stage read: a dataset, a model of another stage, or anything else by its address."""
        path = self.files.place(stage.source, stage.inside, dep.get("path"))
        if not path:
            return {}
        thing = Thing(path, values.digest(dep), values.size(dep))
        made, tracked = self.state.made.get(path), self.state.tracked.get(path)
        for known in (tracked, made.thing if made is not None else None):
            if known is not None and known.digest == thing.digest:
                thing = known
        digest = thing.digest
        if not digest:
            return {"uri": thing.uri}
        is_made_data = made is not None and self.state.is_data(path)
        if made is not None and not is_made_data and made.thing.digest == digest:
            return {"run": Key("output", made.output, made.run.name), "digest": digest}
        if (tracked is not None or is_made_data) and path not in self.state.models:
            return {"dataset": self._version(thing, stage.source), "digest": digest}
        return {"uri": thing.uri, "digest": digest}

    def _metrics(self, stage: Stage) -> dict[str, float]:
        found: dict[str, float] = {}
        for made in stage.made:
            place = made.thing.path
            numbers = self.files.numbers(place) if place in self.state.measured else {}
            # Of two files with the same names, both say where a number is from.
            prefix = f"{posixpath.basename(place)}:" if found.keys() & numbers.keys() else ""
            found |= {f"{prefix}{name}": number for name, number in numbers.items()}
        return found


def _filled(value: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a value that say something."""
    return {name: found for name, found in value.items() if found not in (None, "", [], {})}
