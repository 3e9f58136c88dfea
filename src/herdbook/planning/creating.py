"""New datasets, models, endpoints and runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from herdbook.catalog import Catalog
from herdbook.entries import ModelVersion
from herdbook.planning.cards import UNWRITTEN, card_text, sections_demanded
from herdbook.planning.carrying_out import schemas_of
from herdbook.planning.named import find_of
from herdbook.planning.naming import place_for, place_for_run
from herdbook.planning.plan import Plan, PlanError
from herdbook.queries.asking import find, shown
from herdbook.ref import Kind, Ref

Fields = Mapping[str, Any]
"""What is known of a new entry, by the names of its fields; nothing, and empty text, is left out."""

_USUAL = {
    "dataset": ("description", "owner", "licence", "source", "known_biases", "personal_data"),
    "model": ("description", "owner", "task"),
    "endpoint": ("description", "owner", "url"),
    "run": ("started_at", "ended_at", "user", "code", "environment", "inputs", "metrics", "outputs"),
}
_UNUSUAL = {"evaluation": {"outputs"}, "preprocessing": {"metrics"}, "batch-inference": {"metrics"}}
"""What runs of a type may well go without."""
_ADDRESS = "://"


@dataclass(frozen=True, slots=True)
class Input:
    """Something that a new run read: a reference or an address, and what it was used for, if that is said."""

    text: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Served:
    """A version or an alias of a model behind a new endpoint, and its share of the traffic in percent."""

    model: str
    traffic: float | None = None


def new_dataset(catalog: Catalog, name: str, fields: Fields) -> Plan:
    """Add a dataset.

    Raises:
        HerdbookError: the name is none, or is taken.
    """
    path = place_for(catalog, Kind.DATASET, name)
    value = {"kind": "dataset", "name": name, **_given(fields)}
    return Plan(_said(Ref.dataset(name), value), new={path: value})


def new_model(catalog: Catalog, name: str, fields: Fields, sections: Mapping[str, str]) -> Plan:
    """Add a model and its card, in which what the policy demands and nobody has written yet is left open.

    That it is left open is an error of the check, which is to remind of it and does not stand against it.

    Args:
        catalog: the catalog.
        name: what the model is called.
        fields: what is known of it.
        sections: the sections of its card that are written.

    Raises:
        HerdbookError: the name is none, or is taken, or a card has no such section.
    """
    path, card = place_for(catalog, Kind.MODEL, name), f"models/{name}/card.yaml"
    value = {"kind": "model", "name": name, **_given(fields)}
    if (name, None) in catalog.cards or card in catalog.refused:
        if sections:
            raise PlanError(f"{card} is there already; write the sections there")
        return Plan(_said(Ref.model(name), value), new={path: value})
    sections = {section: text for section, text in sections.items() if text.strip()}
    demanded = [*sections_demanded(catalog)]
    if "licence" not in value:
        demanded.append("licence")
    if "contact" not in value and "owner" not in value:
        demanded.append("contact")
    left = [section for section in demanded if section not in sections]
    text = card_text(name, sections, left, schemas_of(catalog))
    said = _said(Ref.model(name), value)
    if left:
        said += f" To be written in its card: {', '.join(left)}."
    return Plan(said, new={path: value, card: text}, consequences=UNWRITTEN)


def new_endpoint(catalog: Catalog, name: str, fields: Fields, serves: Sequence[Served]) -> Plan:
    """Add an endpoint.

    Raises:
        HerdbookError: the name is none, or is taken, or there is no such version or alias of a model.
    """
    path = place_for(catalog, Kind.ENDPOINT, name)
    value = {"kind": "endpoint", "name": name, **_given(fields)}
    value["serves"] = [_served(catalog, item) for item in serves]
    return Plan(_said(Ref.endpoint(name), value), new={path: value})


def new_run(catalog: Catalog, experiment: str, name: str, fields: Fields, inputs: Sequence[Input]) -> Plan:
    """Add a run, for those whose training code does not record it.

    The tags `dataset_version`, `git_commit` and `triggered_by` follow from what is known, as they do when the
    recorder writes them, unless they are given.

    Args:
        catalog: the catalog.
        experiment: what the run belongs to.
        name: its id.
        fields: what is known of it.
        inputs: what it read.

    Raises:
        HerdbookError: a name is none, or the id is taken, or an input is not in the catalog.
    """
    path = place_for_run(catalog, experiment, name)
    value = {"kind": "run", "id": name, "experiment": experiment, **_given(fields)}
    if inputs:
        value["inputs"] = [_input(catalog, item) for item in inputs]
    if "evaluates" in value:
        value["evaluates"] = _version(catalog, value["evaluates"]).short
    tags = {**_tags(value), **value.get("tags", {})}
    return Plan(_said(Ref.run(name), value), new={path: {**value, **({"tags": tags} if tags else {})}})


def _given(fields: Fields) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [], ())}


def _said(ref: Ref, value: Fields) -> str:
    unusual = _UNUSUAL.get(value.get("type", ""), ())
    left = [name for name in _USUAL[value["kind"]] if name not in value and name not in unusual]
    return f"{ref} is new." + (f" Left to be filled in: {', '.join(left)}." if left else "")


def _served(catalog: Catalog, served: Served) -> dict[str, Any]:
    found = find_of(catalog, Kind.MODEL, served.model)
    if not isinstance(found.entry, ModelVersion):
        raise PlanError(
            f"{shown(served.model)} is no version and no alias of a model; name one, such as churn@champion"
        )
    # An endpoint follows an alias; all else is a version, which has one number.
    ref = found.ref if found.ref.alias is not None else found.of_entry
    return {"model": ref.short, **_given({"traffic": served.traffic})}


def _input(catalog: Catalog, item: Input) -> dict[str, Any]:
    if _ADDRESS in item.text:
        return {"uri": item.text, **_given({"role": item.role})}
    found = find(catalog, item.text)
    # What a label or an alias means today is what the run read; both may mean something else tomorrow.
    ref = found.ref if found.ref.output is not None else found.of_entry
    key = {Kind.DATASET: "dataset", Kind.MODEL: "model", Kind.RUN: "run"}.get(ref.kind)
    if key is None or (ref.kind is not Kind.RUN and ref.version is None):
        raise PlanError(
            f"{shown(item.text)} is nothing that a run reads; name a version of a dataset, such as "
            "orders/v2, a version of a model, the output of a run, or an address"
        )
    return {key: ref.short, **_given({"role": item.role})}


def _version(catalog: Catalog, text: str) -> Ref:
    found = find_of(catalog, Kind.MODEL, text)
    if not isinstance(found.entry, ModelVersion):
        raise PlanError(f"{shown(text)} is no version of a model; name one, such as churn/2")
    return found.of_entry


def _tags(value: Fields) -> dict[str, str]:
    data = dict.fromkeys(item["dataset"] for item in value.get("inputs", ()) if "dataset" in item)
    return _given(
        {
            "dataset_version": "+".join(version.replace("/", "_") for version in data),
            "git_commit": value.get("code", {}).get("commit", "")[:12],
            "triggered_by": f"local/{value['user']}" if "user" in value else "",
        }
    )
