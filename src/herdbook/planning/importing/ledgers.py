"""Drafts of ledgers: lines at the end of those that are here, and files for the others."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile
from typing import Any

from herdbook.catalog import Catalog
from herdbook.editing import Edit, Put
from herdbook.planning.drafts import Draft, Key
from herdbook.planning.foreign_ledgers import after, appended, has, holds, mark_of
from herdbook.planning.foreign_names import valid_name
from herdbook.planning.importing.changes import Changes
from herdbook.planning.importing.names import Naming

LEDGERS = {"aliases": "version", "stages": "stage"}
"""What a line of a ledger says."""


class Ledgers:
    """Turns drafts of ledgers into lines; the versions that these name were brought in before.

    Args:
        catalog: the catalog.
        naming: gives names.
        changes: takes what is new.
    """

    def __init__(self, catalog: Catalog, naming: Naming, changes: Changes) -> None:
        self._catalog, self._naming, self._changes = catalog, naming, changes

    def bring(self, draft: Draft) -> None:
        """Bring in a ledger."""
        kind = draft.key.kind
        model = self._naming.name(Key("model", draft.key.within))
        path = f"models/{model}/{kind}.yaml"
        entry = (self._catalog.aliases if kind == "aliases" else self._catalog.stages).get(model)
        if path in self._catalog.refused:
            self._changes.report(
                draft.source, f"{path} is refused, and stays as it is: `herdbook check` says why"
            )
            return
        origin: Mapping[str, str] = entry.imported_from if entry is not None else {}
        tracks = dict(self._tracks(draft, model))
        says_something = any(line.get("stage") != "none" for given in tracks.values() for line in given)
        is_clashing = draft.key.within in self._changes.clashing
        if is_clashing and says_something:
            self._changes.report(
                draft.source,
                f"its {kind} are left out, for versions of {model} are others here; rename the model there, "
                "and import it again",
            )
        if is_clashing:
            return
        marks: dict[str, str] = {}
        lines: list[tuple[str, dict[str, Any]]] = []
        for name, given in tracks.items():
            remembered = origin.get(name, "")
            if entry is not None and not remembered and has(entry, name):
                continue  # people keep it by hand
            # In no stage is where every version begins.
            there = given if remembered else [*dropwhile(lambda line: line.get("stage") == "none", given)]
            if found := after(there, remembered, LEDGERS[kind]):
                if entry is None or len(found) > 1 or not holds(entry, name, found[0]):
                    lines += [(name, self._naming.plain(line)) for line in found]
                marks[name] = mark_of(given[-1], LEDGERS[kind])
        if not marks:
            return
        if kind == "stages":
            lines.sort(key=lambda item: str(item[1]["at"]))
        if entry is None:
            origin = {**self._naming.origin(draft.key), **marks}
            value = {"kind": kind, "model": model, **_of_lines(kind, lines), "imported_from": origin}
            self._changes.add(draft, path, value)
            return
        edits: list[Edit] = [*appended(entry, lines)]
        if "system" not in origin:
            edits.append(Put(("imported_from", "system"), self._naming.system))
        edits += [Put(("imported_from", name), mark) for name, mark in marks.items()]
        self._changes.edit(draft, path, edits)

    def _tracks(self, draft: Draft, model: str) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        """The lines of each alias, or of each version in the stages, whose versions are in the catalog."""
        if draft.key.kind == "aliases":
            tracks = {
                f"aliases.{valid_name(alias, 'alias')}": list(lines)
                for alias, lines in draft.value["aliases"].items()
            }
        else:
            tracks = defaultdict(list)
            for line in draft.value["transitions"]:
                tracks[f"stages.{line['version']}"].append(line)
        for name, lines in tracks.items():
            there = [line for line in lines if self._is_there(model, line["version"])]
            if there:
                yield name, there

    def _is_there(self, model: str, version: Any) -> bool:
        path = f"models/{model}/versions/{version}.yaml"
        return version is None or path in self._changes.paths


def _of_lines(kind: str, lines: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """What a new ledger holds."""
    if kind == "stages":
        return {"transitions": [line for _, line in lines]}
    aliases: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, line in lines:
        aliases[name.removeprefix("aliases.")].append(line)
    return {"aliases": dict(aliases)}
