"""What MLflow writes beside a model: how it can be loaded, what goes in and comes out."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.planning.fitting import amount
from herdbook.planning.plan import PlanError
from herdbook.yaml.foreign import read_foreign

NAME = "MLmodel"
"""What the file is called."""

_DEEPEST_TYPE = 8
_TAGS = ("mlflow_version", "model_uuid")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)")


@dataclass(frozen=True, slots=True)
class Described:
    """A model as MLflow describes it.

    Attributes:
        flavors: the forms that it can be loaded in.
        signature: its inputs and outputs, as a version states them; `None` where nothing is said.
        size: its size in bytes, if that is said.
        tags: by which MLflow it was saved, and under which id.
        run: the id of the run that saved it; empty where none did.
        model_id: its id as a model that MLflow logged; empty where it was saved without.
        created_at: when it was saved; empty where that is not said.
    """

    flavors: tuple[str, ...] = ()
    signature: Mapping[str, Any] | None = None
    size: int | None = None
    tags: Mapping[str, str] | None = None
    run: str = ""
    model_id: str = ""
    created_at: str = ""


def described(raw: bytes, name: str) -> Described:
    """Read an ``MLmodel`` file.

    Args:
        raw: the file.
        name: what to call it in messages.

    Raises:
        PlanError: it is none, or holds more than plain data.
    """
    try:
        value = read_foreign(raw)
    except HerdbookError as error:
        raise PlanError(f"{name}: {error}") from error
    return stated(value, name)


def stated(value: Any, name: str) -> Described:
    """What the value of an ``MLmodel`` file says, which MLflow keeps in tags of runs, too.

    Raises:
        PlanError: it says nothing of a model.
    """
    if not isinstance(value, dict) or not isinstance(value.get("flavors"), dict):
        raise PlanError(f"{name}: it names no flavors; name a file that MLflow wrote with --mlmodel")
    return Described(
        flavors=tuple(value["flavors"]),
        signature=_signature(value.get("signature"), name),
        size=amount(value.get("model_size_bytes")),
        tags={key: found for key in _TAGS if (found := _text(value, key))},
        run=_text(value, "run_id"),
        model_id=_text(value, "model_id"),
        created_at=_time(_text(value, "utc_time_created")),
    )


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) and found.strip() else ""


def _time(text: str) -> str:
    """A time as entries have it."""
    found = _TIME.fullmatch(text)
    return f"{found[1]}T{found[2]}Z" if found is not None else ""


def _signature(stated: Any, name: str) -> Mapping[str, Any] | None:
    if not isinstance(stated, dict):
        return None
    inputs, outputs = (
        _columns(stated.get(side), f"{name}: signature.{side}") for side in ("inputs", "outputs")
    )
    if inputs is None and outputs is None:
        return None
    # Inputs without a name are known by their position, as in the frames that MLflow makes of them.
    named = [{"name": str(index), **column} for index, column in enumerate(inputs or ())]
    return {"inputs": named, "outputs": outputs or []}


def _columns(text: Any, where: str) -> list[dict[str, Any]] | None:
    """The columns or tensors of one side of a signature, which MLflow writes as a JSON text."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise PlanError(f"{where}: it is no text; MLflow writes JSON there")
    try:
        columns = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{where}: it is no JSON that can be read; let MLflow write it again") from error
    if not isinstance(columns, list):
        raise PlanError(f"{where}: it is no list of columns; let MLflow write it again")
    found = []
    for index, column in enumerate(columns):
        label = column.get("name") if isinstance(column, dict) else None
        named = {"name": label} if isinstance(label, str) and label.strip() else {}
        found.append({**named, "type": _type(column, f"{where}.{index}")})
    return found


def _type(column: Any, where: str, depth: int = 0) -> str:
    """A type in words: ``double``, ``tensor(float32, [-1, 28])``, ``array(object(a: string (optional)))``."""
    if not isinstance(column, dict) or not isinstance(column.get("type"), str) or depth > _DEEPEST_TYPE:
        raise PlanError(f"{where}: it is no type that can be read; let MLflow write it again")
    match column["type"]:
        case "tensor":
            words = _tensor(column.get("tensor-spec"), where)
        case "array":
            words = f"array({_type(column.get('items'), f'{where}.items', depth + 1)})"
        case "map":
            words = f"map({_type(column.get('values'), f'{where}.values', depth + 1)})"
        case "object" if isinstance(column.get("properties"), dict):
            members = (
                f"{name}: {_type(member, f'{where}.{name}', depth + 1)}"
                for name, member in column["properties"].items()
            )
            words = f"object({', '.join(members)})"
        case plain:
            words = str(plain)
    optional = column.get("required") is False or column.get("optional") is True
    return f"{words} (optional)" if optional else words


def _tensor(spec: Any, where: str) -> str:
    kind, shape = (spec.get("dtype"), spec.get("shape")) if isinstance(spec, dict) else (None, None)
    if not isinstance(kind, str) or not isinstance(shape, list):
        raise PlanError(f"{where}: the tensor lacks its type or its shape; let MLflow write it again")
    return f"tensor({kind}, {json.dumps(shape)})"
