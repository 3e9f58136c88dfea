"""No method of a store leaves a call unanswered, or lets out an error that is none of MLflow's."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.abstract_store import AbstractStore as AbstractRegistry
from mlflow.store.tracking.abstract_store import AbstractStore as AbstractTracking

from herdbook.errors import HerdbookError, RaceError, StorageError
from herdbook.mlflow_plugin import registry_store, tracking_store
from herdbook.mlflow_plugin.refusing import speaking_mlflow
from mlflow_catalogs import written


class Base:
    def taken_over(self) -> str:
        return "made of others"

    def left_open(self) -> None:
        """Say nothing, which looks like success."""

    left_open.__isabstractmethod__ = True  # type: ignore[attr-defined]  # what abc.abstractmethod sets, too

    def unknown(self) -> None:
        raise NotImplementedError

    @staticmethod
    def static() -> str:
        return "of the class"


@speaking_mlflow(Base)
class Store(Base):
    def raising(self, error: Exception) -> None:
        raise error


def test_what_is_left_open_is_refused() -> None:
    assert Store().taken_over() == "made of others"
    assert Store().static() == "of the class"
    for name in ("left_open", "unknown"):
        with pytest.raises(MlflowException, match=f"^{name}: a catalog has nothing of this kind"):
            getattr(Store(), name)()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HerdbookError("no"), "INVALID_PARAMETER_VALUE"),
        (RaceError("no"), "INVALID_PARAMETER_VALUE"),
        (StorageError("no"), "INTERNAL_ERROR"),
    ],
)
def test_our_errors_become_theirs(error: HerdbookError, code: str) -> None:
    with pytest.raises(MlflowException, match=r"^no$") as raised:
        Store().raising(error)
    assert raised.value.error_code == code


def test_an_error_of_the_system_says_what_it_is_about() -> None:
    with pytest.raises(
        MlflowException, match=r"^/x: No space left on device; see to that, and call it again$"
    ):
        Store().raising(OSError(28, "No space left on device", "/x"))


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ZeroDivisionError):
        Store().raising(ZeroDivisionError())


def open_methods(base: type) -> Iterator[str]:
    """The methods that MLflow wants every store to have."""
    for name, method in inspect.getmembers(base, inspect.isfunction):
        if getattr(method, "__isabstractmethod__", False):
            yield name


@pytest.mark.parametrize(
    ("make", "base"), [(registry_store, AbstractRegistry), (tracking_store, AbstractTracking)]
)
def test_every_method_that_mlflow_leaves_open_answers_or_refuses(
    make: Any, base: type, tmp_path: Path
) -> None:
    store = make(f"herdbook://{written(tmp_path)}")
    names = list(open_methods(base))
    assert len(names) > 10
    for name in names:
        assert getattr(type(store), name) is not getattr(base, name), name
