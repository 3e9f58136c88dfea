"""What the tests of the plugin share."""

import pytest

from mlflow_twins import Twins, made


@pytest.fixture(scope="session")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Twins:
    """The same content in MLflow and in a catalog; nobody changes it."""
    return made(tmp_path_factory.mktemp("twins"))
