from pathlib import Path

from herdbook.memory import open_catalog
from herdbook.mlflow_plugin.addresses import Address
from herdbook.mlflow_plugin.models import UNKNOWN, Models
from mlflow_catalogs import put, written


def test_a_model_without_a_file_of_its_own_is_one(tmp_path: Path) -> None:
    catalog = written(tmp_path)
    (catalog / "models" / "churn" / "model.yaml").unlink()
    models = Models(Address(catalog), open_catalog(catalog))
    assert models.has("churn")
    assert list(models.names()) == ["churn"]
    model = models.model("churn")
    assert (model.description, model.tags) == (None, {})
    assert sorted(version.version for version in model.latest_versions) == [1, 2]


def test_times_that_nobody_recorded_are_unknown(tmp_path: Path) -> None:
    catalog = written(tmp_path)
    put(catalog, "models/bare/model.yaml", "kind: model\nname: bare\n")
    models = Models(Address(catalog), open_catalog(catalog))
    bare = models.model("bare")
    assert (bare.creation_timestamp, bare.last_updated_timestamp) == (UNKNOWN, UNKNOWN)
    first, second = sorted(models.versions(), key=lambda version: version.version)
    assert (first.creation_timestamp, first.last_updated_timestamp) == (UNKNOWN, UNKNOWN)
    assert second.last_updated_timestamp == 1706954400000
    assert models.model("churn").creation_timestamp == UNKNOWN


def test_all_of_it_can_be_sent_by_a_server(tmp_path: Path) -> None:
    """What MLflow sends has no place for what is missing."""
    catalog = written(tmp_path)
    models = Models(Address(catalog), open_catalog(catalog))
    assert models.model("churn").to_proto().aliases[0].alias == "champion"
    assert {version.to_proto().name for version in models.versions()} == {"churn"}
