"""Catalogs in which an attack string stands wherever the format takes text, and the strings themselves.

Where text may stand is read from the schemas, so that a new field is attacked from its first day.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from herdbook.dump import dump
from herdbook.schema import schema

Part = Mapping[str, Any]

# Whatever takes this, in one of the forms below, takes attacks; names, references and hashes do not.
_PROBE = "x'(&)=;/ :?"
_SHA = "sha256:" + "0f" * 32
_COMMIT = "0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d"


def attack_strings(data: Path) -> tuple[str, ...]:
    """Return the naughty strings and all script injections in `data`, each once, in a fixed order."""
    found = dict.fromkeys(json.loads((data / "naughty-strings" / "blns.json").read_text()))
    for file in sorted((data / "xss").glob("*.txt")):
        lines = file.read_bytes().decode().split("\n")
        found.update(dict.fromkeys(line.removesuffix("\r") for line in lines))
    return tuple(text for text in found if text.strip(" \t\n"))


@dataclass(frozen=True, slots=True)
class Chain:
    """A string and the name of the entries that hold it: a dataset, its runs, a model, an endpoint."""

    name: str
    text: str

    @property
    def pages(self) -> tuple[str, ...]:
        """The pages of these entries."""
        return (
            f"datasets/{self.name}/index.html",
            f"datasets/{self.name}/v1.html",
            f"runs/{self.name}.html",
            f"runs/{self.name}-evaluation.html",
            f"models/{self.name}/index.html",
            f"models/{self.name}/1.html",
            f"endpoints/{self.name}.html",
        )


def chains(strings: Sequence[str]) -> tuple[Chain, ...]:
    """Name the entries that will hold each string."""
    return tuple(Chain(f"s{number:04}", text) for number, text in enumerate(strings))


def write_catalog(folder: Path, chains: Sequence[Chain]) -> Path:
    """Write a catalog with the entries of all `chains`; each string is also a person, a waiver, a policy."""
    base: dict[str, Any] = {
        "kind": "catalog",
        "name": "hostile",
        "people": {},
        "policy": {"metrics": {}},
        "waivers": [],
    }
    whole = filled(base, "catalog", chains[0].text)
    for chain in chains:
        base["waivers"] = [
            {"rule": "missing-seed", "entry": f"runs:/{chain.name}", "until": "2024-12-31"},
        ]
        own = filled(base, "catalog", chain.text)
        whole["people"].update(own["people"])
        # Without bounds, which every version of every model would miss.
        whole["policy"]["metrics"].update(
            {name: {"direction": "higher"} for name in own["policy"]["metrics"]}
        )
        whole["waivers"].extend(own["waivers"])
        for path, entry in _entries(chain):
            _write(folder / path, dump(filled(entry, entry["kind"], chain.text), entry["kind"]))
        _write(folder / f"runs/attacks/{chain.name}-refused.yaml", dump(_refused(chain)))
    _write(folder / "herdbook.yaml", dump(whole, "catalog"))
    return folder


def write_catalog_file(folder: Path, text: str) -> Path:
    """Write a catalog of nothing but a herdbook.yaml full of `text`: the name of the site, above all."""
    base = {"kind": "catalog", "name": "hostile", "people": {}, "policy": {"metrics": {}}}
    _write(folder / "herdbook.yaml", dump(filled(base, "catalog", text), "catalog"))
    return folder


def filled(base: Mapping[str, Any], kind: str, text: str) -> dict[str, Any]:
    """Return the entry `base` with `text` wherever a file of this kind takes free text, keys included."""
    whole = schema(kind)
    result: dict[str, Any] = _Filler(whole["$defs"], text).fill(base, whole)
    return result


@dataclass(frozen=True, slots=True)
class _Filler:
    shared: Mapping[str, Part]
    text: str

    def fill(self, base: Any, part: Part) -> Any:
        part = self._part(part)
        if (fitting := _fitting(self.text, part)) is not None:
            return fitting
        if isinstance(base, Mapping):
            return self._mapping(base, part)
        if isinstance(base, list):
            items = self._part(part.get("items", {}))
            return [self.fill(item, items) for item in base] or self._texts(items)
        return base

    def _mapping(self, base: Mapping[str, Any], part: Part) -> dict[str, Any]:
        members: Mapping[str, Part] = part.get("properties", {})
        others = part.get("additionalProperties") or {}
        result = {name: self.fill(value, members.get(name, others)) for name, value in base.items()}
        rivals = {name for choice in part.get("oneOf", ()) for name in choice["required"]}
        for name, raw in members.items():
            if name not in base and name not in rivals and (value := self._optional(self._part(raw))):
                result[name] = value
        key = _fitting(self.text, self._part(part.get("propertyNames", {})))
        if others and key is not None:
            result[key] = self._value(self._part(others))
        return result

    def _optional(self, part: Part) -> Any:
        """What can be said of text alone: a text, a list of texts, or a mapping that demands nothing."""
        if (fitting := _fitting(self.text, part)) is not None:
            return fitting
        if part.get("type") == "array":
            return self._texts(self._part(part.get("items", {})))
        return self._mapping({}, part) if part.get("type") == "object" and "required" not in part else None

    def _texts(self, items: Part) -> list[str]:
        fitting = _fitting(self.text, items)
        return [] if fitting is None else [fitting]

    def _value(self, part: Part) -> Any:
        """What stands under a hostile key: hostile text, or the schema's own example with text in it."""
        return self._optional(part) or self.fill(part["examples"][0], part)

    def _part(self, part: Part) -> Part:
        while "$ref" in part:
            part = self.shared[part["$ref"].rpartition("/")[2]]
        return part


def _fitting(text: str, part: Part) -> str | None:
    """Return `text` in the first form that a field takes; None for fields that take no free text."""
    types = part.get("type", ())
    if "string" not in ((types,) if isinstance(types, str) else types) or "format" in part or "enum" in part:
        return None
    pattern = re.compile(part.get("pattern", ""))
    if not any(pattern.search(form) for form in _forms(_PROBE)):
        return None
    longest = part.get("maxLength", 65_536)
    return next((form for form in (f[:longest] for f in _forms(text)) if pattern.search(form)), None)


def _forms(text: str) -> Iterator[str]:
    yield text
    yield " ".join(text.split())
    address = quote(text, safe="!#$%&'()*+,/:;=?@[]~-._")
    yield address
    yield f"https://attacker.example/{address}"
    yield f"https://attacker.example/{address.replace('@', '%40')}"
    yield f"etag:{address}"
    yield f"{address.replace('@', '%40')[:200]}@attacker.example"


def _entries(chain: Chain) -> Iterator[tuple[str, dict[str, Any]]]:
    name = chain.name
    at = "2024-01-11T08:00:00Z"
    assignment = {"version": 1, "at": at, "by": "", "evidence": [f"runs:/{name}-evaluation"]}
    yield f"datasets/{name}/dataset.yaml", {"kind": "dataset", "name": name}
    yield (
        f"datasets/{name}/versions/v1.yaml",
        {
            "kind": "dataset-version",
            "dataset": name,
            "version": "v1",
            "created_at": at,
            "schema": [{"name": "", "type": ""}],
            "recall": {"at": at, "by": "", "reason": "", "severity": "high"},
        },
    )
    yield (
        f"runs/attacks/{name}.yaml",
        {
            "kind": "run",
            "id": name,
            "experiment": "attacks",
            "type": "training",
            "status": "failed",
            "started_at": at,
            "ended_at": "2024-01-11T09:00:00Z",
            "code": {"commit": _COMMIT, "dirty": True},
            "inputs": [{"dataset": f"{name}/v1", "role": ""}, {"uri": ""}, {"dataset": f"{name}/v2"}],
            "outputs": [{"name": "model", "uri": ""}],
        },
    )
    yield (
        f"runs/attacks/{name}-evaluation.yaml",
        {
            "kind": "run",
            "id": f"{name}-evaluation",
            "experiment": "attacks",
            "type": "evaluation",
            "status": "finished",
            "started_at": at,
            "evaluates": f"{name}/1",
            "inputs": [{"dataset": f"{name}/v1", "role": ""}],
            "metrics": {"auc": 0.8},
            "slices": [{"by": {"group": ""}, "count": 3, "metrics": {"auc": 0.7}}],
        },
    )
    yield f"models/{name}/model.yaml", {"kind": "model", "name": name, "policy": {"metrics": {}}}
    yield (
        f"models/{name}/versions/1.yaml",
        {
            "kind": "model-version",
            "model": name,
            "version": 1,
            "run": name,
            "output": "model",
            "uri": "",
            "digest": _SHA,
            "created_at": at,
            "signature": {"inputs": [{"name": "", "type": ""}], "outputs": [{"name": "", "type": ""}]},
            "deprecated": {"at": at, "by": "", "reason": ""},
        },
    )
    yield (
        f"models/{name}/card.yaml",
        {"kind": "model-card", "model": name, "evaluations": [f"{name}-evaluation"]},
    )
    yield f"models/{name}/cards/1.yaml", {"kind": "model-card", "model": name, "version": 1}
    yield (
        f"models/{name}/aliases.yaml",
        {"kind": "aliases", "model": name, "aliases": {"champion": [assignment]}},
    )
    yield (
        f"models/{name}/stages.yaml",
        {"kind": "stages", "model": name, "transitions": [{**assignment, "stage": "staging"}]},
    )
    yield (
        f"endpoints/{name}.yaml",
        {
            "kind": "endpoint",
            "name": name,
            "type": "online",
            "serves": [{"model": f"{name}@champion", "traffic": 90}, {"model": f"{name}/1", "traffic": 10}],
        },
    )


def _refused(chain: Chain) -> dict[str, Any]:
    """A file that is no entry, so that what the check says of it quotes the string: a key and a value."""
    entry = {"kind": "run", "id": f"{chain.name}-refused", "experiment": "attacks", "type": "training"}
    return {**entry, "status": chain.text, chain.text[:250]: 1}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
