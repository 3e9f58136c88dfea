"""Models that were renamed elsewhere since they were brought in: they keep their names here."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from herdbook.entries import Entry, ModelVersion
from herdbook.planning.drafts import Draft, Imported, Key, Problem
from herdbook.planning.fitting import as_text

_ORIGIN = ("run_id", "source")


def by_former_names(imported: Imported, known: Mapping[Key, Entry]) -> Imported:
    """Call the models of a source as they were called when they were brought in.

    A model is one that is gone from there under its name if all versions that both have are the same: made at
    the same moment, by the same run, from the same source.

    Args:
        imported: what was found.
        known: what was brought in before, by what it was called then.
    """
    former = _former_names(imported, known) if imported.is_whole else {}
    if not former:
        return imported
    drafts = [replace(draft, key=_renamed(draft.key, former)) for draft in imported.drafts]
    notes = [
        Problem(draft.source, f"it was brought in as {former[draft.key.name]!r}, and goes on as that", False)
        for draft in imported.drafts
        if draft.key.kind == "model" and draft.key.name in former
    ]
    return replace(imported, drafts=drafts, problems=[*imported.problems, *notes])


def _former_names(imported: Imported, known: Mapping[Key, Entry]) -> Mapping[str, str]:
    """What was brought in under another name, by the names that are new."""
    there = {draft.key.name for draft in imported.drafts if draft.key.kind == "model"}
    versions: dict[str, dict[str, Draft]] = defaultdict(dict)
    for draft in imported.drafts:
        if draft.key.kind == "model-version" and Key("model", draft.key.within) not in known:
            versions[draft.key.within][draft.key.name] = draft
    gone: dict[str, dict[str, ModelVersion]] = defaultdict(dict)
    for key, entry in known.items():
        if isinstance(entry, ModelVersion) and key.within not in there:
            gone[key.within][key.name] = entry
    former = {new: _same_as(found, gone) for new, found in versions.items()}
    names = list(former.values())
    return {new: old for new, old in former.items() if old and names.count(old) == 1}


def _same_as(versions: Mapping[str, Draft], gone: Mapping[str, Mapping[str, ModelVersion]]) -> str:
    """The one model that is gone and has the same versions; empty where there is none, or several."""
    found = []
    for name, entries in gone.items():
        common = versions.keys() & entries.keys()
        if common and all(_is_same(versions[number], entries[number]) for number in common):
            found.append(name)
    return found[0] if len(found) == 1 else ""


def _is_same(draft: Draft, entry: ModelVersion) -> bool:
    made, origin = draft.value.get("created_at"), draft.value.get("imported_from", {})
    return (
        made is not None
        and made == entry.data.get("created_at")
        and all(_text(origin.get(field)) == entry.imported_from.get(field) for field in _ORIGIN)
    )


def _text(value: Any) -> str | None:
    return None if value is None else as_text(value)


def _renamed(key: Key, former: Mapping[str, str]) -> Key:
    if key.kind == "model":
        return replace(key, name=former.get(key.name, key.name))
    if key.kind in ("model-version", "model-card", "aliases", "stages"):
        return replace(key, within=former.get(key.within, key.within))
    return key
