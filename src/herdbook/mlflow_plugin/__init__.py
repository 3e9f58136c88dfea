"""MLflow's own client reads the catalog: what it loads, searches and lists comes from the files in git.

MLflow finds these functions as its plugins, by the scheme ``herdbook``::

    mlflow.set_tracking_uri("herdbook:///path/to/catalog")
    mlflow.pyfunc.load_model("models:/churn@champion")

MLflow imports its plugins whenever it is imported itself. So nothing else is imported here until it is
needed.
"""

from typing import Any


def registry_store(store_uri: str, tracking_uri: str | None = None) -> Any:
    """Make the registry of the models of a catalog."""
    from herdbook.mlflow_plugin.registry import RegistryStore

    return RegistryStore(store_uri, tracking_uri)


def tracking_store(store_uri: str, artifact_uri: str | None = None) -> Any:
    """Make the store of the runs of a catalog."""
    from herdbook.mlflow_plugin.tracking import TrackingStore

    return TrackingStore(store_uri, artifact_uri)


def artifact_repository(
    artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None
) -> Any:
    """Make the repository of an artifact that the catalog records."""
    from herdbook.mlflow_plugin.artifacts import CheckedArtifacts

    return CheckedArtifacts(artifact_uri, tracking_uri, registry_uri)
