"""What others refer to is not deleted.

Why: an entry that is gone takes the answers to "what was it made from" and "who depends on it" along. A
version that an alias, an endpoint, a card or a run speaks of, a dataset version that something was made from,
and a run that made something stay in the catalog. So does an evaluation of a version that stays, whether it
is named anywhere or not: what speaks against a version must not disappear. `deprecated`, the stage archived
and `recall` say that they are not to be used any more.

Bad:

```yaml
# runs/churn/train-1.yaml, deleted
# models/churn/versions/1.yaml
run: train-1  # <- here
```

Good, as nothing refers to it:

```yaml
# endpoints/predict.yaml, deleted
```
"""

from collections.abc import Iterator, Mapping

from herdbook.entries import Entry, Run
from herdbook.finding import Finding, Related, Severity
from herdbook.registry import evaluated_version
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "deleted-while-referenced", "change", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report each reference to an entry that the change deletes or renames."""
    change = context.change
    if change is None:
        return
    gone = dict.fromkeys(change.changes.removed, "deleted")
    gone |= {renamed.before: f"renamed to {renamed.after.label}" for renamed in change.changes.renamed}
    if not gone:
        return
    yield from _evaluations(context, gone)
    for entry in context.catalog.entries():
        for mention in entry.mentions():
            if mention.ref is None:
                continue
            missing: Entry | None = change.base.resolve(mention.ref)
            if missing in gone:
                assert missing is not None
                # An alias may well lead elsewhere now; what took over another name is not what was meant.
                if mention.ref.alias is not None and context.catalog.resolve(mention.ref) is not None:
                    continue
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{mention.ref} was {gone[missing]}, but {entry.label} refers to it",
                    entry.at(*mention.route),
                    f"Keep {missing.source.path}; mark it as deprecated, archived or recalled.",
                    (Related("it was recorded here", missing.at()),),
                )


def _evaluations(context: Context, gone: Mapping[Entry, str]) -> Iterator[Finding]:
    """Report each finished evaluation that is gone while the version that it evaluates is not."""
    base = context.change.base if context.change is not None else context.catalog
    for run, how in gone.items():
        if not isinstance(run, Run) or run.status != "finished":
            continue
        version = evaluated_version(base, run)
        if version is not None and (version.model, version.version) in context.catalog.versions:
            yield Finding(
                ID,
                SEVERITY,
                f"{run.ref} was {how}, but it evaluates {version.ref}",
                run.at("evaluates"),
                f"Keep {run.source.path}; a newer evaluation on the same data takes its place.",
            )
