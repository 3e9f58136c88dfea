"""Entries for changes: lines of ledgers, and a new version with all that belongs to it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from gate.scene import edited, written
from rule_examples import EXAMPLE_CATALOG

_LATER = "2024-02-01T08:00:00Z"


def line(version: int | None, at: str = _LATER, **more: Any) -> dict[str, Any]:
    """A line of a ledger: Ana's, with Bo's approval."""
    return {"version": version, "at": at, "by": "ana", "approved_by": ["bo"], **more}


def with_lines(ledger: str, alias: str, *lines: Mapping[str, Any]) -> str:
    """The aliases of a model with more lines for one of them."""
    aliases = yaml.safe_load(ledger)["aliases"]
    return edited(ledger, aliases={**aliases, alias: [*aliases.get(alias, ()), *lines]})


def with_transitions(ledger: str, *lines: Mapping[str, Any]) -> str:
    """The stages of a model with more transitions."""
    return edited(ledger, transitions=[*yaml.safe_load(ledger)["transitions"], *lines])


def version(
    number: int,
    auc: float | str = 0.83,
    south: float | None = None,
    *,
    dataset: str = "orders/v1",
    test: str = "orders/v1",
    metrics: Mapping[str, float] | None = None,
    slices: Sequence[Mapping[str, Any]] | None = None,
    evaluated: bool = True,
    digest: str = "",
    output_digest: str = "",
    **fields: Any,
) -> dict[str, str]:
    """A new version of churn: its training run, itself, its card, its evaluation."""

    def example(path: str, **changed: Any) -> str:
        return edited((EXAMPLE_CATALOG / path).read_text(), **changed)

    sha = digest or f"sha256:{number:064x}"
    uri = f"s3://models/churn/{number}.pkl"
    measured: Any = metrics if metrics is not None else {"auc": auc}
    groups: Any = slices
    if groups is None:
        values = {"north": auc, "south": auc if south is None else south}
        groups = [
            {"by": {"region": region}, "count": 500, "metrics": {"auc": value}}
            for region, value in values.items()
        ]
    tags = {"git_commit": "0f4b1c3", "triggered_by": "ci/github-actions"}
    output = {"name": "model", "uri": uri, "digest": output_digest or sha, "size": 1024}
    found = {
        f"runs/churn/train-{number}.yaml": example(
            "runs/churn/train-2.yaml",
            id=f"train-{number}",
            inputs=[{"dataset": dataset, "role": "training"}],
            params={"depth": number},
            outputs=[output],
            tags={"dataset_version": dataset.replace("/", "_"), **tags},
        ),
        f"models/churn/versions/{number}.yaml": example(
            "models/churn/versions/2.yaml",
            version=number,
            run=f"train-{number}",
            uri=uri,
            digest=sha,
            **fields,
        ),
        f"models/churn/cards/{number}.yaml": written(
            {
                "kind": "model-card",
                "model": "churn",
                "version": number,
                "evaluations": [f"evaluate-{number}"] if evaluated else [],
            }
        ),
    }
    if evaluated:
        found[f"runs/churn/evaluate-{number}.yaml"] = example(
            "runs/churn/evaluate-2.yaml",
            id=f"evaluate-{number}",
            evaluates=f"churn/{number}",
            inputs=[{"dataset": test, "role": "test"}],
            metrics=measured,
            slices=groups,
            tags={"dataset_version": test.replace("/", "_"), **tags},
        ).replace('"nan"', ".nan")
    return found


def endpoint(name: str, serves: str, environment: str = "production") -> str:
    """An endpoint that serves a model."""
    return written(
        {
            "kind": "endpoint",
            "name": name,
            "type": "online",
            "environment": environment,
            "owner": "ana",
            "serves": [{"model": serves}],
        }
    )


def flow(value: Any) -> str:
    """A value on one line of YAML."""
    return json.dumps(value)
