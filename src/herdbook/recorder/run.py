"""A run that is going on: what training code calls."""

import contextlib
import math
import os
from collections.abc import Mapping
from contextvars import ContextVar, Token
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from herdbook import clock
from herdbook.digest import measure
from herdbook.errors import HerdbookError
from herdbook.masking import MASK, is_secret, masked
from herdbook.recorder import context
from herdbook.recorder.beginning import go_on, named, resumable, unused
from herdbook.recorder.figures import save
from herdbook.recorder.keeping import Keeping
from herdbook.recorder.models import described, signature
from herdbook.recorder.record import Record
from herdbook.recorder.recovery import recover
from herdbook.recorder.surroundings import find_catalog, look_around
from herdbook.recorder.usage import Sampler
from herdbook.recorder.values import given, message_of, number_of, param_of, text_of, whole_of
from herdbook.recorder.warning import attempt, never_fails, warn
from herdbook.ref import Kind, Ref, is_name

_LONGEST_ERROR = 4000


def start_run(
    experiment: str,
    type: str | None = None,
    *,
    run_id: str | None = None,
    resume: str | None = None,
    nested: bool = False,
    catalog: str | os.PathLike[str] | None = None,
    evaluates: str | None = None,
    parent: str | None = None,
    title: str | None = None,
    description: str | None = None,
    cluster: str | None = None,
    job_id: str | None = None,
    system_metrics: bool = False,
) -> "ActiveRun":
    """Begin a run; used in a ``with`` statement, which ends it.

    The record goes to ``runs/<experiment>/<run id>.yaml`` of the catalog: running, then finished, or failed
    or killed with the error when the block raised (the exception goes on). Commit, branch, uncommitted
    changes, user, host, command line, environment, times and memory are found out here, and so are the tags
    `dataset_version`, `git_commit` and `triggered_by`.

    Recording never fails a run. What cannot be recorded is a `HerdbookWarning` that says what and why, and a
    record that cannot be written into the catalog is kept in the folder for temporary files.

    A process that is killed leaves its run ``running``, and loses nothing that was recorded: each call takes
    it down in a journal, ``.herdbook/journals/<run id>.jsonl`` of the catalog, before it returns. The file of
    the run follows now and then, at least every half minute; what it lacks is put into it by
    `herdbook recover`, by the next `start_run` in the same catalog, and by resuming the run.

    Only the process that began a run records it: what a child that was forked from it is told to record is
    lost, with a warning there.

    Args:
        experiment: What the run belongs to.
        type: training, preprocessing, evaluation or batch-inference; by default evaluation where `evaluates`
            is given, and else training.
        run_id: Its name; by default the experiment, the time, and four random digits.
        resume: Id of a run that was killed or failed, to go on with: its record is added to. Start time,
            type and experiment stay; commit, environment and host are those of now. A finished run is never
            changed: then, and when there is no such run, a new one begins.
        nested: The run that is going on here, in the innermost ``with`` block, started this one. A new
            thread knows of no such run; give it `parent`.
        catalog: Folder of the catalog; by default that in ``HERDBOOK_CATALOG``, or else the nearest folder
            ``catalog`` with a ``herdbook.yaml``, here or in a folder above.
        evaluates: The model version that an evaluation measures: ``clf_orders/7``.
        parent: Id of the run that started this one, where `nested` cannot find it.
        title: What to call the run on pages.
        description: What is tried and why, in Markdown.
        cluster: Where it runs.
        job_id: The id of the job there; found out in the usual services.
        system_metrics: Sample every ten seconds what the machine is used: curves under MLflow's names
            (``system/cpu_utilization_percentage``, ...), and their means among the resources of the run. It
            needs psutil, which ``pip install "herdbook[system-metrics]"`` brings, and for graphics cards of
            NVIDIA also nvidia-ml-py.
    """
    measured = None
    if evaluates is not None:
        measured = attempt("evaluates", lambda: Ref.parse(evaluates, Kind.MODEL).short)
    if nested and parent is None:
        around = active_run()
        parent = around.run_id if around is not None else None
        if parent is None:
            warn("nested: no run is going on here. The run is recorded without parent.")
    return ActiveRun(
        experiment,
        type or ("training" if evaluates is None else "evaluation"),
        run_id,
        resume,
        catalog,
        given(
            evaluates=measured,
            parent=parent,
            title=text_of(title),
            description=text_of(description),
            cluster=cluster,
            job_id=job_id,
        ),
        system_metrics=system_metrics,
    )


_ACTIVE: ContextVar["ActiveRun | None"] = ContextVar("herdbook_active_run", default=None)


def active_run() -> "ActiveRun | None":
    """Return the run of the innermost ``with`` block around, if there is one."""
    return _ACTIVE.get()


class ActiveRun:
    """A run that is going on; `start_run` makes it. `run_id` is its name."""

    def __init__(
        self,
        experiment: str,
        type: str,
        run_id: str | None,
        resume: str | None,
        catalog: str | os.PathLike[str] | None,
        details: Mapping[str, Any],
        *,
        system_metrics: bool,
    ) -> None:
        self._process = os.getpid()
        begun = datetime.now(UTC)
        self._left_out: set[str] = set()
        self._within: list[Token[ActiveRun | None]] = []
        self._catalog = attempt("the folder of the catalog", lambda: find_catalog(catalog))
        self._around = look_around(self._catalog)
        captured = {**self._around.fields, "started_at": clock.time_of(begun)}
        resumed = None
        if resume is not None:
            resumed = attempt(f"run {resume}: resuming it", lambda: resumable(self._catalog, resume))
        if resumed is not None:
            self._record = resumed
            go_on(self._record, captured, details)
        else:
            names = named(self._catalog, experiment, type, run_id, begun)
            self._record = Record({**captured, **details, **names, "status": "running"}, {})
        self.run_id = str(self._record.data["id"])
        self._keeping = Keeping(self._record, self._catalog, has_file=resumed is not None)
        if self._keeping.is_taken:
            self.run_id = self._record.data["id"] = unused(self.run_id, self._catalog)
            self._keeping = Keeping(self._record, self._catalog, has_file=False)
        self._sampler: Sampler | None = None
        if system_metrics:
            self._sampler = attempt("system_metrics", lambda: Sampler(self._sample))
            if self._sampler is not None:
                self._sampler.start()
        if self._catalog is not None:
            self._recover(self._catalog)

    def __enter__(self) -> Self:
        self._within.append(_ACTIVE.set(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._within:
            with contextlib.suppress(ValueError):  # the block ends in another context than it began in
                _ACTIVE.reset(self._within.pop())
        # A forked child that leaves the block is not the run, nor is an inner block of it its end.
        if os.getpid() == self._process and not self._within and not self._keeping.has_ended:
            self._end(error)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memory: object) -> Self:
        return self

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError(
            f"The run {self.run_id} is recorded by the process {self._process}, and cannot be handed to"
            " another one. Let that return what is to be recorded, or begin a run of its own there:"
            f' start_run(..., parent="{self.run_id}").'
        )

    @never_fails
    def log_param(self, key: str, value: Any) -> None:
        """Record a parameter: text, a number, a boolean, None, or a list; anything else as text."""
        key, param = str(key), param_of(value)
        self._keeping.take(["put", "params", key, MASK if is_secret(key, param) else param])

    @never_fails
    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record several parameters."""
        for key, value in params.items():
            self.log_param(key, value)

    @never_fails
    def log_metric(self, key: str, value: float, step: float | None = None) -> None:
        """Record a metric. With a step it is a point of a curve, and the last value is the metric as well."""
        key, number = str(key), number_of(f"metric {key}", value)
        if not math.isfinite(number):
            if key not in self._left_out:
                self._left_out.add(key)
                at = "" if step is None else f" at step {step}"
                warn(f"metric {key}: {number}{at} is not finite. Such values are not recorded.")
            return
        if step is None:
            self._keeping.take(["put", "metrics", key, number])
        else:
            self._keeping.point(key, number_of(f"step of metric {key}", step), number)

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
        read = {
            kind.removesuffix("s"): Ref.parse(text, kind).short for kind, text in typed if text is not None
        }
        read |= {} if uri is None else {"uri": masked(os.fspath(uri))}
        if len(read) != 1:
            raise HerdbookError("give exactly one of dataset, model, run and uri")
        if path is not None:
            measured = attempt(f"digest of {next(iter(read.values()))}", lambda: measure(Path(path)))
            read |= {} if measured is None else {"digest": measured.digest}
        self._keeping.take(["add", "inputs", read | given(role=role, name=name)])

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
        became = {} if dataset is None else {"dataset": Ref.parse(dataset, Kind.DATASET).short}
        self._keeping.take(["add", "outputs", {**self._output(name, Path(path), uri), **became}])

    @never_fails
    def log_figure(
        self,
        figure: Any,
        name: str,
        *,
        folder: str | os.PathLike[str] | None = None,
        uri: str | None = None,
    ) -> None:
        """Keep a figure as a file, and record it as an output: the file stays outside the record.

        Args:
            figure: A figure of matplotlib or plotly, an image of Pillow, or a text.
            name: What the file and the output are called, with the end that says what it is: ``roc.png``.
            folder: Where the file goes; by default ``figures/<run id>`` beside the catalog. Small files may
                be committed there; what is large belongs into a store outside git, as the rule
                bulky-artifact has it.
            uri: Where the file will lie for others; by default its path in the repository.
        """
        if not is_name(name):
            raise HerdbookError(
                f"{name!r} cannot be the name of a file and of an output; give one like roc.png"
            )
        place = Path(folder) if folder is not None else self._figures()
        save(figure, place / name)
        self._keeping.take(["add", "outputs", self._output(name, place / name, uri)])

    @never_fails
    def log_model(
        self,
        model: Any,
        name: str,
        path: str | os.PathLike[str],
        *,
        uri: str | None = None,
        example: Any = None,
    ) -> None:
        """Record a trained model that was saved to a file, with all that it says of itself.

        Its parameters and its seed (``random_state``) are recorded, and as an output of the run the file with
        the library that the model is of and with its signature.

        Args:
            model: A model of scikit-learn, XGBoost or PyTorch.
            name: What others call it: ``<run>/<name>``.
            path: The file, or the folder, that it was saved to.
            uri: Where it lies for others; by default its path in the repository.
            example: Some rows of what goes in, of which the model is asked what it makes, to record its
                signature; where a model of PyTorch takes several, a tuple, or a mapping of their names.
                Left out, no signature is recorded.
        """
        output = self._output(name, Path(path), uri)
        known = attempt(f"model {name}", lambda: described(model))
        if known is not None:
            self.log_params(known.params)
            if known.seed is not None:
                self.log_seed(name, known.seed)
            output["flavors"] = [known.flavor]
        if known is not None and example is not None:
            found = attempt(f"signature of model {name}", lambda: signature(model, example))
            output |= given(signature=found)
        self._keeping.take(["add", "outputs", output])

    def _figures(self) -> Path:
        around = Path.cwd() if self._catalog is None else self._catalog.parent
        return around / "figures" / self.run_id

    def _output(self, name: str, path: Path, uri: str | None) -> dict[str, Any]:
        """What is recorded of a file that the run wrote."""
        output: dict[str, Any] = {"name": name}
        if uri is None:
            uri = self._around.place(path)
            if uri is None:
                reason = (
                    "the catalog is in no repository"
                    if self._around.records is None
                    else f"{path} lies outside the repository of the catalog"
                )
                warn(f"output {name}: {reason}. Give uri=, so that others find it.")
        output |= given(uri=None if uri is None else masked(os.fspath(uri)))
        measured = attempt(f"digest of output {name}", lambda: measure(path))
        if measured is not None:
            output |= {"digest": measured.digest, "size": measured.size}
        return output

    @never_fails
    def log_slice(self, by: Mapping[str, Any], count: int, metrics: Mapping[str, float]) -> None:
        """Record results for a group.

        Args:
            by: What makes the group: ``{"race": "black"}``.
            count: Records in the group.
            metrics: The results, under the names that the metrics of the run have.
        """
        at = f"slice {dict(by)}"
        kept = {str(key): number_of(f"metric {key} of {at}", value) for key, value in metrics.items()}
        for key in [key for key, number in kept.items() if not math.isfinite(number)]:
            warn(f"metric {key} of {at}: {kept.pop(key)} is not finite. It was not recorded.")
        group = {str(key): param_of(value) for key, value in by.items()}
        records = whole_of(f"count of {at}", count)
        self._keeping.take(["add", "slices", {"by": group, "count": records, "metrics": kept}])

    @never_fails
    def log_seed(self, name: str, value: int) -> None:
        """Record the seed that a source of randomness was given."""
        self._keeping.take(["put", "seeds", str(name), whole_of(f"seed {name}", value)])

    @never_fails
    def set_tag(self, key: str, value: Any) -> None:
        """Set a tag."""
        key, tag = str(key), str(value)
        self._keeping.take(["put", "tags", key, MASK if is_secret(key, param_of(value)) else masked(tag)])

    @never_fails
    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set several tags."""
        for key, value in tags.items():
            self.set_tag(key, value)

    def _sample(self, key: str, step: int, value: float) -> None:
        """Record a point of a curve that is no result of the run."""
        self._keeping.take(["sample", key, step, value])

    def _recover(self, catalog: Path) -> None:
        for found in attempt("what killed runs left", lambda: recover(catalog)) or ():
            if found.problem:
                warn(f"what the killed run {found.run_id} left cannot be recovered: {found.problem}")

    @never_fails
    def _end(self, error: BaseException | None) -> None:
        data = self._record.data
        match error:
            case None | SystemExit(code=None | 0):
                data["status"] = "finished"
            case KeyboardInterrupt():
                data |= {"status": "killed", "error": "interrupted from the keyboard"}
            case _:
                text = message_of(error)[:_LONGEST_ERROR]
                data |= {"status": "failed", "error": masked(context.portable(text, self._around.code))}
        data["ended_at"] = clock.now()
        if self._sampler is not None:
            data["system"] |= attempt("system_metrics", self._sampler.stop) or {}
        data["system"] |= attempt("the resources used", context.resources_used) or {}
        self._keeping.end()
