"""What was recorded stays as it was recorded.

Why: a version is registered, evaluated and approved as what it is. If its run, artifact, digest, signature or
requirements change afterwards, the approval is of something else. The same holds for the content of a dataset
version, and for all of a run that has ended but its notes: what really ran does not change.

What may be added or changed at any time: `notes` everywhere; title, description and tags of a version;
`deprecated`, and a label where there was none; a `recall`, which may be made more precise but not taken
back, and does not disappear with its file. A new name (a run in another experiment, a version under another
number) is a change, too.

Bad:

```yaml
# models/churn/versions/2.yaml
uri: s3://models/churn/another.pkl  # <- here
# runs/churn/train-2.yaml
params: {depth: 3}  # <- here
```

Good:

```yaml
# models/churn/versions/2.yaml
description: The first version with the orders of January.
# runs/churn/train-2.yaml
notes: The depth was chosen by hand.
```
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from herdbook.entries import DatasetVersion, Entry, ModelVersion, Run
from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import Context

if TYPE_CHECKING:
    from herdbook.diff import EntryChange, FieldChange, Renamed

ID, FAMILY, SEVERITY = "immutable-field-changed", "change", Severity.ERROR

_FREE: Mapping[type[Entry], frozenset[str]] = {
    Run: frozenset({"notes"}),
    ModelVersion: frozenset({"notes", "title", "description", "tags", "deprecated"}),
    DatasetVersion: frozenset({"notes", "title", "description", "tags"}),
}
_ADDABLE = frozenset({"label", "recall"})
_CURES = {"added": "Take it out", "removed": "Put it back"}


def check(context: Context) -> Iterator[Finding]:
    """Report each field that changed though it is a record, and each record under another name."""
    if context.change is None:
        return
    for change in context.change.changes.changed:
        for field in change.fields:
            if _is_record(change.before, field):
                yield _changed(change, field)
    for entry in context.change.changes.removed:
        if isinstance(entry, DatasetVersion) and entry.recall is not None:
            yield Finding(
                ID,
                SEVERITY,
                f"{entry.label} was deleted, and its recall with it",
                entry.at("recall"),
                f"Put {entry.source.path} back: what was recalled must not come again under its name.",
            )
    for renamed in context.change.changes.renamed:
        if _is_fixed(renamed.before):
            yield Finding(
                ID,
                SEVERITY,
                f"{renamed.before.label} became {renamed.after.label}",
                renamed.after.at(),
                "Give it its old name back; `title` can say what to call it.",
                (Related("it was recorded here", renamed.before.at()),),
            )
            for field in renamed.fields:
                if _is_record(renamed.before, field):
                    yield _changed(renamed, field)


def _is_fixed(entry: Entry) -> bool:
    return type(entry) in _FREE and (not isinstance(entry, Run) or entry.status != "running")


def _is_record(entry: Entry, field: "FieldChange") -> bool:
    if not _is_fixed(entry) or field.steps[0] in _FREE[type(entry)]:
        return False
    added = field.kind == "added" and len(field.steps) == 1
    if field.steps[0] == "recall":
        return not added and len(field.steps) == 1
    return not (added and field.steps[0] in _ADDABLE)


def _changed(change: "EntryChange | Renamed", field: "FieldChange") -> Finding:
    entry = change.before
    cure = _CURES.get(field.kind, "Put the old value back")
    if isinstance(entry, Run):
        cure += "; remarks belong into notes"
    else:
        cure += ", and register a new version"
    if field.kind == "added":
        # The rule that misses it says to add it, which holds for what is not on record yet.
        cure += "; `herdbook waive` excuses what was not recorded"
    return Finding(
        ID,
        SEVERITY,
        f"{'.'.join(field.steps)} of {entry.label} was {field.kind}",
        change.after.at(*field.after_route),
        f"{cure}.",
        (Related("as it was recorded", entry.at(*field.before_route)),),
    )
