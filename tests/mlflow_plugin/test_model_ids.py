import pytest

from entry_samples import made
from herdbook.entries import ModelVersion
from herdbook.mlflow_plugin.model_ids import is_logged_model_id, logged_model_id

ID = "m-" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("uri", "source", "expected"),
    [
        (f"mlflow-artifacts:/1/models/{ID}/artifacts", "", ID),
        ("s3://models/churn", f"models:/{ID}", ID),
        (f"s3://models/m-{'f' * 32}", f"models:/{ID}", ID),  # where it came from, not where it lies now
        (f"s3://models/{ID}0", "", ""),
        (f"s3://models/form-{ID}", "", ""),
        (f"s3://models/{ID.upper()}", "", ""),
        ("s3://models/churn", "", ""),
    ],
)
def test_a_version_has_the_id_that_stands_in_an_address(uri: str, source: str, expected: str) -> None:
    origin = {"imported_from": {"system": "mlflow", "source": source}} if source else {}
    data = {"model": "churn", "version": 1, "run": "train-1", "uri": uri, **origin}
    version = made(ModelVersion, {"created_at": "2026-11-01T09:00:00Z", "created_by": "ada", **data})
    assert logged_model_id(version) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [(ID, True), (ID[:-1], False), (f"x{ID}", False), ("churn", False), ("", False)]
)
def test_an_id_is_told_by_its_form(text: str, *, expected: bool) -> None:
    assert is_logged_model_id(text) is expected
