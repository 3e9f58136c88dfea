"""Drafts of everything but ledgers: files for what is new, and what came to be known of runs that went on."""

from collections.abc import Mapping
from typing import Any

from herdbook.editing import Put
from herdbook.entries import Entry, Run
from herdbook.planning.drafts import Draft, Key
from herdbook.planning.fitting import as_text, thinned
from herdbook.planning.importing.changes import Changes
from herdbook.planning.importing.names import Naming, words

_LONGEST_TITLE = 250
_MEASURED = frozenset({"metrics", "curves", "system"})


class Entries:
    """Turns drafts into entries."""

    def __init__(self, naming: Naming, changes: Changes) -> None:
        self._naming, self._changes = naming, changes

    def bring(self, draft: Draft, known: Entry | None) -> None:
        """Bring in a draft.

        Args:
            draft: the draft.
            known: what it became when it was brought in before.
        """
        if known is None:
            self._new(draft)
        else:
            self._again(draft, known)

    def _new(self, draft: Draft) -> None:
        key = draft.key
        names = self._naming.own(key)
        value = {"kind": key.kind, **names, **self._value(draft)}
        if key.kind == "run":
            value = thinned(value)
        path = _path(value)
        if path in self._changes.paths:
            if key.kind == "model-version":
                self._changes.clashing.add(key.within)
            if not self._naming.is_by_hand(key):
                self._changes.report(
                    draft.source,
                    f"{words(key)} would be {path}, which is something else already; it is left out",
                )
            return
        value["imported_from"] = {**self._naming.origin(key), **value.get("imported_from", {})}
        own = names.get("name") or names.get("id") or names.get("version")
        if key.name and key.kind != "model-card" and "title" not in value and str(own) != key.name:
            value["title"] = " ".join(as_text(key.name).split())[:_LONGEST_TITLE]
        self._changes.add(draft, path, value)

    def _again(self, draft: Draft, entry: Entry) -> None:
        """Fill in what came to be known of a run; everything else stays."""
        if draft.key.kind == "model-version" and _is_other(draft, entry):
            self._changes.clashing.add(draft.key.within)
            run = entry.imported_from.get("run_id")
            made = f", where run {run} made it" if run else ""
            self._changes.report(
                draft.source,
                f"{words(draft.key)} is in the catalog already, from another source{made}; it is left out",
            )
        if not isinstance(entry, Run) or entry.status != "running" or draft.value["status"] == "running":
            return
        found = {**thinned(self._value(draft)), "imported_from": dict(entry.imported_from)}
        value = self._changes.fitting(draft, {**entry.data, **found})
        if value is None:
            return
        ended = {field: _ended(field, entry.data.get(field), found) for field, found in value.items()}
        edits = [Put((field,), now) for field, now in ended.items() if now != entry.data.get(field)]
        self._changes.edit(draft, entry.source.path, edits)

    def _value(self, draft: Draft) -> dict[str, Any]:
        found: dict[str, Any] = self._naming.plain(draft.value)
        experiment = draft.value.get("experiment")
        if isinstance(experiment, Key):
            found["imported_from"] = {
                "experiment": as_text(experiment.name),
                **found.get("imported_from", {}),
            }
        return found


def _is_other(draft: Draft, entry: Entry) -> bool:
    """Whether a version of a model is another one than that which was brought in under its number."""
    there, here = draft.value.get("imported_from", {}), entry.imported_from
    told = next((field for field in ("run_id", "source") if field in there and field in here), None)
    return told is not None and as_text(there[told]) != here[told]


def _ended(field: str, before: Any, now: Any) -> Any:
    """What a field of a run says when it has ended: what was measured, and else what people made of it."""
    if before is None or field == "status":
        return now
    if isinstance(before, dict):
        return {**before, **now} if field in _MEASURED else {**now, **before}
    if field == "outputs":  # of which more is known when they are whole
        known, there = {item["name"] for item in before}, {item["name"]: item for item in now}
        whole = [{**item, **there.get(item["name"], {})} for item in before]
        return [*whole, *(item for name, item in there.items() if name not in known)]
    if isinstance(before, list):
        return [*before, *(item for item in now if item not in before)]
    return before


def _path(value: Mapping[str, Any]) -> str:
    """Where an entry belongs."""
    match value["kind"]:
        case "run":
            return f"runs/{value['experiment']}/{value['id']}.yaml"
        case "dataset":
            return f"datasets/{value['name']}/dataset.yaml"
        case "dataset-version":
            return f"datasets/{value['dataset']}/versions/{value['version']}.yaml"
        case "model":
            return f"models/{value['name']}/model.yaml"
        case "model-version":
            return f"models/{value['model']}/versions/{value['version']}.yaml"
        case "model-card" if "version" in value:
            return f"models/{value['model']}/cards/{value['version']}.yaml"
        case "model-card":
            return f"models/{value['model']}/card.yaml"
    return f"endpoints/{value['name']}.yaml"
