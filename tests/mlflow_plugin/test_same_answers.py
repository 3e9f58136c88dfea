"""Over the same content, the plugin answers as MLflow's own stores do; where it does not is listed here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import mlflow
import pytest
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException
from mlflow.utils.search_utils import SearchUtils

from herdbook.mlflow_plugin import registry_store, tracking_store
from mlflow_twins import MODELS, RUNS, Twins

# Filters, each of which MLflow's stores were asked, too: what they refuse is in here as well.

MODEL_FILTERS = (
    "",
    "name = 'churn'",
    "name != 'churn'",
    "name LIKE 'c%'",
    "name ILIKE 'c%'",
    "name LIKE '%_2'",
    "name LIKE 'churn'",
    "name ILIKE '%R%'",
    "name IN ('churn', 'zeta', 'nobody')",
    "name NOT IN ('churn', 'zeta')",
    "attribute.name = 'churn'",
    "tags.team = 'risk'",
    "tags.team != 'risk'",
    "tags.team ILIKE 'RISK'",
    "tags.team LIKE 'R%'",
    "tag.domain = 'shop' AND tags.team = 'shop'",
    "tags.team = 'risk' AND tags.team != 'shop'",
    "tags.team = 'risk' AND name LIKE 'C%'",
    'tags."a.b c" = "y"',
    "tags.`a.b c` LIKE '%'",
    "tags.nobody = 'x'",
    "tags.`mlflow.prompt.is_prompt` = 'true'",
    "tags.`mlflow.prompt.is_prompt` = 'false'",
    "tags.`mlflow.prompt.is_prompt` != 'true' AND tags.team = 'risk'",
    "name = churn",
    "name > 'churn'",
    "name = 'a' OR name = 'b'",
    "name",
    "name = ",
    "owner = 'x'",
    "version_number = 1",
    "metrics.auc > 1",
    "tags.team IN ('risk')",
    "tags.team > 'a'",
    "tags.team IS NULL",
    "name = 'churn'; name = 'zeta'",
    "name RLIKE 'c'",
    "((",
)
VERSION_FILTERS = (
    "",
    "name = 'churn'",
    "name != 'churn'",
    "name LIKE '%r%'",
    "name ILIKE 'CHURN%'",
    "name IN ('churn', 'zeta')",
    "name NOT IN ('Churn_2')",
    "run_id = 'run-a'",
    "run_id IN ('run-a', 'run-q')",
    "run_id NOT IN ('run-a')",
    "run_id LIKE 'run-1%'",
    "source_path = 's3://models/churn/1'",
    "source_path LIKE 's3://models/churn%'",
    "source_path LIKE 's3://models/churn_4'",
    "source_path IN ('s3://models/churn/1')",
    "version_number = 3",
    "version_number > 2 AND name = 'churn'",
    "version_number >= 10",
    "version_number != 1",
    "version_number < 2 AND run_id = 'run-a'",
    "version_number = '3'",
    "version_number = 1.5",
    "version_number = 'x'",
    "version_number LIKE '1'",
    "tags.team = 'risk'",
    "tags.team != 'risk'",
    "tags.team ILIKE '%S%'",
    "tags.team = 'risk' AND tags.size = '10'",
    "tags.note LIKE 'a\\_b%'",
    "tags.note LIKE '%b_c'",
    "tags.`a.b c` = 'x'",
    "tags.`mlflow.prompt.is_prompt` = 'true'",
    "tags.`mlflow.prompt.is_prompt` != 'true'",
    "current_stage = 'Production'",
    "creation_timestamp > 0",
    "name = churn",
    "tags.team IN ('risk')",
    "name <= 'a'",
    "x = 'y'",
    "params.a = 'b'",
    "name = 'churn' OR run_id = 'run-a'",
    "name LIKE 'churn' AND",
)
RUN_FILTERS = (
    "",
    "metrics.auc > 0.75",
    "metrics.auc >= 0.9",
    "metrics.auc != 0.9",
    "metrics.auc = 0.9",
    "metrics.loss < 1",
    "metrics.auc < 1e-8",
    "metrics.`auc` > 0.75 AND params.depth = '3'",
    "params.depth = '10'",
    "params.depth != '10'",
    "params.depth LIKE '1%'",
    "params.name ILIKE 'TREE'",
    "params.name LIKE 'T%'",
    "params.depth IS NULL",
    "params.depth IS NOT NULL",
    "tags.team = 'risk'",
    "tags.team != 'risk'",
    "tags.team ILIKE '%RISK%'",
    "tags.team IS NULL",
    "tags.team IS NOT NULL AND metrics.auc > 0",
    "tags.`mlflow.runName` = 'first'",
    "attributes.status = 'FINISHED'",
    "status != 'FINISHED'",
    "attributes.run_name = 'first'",
    "run_name LIKE '%\\_sure'",
    "run_name ILIKE 'T%'",
    "user_id = 'bo'",
    "attributes.start_time > 1709256600000",
    "start_time <= 1709265600000",
    "end_time > 1709265600000",
    "run_id = 'nothing'",
    "run_id IN ('a', 'b')",
    "dataset.name = 'orders'",
    "dataset.digest LIKE 'md5:a%'",
    "dataset.context = 'training'",
    "datasets.name IN ('orders', 'users')",
    "dataset.name != 'orders'",
    "metrics.auc > 0.5 AND tags.team = 'risk' AND params.depth = '3'",
    "params.depth = 3",
    "metrics.auc > 'x'",
    "metrics.auc LIKE '1'",
    "status > 'A'",
    "nothing = 'x'",
    "metrics.auc > 0.5 OR metrics.auc < 0",
    "params.depth",
    "duration > 3",
    "((",
)
EXPERIMENT_FILTERS = (
    "",
    "name = 'shop'",
    "name != 'shop'",
    "name LIKE 's%'",
    "name ILIKE 'OTHER'",
    "creation_time > 0",
    "creation_time < 0",
    "last_update_time > 0",
    "tags.a = 'b'",
    "tags.a IS NULL",
    "name > 'a'",
    "name = shop",
    "x = 'y'",
)

MODEL_ORDERS: tuple[Sequence[str] | None, ...] = (
    None,
    (),
    ("name DESC",),
    ("name",),
    ("last_updated_timestamp DESC",),
    ("last_updated_timestamp ASC", "name DESC"),
    ("timestamp",),
    ("name", "name DESC"),
    ("creation_timestamp",),
    ("owner",),
    ("name SIDEWAYS",),
    ("tags.team",),
)
VERSION_ORDERS: tuple[Sequence[str] | None, ...] = (
    None,
    ("name ASC",),
    ("version_number ASC",),
    ("version_number DESC", "name DESC"),
    ("creation_timestamp DESC",),
    ("creation_timestamp ASC", "version_number ASC"),
    ("last_updated_timestamp ASC",),
    ("name DESC", "version_number ASC"),
    ("name", "name"),
    ("run_id",),
    ("source_path",),
    ("version",),
    ("attribute.name DESC",),
)
RUN_ORDERS: tuple[Sequence[str] | None, ...] = (
    None,
    ("metrics.auc DESC",),
    ("metrics.auc ASC",),
    ("metrics.loss",),
    ("params.depth ASC",),
    ("params.depth DESC", "start_time ASC"),
    ("tags.team",),
    ("start_time ASC",),
    ("attributes.start_time DESC",),
    ("end_time",),
    ("run_name",),
    ("status DESC", "metrics.auc"),
    ("nothing",),
    ("metrics.auc UP",),
)
EXPERIMENT_ORDERS: tuple[Sequence[str] | None, ...] = (
    None,
    ("name",),
    ("name DESC",),
    ("creation_time", "name DESC"),
    ("last_update_time DESC",),
    ("x",),
    ("tags.a",),
)
NAMES = (
    *(model.name for model in MODELS),
    "nobody",
    "CHURN",
    "",
    " ",
    "a/b",
    "a:b",
    "..",
    "x" * 300,
    "é",
    "a\nb",
)
NUMBERS: tuple[Any, ...] = (1, "1", 2, 3, 4, 12, 13, 0, -1, "01", "x", "1.0", "", "latest", "9" * 30, "٣")
ALIASES = (
    "champion",
    "challenger",
    "Old-One",
    "old-one",
    "Champion",
    "latest",
    "LATEST",
    "nobody",
    "",
    "a b",
    "1",
    "v1",
)
STAGES: tuple[Sequence[str] | None, ...] = (
    None,
    (),
    ("Production",),
    ("production",),
    ("Staging", "Archived"),
    ("None",),
    ("NONE", "production", "production"),
    ("Archived",),
    ("nobody",),
    ("Production", "nobody"),
    ("Deleted_Internal",),
    ("1",),
    ("latest",),
    ("",),
)
TOKENS = ("", "!", "e30=", "bm9uZQ==", SearchUtils.create_page_token(1), SearchUtils.create_page_token(1000))

DIFFERENCES: Mapping[str, str] = {
    r"registry\.get_model_version\(name='[^:/. ][^:/]*', version='9{30}'\)": (
        "MLflow lets out that its database has no such large numbers; here there is no such version"
    ),
    r"registry\.search_registered_models\(max_results=(0|-1)\)": (
        "MLflow answers with an empty page, and a token for it; its search for versions refuses"
    ),
    r"tracking\.get_metric_history\(run_id='.*": (
        "MLflow's database takes a run that it does not have for one without metrics; its file store refuses"
    ),
}
"""Patterns of the cases in which the plugin answers something else, each with the reason."""
ONLY_IN_3: Mapping[str, str] = {
    r"registry\.get_model_version\(.*version='(9{30}|٣)'\)": "2 takes other texts for numbers",
    r"registry\.get_model_version_by_alias\(.*": (
        "2 calls it an invalid parameter that there is no such model, and knows no alias `latest`"
    ),
    r"registry\.search_model_versions\(filter_string=\"run_id NOT IN .*": "2 knows no NOT IN",
    r"registry\.search_model_versions\(filter_string=.version_number = ('x'|1\.5).*": (
        "2 compares numbers with texts, and finds nothing"
    ),
    r"tracking\.get_metric_history\(run_id=.*max_results=[12]\)": "2 has no pages of a history",
    r"tracking\.search_runs\(.*max_results=2, .*": "2 promises another page after the last one, too",
}
"""Patterns of the cases in which MLflow 2 answers otherwise than MLflow 3, and the plugin as the latter."""


@dataclass(frozen=True)
class Case:
    """A question: which store it is for, the method, and what it is called with."""

    store: str
    method: str
    arguments: Mapping[str, Any]

    def __str__(self) -> str:
        words = ", ".join(f"{key}={value!r}" for key, value in self.arguments.items())
        return f"{self.store}.{self.method}({words})"


def questions() -> Iterator[Case]:
    for method, filters, orders in (
        ("search_registered_models", MODEL_FILTERS, MODEL_ORDERS),
        ("search_model_versions", VERSION_FILTERS, VERSION_ORDERS),
    ):
        # Each filter with the usual order, each order with no filter, and some with others.
        for text, order in {
            *product(filters, orders[:1]),
            *product(filters[:1], orders),
            *zip(filters, orders, strict=False),
        }:
            for most in (1000, 2):
                yield Case(
                    "registry", method, {"filter_string": text, "order_by": order, "max_results": most}
                )
        for token, most in product(TOKENS, (1, 3)):
            yield Case("registry", method, {"page_token": token, "max_results": most})
        for most in (-1, 0, 10**6):
            yield Case("registry", method, {"max_results": most})
    for name in NAMES:
        yield Case("registry", "get_registered_model", {"name": name})
        for number in NUMBERS:
            yield Case("registry", "get_model_version", {"name": name, "version": number})
        for alias in ALIASES:
            yield Case("registry", "get_model_version_by_alias", {"name": name, "alias": alias})
        for stages in STAGES:
            yield Case("registry", "get_latest_versions", {"name": name, "stages": stages})
    for text, order in {
        *product(RUN_FILTERS, RUN_ORDERS[:1]),
        *product(RUN_FILTERS[:1], RUN_ORDERS),
        *zip(RUN_FILTERS, RUN_ORDERS, strict=False),
    }:
        for experiments, most in ((("shop", "other"), 1000), (("shop",), 2), ((), 5), (("nobody",), 5)):
            yield Case(
                "tracking",
                "search_runs",
                {
                    "experiment_ids": experiments,
                    "filter_string": text,
                    "run_view_type": ViewType.ACTIVE_ONLY,
                    "max_results": most,
                    "order_by": order,
                },
            )
    for view in (ViewType.ALL, ViewType.DELETED_ONLY):
        yield Case(
            "tracking",
            "search_runs",
            {"experiment_ids": ("shop",), "filter_string": "", "run_view_type": view},
        )
        yield Case(
            "tracking", "search_experiments", {"view_type": view, "filter_string": "name != 'Default'"}
        )
    for text, order in {
        *product(EXPERIMENT_FILTERS, EXPERIMENT_ORDERS[:1]),
        *product(EXPERIMENT_FILTERS[:1], EXPERIMENT_ORDERS),
    }:
        only = " AND ".join(filter(None, (text, "name != 'Default'")))
        for most in (1000, 1):
            yield Case(
                "tracking",
                "search_experiments",
                {"filter_string": only, "order_by": order, "max_results": most},
            )
    for name in ("shop", "other", "nobody", ""):
        yield Case("tracking", "get_experiment_by_name", {"experiment_name": name})
    for name in ("shop", "other"):
        yield Case("tracking", "get_experiment", {"experiment_id": name})
    for run in (*range(len(RUNS)), "nobody", "../x"):
        yield Case("tracking", "get_run", {"run_id": run})
        for key, limit in product(("auc", "loss", "nobody"), (None, 1, 2)):
            yield Case(
                "tracking", "get_metric_history", {"run_id": run, "metric_key": key, "max_results": limit}
            )


BY_NAME = {str(case): case for case in questions()}
CASES = sorted(
    name
    for name in BY_NAME
    if mlflow.__version__.startswith("3.") or not any(re.fullmatch(it, name) for it in ONLY_IN_3)
)


def differs(name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in DIFFERENCES)


def test_there_are_many_cases_and_few_that_differ() -> None:
    assert len(CASES) > 1000
    assert sum(map(differs, CASES)) < 40
    for pattern in (*DIFFERENCES, *ONLY_IN_3):
        assert any(re.fullmatch(pattern, name) for name in BY_NAME), pattern


@pytest.fixture(scope="module")
def stores(twins: Twins) -> Mapping[str, tuple[Any, Any]]:
    """MLflow's own stores, and ours."""
    uri = f"herdbook://{twins.catalog}"
    return {
        "registry": (twins.registry, registry_store(uri)),
        "tracking": (twins.tracking, tracking_store(uri)),
    }


@pytest.mark.parametrize("name", CASES)
def test_the_answer_is_that_of_mlflow(name: str, twins: Twins, stores: Mapping[str, tuple[Any, Any]]) -> None:
    case = BY_NAME[name]
    theirs, ours = stores[case.store]
    expected = answer(theirs, case, twins, in_mlflow=True)
    found = answer(ours, case, twins, in_mlflow=False)
    assert (found == expected) != differs(name), (found, expected)


def answer(store: Any, case: Case, twins: Twins, *, in_mlflow: bool) -> Any:
    """What a store answers, in a form that can be compared."""
    arguments = dict(case.arguments)
    if isinstance(arguments.get("run_id"), int):
        arguments["run_id"] = twins.ids[arguments["run_id"]]
    if in_mlflow:
        ids = twins.experiments
        if "experiment_ids" in arguments:
            arguments["experiment_ids"] = [ids.get(name, "99") for name in arguments["experiment_ids"]]
        if "experiment_id" in arguments:
            arguments["experiment_id"] = ids[arguments["experiment_id"]]
    try:
        found = getattr(store, case.method)(**arguments)
    except MlflowException as error:
        return "error", error.error_code
    except Exception as error:  # MLflow lets errors of what it builds on out
        return "error", type(error).__name__
    if isinstance(found, list):
        return [comparable(item, twins) for item in found], getattr(found, "token", None)
    return comparable(found, twins)


def comparable(entity: Any, twins: Twins) -> Any:
    """An entity as plain data, without what both must call differently."""
    if entity is None:
        return None
    names = {number: name for name, number in twins.experiments.items()}
    match type(entity).__name__:
        case "RegisteredModel":
            latest = sorted(
                (comparable(it, twins) for it in entity.latest_versions), key=lambda it: it["version"]
            )
            return {**dict(entity), "latest_versions": latest}
        case "ModelVersion":
            return dict(entity)
        case "Experiment":
            return {"name": entity.name, "tags": entity.tags, "stage": entity.lifecycle_stage}
        case "Metric":
            return entity.key, entity.value, entity.timestamp, entity.step
        case "Run":
            info = {**dict(entity.info), "artifact_uri": "", "run_uuid": ""}
            info["experiment_id"] = names.get(info["experiment_id"], info["experiment_id"])
            data = entity.data
            metrics = sorted((it.key, it.value, it.timestamp, it.step) for it in data._metric_objs)
            inputs = sorted(str(it.to_dictionary()) for it in entity.inputs.dataset_inputs)
            return info, metrics, data.params, data.tags, inputs
    raise TypeError(entity)
