from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import mlflow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag
from mlflow.exceptions import MlflowException

from herdbook.mlflow_plugin import registry_store
from mlflow_catalogs import ALIASES, content, put, written

MLFLOW = int(mlflow.__version__.partition(".")[0])
KNOWN_OTHERWISE = "kind: model\nname: churn\ntitle: Who leaves (spring)\nimported_from: {system: mlflow}\n"


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return written(tmp_path)


def store(catalog: Path) -> Any:
    return registry_store(f"herdbook://{catalog}")


def test_a_label_is_asked_for_as_if_it_were_a_stage(catalog: Path) -> None:
    """MLflow takes what stands behind the name and is no number for a stage."""
    (version,) = store(catalog).get_latest_versions("churn", ["1.0.0"])
    assert version.version == 1
    with pytest.raises(MlflowException, match="No version of churn has it for a label, either"):
        store(catalog).get_latest_versions("churn", ["2.0.0"])


@pytest.mark.parametrize(
    "ask",
    [
        lambda it: it.get_model_version_by_alias("churn", "latest"),
        lambda it: it.get_latest_versions("churn"),
    ],
)
def test_no_older_version_passes_for_the_latest(catalog: Path, ask: Callable[[Any], Any]) -> None:
    (catalog / "models/churn/versions/3.yaml").write_text("kind: [")
    with pytest.raises(
        MlflowException, match=r"Latest version not found .* churn; models/churn/versions/3\.yaml"
    ):
        ask(store(catalog))


def test_a_stage_is_a_stage_even_where_it_is_a_label(catalog: Path) -> None:
    assert store(catalog).get_latest_versions("churn", ["Production"]) == []
    (version,) = store(catalog).get_latest_versions("churn", ["staging"])
    assert (version.version, version.current_stage) == (2, "Staging")


def test_an_alias_that_was_taken_back_is_none(catalog: Path) -> None:
    assert store(catalog).get_registered_model("churn").aliases == {"champion": 1}
    with pytest.raises(MlflowException, match="alias gone not found"):
        store(catalog).get_model_version_by_alias("churn", "gone")


def test_an_alias_is_named_where_only_its_capitals_are_others(catalog: Path) -> None:
    with pytest.raises(MlflowException, match=r"alias Champion not found; did you mean champion\?"):
        store(catalog).get_model_version_by_alias("churn", "Champion")


def test_an_alias_of_a_version_that_is_not_there_is_none(catalog: Path) -> None:
    put(catalog, "models/churn/aliases.yaml", ALIASES.replace("version: 1,", "version: 7,"))
    assert store(catalog).get_registered_model("churn").aliases == {}
    with pytest.raises(MlflowException, match="alias champion not found"):
        store(catalog).get_model_version_by_alias("churn", "champion")


def test_a_moved_alias_is_seen_by_a_store_in_use(catalog: Path) -> None:
    used = store(catalog)
    assert used.get_model_version_by_alias("churn", "champion").version == 1
    put(catalog, "models/churn/aliases.yaml", ALIASES.replace("version: 1,", "version: 2,"))
    assert used.get_model_version_by_alias("churn", "champion").version == 2
    assert [it.version for it in used.search_model_versions("name = 'churn'")] == [2, 1]
    (catalog / "models" / "churn" / "versions" / "2.yaml").unlink()
    assert [it.version for it in used.search_model_versions("name = 'churn'")] == [1]


def test_a_model_is_known_by_the_name_that_it_had_elsewhere(catalog: Path) -> None:
    put(catalog, "models/churn/model.yaml", KNOWN_OTHERWISE)
    assert store(catalog).get_model_version_by_alias("Who leaves (spring)", "champion").name == "churn"
    assert store(catalog).get_model_version("Who leaves (spring)", 2).version == 2
    assert store(catalog).get_registered_model("Who leaves (spring)").name == "churn"
    asked = "name = 'Who leaves (spring)'"
    assert [it.version for it in store(catalog).search_model_versions(asked)] == [2, 1]
    assert [it.name for it in store(catalog).search_registered_models(asked)] == ["churn"]
    assert not store(catalog).search_registered_models("name LIKE 'Who%'")


@pytest.mark.skipif(MLFLOW == 2, reason="MLflow 2 reads no list of names")
def test_names_that_models_had_elsewhere_may_stand_in_a_list(catalog: Path) -> None:
    put(catalog, "models/churn/model.yaml", KNOWN_OTHERWISE)
    asked = "name IN ('Who leaves (spring)')"
    assert [it.version for it in store(catalog).search_model_versions(asked)] == [2, 1]
    assert [it.name for it in store(catalog).search_registered_models(asked)] == ["churn"]


def test_what_is_fetched_goes_through_us_so_that_it_is_checked(catalog: Path) -> None:
    assert (
        store(catalog).get_model_version_download_uri("churn", "1")
        == f"herdbook://{catalog}/!/models/churn/1"
    )
    assert store(catalog).get_model_version("churn", 1).source == f"herdbook://{catalog}/!/models/churn/1"


def test_a_file_that_is_refused_is_named(catalog: Path) -> None:
    put(catalog, "models/churn/versions/1.yaml", "kind: model-version\nmodel: churn\nversion: one\n")
    with pytest.raises(
        MlflowException, match=r"not found; models/churn/versions/1\.yaml is refused: .*herdbook check"
    ):
        store(catalog).get_model_version("churn", 1)
    put(catalog, "models/churn/aliases.yaml", "aliases: [")
    with pytest.raises(MlflowException, match=r"not found; models/churn/aliases\.yaml is refused: "):
        store(catalog).get_model_version_by_alias("churn", "champion")


def test_no_catalog_is_an_error_of_mlflow(tmp_path: Path) -> None:
    questions: tuple[Callable[[Any], object], ...] = (
        lambda it: it.get_registered_model("churn"),
        lambda it: it.search_registered_models(),
        lambda it: it.search_model_versions(),
    )
    for question in questions:
        with pytest.raises(MlflowException, match="there is no such folder"):
            question(store(tmp_path / "nothing"))


@given(name=st.text(), word=st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_are_answered_or_refused(catalog: Path, name: str, word: str) -> None:
    questions: tuple[Callable[[Any], object], ...] = (
        lambda it: it.get_registered_model(name),
        lambda it: it.get_model_version(name, word),
        lambda it: it.get_model_version("churn", word),
        lambda it: it.get_model_version_by_alias(name, word),
        lambda it: it.get_model_version_by_alias("churn", word),
        lambda it: it.get_latest_versions("churn", [word]),
    )
    for question in questions:
        with suppress(MlflowException):
            question(store(catalog))


@pytest.mark.skipif(MLFLOW == 2, reason="MLflow 2 asks no registry for prompts")
def test_there_are_no_prompts(catalog: Path) -> None:
    assert store(catalog).search_prompts() == []


def test_what_is_registered_is_refused_by_the_version_and_not_by_the_model_that_is_there(
    catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLflow begins a model before it registers a version of it, and goes on if the model is there."""
    for name in ("churn", "Who leaves / spring"):
        with pytest.raises(MlflowException, match="already exists") as error:
            store(catalog).create_registered_model(name)
        assert error.value.error_code == "RESOURCE_ALREADY_EXISTS"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"herdbook://{catalog}")
    with pytest.raises(MlflowException, match="run `herdbook register churn --run train-1` on a branch"):
        mlflow.register_model("runs:/train-1/model", "churn")


def test_a_prompt_is_not_begun_as_a_model(catalog: Path) -> None:
    tags = [RegisteredModelTag("mlflow.prompt.is_prompt", "true")]
    with pytest.raises(MlflowException, match="a catalog has nothing of this kind"):
        store(catalog).create_registered_model("greeting", tags)


@pytest.mark.parametrize(
    ("change", "command"),
    [
        (lambda it: it.create_registered_model("new"), "herdbook new model new"),
        (lambda it: it.update_registered_model("churn", "Words"), "herdbook describe models:/churn"),
        (lambda it: it.rename_registered_model("churn", "left"), "herdbook rename models:/churn left"),
        (lambda it: it.delete_registered_model("churn"), "herdbook deprecate churn VERSION"),
        (
            lambda it: it.set_registered_model_tag("churn", RegisteredModelTag("team", "a b")),
            "herdbook tag set models:/churn team 'a b'",
        ),
        (lambda it: it.delete_registered_model_tag("churn", "x"), "herdbook tag unset models:/churn x"),
        (lambda it: it.create_model_version("churn", "s3://x"), "herdbook register churn --run RUN"),
        (lambda it: it.create_model_version("churn", "s3://x", "r 1"), "herdbook register churn --run 'r 1'"),
        (lambda it: it.update_model_version("churn", 1, "Words"), "herdbook describe models:/churn/1"),
        (
            lambda it: it.transition_model_version_stage("churn", "1", "Production", True),
            "herdbook stage set churn 1 production --archive-existing",
        ),
        (lambda it: it.delete_model_version("churn", "1"), "herdbook deprecate churn 1"),
        (
            lambda it: it.set_model_version_tag("churn", "1", ModelVersionTag("k", "v")),
            "herdbook tag set models:/churn/1 k v",
        ),
        (lambda it: it.delete_model_version_tag("churn", "1", "k"), "herdbook tag unset models:/churn/1 k"),
        (
            lambda it: it.set_registered_model_alias("churn", "champion", "2"),
            "herdbook alias set churn champion 2",
        ),
        (
            lambda it: it.delete_registered_model_alias("churn", "champion"),
            "herdbook alias unset churn champion",
        ),
        (lambda it: it.copy_model_version(it.get_model_version("churn", 1), "new"), "herdbook new model new"),
    ],
)
def test_changes_are_refused_with_the_command_that_makes_them(
    catalog: Path, change: Callable[[Any], object], command: str
) -> None:
    before = content(catalog)
    with pytest.raises(MlflowException) as error:
        change(store(catalog))
    assert f"run `{command}` on a branch" in str(error.value)
    assert error.value.get_http_status_code() == 403
    assert content(catalog) == before
