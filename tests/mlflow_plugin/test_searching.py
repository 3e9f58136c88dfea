"""What differs between MLflow's stores, or is in none of their answers; all else is compared with them."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.entities.model_registry import ModelVersion, RegisteredModel, RegisteredModelTag
from mlflow.exceptions import MlflowException

from herdbook.mlflow_plugin.searching import models_found, page_of, versions_found


def model(name: str, **tags: str) -> Any:
    return RegisteredModel(name, tags=[RegisteredModelTag(key, value) for key, value in tags.items()])


def test_upper_and_lower_case_are_those_of_all_scripts() -> None:
    """SQLite knows those of English only."""
    found = models_found([model("Ärger"), model("ärger")], "name ILIKE 'ÄRGER'", None)
    assert [it.name for it in found] == ["Ärger", "ärger"]


def test_prompts_are_found_only_by_who_asks_for_them() -> None:
    prompt = model("prompt", **{"mlflow.prompt.is_prompt": "true"})
    models = [model("plain"), prompt]
    asked = "tags.`mlflow.prompt.is_prompt` = 'true'"
    assert [it.name for it in models_found(models, None, None)] == ["plain"]
    assert [it.name for it in models_found(models, asked, None)] == ["prompt"]
    assert [it.name for it in models_found(models, asked.replace("true", "false"), None)] == ["plain"]


def test_a_version_without_a_run_fits_no_condition_on_its_run() -> None:
    version = ModelVersion("churn", 1, 0, 0)
    assert versions_found([version], "run_id != 'x'", None) == []
    assert versions_found([version], "name = 'churn'", None) == [version]


@given(st.lists(st.integers(), max_size=20), st.integers(1, 7))
def test_pages_are_all_there_is(items: Sequence[int], most: int) -> None:
    found: list[int] = []
    token = None
    while True:
        page = page_of(items, most, 7, token)
        found += page
        assert len(page) == most or page.token is None
        if page.token is None:
            break
        token = page.token
    assert found == items


@pytest.mark.parametrize("most", [0, -1, 8, "3", None, 1.5])
def test_a_page_of_no_length_is_refused(most: Any) -> None:
    with pytest.raises(MlflowException, match="max_results"):
        page_of([], most, 7, None)
