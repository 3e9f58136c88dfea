"""A run that is going on, and how its record gets into the catalog."""

import math
import os
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from herdbook.digest import measure
from herdbook.errors import HerdbookError
from herdbook.git import GitState, git_state
from herdbook.recorder import context
from herdbook.recorder.secrets import MASK, is_secret, masked
from herdbook.recorder.store import store
from herdbook.recorder.warning import attempt, never_fails, warn
from herdbook.ref import Kind, Ref, is_name
from herdbook.schema import schema

MAX_POINTS = 1000
"""Points of a curve that are kept; longer curves are thinned out evenly."""

_LONGEST_ERROR = 4000
_LONGEST_EXPERIMENT = 100


def start_run(
    experiment: str,
    type: str = "training",
    *,
    run_id: str | None = None,
    catalog: str | os.PathLike[str] | None = None,
    evaluates: str | None = None,
    parent: str | None = None,
    title: str | None = None,
    description: str | None = None,
    cluster: str | None = None,
    job_id: str | None = None,
) -> "ActiveRun":
    """Begin a run; used in a ``with`` statement, which ends it and writes its record.

    The record goes to ``runs/<experiment>/<run id>.yaml`` of the catalog: finished, or failed or killed with
    the error when the block raised (the exception goes on). Commit, branch, uncommitted changes, user, host,
    command line, environment, times and memory are found out here, and so are the tags `dataset_version`,
    `git_commit` and `triggered_by`.

    Recording never fails a run. What cannot be recorded is a `HerdbookWarning` that says what and why, and a
    record that cannot be written into the catalog is kept in the folder for temporary files.

    Args:
        experiment: What the run belongs to.
        type: training, preprocessing, evaluation or batch-inference.
        run_id: Its name; by default the experiment, the time, and four random digits.
        catalog: Folder of the catalog; by default that in ``HERDBOOK_CATALOG``, or else the nearest folder
            ``catalog`` with a ``herdbook.yaml``, here or in a folder above.
        evaluates: The model version that an evaluation measures: ``clf_orders/7``.
        parent: Id of the run that started this one.
        title: What to call the run on pages.
        description: What is tried and why, in Markdown.
        cluster: Where it runs.
        job_id: The id of the job there; found out in the usual services.
    """
    measured = None
    if evaluates is not None:
        measured = attempt("evaluates", lambda: Ref.parse(evaluates, Kind.MODEL).short)
    return ActiveRun(
        experiment,
        type,
        run_id,
        catalog,
        _given(
            evaluates=measured,
            parent=parent,
            title=title,
            description=description,
            cluster=cluster,
            job_id=job_id,
        ),
    )


class ActiveRun:
    """A run that is going on; `start_run` makes it. `run_id` is its name."""

    def __init__(
        self,
        experiment: str,
        type: str,
        run_id: str | None,
        catalog: str | os.PathLike[str] | None,
        details: Mapping[str, Any],
    ) -> None:
        self._process = os.getpid()
        self._begun = datetime.now(UTC)
        self._curves: dict[str, dict[float, float]] = {}
        self._left_out: set[str] = set()
        experiment = _as_name("experiment", experiment)
        self._catalog = attempt("the folder of the catalog", lambda: _find_catalog(catalog))
        if run_id is None:
            start = experiment[:_LONGEST_EXPERIMENT].rstrip(".")
            run_id = f"{start}-{self._begun:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        self.run_id = self._unused(_as_name("run_id", run_id))
        types = schema("run")["properties"]["type"]["enum"]
        if type not in types:
            warn(f"type: {type!r} is none of {', '.join(types)}. The run is recorded as {types[0]}.")
            type = types[0]
        self._record: dict[str, Any] = {
            **details,
            **{"kind": "run", "id": self.run_id, "experiment": experiment, "type": type},
            **{name: {} for name in ("params", "seeds", "metrics", "tags")},
            **{name: [] for name in ("inputs", "outputs", "slices")},
        }
        self._git: GitState | None = None
        self._capture()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A forked child that leaves the block is not the run.
        if os.getpid() == self._process:
            self._end(error)

    @never_fails
    def log_param(self, key: str, value: Any) -> None:
        """Record a parameter: text, a number, a boolean, None, or a list; anything else as text."""
        key = str(key)
        self._record["params"][key] = MASK if is_secret(key) else _param(value)

    @never_fails
    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record several parameters."""
        for key, value in params.items():
            self.log_param(key, value)

    @never_fails
    def log_metric(self, key: str, value: float, step: float | None = None) -> None:
        """Record a metric. With a step it is a point of a curve, and the last value is the metric as well."""
        key, number = str(key), _number(value)
        if not math.isfinite(number):
            if key not in self._left_out:
                self._left_out.add(key)
                at = "" if step is None else f" at step {step}"
                warn(f"metric {key}: {number}{at} is not finite. Such values are not recorded.")
            return
        if step is not None:
            self._curves.setdefault(key, {})[_number(step)] = number
        self._record["metrics"][key] = number

    @never_fails
    def log_metrics(self, metrics: Mapping[str, float], step: float | None = None) -> None:
        """Record several metrics."""
        for key, value in metrics.items():
            self.log_metric(key, value, step)

    @never_fails
    def log_input(
        self,
        *,
        dataset: str | None = None,
        model: str | None = None,
        run: str | None = None,
        uri: str | None = None,
        role: str | None = None,
        name: str | None = None,
        path: str | os.PathLike[str] | None = None,
    ) -> None:
        """Record what the run reads.

        Args:
            dataset: A dataset version: ``orders/v2.1``.
            model: A model version or alias: ``clf_orders/7``, ``clf_orders@champion``.
            run: An output of another run: ``exp-46/model``.
            uri: Something outside the catalog. Exactly one of the four is given.
            role: What it is used for: training, validation, ...
            name: What to call it on pages.
            path: The file that is really read; its digest is recorded.
        """
        typed = ((Kind.DATASET, dataset), (Kind.MODEL, model), (Kind.RUN, run))
        given = {
            kind.removesuffix("s"): Ref.parse(text, kind).short for kind, text in typed if text is not None
        }
        given |= {} if uri is None else {"uri": masked(uri)}
        if len(given) != 1:
            raise HerdbookError("give exactly one of dataset, model, run and uri")
        if path is not None:
            measured = attempt(f"digest of {next(iter(given.values()))}", lambda: measure(Path(path)))
            given |= {} if measured is None else {"digest": measured.digest}
        self._record["inputs"].append(given | _given(role=role, name=name))

    @never_fails
    def log_output(
        self,
        name: str,
        path: str | os.PathLike[str],
        uri: str | None = None,
        dataset: str | None = None,
    ) -> None:
        """Record a file that the run wrote, with its digest and size.

        Args:
            name: What others call it: ``<run>/<name>``.
            path: The file.
            uri: Where it lies for others; by default its path in the repository.
            dataset: The dataset version that it became: ``orders/v2.2``.
        """
        output: dict[str, Any] = {"name": name}
        if uri is None:
            uri = self._in_repository(Path(path))
            if uri is None:
                warn(f"output {name}: {path} lies outside the repository. Give uri=, so that others find it.")
        output |= _given(uri=None if uri is None else masked(uri))
        measured = attempt(f"digest of output {name}", lambda: measure(Path(path)))
        if measured is not None:
            output |= {"digest": measured.digest, "size": measured.size}
        if dataset is not None:
            output["dataset"] = Ref.parse(dataset, Kind.DATASET).short
        self._record["outputs"].append(output)

    @never_fails
    def log_slice(self, by: Mapping[str, Any], count: int, metrics: Mapping[str, float]) -> None:
        """Record results for a group.

        Args:
            by: What makes the group: ``{"race": "black"}``.
            count: Records in the group.
            metrics: The results, under the names that the metrics of the run have.
        """
        kept = {str(key): _number(value) for key, value in metrics.items()}
        for key in [key for key, number in kept.items() if not math.isfinite(number)]:
            warn(f"metric {key} of slice {dict(by)}: {kept.pop(key)} is not finite. It was not recorded.")
        group = {str(key): _param(value) for key, value in by.items()}
        self._record["slices"].append({"by": group, "count": int(count), "metrics": kept})

    @never_fails
    def log_seed(self, name: str, value: int) -> None:
        """Record the seed that a source of randomness was given."""
        self._record["seeds"][str(name)] = int(value)

    @never_fails
    def set_tag(self, key: str, value: Any) -> None:
        """Set a tag."""
        self._record["tags"][str(key)] = str(value)

    @never_fails
    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set several tags."""
        for key, value in tags.items():
            self.set_tag(key, value)

    def _unused(self, run_id: str) -> str:
        runs = None if self._catalog is None else self._catalog / "runs"
        if runs is None or not any(runs.glob(f"*/{run_id}.yaml")):
            return run_id
        other = f"{run_id[:120].rstrip('.')}-{secrets.token_hex(2)}"
        warn(f"There is a run {run_id} in the catalog already. This one is recorded as {other}.")
        return other

    def _capture(self) -> None:
        record, catalog = self._record, self._catalog
        entry = attempt("the entry point", context.entry_file)
        self._git = attempt(
            "the state of the code", lambda: git_state(Path.cwd(), apart_from=catalog, entry_point=entry)
        )
        code: dict[str, Any] = {}
        if self._git is not None:
            code = {"commit": self._git.commit, "dirty": self._git.dirty}
            code |= _given(repository=self._git.repository, branch=self._git.branch)
        root = None if self._git is None else self._git.root
        code |= _given(
            entry_point=None if entry is None else self._in_repository(entry) or entry.name,
            command=attempt("the command line", lambda: context.command(root)),
        )
        service = context.service()
        job = None if service is None else os.environ.get(service.job)
        record |= {"code": code, "started_at": _time(self._begun)}
        record |= _given(
            user=attempt("the user", context.user),
            host=attempt("the host", context.host),
            environment=attempt("the environment", context.environment),
        )
        if job:
            record.setdefault("job_id", job)
        self._triggered_by = service.name if service is not None else f"local/{record.get('user', 'unknown')}"

    def _in_repository(self, path: Path) -> str | None:
        if self._git is None or not path.resolve().is_relative_to(self._git.root.resolve()):
            return None
        return path.resolve().relative_to(self._git.root.resolve()).as_posix()

    @never_fails
    def _end(self, error: BaseException | None) -> None:
        record = self._record
        match error:
            case None | SystemExit(code=None | 0):
                record["status"] = "finished"
            case KeyboardInterrupt():
                record |= {"status": "killed", "error": "interrupted from the keyboard"}
            case _:
                text = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
                root = None if self._git is None else self._git.root
                record |= {"status": "failed", "error": masked(context.portable(text, root))}
        record["ended_at"] = _time(datetime.now(UTC))
        used = attempt("the resources used", context.resources_used)
        record["system"] = {**(used or {}), **record.get("system", {})}
        record["curves"] = {key: _thinned(key, points) for key, points in self._curves.items()}
        versions = dict.fromkeys(given["dataset"] for given in record["inputs"] if "dataset" in given)
        tags: dict[str, str] = {}
        if versions:
            tags["dataset_version"] = "+".join(version.replace("/", "_") for version in versions)
        if self._git is not None:
            tags["git_commit"] = self._git.commit[:12]
        tags["triggered_by"] = self._triggered_by
        record["tags"] = tags | record["tags"]
        store({key: value for key, value in record.items() if value not in ({}, [])}, self._catalog)


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_name(what: str, text: object) -> str:
    """Return the nearest text that can name an entry."""
    if isinstance(text, str) and is_name(text):
        return text
    name = re.sub(r"[^A-Za-z0-9._-]+|\.{2,}", "-", str(text)).strip("-._")[:120].rstrip(".") or what.replace(
        "_", "-"
    )
    name = name if is_name(name) else f"{what.replace('_', '-')}-{name}"
    warn(f"{what}: {text!r} cannot be the name of a file and of a web page. It is recorded as {name}.")
    return name


def _find_catalog(given: str | os.PathLike[str] | None) -> Path | None:
    chosen = given if given is not None else os.environ.get("HERDBOOK_CATALOG")
    if chosen:
        return Path(chosen).resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "catalog" / "herdbook.yaml").is_file():
            return folder / "catalog"
    warn("No folder catalog with a herdbook.yaml here or above. Give catalog= or set HERDBOOK_CATALOG.")
    return None


def _number(value: Any) -> float:
    """Return an int or a float for what other libraries take for a number."""
    if hasattr(value, "item"):
        value = value.item()
    return int(value) if isinstance(value, bool | int) else float(value)


def _param(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_param(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    return None if value is None else masked(str(value))


def _thinned(key: str, points: Mapping[float, float]) -> list[list[float]]:
    curve = [[step, points[step]] for step in sorted(points)]
    if len(curve) <= MAX_POINTS:
        return curve
    warn(f"metric {key}: of {len(curve)} points every so many are recorded, {MAX_POINTS} in all.")
    last = len(curve) - 1
    return [curve[index * last // (MAX_POINTS - 1)] for index in range(MAX_POINTS)]
