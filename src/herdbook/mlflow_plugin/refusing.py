"""What MLflow is told where it asks for something that a catalog cannot give, or would change it."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INTERNAL_ERROR,
    INVALID_PARAMETER_VALUE,
    PERMISSION_DENIED,
    RESOURCE_DOES_NOT_EXIST,
)

from herdbook.errors import HerdbookError, StorageError

Class = TypeVar("Class", bound=type)


def refusal(what: str, command: str) -> Any:
    """What is answered to a wish to change the catalog.

    Args:
        what: what was wished, such as "set an alias".
        command: what does it.
    """
    return MlflowException(
        "MLflow only reads the catalog; it changes by pull requests. "
        f"To {what}, run `{command}` on a branch, and open one.",
        PERMISSION_DENIED,
    )


def missing(message: str) -> MlflowException:
    """What is answered where there is no such thing."""
    return MlflowException(message, RESOURCE_DOES_NOT_EXIST)


def wrong(message: str) -> MlflowException:
    """What is answered to a question that makes no sense."""
    return MlflowException(message, INVALID_PARAMETER_VALUE)


def as_mlflow_says(error: HerdbookError) -> MlflowException:
    """An error of Herdbook as one of MLflow, with the same message."""
    return MlflowException(
        str(error), INTERNAL_ERROR if isinstance(error, StorageError) else INVALID_PARAMETER_VALUE
    )


def speaking_mlflow(base: type) -> Callable[[Class], Class]:
    """Let all methods of a store raise nothing but errors of MLflow.

    What a store takes over from MLflow stays as it is, where MLflow makes it of other methods. Where it does
    not, the store says that a catalog has no such thing: else MLflow would take silence for success.

    Args:
        base: MLflow's class for stores of this kind; each release of MLflow adds methods to it.
    """

    def decorate(store: Class) -> Class:
        for name, method in inspect.getmembers(store, inspect.isfunction):
            is_static = isinstance(inspect.getattr_static(store, name), staticmethod)
            if not name.startswith("_") and not is_static:
                taken_over = getattr(base, name, None) is method
                setattr(store, name, _speaking(method, taken_over=taken_over))
        return store

    return decorate


def _speaking(method: Callable[..., Any], *, taken_over: bool) -> Callable[..., Any]:
    is_left_open = taken_over and getattr(method, "__isabstractmethod__", False)

    @functools.wraps(method)
    def speaking(*args: Any, **kwargs: Any) -> Any:
        try:
            if not is_left_open:
                return method(*args, **kwargs)
        except HerdbookError as error:
            raise as_mlflow_says(error) from error
        except OSError as error:
            place, why = error.filename or "a file", error.strerror or error
            raise as_mlflow_says(StorageError(f"{place}: {why}; see to that, and call it again")) from error
        except NotImplementedError:
            pass  # MLflow itself has nothing of this kind; what follows says so in our words
        raise MlflowException(
            f"{method.__name__}: a catalog has nothing of this kind, and is not changed by MLflow. It holds "
            "models, versions, aliases, stages and runs, which change in pull requests, by commands such as "
            "`herdbook register`, `herdbook alias set` and `herdbook new run`.",
            PERMISSION_DENIED,
        )

    return speaking
