"""Conditions and orders, held against MLflow's own search."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import CHECKOUT
from herdbook.catalog import Catalog
from herdbook.opening import read_catalog
from herdbook.queries.filters import parse_filter, parse_order
from herdbook.queries.matching import like, matching, ordered
from herdbook.tree import DirTree
from mlflow_oracle import mlflow_run, mlflow_search
from run_samples import catalog_of, run_data
from work import bounded


def found(catalog: Catalog, filter_text: str, *order_by: str) -> list[str]:
    """The ids of the runs that fit, in order."""
    runs = matching(catalog, parse_filter(filter_text))
    return ordered(catalog, runs, parse_order(", ".join(order_by)))


def mlflows(catalog: Catalog, filter_text: str, *order_by: str) -> list[str]:
    runs = [
        mlflow_run(run.data, _time(run.started_at) or 0, _time(run.ended_at)) for run in catalog.runs.values()
    ]
    return mlflow_search(runs, filter_text, order_by)


def _time(text: str) -> int | None:
    if not text:
        return None
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1000


# Our own catalog

OWN = read_catalog(DirTree(CHECKOUT / "catalog"))


@pytest.mark.parametrize(
    ("filter_text", "order_by"),
    [
        ("", ()),
        ("metrics.auc > 0.8", ()),
        ("metrics.auc > 0.8 AND metrics.log_loss < 0.3", ("metrics.auc DESC",)),
        ("params.threshold = '0.3'", ("metrics.accuracy", "run_id DESC")),
        ("params.max_depth IS NULL", ("params.n_estimators",)),
        ("params.n_estimators IS NOT NULL", ("params.n_estimators DESC", "params.learning_rate")),
        ("tags.dataset_version LIKE 'mortgage%v2%'", ("tags.dataset_version DESC",)),
        ("tags.`triggered_by` ILIKE 'LOCAL/_l-engineer'", ()),
        ("status = 'FINISHED' AND run_id LIKE '%train%'", ("end_time",)),
        ("start_time > 1795246000000", ("start_time ASC",)),
        ("datasets.name = 'mortgage-applications'", ("run_name",)),
        ("datasets.context IN ('test', 'validation')", ("artifact_uri DESC",)),
        ("datasets.name != 'iris'", ()),
    ],
)
def test_the_own_catalog_is_searched_as_mlflow_would_search_it(
    filter_text: str, order_by: tuple[str, ...]
) -> None:
    expected = mlflows(OWN, filter_text, *order_by)
    assert expected
    assert found(OWN, filter_text, *order_by) == expected


# Runs made at random

# Few values, so that many are equal; some that differ in case alone, also where that is no simple matter.
TEXTS = ["", "x", "X", "xy", "10", "9", "0.1", "True", "None", "it's", 'say "x"', "a%b", "a_b", "axb", "a\\b"]
TEXTS += ["ß", "SS", "\u017f", "s", "K", "\u212a", "İ", "i", "é", "e\u0301", "日本", "🐄"]
VALUES = [*TEXTS[1:], True, None, 10, 0.1, 1e-5, [1, "a"]]
NUMBERS = [0, 1, -1, 0.5, 0.1 + 0.2, 0.3, 1e300, -1e-300, 2**53 + 1]
TIMES = ["2024-03-15T09:12:00Z", "2024-03-15T09:12:01Z", "2024-03-16T00:00:00Z", "1999-12-31T23:59:59Z"]
DATASETS = ["orders/v1", "orders/v2", "users/v1"]
DIGESTS = ["sha256:a1", "md5:a1", "etag:b2"]
KEYS = ["a", "b c", "depth"]


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(KEYS), values, max_size=3)


INPUTS = st.fixed_dictionaries(
    {"dataset": st.sampled_from(DATASETS), "digest": st.sampled_from(DIGESTS)},
    optional={"role": st.sampled_from(["training", "test"])},
)
DATA = st.lists(
    st.fixed_dictionaries(
        {
            "experiment": st.sampled_from(["churn", "fraud"]),
            "type": st.just("training"),
            "status": st.sampled_from(["finished", "failed", "running", "killed"]),
            "started_at": st.sampled_from(TIMES),
        },
        optional={
            "title": st.sampled_from(TEXTS[1:]),
            "ended_at": st.sampled_from(TIMES),
            "user": st.sampled_from(TEXTS[1:]),
            "metrics": some(st.sampled_from(NUMBERS)),
            "params": some(st.sampled_from(VALUES)),
            "tags": some(st.sampled_from(TEXTS)),
            "inputs": st.lists(INPUTS, max_size=3),
            "outputs": st.lists(
                st.sampled_from(["s3://x", "s3://X/a%b"]).map(lambda uri: {"uri": uri}), max_size=1
            ),
        },
    ),
    max_size=8,
)
PATTERNS = [*TEXTS, "%", "_", "%x%", "x_", "%_", "a\\%b", "_'%", "%%", "%日%", "s%", "İ%"]


def quoted(text: str) -> str:
    return f'"{text}"' if '"' not in text else f"'{text}'"


def joined(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map(" ".join)


def one(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


EQUALITY = one("=", "!=")
LIKENESS = one("LIKE", "ILIKE")
SIZE = one("=", "!=", "<", "<=", ">", ">=")
COMPARED = joined(EQUALITY, one(*map(quoted, TEXTS))) | joined(LIKENESS, one(*map(quoted, PATTERNS)))
KEYED = (*(f"`{key}`" for key in KEYS), "missing")
CONDITIONS = st.one_of(
    joined(
        one(*(f"metrics.{key}" for key in KEYED)),
        SIZE,
        one(*(repr(number).replace("+", "") for number in NUMBERS)),
    ),
    joined(
        one(*(f"{entity}.{key}" for entity in ("params", "tags") for key in KEYED)),
        COMPARED | one("IS NULL", "IS NOT NULL"),
    ),
    joined(one("run_name", "user_id", "artifact_uri"), COMPARED),
    joined("status", EQUALITY | LIKENESS, one("'FINISHED'", "'F%ED'")),
    joined(one("start_time", "end_time"), SIZE, one("1710493920000", "1710493921000.0", "9e11")),
    joined("run_id", one("IN", "NOT IN"), "('run-1', \"run-3\")"),
    joined("datasets.name", EQUALITY, "'orders'"),
    joined("datasets.context", EQUALITY | LIKENESS, one("'training'", "'t%'")),
    joined(one("datasets.name", "datasets.context"), one("IN", "NOT IN"), "('orders', 'test')"),
    joined("dataset.digest", EQUALITY | LIKENESS, one("'md5:a1'", "'sha256:%'")),
)


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(f"{entity}.`{key}`" for entity in ("metrics", "params", "tags") for key in KEYS),
                *("run_id", "run_name", "status", "user_id", "start_time", "end_time", "artifact_uri"),
            ]
        ),
        st.sampled_from(["", " ASC", " DESC"]),
    ).map("".join),
    max_size=3,
)


def random_catalog(data: list[Mapping[str, Any]]) -> Catalog:
    return catalog_of(*(run_data(f"run-{number}", **fields) for number, fields in enumerate(data)))


@given(DATA, st.lists(CONDITIONS, max_size=3).map(" AND ".join), ORDERS)
def test_runs_are_found_and_sorted_as_mlflow_finds_and_sorts_them(
    data: list[Mapping[str, Any]], filter_text: str, order_by: list[str]
) -> None:
    catalog = random_catalog(data)
    assert found(catalog, filter_text, *order_by) == mlflows(catalog, filter_text, *order_by)


# LIKE

LETTERS = st.text("ab%_\\'İi\u017fs", max_size=12)


@given(LETTERS, LETTERS, st.booleans())
def test_like_is_mlflows(pattern: str, text: str, ignore_case: bool) -> None:
    catalog = catalog_of(run_data("r", started_at=TIMES[0], tags={"t": text}))
    wanted = f'tags.t {"ILIKE" if ignore_case else "LIKE"} "{pattern}"'
    assert like(pattern, ignore_case=ignore_case)(text) == (mlflows(catalog, wanted) == ["r"])


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        # MLflow's databases, too, go beyond the end of a line; only its search in files does not.
        ("a%c", "a\nb\nc", True),
        ("a_c", "a\nc", True),
        ("a", "a\n", False),
        ("%a%a%", "aba", True),
        ("%a%a%", "a", False),
        ("a%a", "a", False),
        ("%ab", "aab", True),
        ("ab%b", "ab", False),
        ("", "", True),
        ("", "a", False),
        ("%", "", True),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
    ],
)
def test_like(pattern: str, text: str, fits: bool) -> None:
    assert like(pattern)(text) is fits


def test_like_does_not_try_again() -> None:
    with bounded():
        assert not like("%a" * 2_000 + "b")("a" * 8_000)


# What MLflow does not know

ORDERS_V1, ORDERS_V2, USERS = ({"dataset": name} for name in ("orders/v1", "orders/v2", "users/v1"))
READERS = catalog_of(
    run_data("old", inputs=[ORDERS_V1, USERS]),
    run_data("new", inputs=[ORDERS_V2, USERS]),
    run_data("users-only", inputs=[USERS, {"model": "clf/7"}]),
    run_data("nothing", type="evaluation", experiment="fraud"),
)


@pytest.mark.parametrize(
    ("filter_text", "expected"),
    [
        ("dataset = 'orders/v1'", {"old"}),
        ("dataset = 'datasets:/orders/v1'", {"old"}),
        ("dataset = 'orders'", {"old", "new"}),
        ("dataset = 'orders/'", set()),
        ("dataset = 'orders/v1' AND dataset = 'users/v1'", {"old"}),
        ("dataset != 'orders/v1'", {"new", "users-only", "nothing"}),
        ("dataset != 'users'", {"nothing"}),
        ("dataset IN ('orders/v1', 'orders/v2')", {"old", "new"}),
        ("dataset NOT IN ('orders/v1', 'orders/v2')", {"users-only", "nothing"}),
        ("dataset LIKE 'orders/v_'", {"old", "new"}),
        ("dataset ILIKE 'ORDERS'", {"old", "new"}),
        ("dataset LIKE 'datasets:/%'", {"old", "new", "users-only"}),
        ("dataset LIKE 'data%'", set()),
        ("type = 'training'", {"old", "new", "users-only"}),
        ("type NOT IN ('training')", {"nothing"}),
        ("experiment = 'fraud'", {"nothing"}),
        ("experiment_name LIKE 'ch%'", {"old", "new", "users-only"}),
        ("attributes.experiment IN ('churn', 'fraud') AND run_id != 'old'", {"new", "users-only", "nothing"}),
    ],
)
def test_datasets_experiments_and_types(filter_text: str, expected: set[str]) -> None:
    assert set(found(READERS, filter_text)) == expected


@pytest.mark.parametrize("status", ["finished", "FINISHED"])
def test_a_status_may_be_written_as_herdbook_or_as_mlflow_does(status: str) -> None:
    catalog = catalog_of(run_data("done"), run_data("broken", status="failed"))
    assert found(catalog, f"status = '{status}'") == ["done"]
    assert found(catalog, f"status != '{status}'") == ["broken"]
    assert found(catalog, f"status LIKE '{status[:3]}%'") == ["done"]


def test_any_output_is_an_artifact() -> None:
    outputs = [{"name": "log"}, {"name": "model", "uri": "s3://m"}, {"name": "scaler", "uri": "s3://s"}]
    catalog = catalog_of(run_data("both", outputs=outputs), run_data("none"))
    assert found(catalog, "artifact_uri = 's3://s'") == ["both"]
    assert found(catalog, "artifact_uri LIKE 's3://m%'") == ["both"]
    assert found(catalog, "artifact_uri != 's3://s'") == []
    assert found(catalog, "artifact_uri != 's3://other'") == ["both"]
    assert found(catalog, "", "artifact_uri DESC") == ["both", "none"]


VERSION = {"dataset": "orders", "version": "v1", "digest": "mlflow:9f2b81aa"}


def test_a_digest_is_found_with_and_without_its_algorithm_and_in_the_file_of_the_version() -> None:
    catalog = catalog_of(
        run_data("recorded", inputs=[{"dataset": "orders/v1"}]),
        run_data("stated", inputs=[{"dataset": "orders/v2", "digest": "md5:00"}]),
        run_data("unknown", inputs=[{"dataset": "users/v1"}]),
        versions=(VERSION,),
    )
    assert found(catalog, "datasets.digest = 'mlflow:9f2b81aa'") == ["recorded"]
    assert found(catalog, "datasets.digest = '9f2b81aa'") == ["recorded"]
    assert found(catalog, "datasets.digest != '9f2b81aa'") == ["stated"]
    assert found(catalog, "datasets.digest IN ('00', '11')") == ["stated"]


def test_a_dataset_that_was_imported_under_another_name_is_found_by_both() -> None:
    version = {**VERSION, "title": "Orders 2024", "imported_from": {"mlflow": "x"}}
    catalog = catalog_of(run_data("reader", inputs=[{"dataset": "orders/v1"}]), versions=(version,))
    assert found(catalog, "dataset = 'orders/v1'") == ["reader"]


def test_times_may_be_dates() -> None:
    catalog = catalog_of(*(run_data(f"run-{number}", started_at=text) for number, text in enumerate(TIMES)))
    assert found(catalog, "start_time >= '2024-03-15' AND start_time < '2024-03-16'") == ["run-1", "run-0"]
    assert found(catalog, "start_time = '2024-03-15T10:12:00+01:00'") == ["run-0"]
    assert found(catalog, "start_time < '2000-01-01'") == ["run-3"]


def test_runs_without_times_match_none_and_come_last() -> None:
    catalog = catalog_of(
        run_data("b"),
        run_data("a"),
        run_data("impossible", started_at="2024-02-31T00:00:00Z"),
        run_data("begun", started_at=TIMES[0]),
    )
    assert found(catalog, "start_time != 0") == ["begun"]
    assert found(catalog, "") == ["begun", "a", "b", "impossible"]
    assert found(catalog, "", "start_time") == ["begun", "a", "b", "impossible"]
