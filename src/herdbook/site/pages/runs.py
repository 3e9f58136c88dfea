"""The pages of runs and experiments."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from herdbook.clock import instant
from herdbook.entries import Run
from herdbook.site.lists import choices, parts
from herdbook.site.markdown import plain
from herdbook.site.page import Job, Listed, Page, Section
from herdbook.site.pages.answers import answers_of_run
from herdbook.site.pages.making import Maker, PageJob
from herdbook.site.pages.pictures import curve_charts, slice_charts
from herdbook.site.paths import path_of, path_of_experiment

_METRICS_IN_LISTS = 4
_NAMES_ELSEWHERE = 5
_NODES = 16
_TYPES = {
    "training": "Training run",
    "preprocessing": "Preprocessing run",
    "evaluation": "Evaluation run",
    "batch-inference": "Batch inference run",
}


def experiment_pages(make: Maker) -> Iterator[PageJob]:
    """The list of experiments, and the list of runs of each."""
    experiments = make.book.catalog.experiments
    for part in parts(tuple(experiments.items()), "experiments/index.html"):
        counts = {name: Counter(run.status for run in runs) for name, runs in part.items}
        elsewhere = {name: _names_elsewhere(name, runs) for name, runs in part.items}
        page_of_list = partial(
            make.page,
            "experiments",
            part.path,
            Section.EXPERIMENTS,
            "Experiments",
            "All experiments and their latest runs.",
            part=part,
            statuses=counts,
            elsewhere=elsewhere,
        )
        latest = (Listed(runs[0].ref) for _, runs in part.items)
        yield Job(part.path, (part.place, counts, elsewhere, *latest), page_of_list)
    for name, runs in experiments.items():
        columns, statuses = _metrics(runs), Counter(run.status for run in runs)
        types, names = choices(run.type for run in runs), _names_elsewhere(name, runs)
        for page in parts(runs, path_of_experiment(name)):
            page_of_runs = partial(
                make.page,
                "experiment",
                page.path,
                Section.EXPERIMENTS,
                name,
                f"The runs of the experiment {name}.",
                search_text=f"Experiment with {len(runs)} runs" if page.number == 1 else "",
                search_tags=(name, *names) if page.number == 1 else (),
                elsewhere=names,
                part=page,
                metrics=columns,
                statuses=statuses,
                choices={"Run": ("Status", choices(statuses)), "Type": ("Type", types)},
            )
            listed = (Listed(run.ref) for run in page.items)
            yield Job(page.path, (page.place, columns, statuses, types, names, *listed), page_of_runs)


def run_pages(make: Maker) -> Iterator[PageJob]:
    """One page for each run, the newest first."""
    runs = make.book.catalog.runs.values()
    for run in sorted(runs, key=lambda run: (instant(run.started_at), run.id), reverse=True):
        yield run_page(make, run)


def run_page(make: Maker, run: Run) -> PageJob:
    """The page of a run."""
    return Job(path_of(run.ref), (run.ref,), partial(_run, make, run))


def _run(make: Maker, run: Run) -> Page:
    code = run.code
    user = run.text("user")
    who = dict.fromkeys((user, make.book.person(user)))
    words = (plain(run.description, 300), run.experiment, run.type, run.status, code.branch, *who)
    data = [item.mention.text if item.mention is not None else item.uri for item in run.inputs]
    tags = [f"{name}={value}" for name, value in run.tags.items()]
    charts, more_curves = curve_charts(run)
    return make.page(
        "run",
        path_of(run.ref),
        Section.EXPERIMENTS,
        run.title or run.id,
        plain(run.description) or f"{_TYPES[run.type]} {run.id} of the experiment {run.experiment}.",
        search_text=" ".join(word for word in (*words, *run.metrics, *data) if word),
        search_tags=(run.id, code.commit, *tags[:10]),
        answers=answers_of_run(make, run),
        run=run,
        kind=_TYPES[run.type],
        charts=charts,
        more_curves=more_curves,
        slices=slice_charts(run, _slice_metrics(run)),
        graph=make.lineage(run.ref, path_of(run.ref), _NODES),
    )


def _slice_metrics(run: Run) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for item in run.slices for name in item.metrics))[:_METRICS_IN_LISTS]


def _names_elsewhere(name: str, runs: Sequence[Run]) -> tuple[str, ...]:
    """What an experiment is called where its runs were imported from, if not the same; the latest first."""
    names = dict.fromkeys(run.imported_from.get("experiment", name) for run in runs)
    return tuple(other for other in names if other != name)[:_NAMES_ELSEWHERE]


def _metrics(runs: Sequence[Run]) -> tuple[str, ...]:
    counts = Counter(name for run in runs for name in run.metrics)
    return tuple(
        name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_METRICS_IN_LISTS]
    )
