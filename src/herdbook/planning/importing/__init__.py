"""Bring drafts into a catalog: new files for what is new, and lines at the ends of ledgers.

What was brought in before is known by its ``imported_from`` and stays as it is, whatever people made of it;
of runs that were still going on then, what came to be known since is filled in. A ledger remembers which line
of its source it holds last, so that only what comes after that is added.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from herdbook.catalog import Catalog
from herdbook.entries import Entry
from herdbook.formats import plural
from herdbook.planning.drafts import Draft, Imported, Key, Problem
from herdbook.planning.importing.changes import Changes
from herdbook.planning.importing.entries import Entries
from herdbook.planning.importing.gone import gone
from herdbook.planning.importing.ledgers import LEDGERS, Ledgers
from herdbook.planning.importing.names import Naming, known_in, words
from herdbook.planning.importing.renamed import by_former_names
from herdbook.planning.mapping import Mapped, mapping_of, with_mapping
from herdbook.planning.plan import Plan
from herdbook.planning.selecting import Selection, selected
from herdbook.queries.answer import Answer

_NOUNS = {
    "run": ("run",),
    "dataset": ("dataset",),
    "dataset-version": ("version of a dataset", "versions of datasets"),
    "model": ("model",),
    "model-version": ("version of a model", "versions of models"),
    "model-card": ("card",),
    "aliases": ("ledger of aliases", "ledgers of aliases"),
    "stages": ("ledger of stages", "ledgers of stages"),
    "endpoint": ("endpoint",),
}


@dataclass(frozen=True, slots=True)
class Remainder(Answer):
    """What of a source does not come over as it is.

    Attributes:
        problems: what is left out, or done in another way than one may think, and where it was found.
    """

    question: ClassVar[str] = "import"
    problems: tuple[Problem, ...] = ()

    @property
    def is_loss(self) -> bool:
        """Whether something is left out."""
        return any(problem.is_loss for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Import:
    """A plan that brings something in, and what does not come over as it is."""

    plan: Plan
    remainder: Remainder


def bring_in(
    catalog: Catalog,
    imported: Imported,
    selection: Selection = Selection(),  # noqa: B008 - it is frozen
    mapping: Sequence[Mapped] = (),
) -> Import:
    """Plan how what was found in a source becomes part of a catalog.

    Args:
        catalog: the catalog.
        imported: what was found.
        selection: what is wanted of it.
        mapping: which fields of runs are filled from which tags and parameters, beside what the catalog says.

    Raises:
        PlanError: the mapping of the catalog is none.
    """
    mapping = mapping_of(catalog, mapping)
    known = known_in(catalog, imported.system)
    imported = by_former_names(imported, known)
    wanted = selected(imported.drafts, selection, known)
    passed_over = _passed_over(imported.drafts, {draft.key for draft in wanted}, known)
    changes = Changes(
        catalog.paths, [problem for problem in imported.problems if problem.source not in passed_over]
    )
    drafts = _each_once(wanted, mapping, changes)
    naming = Naming(catalog, imported, known, drafts, changes)
    naming.give()
    entries = Entries(naming, changes)
    ledgers = Ledgers(catalog, naming, changes)
    for draft in drafts.values():
        if draft.key.kind not in LEDGERS:
            entries.bring(draft, known.get(draft.key))
    for draft in drafts.values():
        if draft.key.kind in LEDGERS:
            ledgers.bring(draft)
    if selection.is_all:
        changes.problems += gone(catalog, imported, naming, known, drafts, changes.clashing)
    said = _said(imported.system, changes)
    return Import(Plan(said, changes.edits, changes.new, is_judged=False), Remainder(tuple(changes.problems)))


def _passed_over(drafts: Sequence[Draft], wanted: set[Key], known: Mapping[Key, Entry]) -> set[str]:
    """Where runs and versions were found that nobody asks for, or that were brought in before.

    Their problems are none, or were told then.
    """
    return {
        draft.source
        for draft in drafts
        if draft.key.kind in ("run", "model-version")
        and (draft.key not in wanted or (draft.key in known and known[draft.key].text("status") != "running"))
    }


def _each_once(wanted: Iterable[Draft], mapping: Sequence[Mapped], changes: Changes) -> dict[Key, Draft]:
    """Drafts with what is mapped to their fields; of two with the same key, the first."""
    drafts: dict[Key, Draft] = {}
    for draft in wanted:
        mapped, problems = with_mapping(draft, mapping)
        changes.problems += problems
        first = drafts.setdefault(mapped.key, mapped)
        if first is not mapped and first.value != mapped.value:
            changes.report(
                mapped.source,
                f"{words(mapped.key)} is there twice; that of {first.source} is taken, and this one left out",
            )
    return drafts


def _said(system: str, changes: Changes) -> str:
    """What came of an import, in a sentence."""
    counted = [plural(count, *nouns) for kind, nouns in _NOUNS.items() if (count := changes.count[kind])]
    if not counted:
        return f"Nothing is new in {system}."
    return f"Imported from {system}: {', '.join(counted)}. `herdbook check` says what is left open."
