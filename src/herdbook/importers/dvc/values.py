"""Values in files of DVC, whoever wrote these: each is what it should be, or nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from herdbook.git import public_address
from herdbook.importers.dvc.paths import is_code
from herdbook.planning.fitting import amount
from herdbook.yaml.scalars import held

_PARAMS = "params.yaml"
_DEEPEST = 16


def mapping(value: Any) -> Mapping[str, Any]:
    """A mapping, empty where there is something else."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> Sequence[Mapping[str, Any]]:
    """The mappings in a list."""
    return [item for item in (value if isinstance(value, list) else []) if isinstance(item, dict)]


def text(value: Any) -> str:
    """A text, empty where there is something else."""
    return value if isinstance(value, str) else ""


def texts(value: Any) -> list[str]:
    """The texts in a list, or the keys of the mappings in it."""
    items = value if isinstance(value, list) else []
    found = (text for item in items for text in (item if isinstance(item, dict) else [item]))
    return [text for text in found if isinstance(text, str)]


def leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """What is in mappings, by dotted names; mappings that are too deep are left out."""
    pending = [("", value, 0)]
    while pending:
        name, found, depth = pending.pop()
        if not isinstance(found, dict):
            if name:
                yield name, found
        elif depth < _DEEPEST:
            pending += [
                (f"{name}.{key}" if name else str(key), item, depth + 1)
                for key, item in reversed(found.items())
            ]


def digest(stated: Mapping[str, Any]) -> str:
    """The digest of data, with its algorithm; empty where there is none."""
    value = text(stated.get("md5"))
    if value:
        if value.endswith(".dir"):
            return f"md5-dir:{value.removesuffix('.dir')}"
        # Before its third version, DVC made the ends of lines alike first.
        return f"md5:{value}" if stated.get("hash") == "md5" else f"md5-dos2unix:{value}"
    tag = text(stated.get("etag"))
    return f"etag:{tag}" if tag else ""


def size(stated: Mapping[str, Any]) -> int | None:
    """The size of data in bytes."""
    return amount(stated.get("size"))


def origin(deps: Any) -> dict[str, Any]:
    """Where imported data come from, in words."""
    words = []
    for dep in mappings(deps):
        path, repo = dep.get("path"), mapping(dep.get("repo"))
        url = public_address(repo["url"]) if isinstance(repo.get("url"), str) else None
        if url and isinstance(path, str):
            revision = repo.get("rev_lock")
            at = f" at {revision}" if isinstance(revision, str) else ""
            words.append(f"Imported by DVC: {path} of {url}{at}.")
        elif not repo and isinstance(path, str) and (address := public_address(path)):
            words.append(f"Imported by DVC from {address}.")
    return {"source": "\n".join(words)} if words else {}


def params(stated: Any) -> dict[str, Any]:
    """Parameters by dotted names; those of other files than DVC's usual one say which."""
    found: dict[str, Any] = {}
    for file, values in mapping(stated).items():
        prefix = "" if file == _PARAMS else f"{file}:"
        for name, value in leaves(values):
            is_flat = not isinstance(value, list) or not any(isinstance(item, dict | list) for item in value)
            found[prefix + name] = held(value) if is_flat else json.dumps(value, ensure_ascii=False)
    return found


def options(outs: Any) -> dict[str, Mapping[str, Any]]:
    """What a pipeline says about how its outputs are kept, by their paths."""
    return {path: mapping(about) for out in mappings(outs) for path, about in out.items()}


def command(stated: Mapping[str, Any]) -> str:
    """What a stage ran: a line, or several."""
    value = stated.get("cmd")
    lines = value if isinstance(value, list) else [value]
    return "\n".join(line for line in lines if isinstance(line, str))


def entry_point(stated: Mapping[str, Any]) -> str:
    """The first file of code that a stage read and its command names; empty where there is none."""
    ran = command(stated)
    read = (text(dep.get("path")) for dep in mappings(stated.get("deps")))
    return next((path for path in read if is_code(path) and path in ran), "")
