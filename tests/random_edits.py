"""Edits of a catalog at random: values, references, whole files, names, ledgers, recalls, prose."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml
from herdbook.dump import dump

Route = tuple[str | int, ...]


class RandomEdits:
    """Edits the files of a catalog; what it writes need not be right."""

    def __init__(self, catalog: Path, seed: int) -> None:
        self.catalog = catalog
        self.random = Random(seed)

    def once(self) -> str:
        """Make an edit, and say which."""
        while True:
            edit = self.random.choice(_EDITS)
            path = self.random.choice(self._files())
            value = _read(path)
            if said := edit(self, path, value):
                return f"{said} {path.relative_to(self.catalog)}"

    def _files(self, pattern: str = "**/*.yaml") -> list[Path]:
        return sorted(self.catalog.glob(pattern))

    def _run(self) -> str:
        return self.random.choice(self._files("runs/*/*.yaml")).stem

    def change(self, path: Path, value: Any) -> str:
        """Change a text or a number, or take it from another file."""
        routes = [route for route in _routes(value) if isinstance(_at(value, route), str | int | float)]
        route = self.random.choice([route for route in routes if route != ("kind",)])
        other = _read(self.random.choice(self._files()))
        texts = [found for each in _routes(other) if isinstance(found := _at(other, each), str)]
        old = _at(value, route)
        new = self.random.choice([f"{old}1", *texts]) if isinstance(old, str) else old + 1
        _at(value, route[:-1])[route[-1]] = new
        _write(path, value)
        return f"set {route} to {new!r}:"

    def shorten(self, path: Path, value: Any) -> str:
        """Take something out of a file."""
        route = self.random.choice([route for route in _routes(value) if route != ("kind",)])
        del _at(value, route[:-1])[route[-1]]
        _write(path, value)
        return f"without {route}:"

    def delete(self, path: Path, value: Any) -> str:
        """Delete a file."""
        path.unlink()
        return "deleted"

    def copy(self, path: Path, value: Any, *, moved: bool = False) -> str:
        """Add an entry like another one."""
        field = {"run": "id", "dataset-version": "version", "endpoint": "name", "model-version": "version"}
        name = field.get(value["kind"])
        if name is None:
            return ""
        old = value[name]
        value[name] = old + 1 if isinstance(old, int) else f"{old}-again"
        target = path.with_name(f"{value[name]}.yaml")
        if target.exists():
            return ""
        _write(target, value)
        if moved:
            path.unlink()
        return "moved" if moved else "copied"

    def move(self, path: Path, value: Any) -> str:
        """Rename an entry, and leave what refers to it as it is."""
        return self.copy(path, value, moved=True)

    def recall(self, path: Path, value: Any) -> str:
        """Recall a dataset version, or take that back."""
        if value["kind"] != "dataset-version":
            return ""
        if value.pop("recall", None) is None:
            reason = f"Wrong, see [there](runs/{self._run()}.html)."
            told = {"by": "ana", "reason": reason, "severity": "high"}
            value["recall"] = {"at": "2024-05-01T00:00:00Z", **told}
        _write(path, value)
        return "recalled or not:"

    def assign(self, path: Path, value: Any) -> str:
        """Add a line to a ledger."""
        if value["kind"] != "aliases":
            return ""
        lines = value["aliases"].setdefault(self.random.choice(["champion", "challenger", "other"]), [])
        at = f"2025-0{self.random.randint(1, 9)}-01T00:00:00Z"
        version = self.random.choice([1, 2, 3, None])
        lines.append({"version": version, "at": at, "by": "ana", "evidence": [f"runs:/{self._run()}"]})
        _write(path, value)
        return "assigned:"

    def describe(self, path: Path, value: Any) -> str:
        """Link to a page that may stand there."""
        end = self.random.choice(["", "-again"])
        value["description"] = f"See [that run](runs/{self._run()}{end}.html) & [this](runs/x%2Ehtml)."
        _write(path, value)
        return "described:"

    def remark(self, path: Path, value: Any) -> str:
        """Note something, or something else."""
        value["notes"] = self.random.choice(["Looked at.", f"Like [that](runs/{self._run()}.html).", "TODO"])
        _write(path, value)
        return "remarked:"

    def spoil(self, path: Path, value: Any) -> str:
        """Make a file one that is refused, or mend it."""
        if value.pop("unheard_of", None) is None:
            value["unheard_of"] = 1
        _write(path, value)
        return "spoiled or not:"

    def entitle(self, path: Path, value: Any) -> str:
        """Give an entry the name that it had elsewhere; several may have the same."""
        value["title"] = self.random.choice(["train-1", "Elsewhere"])
        value["imported_from"] = {"mlflow": "http://mlflow.example"}
        _write(path, value)
        return "entitled:"


_EDITS: Final[tuple[Callable[[RandomEdits, Path, Any], str], ...]] = (
    *(3 * [RandomEdits.change]),
    RandomEdits.shorten,
    RandomEdits.delete,
    RandomEdits.copy,
    RandomEdits.move,
    RandomEdits.recall,
    RandomEdits.assign,
    RandomEdits.describe,
    RandomEdits.remark,
    RandomEdits.spoil,
    RandomEdits.entitle,
)


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader=_Loader)


def _write(path: Path, value: Any) -> None:
    path.write_text(dump(value, value["kind"]))


class _Loader(yaml.SafeLoader):
    """Reads times as the texts that they are to us."""


_Loader.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _routes(value: Any, route: Route = ()) -> Iterator[Route]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*route, key)
        yield from _routes(inner, (*route, key))


def _at(value: Any, route: Route) -> Any:
    for key in route:
        value = value[key]
    return value
