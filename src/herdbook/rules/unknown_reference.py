"""Every reference names an entry of the catalog.

Why: a lineage edge to nothing breaks trace and impact silently.

What a file belongs to is referred to as well: a version needs its dataset.yaml or model.yaml, the card of a
version that version; a missing one is reported once. An alias that a run took as input need not point
anywhere any more, one that an endpoint serves must. A reference to a file that is refused for its form is
let off: the finding about that file says it all.

Bad:

```yaml
# runs/churn/train-2.yaml
inputs:
  - {dataset: orders/v9, role: training}  # <- here
```

Good:

```yaml
# runs/churn/train-2.yaml
inputs:
  - {dataset: orders/v2, role: training}
```

Bad: run train-2 wrote no such output, and nothing is champion any more.

```yaml
# models/churn/versions/2.yaml
output: weights  # <- here
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: null, at: "2024-01-20T08:00:00Z", by: ana, reason: retired}
# endpoints/predict.yaml
serves:
  - {model: churn@champion}  # <- here
```
"""

from collections.abc import Iterator

from herdbook.catalog import Catalog
from herdbook.entries import (
    Aliases,
    DatasetVersion,
    Endpoint,
    Entry,
    Mention,
    ModelCard,
    ModelVersion,
    Run,
    Stages,
)
from herdbook.finding import Finding, Severity
from herdbook.ref import Ref
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "unknown-reference", "references", Severity.ERROR

# Looking for a name that is near costs more than a rule may spend on a catalog in which nothing fits.
_MOST_HINTS = 20


def check(context: Context) -> Iterator[Finding]:
    """Report the references that are malformed or lead to nothing."""
    catalog = context.catalog
    hints: dict[Ref, str] = {}
    missing: set[Ref] = set()
    for entry in catalog.entries():
        for mention in _belongs_to(entry):
            if (
                mention.ref is not None
                and mention.ref not in missing
                and not _known(catalog, entry, mention.ref)
            ):
                missing.add(mention.ref)
                yield _unknown(catalog, entry, mention, mention.ref, hints)
        for mention in entry.mentions():
            if mention.ref is None:
                yield Finding(ID, SEVERITY, mention.error, entry.at(*mention.route), "Mend the reference.")
            elif not _known(catalog, entry, mention.ref):
                yield _unknown(catalog, entry, mention, mention.ref, hints)
        if isinstance(entry, ModelVersion) and entry.text("output"):
            yield from _output(catalog, entry, hints)


def _belongs_to(entry: Entry) -> Iterator[Mention]:
    """What must stand above an entry."""
    match entry:
        case DatasetVersion():
            yield Mention(entry.dataset, Ref.dataset(entry.dataset), ("dataset",))
        case ModelVersion() | ModelCard() | Aliases() | Stages():
            yield Mention(entry.model, Ref.model(entry.model), ("model",))
            if isinstance(entry, ModelCard) and entry.version is not None:
                yield Mention(str(entry.version), Ref.model(entry.model, entry.version), ("version",))


def _known(catalog: Catalog, entry: Entry, ref: Ref) -> bool:
    if ref.alias is not None and ref.name in catalog.aliases:
        # Where the alias points to is looked at in its ledger; here it must exist.
        ledger = catalog.aliases[ref.name]
        if isinstance(entry, Endpoint):
            return ledger.version_of(ref.alias) is not None
        return ref.alias in ledger.data["aliases"]
    return catalog.resolve(ref) is not None or catalog.is_refused(ref)


def _unknown(catalog: Catalog, entry: Entry, mention: Mention, ref: Ref, hints: dict[Ref, str]) -> Finding:
    if ref not in hints:
        near = catalog.suggest(ref) if len(hints) < _MOST_HINTS else ""
        hints[ref] = f"Did you mean {near}?" if near else "Add the entry, or mend the reference."
    message, hint = f"{ref} is not in the catalog", hints[ref]
    ledger = catalog.aliases.get(ref.name) if ref.alias is not None else None
    if ledger is not None and ref.alias in ledger.data["aliases"]:
        message = f"the alias {ref.alias} of {ref.name} points to no version any more"
        hint = "Point the alias to a version, or name another one here."
    return Finding(ID, SEVERITY, message, entry.at(*mention.route), hint)


def _output(catalog: Catalog, version: ModelVersion, hints: dict[Ref, str]) -> Iterator[Finding]:
    run = catalog.resolve(version.run.ref) if version.run.ref is not None else None
    if isinstance(run, Run):  # an unknown run is reported as such
        ref = Ref.run(run.id, version.text("output"))
        if catalog.resolve(ref) is None:
            yield _unknown(catalog, version, Mention(str(ref), ref, ("output",)), ref, hints)
