"""What DVC knows at a commit, from its files there."""

import json
import posixpath
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from herdbook.importers.dvc import values
from herdbook.importers.dvc.files import PIPELINE, TRACKED, Files
from herdbook.importers.dvc.findings import Findings
from herdbook.importers.dvc.paths import joined, shown
from herdbook.importers.dvc.remotes import Remotes
from herdbook.importers.dvc.templates import declared
from herdbook.importers.dvc.things import Artifact, Dataset, Made, Stage, State, Thing
from herdbook.importers.dvc.values import mapping, mappings, text, texts
from herdbook.planning.drafts import Key
from herdbook.planning.foreign_names import Names, valid_name


def read_commit(files: Files, found: Findings) -> State:
    """Read what DVC knows at a commit.

    Args:
        files: the files of the commit.
        found: takes the problems.
    """
    return _Known(files, found).read()


class _Known:
    """What is known so far."""

    def __init__(self, files: Files, found: Findings) -> None:
        self.files, self.found = files, found
        self.remotes = Remotes(files.config)
        self.artifacts: dict[str, Artifact] = {}
        self.models: set[str] = set()
        self.tracked: dict[str, Thing] = {}
        self.datasets: list[Dataset] = []
        self.stages: list[Stage] = []
        self.measured: set[str] = set()

    def read(self) -> State:
        # What is a model is known before what is tracked; and all stages, before what they wrote.
        for path in self.files.pipelines:
            self._declared(path)
        for path in self.files.tracked:
            self._tracked(path)
        for path in self.files.locks:
            self._locked(path)
        stages = [replace(stage, made=self._made(stage)) for stage in self.stages]
        return State(
            self.artifacts,
            frozenset(self.models),
            self.tracked,
            self.datasets,
            stages,
            {made.thing.path: made for stage in stages for made in stage.made},
            frozenset(self.measured),
        )

    def _declared(self, path: str) -> None:
        """Take what a pipeline declares beside its stages."""
        value, folder = self.files.parsed(path), posixpath.dirname(path)
        self._measure(folder, value)
        for name, given in mapping(value.get("artifacts")).items():
            stated = mapping(given)
            place = self.files.place(path, folder, stated.get("path"))
            if not place:
                continue
            labels, meta = texts(stated.get("labels")), stated.get("meta")
            tags = {
                **({"labels": ", ".join(labels)} if labels else {}),
                **({"meta": json.dumps(meta, ensure_ascii=False)} if meta is not None else {}),
            }
            artifact = Artifact(place, text(stated.get("type")), text(stated.get("desc")), tags)
            self.artifacts[f"{folder}:{name}" if folder else name] = artifact
            if artifact.is_model:
                self.models.add(place)

    def _measure(self, folder: str, about: Mapping[str, Any]) -> None:
        """Take the files for what is measured, which are declared for a pipeline or a stage in a folder."""
        for kind in ("metrics", "plots"):
            self.measured |= {joined(folder, path) for path in texts(about.get(kind))}

    def _tracked(self, path: str) -> None:
        """Take what a file for tracked data says."""
        value = self.files.parsed(path)
        folder = posixpath.join(posixpath.dirname(path), str(value.get("wdir") or ""))
        outs = mappings(value.get("outs"))
        if "cmd" in value:
            # Before its first version, DVC wrote a file for each stage.
            name = posixpath.basename(path).removesuffix(TRACKED)
            measured = [out.get("path") for out in outs if out.get("metric")]
            self._stage(path, folder, name, value, {"metrics": measured})
            return
        origin = values.origin(value.get("deps"))
        # What comes from another repository is kept by that one.
        is_pushed = not any("repo" in dep for dep in mappings(value.get("deps")))
        for out in outs:
            thing = self._thing(path, folder, out, out if is_pushed else {"push": False})
            if thing is None:
                continue
            self.tracked[thing.path] = thing
            if thing.path not in self.models:
                described = [desc for desc in (out.get("desc"), value.get("desc")) if isinstance(desc, str)]
                about = {"description": described[0]} if described else {}
                self.datasets.append(Dataset(thing, {**about, **origin}, path))

    def _locked(self, path: str) -> None:
        """Take the stages that a lock has recorded."""
        value, folder = self.files.parsed(path), posixpath.dirname(path)
        # Before its second format, a lock held nothing but stages.
        stages = value.get("stages") if "schema" in value or "stages" in value else value
        pipeline = mapping(self.files.parsed(posixpath.join(folder, PIPELINE)).get("stages"))
        for name, stated in mapping(stages).items():
            if not isinstance(stated, dict):
                self.found.report(path, f"the stage {shown(name)} is no mapping; it is left out")
                continue
            written = [text(out.get("path")) for out in mappings(stated.get("outs"))]
            about = declared(pipeline, name, written)
            inside = posixpath.join(folder, str(about.get("wdir") or ""))
            self._stage(path, inside, name, stated, about)

    def _stage(
        self, source: str, inside: str, name: str, stated: Mapping[str, Any], about: Mapping[str, Any]
    ) -> None:
        """Take a stage that ran in a folder: what is recorded of it, and what is declared about it."""
        folder = posixpath.dirname(source)
        mark = sha256(json.dumps([folder, stated], sort_keys=True).encode("utf-8", "replace")).hexdigest()
        run = Key("run", f"{name}-{mark[:10]}")
        self.stages.append(Stage(source, folder, inside, name, stated, about, run))
        self._measure(inside, about)

    def _made(self, stage: Stage) -> list[Made]:
        """What a stage wrote."""
        names, kept = Names(()), values.options(stage.about.get("outs"))
        made = []
        for out in mappings(stage.stated.get("outs")):
            about = {**out, **kept.get(text(out.get("path")), {})}
            thing = self._thing(stage.source, stage.inside, out, about)
            if thing is not None:
                name = names.take(valid_name(posixpath.basename(thing.path) or thing.path, "output"))
                made.append(Made(thing, stage.run, name))
        return made

    def _thing(
        self, source: str, folder: str, stated: Mapping[str, Any], about: Mapping[str, Any]
    ) -> Thing | None:
        """What a file says of data, and what is said about how they are kept; nothing without a digest."""
        path = self.files.place(source, folder, stated.get("path"))
        digest = values.digest(stated)
        if not path:
            return None
        if not digest:
            self.found.report(source, f"{shown(path)} has no digest; it is left out", is_loss=False)
            return None
        return Thing(path, digest, values.size(stated), self.remotes.stored(path, stated, about))
