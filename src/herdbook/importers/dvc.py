"""What DVC keeps in git: data that it tracks, and the stages of its pipelines as they ran.

Everything is read from the commits that are asked for; nothing is checked out, and no data are needed. A
version of a dataset is known by the digest of its data, and a run by all that its stage had recorded: so the
same state, found in many commits, is one entry.
"""

import json
import math
import posixpath
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from herdbook.errors import HerdbookError
from herdbook.git import Repository, public_address, tags
from herdbook.importers.dvc_remotes import CONFIG, Config, Remotes, parse_config
from herdbook.planning.drafts import Draft, Imported, Key, Problem
from herdbook.planning.foreign_names import Names, valid_name
from herdbook.reader import parse_yaml
from herdbook.tree import MAX_BYTES, Tree

SYSTEM = "dvc"
_LOCK, _PIPELINE, _TRACKED = "dvc.lock", "dvc.yaml", ".dvc"
_PARAMS = "params.yaml"
_EXPERIMENTS = "refs/exps"
_EXPERIMENT = re.compile(r"[0-9a-f]{2}/[0-9a-f]{38}/(?P<name>.+)")
"""DVC keeps an experiment under the commit that it began from; what else is there are its own notes."""
_MODEL_FILES = (
    *(".bin", ".cbm", ".ckpt", ".gguf", ".h5", ".joblib", ".keras", ".model", ".onnx", ".pb", ".pickle"),
    *(".pkl", ".pt", ".pth", ".safetensors", ".tflite", ".ubj"),
)
"""How files end that hold models: what a stage writes into one is no dataset."""
_CODE = (".py", ".ipynb", ".sh", ".R", ".r", ".jl")
_DEEPEST = 16
_SAFE = "/!$&'()*+,;=@~"


def read_dvc(
    repository: Repository,
    revisions: Sequence[str],
    *,
    all_tags: bool = False,
    all_experiments: bool = False,
) -> Imported:
    """Read what DVC keeps in commits of a repository.

    Args:
        repository: the repository, and the folder in it that DVC was started in.
        revisions: the commits, by any name that git knows; the oldest first.
        all_tags: read those that are tagged, too.
        all_experiments: read those that DVC keeps of experiments, too.

    Raises:
        HerdbookError: there is no such commit.
    """
    commits: dict[str, None] = {}
    reading = Reading(repository)
    for revision in revisions:
        commit = repository.commit(revision)
        if commit is None:
            raise HerdbookError(
                f"there is no commit {revision!r} in {repository.folder}; name a tag or a branch"
            )
        commits[commit] = None
    if all_tags:
        tagged = (tag for tag in tags(repository.folder) if tag.commit)
        commits |= dict.fromkeys(tag.commit for tag in sorted(tagged, key=lambda tag: tag.committed_at))
    if all_experiments:
        found = _experiments(repository)
        if not found:
            told = "there are no experiments in this copy of it; `dvc exp pull` fetches those of others"
            reading.report(reading.name, told, is_loss=False)
        reading.experiments = found
        commits |= dict.fromkeys(found)
    for commit in commits:
        reading.at(commit)
    return Imported(SYSTEM, reading.address, reading.drafts, reading.problems)


def _experiments(repository: Repository) -> dict[str, str]:
    """The commits of experiments and what these are called, the oldest first."""
    found = [tag for tag in tags(repository.folder, _EXPERIMENTS) if tag.commit]
    return {
        tag.commit: match["name"]
        for tag in sorted(found, key=lambda tag: tag.committed_at)
        if (match := _EXPERIMENT.fullmatch(tag.name))
    }


@dataclass(frozen=True, slots=True)
class Thing:
    """Data or a model at a place, as DVC knows it.

    Attributes:
        path: the place, from the top of the repository.
        digest: the digest, with its algorithm; empty where DVC knows none.
        size: the size in bytes, if that is said.
        stored: where a remote storage has it; empty where none is known to.
    """

    path: str
    digest: str
    size: int | None
    stored: str = ""

    @property
    def uri(self) -> str:
        """Where it lies."""
        return self.path if "://" in self.path else quote(self.path, safe=_SAFE, errors="replace")

    @property
    def version(self) -> Key:
        """The version of a dataset that it is."""
        return Key("dataset-version", self.digest.rpartition(":")[2][:12], self.path)

    def known(self) -> dict[str, Any]:
        """What is known of it, as fields have it."""
        stated = {"uri": self.uri, "digest": self.digest, "size": self.size}
        return {name: value for name, value in stated.items() if value not in ("", None)}


@dataclass(frozen=True, slots=True)
class Made:
    """What a stage wrote.

    Attributes:
        thing: what it is.
        run: the run.
        output: how the run calls it.
    """

    thing: Thing
    run: Key
    output: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a pipeline declares to be a model, or something else that is registered."""

    path: str
    kind: str
    description: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class State:
    """What DVC knows at a commit.

    Attributes:
        artifacts: what is declared, by its name: ``folder:name``, or the name alone at the top.
        tracked: data that are tracked by themselves, by their paths.
        made: what stages wrote, by paths.
    """

    artifacts: dict[str, Artifact] = field(default_factory=dict)
    tracked: dict[str, Thing] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)


class Reading:
    """Drafts of what is in commits, as they are read one after the other."""

    def __init__(self, repository: Repository) -> None:
        # Paths are those of the whole repository: a pipeline may read what lies beside its folder.
        self.within = f"{repository.path}/" if repository.path else ""
        self.repository = replace(repository, path="")
        self.address = repository.address or ""
        self.problems: list[Problem] = []
        self.experiments: Mapping[str, str] = {}
        self._drafts: dict[Key, Draft] = {}
        self._states: dict[str, State] = {}
        self._parsed: dict[str, Any] = {}
        self._reported: set[tuple[str, str]] = set()

    @property
    def name(self) -> str:
        """What the repository is called."""
        called = self.address or self.repository.folder.as_posix()
        return called.rstrip("/").rpartition("/")[2].removesuffix(".git") or "repository"

    @property
    def drafts(self) -> list[Draft]:
        """All that was found."""
        return list(self._drafts.values())

    def report(self, source: str, message: str, *, is_loss: bool = True) -> None:
        """Report a problem of a file; of the same file at many commits, once."""
        if (source, message) not in self._reported:
            self._reported.add((source, message))
            self.problems.append(Problem(source, message, is_loss))

    def knows(self, key: Key) -> bool:
        """Whether something was found before."""
        return key in self._drafts

    def draft(self, key: Key, value: Mapping[str, Any], source: str) -> None:
        """Take a draft, unless what it is about was found before."""
        self._drafts.setdefault(key, Draft(key, value, source))

    def at(self, commit: str) -> State:
        """Read what is in a commit."""
        if commit not in self._states:
            self._states[commit] = _AtCommit(self, commit).read()
        return self._states[commit]

    def parsed(self, tree: Tree, path: str, digest: str) -> Mapping[str, Any]:
        """A file of DVC, empty where it cannot be read."""
        known = f"{path}\0{digest}"
        if known not in self._parsed:
            self._parsed[known] = {}
            try:
                value = parse_yaml(tree.read(path)).value
            except (HerdbookError, OSError) as error:
                self.report(path, f"it is left out: {error}")
            else:
                if isinstance(value, dict):
                    self._parsed[known] = value
                else:
                    self.report(path, "it is left out: it is no mapping")
        found: Mapping[str, Any] = self._parsed[known]
        return found


class _AtCommit:
    def __init__(self, reading: Reading, commit: str) -> None:
        self.reading, self.commit = reading, commit
        self.tree = reading.repository.tree(commit, "")
        self.state = State()
        self.files: dict[str, str] = {}
        self.measured: set[str] = set()
        self.stages: list[_Stage] = []
        self.models: set[str] = set()
        self.remotes = Remotes(self._config)

    def read(self) -> State:
        for file in self.tree.files():
            if not file.problem:
                self.files[file.path] = file.digest
            elif self._is_of_dvc(file.path):
                self.reading.report(file.path, f"it is left out: {file.problem}")
        within = self.reading.within
        if within and not any(path.startswith(within) for path in self.files):
            self.reading.report(within, f"there is no such folder in {self.commit[:10]}; name another one")
        of_dvc = [path for path in self.files if self._is_of_dvc(path)]
        pipelines = [path for path in of_dvc if posixpath.basename(path) == _PIPELINE]
        for path in pipelines:
            self._declared(path)
        for path in of_dvc:
            if path not in pipelines and posixpath.basename(path) != _LOCK:
                self._tracked(path)
        for path in of_dvc:
            if posixpath.basename(path) == _LOCK:
                self._locked(path)
        for stage in self.stages:
            self._made(stage)
        for stage in self.stages:
            if not self.reading.knows(stage.run):
                self._ran(stage)
        self._registered()
        return self.state

    def _is_of_dvc(self, path: str) -> bool:
        name = posixpath.basename(path)
        is_named_so = name in (_LOCK, _PIPELINE) or (name.endswith(_TRACKED) and name != _TRACKED)
        return is_named_so and path.startswith(self.reading.within)

    def _parse(self, path: str) -> Mapping[str, Any]:
        return self.reading.parsed(self.tree, path, self.files[path])

    def _config(self, folder: str) -> Config | None:
        path = posixpath.join(folder, CONFIG)
        try:
            raw = self.tree.read_hidden(path)
            return None if raw is None else parse_config(raw)
        except (HerdbookError, ValueError) as error:
            self.reading.report(path, f"what it says of remote storages is left out: {error}")
            return Config()

    def _place(self, source: str, folder: str, path: Any) -> str:
        """Where a path leads that a file names; empty, and reported, where it leads out of all."""
        if not isinstance(path, str) or not path.strip():
            self.reading.report(source, "a path in it is no text; what lies there is left out")
            return ""
        if "://" in path:
            return path
        found = posixpath.normpath(posixpath.join(folder, path))
        if found.startswith(("/", "../")) or found in (".", "..") or "\0" in found:
            self.reading.report(source, f"{path[:80]!r} lies outside of the repository; it is left out")
            return ""
        return found

    # What pipelines declare

    def _declared(self, path: str) -> None:
        value, folder = self._parse(path), posixpath.dirname(path)
        for place in (*_listed(value.get("metrics")), *_listed(value.get("plots"))):
            self.measured.add(posixpath.normpath(posixpath.join(folder, place)))
        for name, stated in _mapping(value.get("artifacts")).items():
            place = self._place(path, folder, _mapping(stated).get("path"))
            if not place:
                continue
            labels = _listed(_mapping(stated).get("labels"))
            kind, description = _mapping(stated).get("type"), _mapping(stated).get("desc")
            meta = _mapping(stated).get("meta")
            found = Artifact(
                place,
                kind if isinstance(kind, str) else "",
                description if isinstance(description, str) else "",
                {
                    **({"labels": ", ".join(labels)} if labels else {}),
                    **({"meta": json.dumps(meta, ensure_ascii=False)} if meta is not None else {}),
                },
            )
            self.state.artifacts[f"{folder}:{name}" if folder else name] = found
            if found.kind == "model":
                self.models.add(place)

    # What is tracked by itself

    def _tracked(self, path: str) -> None:
        value = self._parse(path)
        folder = posixpath.join(posixpath.dirname(path), str(value.get("wdir") or ""))
        if "cmd" in value:
            # Before its first version, DVC wrote a file for each stage.
            name = posixpath.basename(path).removesuffix(_TRACKED)
            measured = [out.get("path") for out in _mappings(value.get("outs")) if out.get("metric")]
            self._stage(path, folder, name, value, {"metrics": measured})
            return
        origin = _origin(value.get("deps"))
        # What comes from another repository is kept by that one.
        is_pushed = not any("repo" in dep for dep in _mappings(value.get("deps")))
        for out in _mappings(value.get("outs")):
            thing = self._thing(path, folder, out, out if is_pushed else {"push": False})
            if thing is None:
                continue
            self.state.tracked[thing.path] = thing
            if thing.path in self.models:
                continue
            described = [text for text in (out.get("desc"), value.get("desc")) if isinstance(text, str)]
            about = {"description": described[0]} if described else {}
            self.reading.draft(Key("dataset", thing.path), {**about, **origin}, path)
            self._version(thing, path)

    def _version(self, thing: Thing, source: str, **fields: Any) -> Key:
        key = thing.version
        self.reading.draft(Key("dataset", thing.path), {}, source)
        known = {**thing.known(), **({"uri": thing.stored} if thing.stored else {})}
        self.reading.draft(key, {**known, **fields, "tags": {"git_commit": self.commit}}, source)
        return key

    def _thing(
        self, source: str, folder: str, stated: Mapping[str, Any], about: Mapping[str, Any]
    ) -> Thing | None:
        """What a file says of data, and what is said about how they are kept; nothing without a digest."""
        path = self._place(source, folder, stated.get("path"))
        digest = _digest(stated)
        if not path:
            return None
        if not digest:
            self.reading.report(source, f"{path[:80]!r} has no digest; it is left out", is_loss=False)
            return None
        size = stated.get("size")
        is_size = isinstance(size, int) and not isinstance(size, bool)
        return Thing(path, digest, size if is_size else None, self.remotes.stored(path, stated, about))

    # What ran

    def _locked(self, path: str) -> None:
        value, folder = self._parse(path), posixpath.dirname(path)
        # Before its second format, a lock held nothing but stages.
        stages = value.get("stages") if "schema" in value or "stages" in value else value
        pipeline = posixpath.join(folder, _PIPELINE)
        declared = _mapping(self._parse(pipeline).get("stages")) if pipeline in self.files else {}
        for name, stated in _mapping(stages).items():
            if not isinstance(stated, dict):
                self.reading.report(path, f"the stage {name[:80]!r} is no mapping; it is left out")
                continue
            about = _mapping(declared.get(name) or declared.get(name.partition("@")[0]))
            inside = posixpath.join(folder, str(about.get("wdir") or ""))
            self._stage(path, inside, name, stated, about)

    def _stage(
        self, source: str, inside: str, name: str, stated: Mapping[str, Any], about: Mapping[str, Any]
    ) -> None:
        """Take a stage that ran in a folder: what is recorded of it, and what is declared about it."""
        folder = posixpath.dirname(source)
        mark = sha256(json.dumps([folder, stated], sort_keys=True).encode("utf-8", "replace")).hexdigest()
        run = Key("run", f"{name}-{mark[:10]}")
        self.stages.append(_Stage(source, folder, inside, name, stated, about, run))
        for kind in ("metrics", "plots"):
            for place in _listed(about.get(kind)):
                self.measured.add(posixpath.normpath(posixpath.join(inside, place)))

    def _made(self, stage: "_Stage") -> None:
        names, kept = Names(()), _options(stage.about.get("outs"))
        for out in _mappings(stage.stated.get("outs")):
            thing = self._thing(stage.source, stage.inside, out, {**out, **kept.get(out.get("path"), {})})
            if thing is not None:
                name = names.take(valid_name(posixpath.basename(thing.path) or thing.path, "output"))
                made = Made(thing, stage.run, name)
                stage.made.append(made)
                self.state.made[thing.path] = made

    def _is_data(self, path: str) -> bool:
        """Whether what a stage writes at a path is a dataset: no model, and no measurements."""
        is_model = path in self.models or path.lower().endswith(_MODEL_FILES)
        return not is_model and path not in self.measured

    def _ran(self, stage: "_Stage") -> None:
        source = f"{stage.source}: {stage.name}"
        outputs = []
        for made in stage.made:
            output = {"name": made.output, **made.thing.known()}
            if self._is_data(made.thing.path):
                output["dataset"] = self._version(made.thing, source, produced_by=stage.run)
            outputs.append(output)
        value: dict[str, Any] = {
            "experiment": Key("experiment", stage.folder or self.reading.name),
            "title": stage.name,
            "description": stage.about.get("desc"),
            "type": self._type(stage),
            "status": "finished",
            "code": self._code(stage),
            "inputs": [self._input(stage, dep) for dep in _mappings(stage.stated.get("deps"))],
            "params": _params(stage.stated.get("params")),
            "metrics": self._metrics(stage),
            "outputs": outputs,
            "tags": {"git_commit": self.commit, "dvc_stage": stage.name},
        }
        if experiment := self.reading.experiments.get(self.commit):
            value["title"] = f"{stage.name} ({experiment})"
            value["tags"]["dvc_experiment"] = experiment
        value["inputs"] = [item for item in value["inputs"] if item]
        filled = {name: found for name, found in value.items() if found not in (None, "", [], {})}
        self.reading.draft(stage.run, filled, source)

    def _type(self, stage: "_Stage") -> str:
        paths = [made.thing.path for made in stage.made]
        if any(not self._is_data(path) and path not in self.measured for path in paths):
            return "training"
        if paths and all(path in self.measured for path in paths):
            return "evaluation"
        return "preprocessing"

    def _code(self, stage: "_Stage") -> dict[str, Any]:
        command = stage.stated.get("cmd")
        lines = command if isinstance(command, list) else [command]
        text = "\n".join(line for line in lines if isinstance(line, str))
        read = [dep.get("path") for dep in _mappings(stage.stated.get("deps"))]
        entry = [path for path in read if isinstance(path, str) and path.endswith(_CODE) and path in text]
        found = {
            "repository": self.reading.address,
            "commit": self.commit,
            "entry_point": entry[0] if entry else "",
            "command": text,
        }
        return {name: value for name, value in found.items() if value}

    def _input(self, stage: "_Stage", dep: Mapping[str, Any]) -> dict[str, Any]:
        """What a stage read: a dataset, a model of another stage, or anything else by its address."""
        path = self._place(stage.source, stage.inside, dep.get("path"))
        if not path:
            return {}
        digest, size = _digest(dep), dep.get("size")
        thing = Thing(path, digest, size if isinstance(size, int) else None)
        made, tracked = self.state.made.get(path), self.state.tracked.get(path)
        for known in (tracked, made.thing if made is not None else None):
            if known is not None and known.digest == digest:
                thing = known
        if digest and made is not None and not self._is_data(path) and made.thing.digest == digest:
            return {"run": Key("output", made.output, made.run.name), "digest": digest}
        is_data = tracked is not None or (made is not None and self._is_data(path))
        if digest and is_data and path not in self.models:
            return {"dataset": self._version(thing, stage.source), "digest": digest}
        return {"uri": thing.uri, **({"digest": digest} if digest else {})}

    def _metrics(self, stage: "_Stage") -> dict[str, float]:
        places = [made.thing.path for made in stage.made if made.thing.path in self.measured]
        found: dict[str, float] = {}
        for place in places:
            if place not in self.files or not place.endswith(tuple(_READERS)):
                continue
            numbers = dict(_numbers(self._measurements(place)))
            # Of two files with the same names, both say where a number is from.
            prefix = f"{posixpath.basename(place)}:" if found.keys() & numbers.keys() else ""
            found |= {f"{prefix}{name}": number for name, number in numbers.items()}
        return found

    def _measurements(self, path: str) -> Any:
        try:
            raw = self.tree.read(path)
            if len(raw) > MAX_BYTES:
                raise ValueError(f"it holds more than {MAX_BYTES:,} bytes")
            return _READERS[posixpath.splitext(path)[1]](raw)
        except (HerdbookError, OSError, ValueError, RecursionError) as error:
            self.reading.report(path, f"its metrics are left out: {error}")
            return None

    def _registered(self) -> None:
        for name, artifact in self.state.artifacts.items():
            if artifact.kind == "model":
                value = {"description": artifact.description, "tags": artifact.tags}
                filled = {key: found for key, found in value.items() if found}
                self.reading.draft(Key("model", name), filled, f"{_PIPELINE}: {name}")


@dataclass(frozen=True, slots=True)
class _Stage:
    """A stage as it ran."""

    source: str
    folder: str
    inside: str
    name: str
    stated: Mapping[str, Any]
    about: Mapping[str, Any]
    run: Key
    made: list[Made] = field(default_factory=list)


def _digest(stated: Mapping[str, Any]) -> str:
    """The digest of data, with its algorithm."""
    value = stated.get("md5")
    if isinstance(value, str) and value:
        if value.endswith(".dir"):
            return f"md5-dir:{value.removesuffix('.dir')}"
        # Before its third version, DVC made the ends of lines alike first.
        return f"md5:{value}" if stated.get("hash") == "md5" else f"md5-dos2unix:{value}"
    tag = stated.get("etag")
    return f"etag:{tag}" if isinstance(tag, str) and tag else ""


def _origin(deps: Any) -> dict[str, Any]:
    """Where imported data come from, in words."""
    words = []
    for dep in _mappings(deps):
        path, repo = dep.get("path"), _mapping(dep.get("repo"))
        url = public_address(repo["url"]) if isinstance(repo.get("url"), str) else None
        if url and isinstance(path, str):
            revision = repo.get("rev_lock")
            at = f" at {revision}" if isinstance(revision, str) else ""
            words.append(f"Imported by DVC: {path} of {url}{at}.")
        elif not repo and isinstance(path, str) and (address := public_address(path)):
            words.append(f"Imported by DVC from {address}.")
    return {"source": "\n".join(words)} if words else {}


def _params(stated: Any) -> dict[str, Any]:
    """Parameters by dotted names; those of other files than DVC's usual one say which."""
    found: dict[str, Any] = {}
    for file, values in _mapping(stated).items():
        prefix = "" if file == _PARAMS else f"{file}:"
        for name, value in _leaves(values):
            is_flat = not isinstance(value, list) or not any(isinstance(item, dict | list) for item in value)
            found[prefix + name] = value if is_flat else json.dumps(value, ensure_ascii=False)
    return found


def _numbers(value: Any) -> Iterator[tuple[str, float]]:
    for name, number in _leaves(value):
        if isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number):
            yield name, number


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """What is in mappings, by dotted names; mappings that are too deep are left out."""
    pending = [("", value, 0)]
    while pending:
        name, found, depth = pending.pop()
        if not isinstance(found, dict):
            if name:
                yield name, found
        elif depth < _DEEPEST:
            pending += [
                (f"{name}.{key}" if name else str(key), item, depth + 1)
                for key, item in reversed(found.items())
            ]


def _listed(value: Any) -> list[str]:
    """The texts in a list, or the keys of the mappings in it."""
    items = value if isinstance(value, list) else []
    texts = (text for item in items for text in (item if isinstance(item, dict) else [item]))
    return [text for text in texts if isinstance(text, str)]


def _options(outs: Any) -> dict[Any, Mapping[str, Any]]:
    """What a pipeline says about how its outputs are kept."""
    stated = outs if isinstance(outs, list) else []
    return {path: _mapping(about) for out in stated if isinstance(out, dict) for path, about in out.items()}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> Iterable[Mapping[str, Any]]:
    return [item for item in (value if isinstance(value, list) else []) if isinstance(item, dict)]


_READERS: Mapping[str, Callable[[bytes], Any]] = {
    ".json": json.loads,
    ".yaml": lambda raw: parse_yaml(raw).value,
    ".yml": lambda raw: parse_yaml(raw).value,
    ".toml": lambda raw: tomllib.loads(raw.decode()),
}
