"""What was brought in from a registry and is no longer there: it stays, and people are told what ends it.

When it went is not known; and who deletes a version elsewhere need not want it out of the record.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set

from herdbook.catalog import Catalog
from herdbook.entries import Aliases, Entry, ModelVersion
from herdbook.planning.drafts import Draft, Imported, Key, Problem, some
from herdbook.planning.foreign_names import valid_name
from herdbook.planning.importing.names import Naming


def gone(
    catalog: Catalog,
    imported: Imported,
    naming: Naming,
    known: Mapping[Key, Entry],
    drafts: Mapping[Key, Draft],
    clashing: Set[str],
) -> Iterator[Problem]:
    """Name what a registry does not hold any more.

    Args:
        catalog: the catalog.
        imported: all that is in the source.
        naming: says what is called how here.
        known: what was imported from such a source before.
        drafts: what is there, by what it is called there; of a registry, the aliases of each model, too.
        clashing: the models there of which the catalog has others: of those, nothing is gone.
    """
    registered = {key.within: draft for key, draft in drafts.items() if key.kind == "aliases"}
    for name, draft in registered.items():
        if name in clashing:
            continue
        ledger = catalog.aliases.get(naming.name(Key("model", name)))
        if ledger is not None:
            there = {valid_name(alias, "alias") for alias in draft.value["aliases"]}
            for alias in _imported(ledger):
                if alias not in there:
                    what = f"the alias {alias} is no longer there, and stays in force here"
                    yield _kept(draft.source, what, ledger, alias)
    if not registered:
        return
    unregistered = {key.within for key in known if key.within and imported.is_whole} - registered.keys()
    comparable = registered.keys() - clashing
    versions: dict[str, list[ModelVersion]] = defaultdict(list)
    for key, entry in known.items():
        if isinstance(entry, ModelVersion):
            if key.within in comparable and key not in drafts and not entry.deprecated:
                versions[key.within].append(entry)
        elif isinstance(entry, Aliases) and key.within in unregistered and _is_of(entry, imported):
            for alias in _imported(entry):
                what = f"the model {key.within!r} is not there, and its alias {alias} stays in force here"
                yield _kept(imported.system, what, entry, alias)
    for name, found in versions.items():
        numbers = some([str(version.version) for version in sorted(found, key=_number)])
        ends = f"`herdbook deprecate {found[0].model} VERSION` says of one that it is not to be used"
        why = f"versions that stay here are no longer there: {numbers}; {ends}"
        yield Problem(registered[name].source, why, is_loss=False)


def _number(version: ModelVersion) -> int:
    return version.version


def _is_of(entry: Entry, imported: Imported) -> bool:
    """Whether an entry may be from a source: of those without an address, nothing tells which it was."""
    return bool(entry.imported_from.get("address", "") == imported.address)


def _imported(entry: Aliases) -> Iterator[str]:
    """The aliases in force that were brought in."""
    return (alias for alias in entry.in_force() if f"aliases.{alias}" in entry.imported_from)


def _kept(source: str, what: str, entry: Aliases, alias: str) -> Problem:
    return Problem(source, f"{what}; `herdbook alias unset {entry.model} {alias}` ends that", is_loss=False)
