"""The registry of models that GTO keeps in the tags of a repository.

A tag ``churn@v1.2.3`` registers a version, ``churn#prod#4`` assigns it to a stage, and a mark ``!`` takes
either back. Here, a stage is an alias, which moves as GTO has it; the stages that have a name of ours are in
the ledger of stages, too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from herdbook.catalog import Catalog
from herdbook.git import Repository, Tag, tags
from herdbook.importers.dvc import paths
from herdbook.importers.dvc.reading import SYSTEM, Reading
from herdbook.importers.dvc.things import State
from herdbook.planning.drafts import Draft, Imported, Key
from herdbook.planning.foreign_names import valid_name
from herdbook.ref import is_name

_NAME = r"[a-zA-Z0-9](?:[a-zA-Z0-9/_-]*[a-zA-Z0-9])?"
_TAG = re.compile(
    rf"(?P<artifact>(?:[a-zA-Z0-9_./-]+=)?{_NAME})"
    rf"(?:(?:\#(?P<stage>{_NAME})|@(?P<version>v[0-9]+\.[0-9]+\.[0-9]+[a-zA-Z0-9.+-]*))(?P<cancel>!?)"
    r"|@(?P<word>deprecated|created))(?:\#(?P<count>[0-9]{1,18}))?"
)
_LONGEST = 300
_NOBODY = "unknown"
_STAGES = {
    "staging": "staging",
    "stage": "staging",
    "production": "production",
    "prod": "production",
    "archived": "archived",
    "archive": "archived",
}
"""The stages of ours that names of stages mean."""
_RANKS = ("none", "staging", "production", "archived")
"""Of several stages that hold a version, the last one here is taken for that of the version."""


def read_gto(repository: Repository, catalog: Catalog) -> Imported:
    """Read the models that are registered in a repository.

    Args:
        repository: the repository.
        catalog: the catalog: which numbers versions have already.
    """
    reading = Reading(repository)
    models: dict[str, _Model] = {}
    for event in sorted(_events(tags(repository.folder), reading), key=_order):
        model = models.setdefault(event.artifact, _Model(event.artifact, reading))
        model.take(event)
    drafts = [draft for model in models.values() for draft in model.drafts(_numbers(catalog, model.name))]
    return reading.imported(drafts)


@dataclass(frozen=True, slots=True)
class _Event:
    """What a tag says."""

    artifact: str
    version: str
    stage: str
    cancels: bool
    deprecates: bool
    count: int
    tag: Tag


def _events(found: tuple[Tag, ...], reading: Reading) -> Iterator[_Event]:
    for tag in found:
        match = _TAG.fullmatch(tag.name) if len(tag.name) <= _LONGEST else None
        if match is None:
            continue
        if not tag.annotated:
            reading.found.report(
                tag.name, "it is left out: it is no annotated tag, and GTO overlooks it", is_loss=False
            )
        elif not tag.commit or not tag.at:
            reading.found.report(tag.name, "it is left out: it is not the tag of a commit, or has no date")
        else:
            yield _Event(
                match["artifact"].replace("=", ":"),
                match["version"] or "",
                match["stage"] or "",
                match["cancel"] == "!",
                match["word"] == "deprecated",
                int(match["count"] or 0),
                tag,
            )


def _order(event: _Event) -> tuple[str, int, bool, str]:
    """By time; of the same second, versions are registered first."""
    return event.tag.at, event.count, bool(event.stage), event.tag.name


@dataclass(slots=True)
class _Version:
    """A version as it is registered."""

    name: str
    tag: Tag
    deprecated: dict[str, str] = field(default_factory=dict)


class _Model:
    """A model, as its tags make it one after the other."""

    def __init__(self, name: str, reading: Reading) -> None:
        self.name, self.reading = name, reading
        self.versions: dict[str, _Version] = {}
        self.at_commit: dict[str, list[str]] = {}
        # For each stage, the versions that are assigned to it, the last one last.
        self.assigned: dict[str, list[str]] = {}
        self.aliases: dict[str, list[dict[str, Any]]] = {}
        self.transitions: list[dict[str, Any]] = []
        # What stages of ours hold, by GTO's names; and in which of ours versions are.
        self.ours: dict[str, str | None] = {}
        self.current: dict[str, str] = {}

    def take(self, event: _Event) -> None:
        tag = event.tag
        if event.version and event.cancels:
            if event.version in self.versions:
                self._retire(self.versions[event.version], tag, f"GTO: {event.version} was deregistered.")
                self._leave(event.version, tag)
            else:
                self._unknown(tag, f"{event.version} is not registered")
        elif event.version in self.versions:
            self.versions[event.version].deprecated = {}  # registered anew
        elif event.version:
            self.versions[event.version] = _Version(event.version, tag)
            self.at_commit.setdefault(tag.commit, []).append(event.version)
        elif event.stage:
            self._move(event)
        elif event.deprecates:
            for version in self.versions.values():
                self._retire(version, tag, f"GTO: {self.name} was deprecated.")
                self._leave(version.name, tag)

    def _unknown(self, tag: Tag, what: str) -> None:
        self.reading.found.report(tag.name, f"it is left out: {what}")

    def _retire(self, version: _Version, tag: Tag, reason: str) -> None:
        if not version.deprecated:
            version.deprecated = {
                "at": tag.at,
                "by": tag.by or _NOBODY,
                "reason": f"{reason} {tag.message}".strip(),
            }

    def _leave(self, version: str, tag: Tag) -> None:
        """Take a version out of all stages."""
        for stage, assigned in self.assigned.items():
            if version in assigned:
                assigned.remove(version)
                self._show(stage, tag)

    def _move(self, event: _Event) -> None:
        tag = event.tag
        here = self.at_commit.get(tag.commit)
        if not here:
            self._unknown(tag, f"no version of {self.name} is registered at its commit {tag.commit[:10]}")
            return
        assigned = self.assigned.setdefault(event.stage, [])
        for version in here:
            if version in assigned:
                assigned.remove(version)
        if not event.cancels:
            assigned.append(here[-1])
        self._show(event.stage, tag)

    def _show(self, stage: str, tag: Tag) -> None:
        """Write down what a stage holds from now on."""
        line = {
            "at": tag.at,
            "by": tag.by or _NOBODY,
            **({"reason": tag.message} if tag.message.strip() else {}),
        }
        held = self.assigned[stage][-1] if self.assigned[stage] else None
        lines = self.aliases.setdefault(stage, [])
        if (lines[-1]["version"] if lines else None) != held:
            lines.append({"version": held, **line})
        if stage.lower() not in _STAGES:
            return
        self.ours[stage] = held
        found = dict.fromkeys(self.current, "none")
        for name, version in self.ours.items():
            if version is not None:
                found[version] = max(found.get(version, "none"), _STAGES[name.lower()], key=_RANKS.index)
        for version, now in found.items():
            if self.current.get(version, "none") != now:
                self.transitions.append({"version": version, "stage": now, **line})
        self.current = {version: now for version, now in found.items() if now != "none"}

    def drafts(self, numbers: dict[str, int]) -> Iterator[Draft]:
        """Drafts of the model; its versions are counted as they were registered."""
        if not self.versions:
            return
        last = max(numbers.values(), default=0)
        for name in self.versions:
            if name not in numbers:
                numbers[name] = last = last + 1
        states = {version.tag.commit: None for version in self.versions.values()}
        found = {commit: self.reading.at(commit) for commit in states}
        source = f"GTO: {self.name}"
        self.reading.found.draft(Key("model", self.name), {}, source)
        for version in self.versions.values():
            yield self._version(version, numbers[version.name], found[version.tag.commit])
        aliases = {
            stage: [{**line, "version": numbers.get(line["version"])} for line in lines]
            for stage, lines in self.aliases.items()
            if lines
        }
        if aliases:
            yield Draft(Key("aliases", "", self.name), {"aliases": aliases}, source)
        if self.transitions:
            lines = [{**line, "version": numbers[line["version"]]} for line in self.transitions]
            yield Draft(Key("stages", "", self.name), {"transitions": lines}, source)

    def _version(self, version: _Version, number: int, state: State) -> Draft:
        tag = version.tag
        artifact = state.artifacts.get(self.name)
        path = artifact.path if artifact is not None else ""
        value: dict[str, Any] = {
            "uri": paths.uri(path) if path else f"git:{tag.commit}",
            "label": version.name if is_name(version.name) else valid_name(version.name, "version"),
            "description": tag.message,
            "created_at": tag.at,
            "created_by": tag.by,
            "deprecated": version.deprecated,
            "tags": {"git_commit": tag.commit, "gto_tag": tag.name},
            **self._origin(state, path, tag),
        }
        filled = {name: found for name, found in value.items() if found not in ("", {}, None)}
        return Draft(Key("model-version", str(number), self.name), filled, tag.name)

    def _origin(self, state: State, path: str, tag: Tag) -> dict[str, Any]:
        """The run that made what lies at a path, if it has one, and what is known of that."""
        made, tracked = state.made.get(path), state.tracked.get(path)
        if made is not None:
            return {"run": made.run, "output": made.output, **made.thing.known()}
        run = Key("run", f"{self.name}-{tag.commit[:10]}")
        code = {"repository": self.reading.address, "commit": tag.commit}
        self.reading.found.draft(
            run,
            {
                "experiment": Key("experiment", self.name),
                "type": "training",
                "status": "finished",
                "description": "No stage of DVC made the model: this run stands for the commit.",
                "code": {name: text for name, text in code.items() if text},
                "tags": {"git_commit": tag.commit},
            },
            tag.name,
        )
        self.reading.found.report(
            tag.name,
            "no stage of DVC made what it registers; a run that stands for its commit takes the place",
            is_loss=False,
        )
        return {"run": run, **(tracked.known() if tracked is not None else {})}


def _numbers(catalog: Catalog, model: str) -> dict[str, int]:
    """The numbers that versions of a model have in a catalog, by their labels."""
    found: dict[str, int] = {}
    for entry in catalog.models.values():
        origin = entry.imported_from
        if (origin.get("system"), origin.get("name")) == (SYSTEM, model) or (
            not origin and entry.name == model
        ):
            for version in catalog.versions_of(entry.name):
                # No tag is called like one without a label; its number is taken all the same.
                found.setdefault(version.text("label") or f"#{version.version}", version.version)
    return found
