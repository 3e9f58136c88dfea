"""What a question is about: find the entry that somebody names, or say what else they may have meant."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches

from herdbook.catalog import Catalog
from herdbook.entries import Entry
from herdbook.errors import HerdbookError
from herdbook.formats import clipped
from herdbook.queries.records import Records
from herdbook.ref import Kind, Ref, RefError

_STAGES = ("staging", "production", "archived")


class QuestionError(HerdbookError):
    """A question that cannot be answered: what it names does not exist, or is not clear."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was named: `ref` as it was asked for, and its entry.

    An alias leads to the version that it points to, an output to its run. The entry is `None` for a model or
    a dataset that has versions but no file of its own.
    """

    ref: Ref
    entry: Entry | None

    @property
    def of_entry(self) -> Ref:
        """The reference of the entry itself, with numbers in place of aliases and labels."""
        found = self.entry.ref if self.entry is not None else None
        return self.ref if found is None else found


def find(catalog: Catalog, text: str) -> Found:
    """Find what a reference, an MLflow URI, or a bare name stands for.

    Raises:
        QuestionError: `text` is malformed, names nothing, or could mean several entries.
    """
    if ":/" in text:
        try:
            ref = Ref.parse(text)
        except RefError as error:
            prefix, _, rest = text.partition(":/")
            meant_elsewhere = [found for found in _called_elsewhere(catalog, rest) if found.kind == prefix]
            if len(meant_elsewhere) != 1:
                raise QuestionError(str(error)) from error
            ref = meant_elsewhere[0]
        found = _found(catalog, ref)
        if found is None:
            raise QuestionError(_unknown(catalog, ref))
        return found
    meant = _meant(catalog, _readings(text)) or _meant(catalog, _called_elsewhere(catalog, text))
    if len(meant) == 1:
        return meant[0]
    if meant:
        names = " or ".join(str(found.ref) for found in meant)
        raise QuestionError(f"{shown(text)} could be {names}: say which")
    raise QuestionError(_unknown_name(catalog, text))


def narrowed(records: Records, text: str) -> Records:
    """The records of what has to do with what a text names; all of them where it names no entry.

    Where the lineage of all is known, nothing less takes less.
    """
    if records.catalog.known is not None:
        return records
    try:
        return records.about(find(records.catalog, text).entry)
    except QuestionError:
        return records


def _meant(catalog: Catalog, readings: Iterable[Ref]) -> list[Found]:
    return [found for ref in readings if (found := _found(catalog, ref)) is not None]


def _called_elsewhere(catalog: Catalog, text: str) -> Iterator[Ref]:
    """What a text may mean that begins with a name from elsewhere, such as none can be here."""
    for (kind, title), name in catalog.titles.items():
        if text == title or text.startswith((f"{title}/", f"{title}@")):
            with suppress(RefError):
                yield Ref.parse(name + text.removeprefix(title), kind)


def _readings(text: str) -> Iterator[Ref]:
    """The references that a text without prefix may be short for."""
    for kind in Kind:
        try:
            yield Ref.parse(text, kind)
        except RefError:
            continue


def _found(catalog: Catalog, ref: Ref) -> Found | None:
    entry = catalog.resolve(ref)
    if entry is None and ref.kind is Kind.MODEL and ref.version is not None:
        entry = _staged(catalog, ref.name, ref.version.lower())
    if entry is None and not _has_versions(catalog, ref):
        return None
    return Found(ref, entry)


def _staged(catalog: Catalog, model: str, stage: str) -> Entry | None:
    """The newest version in a stage, as MLflow's older URIs name it: ``models:/clf/Production``."""
    ledger = catalog.stages.get(model)
    if ledger is None or stage not in _STAGES:
        return None
    numbers = [number for number, transition in ledger.current().items() if transition.stage == stage]
    return catalog.versions.get((model, max(numbers))) if numbers else None


def _has_versions(catalog: Catalog, ref: Ref) -> bool:
    if ref.version is not None or ref.alias is not None:
        return False
    if ref.kind is Kind.MODEL:
        return bool(catalog.versions_of(ref.name))
    return ref.kind is Kind.DATASET and bool(catalog.versions_of_dataset(ref.name))


def _unknown(catalog: Catalog, ref: Ref) -> str:
    known = _known(catalog, ref)
    if known:
        return known
    near = catalog.suggest(ref)
    return f"there is no {ref} in the catalog" + (f"; did you mean {near}?" if near else "")


def _known(catalog: Catalog, ref: Ref) -> str:
    """What is known of something that cannot be found, though it is there or was; mostly nothing."""
    if catalog.is_refused(ref):
        return f"{ref} cannot be read: its file is refused; `herdbook check` says why"
    if ref.alias is None or ref.name not in catalog.aliases:
        return ""
    ledger = catalog.aliases[ref.name]
    number = ledger.version_of(ref.alias)
    if number is not None:
        if catalog.is_refused(Ref.model(ref.name, number)):
            return f"{ref} points to version {number}, whose file is refused; `herdbook check` says why"
        return f"{ref} points to version {number}, which is not in the catalog"
    if ref.alias in ledger.data["aliases"]:
        return f"{ref} points to no version: `herdbook history {ref.name}` tells since when"
    return ""


def _unknown_name(catalog: Catalog, text: str) -> str:
    readings = list(_readings(text))
    for known in filter(None, (_known(catalog, ref) for ref in readings)):
        return known
    near = {Ref.parse(name).short: name for name in map(catalog.suggest, readings) if name}
    message = f"nothing in the catalog is called {shown(text)}"
    for nearest in get_close_matches(text, near, 1, cutoff=0.0):
        return f"{message}; did you mean {near[nearest]}?"
    return f"{message}; write a reference such as models:/<model>/<version> or runs:/<run>"


def shown(text: str) -> str:
    """Quote what somebody asked for, not longer than a message can be."""
    return repr(clipped(text, 80))
