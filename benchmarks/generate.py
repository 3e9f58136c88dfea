"""Write a catalog of a given size that passes `herdbook check`: `python -m benchmarks.generate 1000 FOLDER`.

Entries come in units of 100, each a model with its experiment and its dataset: 70 runs (8 train registered
versions, 8 evaluate them, 6 prepare data), 8 versions with a card each, a model with card, aliases, stages,
a dataset with 6 versions, 3 endpoints. The first 5,000 training runs also take one dataset version that they
share, since real catalogs have such hubs. From the third unit on, the datasets of eight units each are made
from one another, so that the way from the first one to an endpoint is 50 steps long. The same size gives the
same bytes.
"""

import argparse
import hashlib
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from herdbook.clock import time_of
from herdbook.dump import dump

UNIT = 100
VERSIONS = 8
PREPARATIONS = 6
TRAININGS = 70 - VERSIONS - PREPARATIONS
PARAMETERS = 20
CURVES = 5
STEPS = 50
START = datetime(2024, 1, 1, tzinfo=UTC)
HUB = "orders-000/v1"
CONSUMERS = 5_000
ALONE, CHAINED = 2, 8
"""How many units have data of their own, and how many in a row have theirs from one another."""
REQUIREMENTS = ["numpy==2.4.6", "pandas==3.1.1", "scikit-learn==1.9.1", "scipy==1.17.1"]

File = tuple[str, Mapping[str, Any]]
"""Path inside the catalog, and content of a file."""


def files(entries: int) -> Iterator[File]:
    """Yield the files of a catalog with this many entries, the catalog's own file not counted.

    Raises:
        ValueError: the number is not a positive multiple of 100.
    """
    if entries < UNIT or entries % UNIT:
        raise ValueError(f"{entries} entries: give a positive multiple of {UNIT}")
    yield "herdbook.yaml", CATALOG
    for unit in range(entries // UNIT):
        yield from _unit(unit)


def write(entries: int, folder: Path) -> None:
    """Write such a catalog into a folder that does not exist yet."""
    for path, value in files(entries):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dump(value, value["kind"]), encoding="utf-8")


CATALOG = {
    "kind": "catalog",
    "name": "benchmark",
    "people": {
        "ana": {"name": "Ana", "role": "machine learning engineer"},
        "bo": {"name": "Bo", "role": "risk officer"},
    },
    "policy": {
        "approvers": ["bo"],
        "protected_aliases": {"champion": {}},
        "metrics": {"auc": {"direction": "higher", "tolerance": 0.001}},
    },
}

CARD = {
    "intended_use": "Rank the orders of a day for a look by the service team, who decide.",
    "out_of_scope_use": "Prices, credit limits and anything that a person would have to contest.",
    "users": "The service team.",
    "training_data": "Orders of the year before, one row for each customer with at least one order.",
    "known_biases": "Customers who order by telephone are under-represented.",
    "limitations": "It knows nothing of complaints.",
    "failure_modes": "Scores drop for everybody after a long public holiday.",
    "ethical_considerations": "A call may be unwelcome; people can opt out.",
    "caveats": "Scores of different versions do not compare.",
    "licence": "internal",
    "contact": "ana",
}


def _unit(unit: int) -> Iterator[File]:
    data, model, experiment = f"orders-{unit:03}", f"fraud-{unit:03}", f"fraud-{unit:03}"
    yield (
        f"datasets/{data}/dataset.yaml",
        {
            "kind": "dataset",
            "name": data,
            "description": "One row for each customer, with what they ordered in the year before.",
            "owner": "ana",
            "licence": "internal",
        },
    )
    for number in range(1, PREPARATIONS + 1):
        run = _preparation(experiment, data, number, unit)
        yield f"runs/{experiment}/{run['id']}.yaml", run
        yield (
            f"datasets/{data}/versions/v{number}.yaml",
            _dataset_version(run, data, number),
        )
    for number in range(1, TRAININGS + 1):
        run = _training(experiment, data, model, number, unit)
        yield f"runs/{experiment}/{run['id']}.yaml", run
        if number <= VERSIONS:
            yield f"models/{model}/versions/{number}.yaml", _version(run, model, number)
            yield (
                f"models/{model}/cards/{number}.yaml",
                {
                    "kind": "model-card",
                    "model": model,
                    "version": number,
                    "limitations": f"It knows nothing of complaints, nor of orders after release {number}.",
                    "evaluations": [f"{experiment}-evaluate-{number}"],
                },
            )
            run = _evaluation(experiment, data, model, number, unit)
            yield f"runs/{experiment}/{run['id']}.yaml", run
    yield from _model(experiment, model)


def _model(experiment: str, model: str) -> Iterator[File]:
    yield (
        f"models/{model}/model.yaml",
        {
            "kind": "model",
            "name": model,
            "description": "Tells which orders are worth a look.",
            "owner": "ana",
            "task": "tabular-classification",
            "licence": "internal",
        },
    )
    yield f"models/{model}/card.yaml", {"kind": "model-card", "model": model, **CARD}
    yield from _ledgers(experiment, model)
    yield from _endpoints(model)


def _ledgers(experiment: str, model: str) -> Iterator[File]:
    def approved(version: int) -> dict[str, Any]:
        evaluation = f"runs:/{experiment}-evaluate-{version}"
        return {"by": "ana", "approved_by": ["bo"], "evidence": [evaluation]}

    released = [START + timedelta(days=60 + 7 * number) for number in range(VERSIONS + 1)]
    yield (
        f"models/{model}/aliases.yaml",
        {
            "kind": "aliases",
            "model": model,
            "aliases": {
                "champion": [
                    {
                        "version": number,
                        "at": time_of(released[number]),
                        "reason": "better AUC",
                        **approved(number),
                    }
                    for number in range(1, VERSIONS)
                ],
                "challenger": [{"version": VERSIONS, "at": time_of(released[VERSIONS]), "by": "ana"}],
            },
        },
    )
    yield (
        f"models/{model}/stages.yaml",
        {
            "kind": "stages",
            "model": model,
            "transitions": [
                {
                    "version": number,
                    "stage": "production",
                    "archive_existing": True,
                    "at": time_of(released[number]),
                    **approved(number),
                }
                for number in range(1, VERSIONS)
            ],
        },
    )


def _endpoints(model: str) -> Iterator[File]:
    for name, kind, environment, serves in (
        ("score", "online", "production", [("champion", 90), ("challenger", 10)]),
        ("nightly", "batch", "production", [("champion", 100)]),
        ("trial", "online", "staging", [("challenger", 100)]),
    ):
        yield (
            f"endpoints/{model}-{name}.yaml",
            {
                "kind": "endpoint",
                "name": f"{model}-{name}",
                "type": kind,
                "environment": environment,
                "owner": "ana",
                "serves": [{"model": f"{model}@{alias}", "traffic": traffic} for alias, traffic in serves],
            },
        )


def _version(run: Mapping[str, Any], model: str, number: int) -> dict[str, Any]:
    (output,) = run["outputs"]
    return {
        "kind": "model-version",
        "model": model,
        "version": number,
        "run": run["id"],
        "output": "model",
        "uri": output["uri"],
        "digest": output["digest"],
        "size": output["size"],
        "created_at": run["ended_at"],
        "created_by": "ana",
        "flavors": ["sklearn"],
        "signature": {
            "inputs": [{"name": "customer", "type": "string"}, {"name": "orders", "type": "integer"}],
            "outputs": [{"name": "fraud", "type": "double"}],
        },
        "requirements": REQUIREMENTS,
    }


def _dataset_version(run: Mapping[str, Any], data: str, number: int) -> dict[str, Any]:
    (output,) = run["outputs"]
    before = _before(data, number)
    earlier = {"derived_from": [before]} if before else {}
    return {
        "kind": "dataset-version",
        "dataset": data,
        "version": f"v{number}",
        "created_at": run["ended_at"],
        "created_by": "ana",
        "uri": output["uri"],
        "digest": output["digest"],
        "rows": 10_000 * number,
        "format": "parquet",
        "schema": [{"name": "customer", "type": "string"}, {"name": "orders", "type": "integer"}],
        "produced_by": run["id"],
        **earlier,
    }


def _before(data: str, number: int) -> str:
    """The version that a version of a dataset was made from; nothing for one that was made from raw data."""
    if number > 1:
        return f"{data}/v{number - 1}"
    unit = int(data.rpartition("-")[2])
    chained = unit > ALONE and (unit - ALONE) % CHAINED
    return f"orders-{unit - 1:03}/v{PREPARATIONS}" if chained else ""


def _preparation(experiment: str, data: str, number: int, unit: int) -> dict[str, Any]:
    uri = f"s3://data/{data}/v{number}.parquet"
    raw = f"s3://raw/{data}-{number}.json"
    before = _before(data, number)
    earlier = [{"dataset": before, "role": "earlier"}] if before else []
    return {
        **_context(experiment, "prepare", number, START + timedelta(days=number)),
        "type": "preprocessing",
        "inputs": [{"uri": raw, "role": "raw", "digest": _digest(raw)}, *earlier],
        "params": {"minimum_orders": number, "country": "NL"},
        "outputs": [{"name": "table", "uri": uri, "digest": _digest(uri), "dataset": f"{data}/v{number}"}],
        "tags": _tags(experiment, "prepare", number, before.replace("/", "_") if before else f"raw_{unit}"),
    }


def _training(experiment: str, data: str, model: str, number: int, unit: int) -> dict[str, Any]:
    version = 1 + number % PREPARATIONS
    uri = f"s3://models/{model}/{number}.pkl"
    shared = [HUB] if unit * TRAININGS + number <= CONSUMERS else []
    inputs = dict.fromkeys((f"{data}/v{version}", *shared))
    curves = (
        {"curves": {f"loss_{fold}": _curve(fold, number) for fold in range(CURVES)}}
        if number % 10 == 0
        else {}
    )
    return {
        **_context(experiment, "train", number, START + timedelta(days=20, hours=number)),
        "type": "training",
        "inputs": [{"dataset": name, "role": "training"} for name in inputs],
        "params": {f"parameter_{index:02}": _parameter(index, number, unit) for index in range(PARAMETERS)},
        "seeds": {"python": number, "numpy": number},
        "metrics": _metrics(number),
        **curves,
        "system": {"gpu_hours": round(0.1 * number, 1), "peak_memory_gb": 4.5},
        "outputs": [{"name": "model", "uri": uri, "digest": _digest(uri), "size": 1024 * number}],
        "tags": _tags(experiment, "train", number, "+".join(name.replace("/", "_") for name in inputs)),
    }


def _evaluation(experiment: str, data: str, model: str, number: int, unit: int) -> dict[str, Any]:
    return {
        **_context(experiment, "evaluate", number, START + timedelta(days=30, hours=number)),
        "type": "evaluation",
        "inputs": [{"dataset": f"{data}/v1", "role": "test"}],
        "params": {f"parameter_{index:02}": _parameter(index, number, unit) for index in range(PARAMETERS)},
        "metrics": _metrics(number),
        "evaluates": f"{model}/{number}",
        "slices": [
            {"by": {"region": region}, "count": count, "metrics": _metrics(number)}
            for region, count in (("north", 400), ("south", 600))
        ],
        "tags": _tags(experiment, "evaluate", number, f"{data}_v1"),
    }


def _context(experiment: str, task: str, number: int, start: datetime) -> dict[str, Any]:
    return {
        "kind": "run",
        "id": f"{experiment}-{task}-{number}",
        "experiment": experiment,
        "type": "training",
        "status": "finished",
        "started_at": time_of(start),
        "ended_at": time_of(start + timedelta(minutes=7 + number)),
        "user": "ana",
        "host": "worker-1",
        "cluster": "gpu-a",
        "job_id": f"job-{task}-{number}",
        "code": {
            "repository": "https://git.example.com/fraud.git",
            "commit": _commit(experiment, task, number),
            "branch": "main",
            "dirty": False,
            "entry_point": f"{task}.py",
            "command": f"python {task}.py --number {number}",
        },
        "environment": {"python": "3.11.7", "platform": "Linux", "requirements": REQUIREMENTS},
    }


def _tags(experiment: str, task: str, number: int, data: str) -> dict[str, str]:
    return {
        "dataset_version": data,
        "git_commit": _commit(experiment, task, number)[:12],
        "triggered_by": "ci/github-actions",
    }


def _parameter(index: int, number: int, unit: int) -> object:
    """Parameters of all types, as real ones are."""
    return (
        round(0.001 * (1 + (index + number) % 9), 3),
        number * index + unit,
        f"choice-{index % 4}",
        number % 2 == 0,
    )[index % 4]


def _metrics(number: int) -> dict[str, float]:
    """Better with each registered version, so that every promotion is fair."""
    return {
        "auc": round(0.75 + 0.02 * min(number, VERSIONS) + 0.0001 * (number % 7), 4),
        "accuracy": round(0.7 + 0.003 * number, 4),
        "log_loss": round(0.6 - 0.005 * number, 4),
    }


def _curve(fold: int, number: int) -> list[list[float]]:
    return [[step, round(math.exp(-0.02 * step * (fold + 1)) + 0.001 * number, 6)] for step in range(STEPS)]


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _commit(experiment: str, task: str, number: int) -> str:
    return hashlib.sha256(f"{experiment} {task} {number}".encode()).hexdigest()[:40]


def main() -> None:
    """Write a catalog."""
    parser = argparse.ArgumentParser(description="Write a catalog that passes `herdbook check`.")
    parser.add_argument("entries", type=int, help=f"how many entries; a multiple of {UNIT}")
    parser.add_argument("folder", type=Path, help="where to; must not exist yet")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True)
    write(arguments.entries, arguments.folder)


if __name__ == "__main__":
    main()
