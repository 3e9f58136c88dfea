from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer_samples import example
from comparing import records_of
from herdbook.catalog import Catalog
from herdbook.opening import read_catalog
from herdbook.queries.asking import QuestionError, find
from herdbook.queries.compare import compare
from herdbook.queries.records import Records
from herdbook.queries.reproduce import reproduce
from herdbook.queries.trace import trace
from herdbook.tree import DirTree
from rule_examples import case

RUN = "kind: run\nid: churn\nexperiment: churn\ntype: training\nstatus: finished\n"
RETIRED = """\
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: null, at: "2024-01-20T08:00:00Z", by: ana}
  rollback:
    - {version: 9, at: "2024-01-20T08:00:00Z", by: ana}
"""


@cache
def example_catalog() -> Catalog:
    return example().catalog


@pytest.fixture
def catalog() -> Catalog:
    return example_catalog()


FOREIGN = """\
# models/fraude/model.yaml, whole
kind: model
name: fraude
title: Modèle / fraude
imported_from: {system: mlflow, name: Modèle / fraude}
# models/fraude/versions/1.yaml, whole
kind: model-version
model: fraude
version: 1
run: train-1
uri: "s3://there/1"
# models/fraude/aliases.yaml, whole
kind: aliases
model: fraude
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana}
"""


@pytest.mark.parametrize("prefix", ["", "models:/"])
@pytest.mark.parametrize(
    ("text", "ref"), [("", ""), ("/1", "/1"), ("@champion", "@champion"), ("/latest", "/latest")]
)
def test_a_name_from_elsewhere_may_be_none_that_we_have(
    tmp_path: Path, prefix: str, text: str, ref: str
) -> None:
    found = find(records_of(tmp_path, FOREIGN).catalog, f"{prefix}Modèle / fraude{text}")
    assert str(found.ref) == f"models:/fraude{ref}"


def test_what_is_not_there_of_a_name_from_elsewhere_is_said_with_ours(tmp_path: Path) -> None:
    catalog = records_of(tmp_path, FOREIGN).catalog
    with pytest.raises(QuestionError, match="there is no models:/fraude/9 in the catalog"):
        find(catalog, "models:/Modèle / fraude/9")
    for text in ("datasets:/Modèle / fraude", "models:/Modèle / fraud", "models:/Modèle / fraude 1"):
        with pytest.raises(QuestionError, match="is no reference"):
            find(catalog, text)


@pytest.mark.parametrize(
    ("text", "ref", "entry"),
    [
        ("models:/churn/2", "models:/churn/2", "models:/churn/2"),
        ("models:/churn@champion", "models:/churn@champion", "models:/churn/2"),
        ("models:/churn/latest", "models:/churn/latest", "models:/churn/2"),
        ("models:/churn/Production", "models:/churn/Production", "models:/churn/2"),
        ("models:/churn/staging", "models:/churn/staging", "models:/churn/1"),
        ("models:/churn", "models:/churn", "models:/churn"),
        ("runs:/train-1", "runs:/train-1", "runs:/train-1"),
        ("runs:/train-1/model", "runs:/train-1/model", "runs:/train-1"),
        ("datasets:/orders/v1", "datasets:/orders/v1", "datasets:/orders/v1"),
        ("endpoints:/predict", "endpoints:/predict", "endpoints:/predict"),
        ("churn@champion", "models:/churn@champion", "models:/churn/2"),
        ("orders/v1", "datasets:/orders/v1", "datasets:/orders/v1"),
        ("orders", "datasets:/orders", "datasets:/orders"),
        ("train-1", "runs:/train-1", "runs:/train-1"),
        ("predict", "endpoints:/predict", "endpoints:/predict"),
    ],
)
def test_whatever_can_be_named_is_found(catalog: Catalog, text: str, ref: str, entry: str) -> None:
    found = find(catalog, text)
    assert (str(found.ref), str(found.of_entry)) == (ref, entry)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models:/chrun", "there is no models:/chrun in the catalog; did you mean models:/churn?"),
        ("models:/churn/12", "there is no models:/churn/12 in the catalog; did you mean models:/churn/2?"),
        (
            "models:/churn@champio",
            "there is no models:/churn@champio in the catalog; did you mean models:/churn@champion?",
        ),
        ("datasets:/zzz", "there is no datasets:/zzz in the catalog"),
        ("trian-1", "nothing in the catalog is called 'trian-1'; did you mean runs:/train-1?"),
        (
            "zzzzzz",
            "nothing in the catalog is called 'zzzzzz'; "
            "write a reference such as models:/<model>/<version> or runs:/<run>",
        ),
        ("s3://models/churn", "'s3://models/churn' begins with no kind of entry: use models:/, "),
        ("models:/a b", "'models:/a b' is no reference: write models:/<model>, "),
        ("", "nothing in the catalog is called ''"),
        ("x" * 300, f"nothing in the catalog is called '{'x' * 77}...'"),
    ],
)
def test_what_is_not_found_is_said_with_what_may_have_been_meant(
    catalog: Catalog, text: str, message: str
) -> None:
    with pytest.raises(QuestionError) as caught:
        find(catalog, text)
    assert str(caught.value).startswith(message)
    assert caught.value.exit_code == 2


def test_a_name_that_several_entries_have_is_ambiguous(tmp_path: Path) -> None:
    catalog = records_of(tmp_path, "# runs/churn/churn.yaml\n" + RUN).catalog
    with pytest.raises(QuestionError, match="'churn' could be models:/churn or runs:/churn: say which"):
        find(catalog, "churn")
    assert str(find(catalog, "runs:/churn").of_entry) == "runs:/churn"


def test_a_model_that_has_versions_but_no_file_of_its_own_is_found(tmp_path: Path) -> None:
    catalog = records_of(tmp_path, "# models/churn/model.yaml, deleted\n").catalog
    found = find(catalog, "models:/churn")
    assert found.entry is None
    assert str(found.of_entry) == "models:/churn"


@pytest.mark.parametrize("kind", ["models:/", ""])
def test_an_alias_out_of_use_is_said_to_be_out_of_use(kind: str, tmp_path: Path) -> None:
    catalog = records_of(tmp_path, RETIRED).catalog
    with pytest.raises(
        QuestionError, match=r"points to no version: `herdbook history churn` tells since when"
    ):
        find(catalog, f"{kind}churn@champion")
    with pytest.raises(QuestionError, match=r"models:/churn@rollback points to version 9, which is not in"):
        find(catalog, f"{kind}churn@rollback")


@pytest.mark.parametrize(
    ("path", "reference", "said"),
    [
        ("runs/churn/train-1", "runs:/train-1", "runs:/train-1 cannot be read: its"),
        ("runs/churn/train-1", "train-1", "runs:/train-1 cannot be read: its"),
        ("models/churn/versions/2", "churn/2", "models:/churn/2 cannot be read: its"),
        ("models/churn/versions/2", "churn@champion", "models:/churn@champion points to version 2, whose"),
        ("models/churn/versions/2", "models:/churn@champion", "models:/churn@champion points to version 2, "),
        ("models/churn/aliases", "churn@champion", "models:/churn@champion cannot be read: its"),
        ("datasets/orders/versions/v1", "orders/v1", "datasets:/orders/v1 cannot be read: its"),
    ],
)
def test_a_file_that_is_refused_is_no_missing_file(
    path: str, reference: str, said: str, tmp_path: Path
) -> None:
    case(f"# {path}.yaml, whole\nkind: run\nid: [\n").lay(tmp_path / "catalog")
    catalog = read_catalog(DirTree(tmp_path / "catalog"))
    with pytest.raises(QuestionError, match="file is refused; `herdbook check` says why") as caught:
        find(catalog, reference)
    assert str(caught.value).startswith(said)


def test_what_is_refused_is_not_said_to_be_missing(tmp_path: Path) -> None:
    case("# runs/churn/train-2.yaml, whole\nkind: run\nid: [\n").lay(tmp_path / "catalog")
    records = Records(read_catalog(DirTree(tmp_path / "catalog")), date(2024, 2, 1))
    version, run = find(records.catalog, "churn/2"), find(records.catalog, "train-1")
    why = "refused for the form of its file (`herdbook check` says why)"
    said = [problem.message for step in trace(records, version).steps for problem in step.problems]
    assert said == [why]
    (obstacle,) = reproduce(records, version).obstacles
    assert obstacle.message == f"runs:/train-2, which made models:/churn/2, is {why}"
    assert f"the run of models:/churn/2 is {why}, so its data" in compare(records, version).notes[0]
    with pytest.raises(QuestionError, match="its own run is refused for the form of its file"):
        compare(records, version, run)


@given(st.text(max_size=40))
def test_any_text_is_found_or_refused_in_words(text: str) -> None:
    with suppress(QuestionError):
        assert find(example_catalog(), text).entry is not None
