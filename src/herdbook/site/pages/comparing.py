"""What differs between two versions of a model: data, code, parameters, software, metrics."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from herdbook.entries import Data, ModelVersion, Run
from herdbook.formats import number, plain_value
from herdbook.site.book import Book

MOST_DIFFERENCES: Final = 40
_METRICS: Final = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """A thing that differs. `by` says how much; `tone` is good or bad where the policy judges that."""

    what: str
    before: str
    now: str
    by: str = ""
    tone: str = ""


def differences(book: Book, before: ModelVersion, version: ModelVersion) -> tuple[Difference, ...]:
    """List what differs, metrics first, at most `MOST_DIFFERENCES`."""
    found = [*_of_metrics(book, before, version), *_of_runs(book.run_of(before), book.run_of(version))]
    return tuple(item for item in found if item.before != item.now)[:MOST_DIFFERENCES]


def _of_metrics(book: Book, before: ModelVersion, version: ModelVersion) -> Iterator[Difference]:
    old, new = book.metrics_of(before), book.metrics_of(version)
    rules = book.policy.metrics(version.model)
    for name in book.metric_names(version.model, (before, version), _METRICS):
        if name in old and name in new:
            earlier, now = old[name][0], new[name][0]
            tone = ""
            if name in rules:
                worse = rules[name].worse_by(now, earlier)
                tone = (
                    "bad"
                    if worse > rules[name].tolerance
                    else "good"
                    if worse < -rules[name].tolerance
                    else ""
                )
            yield Difference(name, number(earlier), number(now), f"{now - earlier:+.4g}", tone)


def _of_runs(old: Run | None, new: Run | None) -> Iterator[Difference]:
    if old is None or new is None:
        return
    before, now = _inputs(old), _inputs(new)
    for role in dict.fromkeys((*before, *now)):
        yield Difference(f"Data ({role})" if role else "Data", before.get(role, ""), now.get(role, ""))
    yield Difference("Code", old.code.commit[:10], new.code.commit[:10])
    yield Difference("Entry point", old.code.entry_point, new.code.entry_point)
    for name in sorted({*old.params, *new.params}):
        yield Difference(name, _text(old.params, name), _text(new.params, name))
    yield Difference("Python", old.environment.python, new.environment.python)
    packages = set(old.environment.requirements), set(new.environment.requirements)
    yield Difference(
        "Packages", ", ".join(sorted(packages[0] - packages[1])), ", ".join(sorted(packages[1] - packages[0]))
    )


def _inputs(run: Run) -> dict[str, str]:
    """What a run read, by role."""
    found: dict[str, list[str]] = defaultdict(list)
    for item in run.inputs:
        found[item.role].append(item.ref.short if item.ref is not None else item.uri)
    return {role: ", ".join(names) for role, names in found.items()}


def _text(values: Data, name: str) -> str:
    return plain_value(values.get(name))
