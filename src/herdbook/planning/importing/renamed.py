"""Models that were renamed elsewhere since they were brought in: they keep their names here."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from herdbook.entries import Entry, ModelVersion
from herdbook.planning.drafts import Imported, Key, Problem
from herdbook.planning.fitting import as_text

_ORIGIN = ("run_id", "source")

_Identity = tuple[str | None, ...]
_Versions = dict[str, _Identity]


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
    new: dict[str, _Versions] = defaultdict(dict)
    for draft in imported.drafts:
        if draft.key.kind == "model-version" and Key("model", draft.key.within) not in known:
            origin = draft.value.get("imported_from", {})
            identity = _identity(draft.key, draft.value.get("created_at"), origin)
            new[draft.key.within][draft.key.name] = identity
    gone: dict[str, _Versions] = defaultdict(dict)
    holders: dict[_Identity, set[str]] = defaultdict(set)
    for key, entry in known.items():
        if isinstance(entry, ModelVersion) and key.within not in there:
            identity = _identity(key, entry.data.get("created_at"), entry.imported_from)
            gone[key.within][key.name] = identity
            holders[identity].add(key.within)

    def former(versions: _Versions) -> str:
        found = {name for identity in versions.values() if identity for name in holders.get(identity, ())}
        same = [name for name in found if _are_same(versions, gone[name])]
        return same[0] if len(same) == 1 else ""

    names = {name: former(versions) for name, versions in new.items()}
    taken = Counter(names.values())
    return {name: old for name, old in names.items() if old and taken[old] == 1}


def _are_same(some: _Versions, others: _Versions) -> bool:
    """Tell whether all versions that both have are known to be the same."""
    return all(some[number] and some[number] == others[number] for number in some.keys() & others.keys())


def _identity(version: Key, created_at: str | None, origin: Mapping[str, Any]) -> _Identity:
    """By what a version is known: its number, and when, by what run and from what it was made.

    Nothing where its time is not known.
    """
    made = (_text(origin.get(field)) for field in _ORIGIN)
    return () if created_at is None else (version.name, created_at, *made)


def _text(value: Any) -> str | None:
    return None if value is None else as_text(value)


def _renamed(key: Key, former: Mapping[str, str]) -> Key:
    if key.kind == "model":
        return replace(key, name=former.get(key.name, key.name))
    if key.kind in ("model-version", "model-card", "aliases", "stages"):
        return replace(key, within=former.get(key.within, key.within))
    return key
