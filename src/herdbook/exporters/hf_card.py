"""The card of a model as a README file of the Hugging Face Hub."""

import re
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any

from herdbook.catalog import Catalog
from herdbook.entries import CARD_SECTIONS, Run
from herdbook.errors import HerdbookError
from herdbook.hubcard import OWN, RUN, fault_of_results, is_kept, licence_in, restored, written
from herdbook.planning.named import model_or_version
from herdbook.ref import Ref
from herdbook.registry import EffectiveCard, Registry

_RESULTS = "model-index"
_TEXTS = ("description", *CARD_SECTIONS, "contact", "notes")
_FROM_MODEL = ("description", "licence", "contact")
"""What holds for a card that says nothing of it."""
_AS_THEY_ARE = ("title", "evaluations", "datasets", "metrics")
_ARGUMENTS = frozenset({"self", "ignore_metadata_errors", "eval_results"})
"""What the Hub's own reader of cards cannot take for a key."""
_LICENCES = re.compile(
    r"""
      afl-3\.0 | agpl-3\.0 | apache-2\.0 | artistic-2\.0 | bsd(-[23]-clause|-3-clause-clear)? | bsl-1\.0
    | cc0-1\.0 | cc | cc-by-(2\.[05]|[34]\.0) | cc-by-(sa|nc-nd)-[34]\.0 | cc-by-nc(-sa)?-[234]\.0
    | cc-by-nd-4\.0
    | c-uda | cdla-(sharing-1\.0|permissive-[12]\.0) | ecl-2\.0 | epl-[12]\.0 | etalab-2\.0 | eupl-1\.1 | gfdl
    | gpl(-[23]\.0)? | lgpl(-2\.1|-3\.0)? | isc | lppl-1\.3c | mit | mpl-2\.0 | ms-pl | ncsa | odbl | odc-by
    | ofl-1\.1 | osl-3\.0 | pddl | postgresql | unknown | unlicense | wtfpl | zlib
    | apple-(amlr|ascl) | gemma | llama(2|3|3\.[123]) | openrail(\+\+)?
    | (bigcode|bigscience|creativeml)-openrail-m | bigscience-bloom-rail-1\.0
    """,
    re.VERBOSE,
)
"""The licences that the Hub knows; any other one is `other` to it, with a name."""
_TASK = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def hf_card(catalog: Catalog, reference: str) -> str:
    """Write the card of a model, or of a version of it, as the Hub has it.

    Args:
        catalog: the catalog.
        reference: the model or the version.

    Raises:
        HerdbookError: there is no such model, it has no card, or the card holds what no file can.
    """
    name, version = model_or_version(catalog, reference)
    card = Registry.of(catalog).card(name, version)
    if card is None:
        raise HerdbookError(f"{Ref.model(name)} has no card; write one with `herdbook card {name}`")
    return _Writing(catalog, name, version, card).file()


class _Writing:
    """What is known of a file that is written."""

    def __init__(self, catalog: Catalog, name: str, version: int | None, card: EffectiveCard) -> None:
        self.catalog, self.name, self.card = catalog, name, card
        self.model: Mapping[str, Any] = card.model.data if card.model is not None else {}
        tags: dict[str, str] = {}
        for part in (card.general, card.own):
            tags |= part.data.get("tags", {}) if part is not None else {}
        self.metadata = restored(tags)
        self.generated: list[str] = []
        self.aside: dict[str, Any] = {}
        self.own: dict[str, Any] = {"model": name, **({"version": version} if version is not None else {})}
        self.own |= {field: value for field in _AS_THEY_ARE if (value := self.of_card(field)) is not None}
        others = {key: text for key, text in tags.items() if not is_kept(key)}
        if others:
            self.own["tags"] = others

    def of_card(self, field: str) -> Any:
        """A field of the card of the version, or else of that of the model."""
        found = self.card.card_with(field)
        return found.data[field] if found is not None else None

    def file(self) -> str:
        texts = {}
        for field in _TEXTS:
            text = self.of_card(field)
            if text is None and field in _FROM_MODEL:
                text = self.model.get(field)
                if text:
                    self.own.setdefault("model_fields", []).append(field)
            if text:
                texts[field] = text
        self.refuse()
        self.licence()
        self.task()
        self.results()
        self.own |= {"generated": self.generated} if self.generated else {}
        self.own |= {"aside": self.aside} if self.aside else {}
        title = self.of_card("title") or self.model.get("title") or self.name
        return written({**self.metadata, OWN: self.own}, title, texts)

    def generate(self, key: str, value: Any) -> None:
        """Write what the catalog says in the Hub's words; what was there before is put aside."""
        self.put_aside(key)
        self.metadata[key] = value
        self.generated.append(key)

    def put_aside(self, key: str) -> None:
        """Keep a value of the metadata where the Hub does not look."""
        if key in self.metadata:
            self.aside[key] = self.metadata.pop(key)

    def licence(self) -> None:
        stated = self.of_card("licence")
        licence = stated or self.model.get("licence", "")
        if licence and stated is None:
            self.own.setdefault("model_fields", []).append("licence")
        if not licence or licence == licence_in(self.metadata):
            return
        self.put_aside("license_name")
        if _LICENCES.fullmatch(licence.lower()):
            self.generate("license", licence.lower())
        else:
            self.generate("license", "other")
            self.generate("license_name", licence)
        if licence_in(self.metadata) != licence:
            self.own["licence"] = licence

    def task(self) -> None:
        if "pipeline_tag" not in self.metadata and _TASK.fullmatch(self.model.get("task", "")):
            self.generate("pipeline_tag", self.model["task"])

    def results(self) -> None:
        """Add what was measured to the results that are kept; without any, say how the model is called."""
        found = list(self._measured())
        before = self.metadata.get(_RESULTS)
        if not found:
            if not before and "model_name" not in self.metadata:
                self.generate("model_name", self.name)
        elif before:
            first, *others = before
            self.metadata[_RESULTS] = [{**first, "results": [*first["results"], *found]}, *others]
        else:
            self.metadata[_RESULTS] = [{"name": self.name, "results": found}]

    def _measured(self) -> Iterator[dict[str, Any]]:
        task = self.metadata.get("pipeline_tag")
        for run in self.card.evaluations:
            dataset = self._dataset(run)
            for config, metrics in (
                ("", run.metrics),
                *((_group(part.by), part.metrics) for part in run.slices),
            ):
                if not metrics:
                    continue
                yield {
                    "task": {"type": task if isinstance(task, str) else "other"},
                    "dataset": {**dataset, **({"config": config} if config else {})},
                    "metrics": [
                        {"type": key, "name": key, "value": value, "args": {RUN: run.id}}
                        for key, value in metrics.items()
                    ],
                }

    def _dataset(self, run: Run) -> dict[str, Any]:
        """The data of an evaluation, as the Hub names them."""
        for item in run.data.get("inputs", ()):
            if "dataset" in item:
                name, _, version = item["dataset"].partition("/")
                dataset = self.catalog.datasets.get(name)
                title = dataset.title if dataset is not None else ""
                return {"type": name, "name": title or name, "revision": version}
        return {"type": "unknown", "name": f"data of {run.id}"}

    def refuse(self) -> None:
        """Put aside what the Hub's own reader of cards would stumble over."""
        for key, value in [*self.metadata.items()]:
            is_odd = (
                key in _ARGUMENTS or key == OWN or (key == "tags" and not isinstance(value, list | NoneType))
            )
            if is_odd or (key == _RESULTS and value and fault_of_results(value)):
                self.put_aside(key)


def _group(by: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in by.items())
