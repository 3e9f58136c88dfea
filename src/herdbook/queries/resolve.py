"""What an alias, a label or another reference stands for: a version, and where its content is."""

from dataclasses import dataclass
from typing import ClassVar

from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, Endpoint, ModelVersion, Run
from herdbook.queries.answer import Answer
from herdbook.queries.asking import Found, QuestionError
from herdbook.queries.records import Records
from herdbook.ref import Kind, Ref

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Resolution(Answer):
    """What a reference stands for.

    Attributes:
        asked: the reference that was asked about.
        ref: the entry that it leads to, by number where it was asked for by an alias or a label.
        version: the version; empty for runs.
        uri: where the content is; empty where nobody recorded it.
        digest: the digest of the content, with the algorithm in front; empty where nobody recorded it.
        size: the size of the content in bytes; null where nobody recorded it.
    """

    question: ClassVar[str] = "resolve"

    asked: Ref
    ref: Ref
    version: str
    uri: str
    digest: str
    size: int | None


def resolve(records: Records, found: Found) -> Resolution:
    """Tell what a reference stands for.

    Raises:
        QuestionError: it stands for several things.
    """
    entry = found.entry
    if isinstance(entry, Endpoint):
        entry = _served(records.catalog, entry)
    if isinstance(entry, ModelVersion | DatasetVersion):
        ref = entry.ref
        return Resolution(
            found.ref, ref, str(entry.version), entry.text("uri"), entry.text("digest"), entry.size
        )
    if isinstance(entry, Run):
        ref = Ref.run(entry.id, found.ref.output)
        for output in entry.outputs:
            if output.name == found.ref.output:
                return Resolution(found.ref, ref, "", output.uri, output.digest, output.size)
        return Resolution(found.ref, ref, "", "", "", None)
    raise QuestionError(_unclear(records.catalog, found))


def _served(catalog: Catalog, endpoint: Endpoint) -> ModelVersion:
    found = {
        version.ref: version
        for served in endpoint.serves
        if served.mention.ref is not None
        and isinstance(version := catalog.resolve(served.mention.ref), ModelVersion)
    }
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise QuestionError(
            f"{endpoint.ref} serves no version that is in the catalog: see what herdbook check says of it"
        )
    raise QuestionError(f"{endpoint.ref} serves several versions, {_some(list(found))}: say which")


def _unclear(catalog: Catalog, found: Found) -> str:
    name = found.of_entry.name
    if found.ref.kind is Kind.DATASET:
        refs = [version.ref for version in catalog.versions_of_dataset(name)]
        return f"{found.ref} is a dataset: name a version of it" + (f", such as {refs[-1]}" if refs else "")
    ledger = catalog.aliases.get(name)
    refs = [Ref.model(name, alias=alias) for alias in (ledger.in_force() if ledger is not None else ())]
    refs += [version.ref for version in catalog.versions_of(name)[-1:]]
    return f"{found.ref} is a model: name an alias or a version of it" + (f", {_some(refs)}" if refs else "")


def _some(refs: list[Ref]) -> str:
    more = f" or {len(refs) - _MOST_NAMED} more" if len(refs) > _MOST_NAMED else ""
    return " or ".join(map(str, refs[:_MOST_NAMED])) + more
