"""What a trained model says of itself: its kind, its parameters, what goes in and what comes out.

No library is loaded for this: a model of one brings it along.
"""

import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from herdbook.errors import HerdbookError

_SCIKIT_LEARN, _XGBOOST, _PYTORCH = "sklearn", "xgboost", "pytorch"
"""The libraries, by MLflow's names for their flavors."""

# The words of MLflow for the types of columns; of other types, and of tensors, numpy's names are taken.
_COLUMN_TYPES = {
    "bool": "boolean",
    "int32": "integer",
    "int64": "long",
    "float32": "float",
    "float64": "double",
    "object": "string",
    "str": "string",
    "string": "string",
}
_ROWS = 10
_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a model.

    Attributes:
        flavor: the library that it is of, by MLflow's name.
        params: its parameters.
        seed: the seed that it was given, if it was given one.
        names: the names of the columns that it was trained on, if it knows them.
    """

    flavor: str
    params: Mapping[str, Any]
    seed: int | None = None
    names: tuple[str, ...] = ()


def described(model: Any) -> Described:
    """Describe a model of scikit-learn, XGBoost or PyTorch.

    Raises:
        HerdbookError: it is of none of them.
    """
    flavor = _flavor(model)
    if flavor == _PYTORCH:
        weights = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
        return Described(
            flavor,
            {
                # One that was compiled to TorchScript is of a class of PyTorch's, and knows its own.
                "model_class": getattr(model, "original_name", type(model).__name__),
                "parameters": sum(count for count, _ in weights),
                "trainable_parameters": sum(count for count, trained in weights if trained),
            },
        )
    if hasattr(model, "get_params"):
        return _estimator(model, flavor)
    return Described(flavor, dict(_of_booster(model)), names=tuple(model.feature_names or ()))


def signature(model: Any, example: Any) -> dict[str, Any]:
    """What goes into a model and what comes out, by an example of its input.

    The model is asked what it makes of the first rows of the example. A model of PyTorch takes all of it: a
    tensor, or several, in a tuple by their places or in a mapping by their names.

    Raises:
        Exception: whatever the model raises.
    """
    known = described(model)
    if known.flavor == _PYTORCH:
        given = example if isinstance(example, Mapping) else dict(_placed(model, example))
        return {"inputs": list(_tensors(given)), "outputs": list(_tensors(_answer(model, example)))}
    # Rows may be lists; what takes them brings numpy along.
    few = sys.modules["numpy"].asarray(example[:_ROWS]) if isinstance(example, list) else example[:_ROWS]
    return {"inputs": list(_inputs(few, known)), "outputs": list(_columns(_predicted(model, few, known)))}


def _flavor(model: Any) -> str:
    bases = {f"{base.__module__}.{base.__qualname__}" for base in type(model).__mro__}
    if any(name.startswith("xgboost.") for name in bases):
        return _XGBOOST
    if "sklearn.base.BaseEstimator" in bases:
        return _SCIKIT_LEARN
    if "torch.nn.modules.module.Module" in bases:
        return _PYTORCH
    raise HerdbookError(
        f"a {type(model).__name__} is no model of scikit-learn, XGBoost or PyTorch; save it to a file, and "
        "record that with log_output"
    )


def _estimator(model: Any, flavor: str) -> Described:
    stated = model.get_params(deep=True)
    if flavor == _XGBOOST:  # which lists all that there are, most of them not given
        stated = {name: value for name, value in stated.items() if value is not None}
    params = {name: _plain(value) for name, value in stated.items()}
    seed = stated.get("random_state")
    names = tuple(str(name) for name in getattr(model, "feature_names_in_", ()))
    return Described(
        flavor,
        {"model_class": type(model).__name__, **params},
        seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        names,
    )


def _of_booster(model: Any) -> Iterator[tuple[str, Any]]:
    """The parameters of a booster of XGBoost itself, out of its configuration."""
    yield "model_class", type(model).__name__
    yield "num_boost_round", model.num_boosted_rounds()
    learner = json.loads(model.save_config())["learner"]
    yield "objective", learner["objective"]["name"]
    booster = learner["gradient_booster"]
    yield "booster", booster["name"]
    yield from booster.get("tree_train_param", {}).items()


def _plain(value: Any) -> Any:
    """A parameter; an estimator inside another one is told by its name, its own parameters stand beside."""
    if hasattr(value, "get_params"):
        return type(value).__name__
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _predicted(model: Any, example: Any, known: Described) -> Any:
    if known.flavor == _XGBOOST and not hasattr(model, "get_params"):
        return model.predict(sys.modules["xgboost"].DMatrix(example))
    return model.predict(example)


def _inputs(example: Any, known: Described) -> Iterator[dict[str, str]]:
    for index, column in enumerate(_columns(example)):
        named = {"name": known.names[index]} if index < len(known.names) else {"name": f"input_{index}"}
        yield {**named, **column}


def _columns(table: Any) -> Iterator[dict[str, str]]:
    """The columns of a table; a vector is one, and so is an array of more than two dimensions."""
    if isinstance(table, tuple | list):
        for part in table:
            yield from _columns(part)
    elif hasattr(table, "dtypes") and hasattr(table, "columns"):
        for name, kind in zip(table.columns, table.dtypes, strict=True):
            yield {"name": str(name), "type": _type(kind)}
    elif len(table.shape) == 2:
        for _ in range(table.shape[1]):
            yield {"type": _type(table.dtype)}
    elif len(table.shape) == 1:
        yield {"type": _type(table.dtype)}
    else:
        yield {"type": _tensor(table)}


def _answer(model: Any, example: Any) -> Any:
    """What a model of PyTorch makes of an example. It learns nothing from it; each part is left as it was."""
    were_training = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with sys.modules["torch"].no_grad():
            if isinstance(example, Mapping):
                return model(**example)
            return model(*example) if isinstance(example, tuple) else model(example)
    finally:
        for module, was_training in were_training:
            module.training = was_training


def _placed(model: Any, example: Any) -> Iterator[tuple[str, Any]]:
    """What a model of PyTorch takes, by the names that it has for it."""
    try:
        taken = inspect.signature(model.forward).parameters.values()
        names = [it.name for it in taken if it.kind in _BY_PLACE]
    except ValueError:  # what was traced has lost its names
        names = []
    for index, tensor in enumerate(example if isinstance(example, tuple) else (example,)):
        yield names[index] if index < len(names) else f"input_{index}", tensor


def _tensors(value: Any) -> Iterator[dict[str, str]]:
    """The tensors in what goes into a model of PyTorch or comes out, by their names where they have some.

    What else there is, such as switches and caches, is no data.
    """
    named = value._asdict() if hasattr(value, "_asdict") else value
    if isinstance(named, Mapping):
        for name, part in named.items():
            yield from ({"name": str(name), **tensor} for tensor in _tensors(part))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _tensors(part)
    elif hasattr(value, "numel"):
        yield {"type": _tensor(value)}


def _type(kind: Any) -> str:
    return _COLUMN_TYPES.get(str(kind), "string" if getattr(kind, "kind", "") in "UOT" else str(kind))


def _tensor(tensor: Any) -> str:
    kind = str(tensor.dtype).removeprefix("torch.")
    return f"tensor({kind}, {[-1, *tensor.shape[1:]] if tensor.shape else []})"
