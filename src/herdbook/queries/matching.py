"""Whether conditions hold of runs, and in which order runs come.

What MLflow's own search does is done here too: a run without the metric, parameter or tag that a condition
names does not match it, whatever the comparison; parameters and tags are text and are sorted as text; runs
without the value that they are sorted by come last in both directions; ties are broken by start time, the
newest first, and then by id. In LIKE and ILIKE, ``%`` stands for any text and ``_`` for any character, and
nothing makes them stand for themselves.
"""

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from herdbook.catalog import Catalog
from herdbook.entries import Input, Run
from herdbook.queries.terms import DATASET, Comparator, Condition, Entity, Name, Order, milliseconds
from herdbook.ref import Kind, Ref


@dataclass(frozen=True, slots=True)
class ReadDataset:
    """A dataset version that a run read.

    Attributes:
        ref: the dataset version.
        digest: its digest, with the algorithm in front; empty where nobody recorded one.
        context: what the run used it for, such as training; empty where that is not said.
    """

    ref: Ref
    digest: str
    context: str

    def text(self, key: str) -> str:
        """What MLflow calls its name, digest or context."""
        if key == "name":
            return self.ref.name
        return self.digest if key == "digest" else self.context


def matching(catalog: Catalog, runs: Iterable[Run], conditions: Sequence[Condition]) -> list[Run]:
    """Return the runs for which all conditions hold."""
    tests = [_test(catalog, condition) for condition in conditions]
    return [run for run in runs if all(test(run) for test in tests)]


def ordered(catalog: Catalog, runs: Iterable[Run], orders: Sequence[Order]) -> list[Run]:
    """Sort runs; what the orders leave open is settled by start time, the newest first, and then by id."""
    found = sorted(runs, key=lambda run: run.id)
    # Sorting is stable, so what counts most comes last.
    for order in reversed((*orders, Order(Name(Entity.ATTRIBUTE, "start_time"), ascending=False))):
        value = _value(catalog, order.name)
        present, missing = [], []
        for run in found:
            key = value(run)
            if key is None:
                missing.append(run)
            else:
                present.append((key, run))
        present.sort(key=operator.itemgetter(0), reverse=not order.ascending)
        found = [*(run for _, run in present), *missing]
    return found


# What a run has


def run_name(run: Run) -> str:
    """Return the title of a run, or its id where it has none."""
    return run.title or run.id


def artifact_uris(run: Run) -> tuple[str, ...]:
    """Return where the outputs of a run are.

    MLflow keeps all artifacts of a run in one place, its ``artifact_uri``; ours may lie anywhere, so that
    each of these is as good.
    """
    return tuple(item["uri"] for item in run.data.get("outputs", ()) if item.get("uri"))


def read_datasets(catalog: Catalog, run: Run) -> Iterator[ReadDataset]:
    """Return the dataset versions that a run read, by the names that they have in the catalog."""
    for item in run.inputs:
        if item.ref is not None and item.ref.kind is Kind.DATASET:
            yield _read_dataset(catalog, item, item.ref)


def _read_dataset(catalog: Catalog, item: Input, ref: Ref) -> ReadDataset:
    version = catalog.resolve(ref)
    resolved = version.ref if version is not None and version.ref is not None else ref
    recorded = version.text("digest") if version is not None else ""
    return ReadDataset(resolved, item.digest or recorded, item.role)


def first_start(runs: Iterable[Run]) -> str:
    """When the first of some runs began, in UTC; empty where none says so."""
    starts = {text: time for run in runs if (time := milliseconds(text := run.started_at))}
    return min(starts, key=starts.__getitem__, default="")


Things = tuple[tuple[str, ...], ...]
"""The texts that a run has under a name, each in all its spellings.

A condition holds if it holds of one of the texts; a text equals another if one of its spellings does.
"""


def _value(catalog: Catalog, name: Name) -> Callable[[Run], Any]:
    """Return what reads the one value of a run under a name; it returns `None` for nothing."""
    if name.entity is Entity.METRIC:
        return lambda run: run.metrics.get(name.key)
    if name.is_time:
        field = "started_at" if name.key == "start_time" else "ended_at"
        return lambda run: milliseconds(run.text(field))
    things = _things(catalog, name)

    def first(run: Run) -> str | None:
        found = things(run)
        return found[0][0] if found else None

    return first


def _things(catalog: Catalog, name: Name) -> Callable[[Run], Things]:
    """Return what reads the texts of a run under a name."""
    key = name.key
    match name.entity:
        case Entity.PARAM:
            return lambda run: ((str(run.params[key]),),) if key in run.params else ()
        case Entity.TAG:
            return lambda run: ((run.tags[key],),) if key in run.tags else ()
        case Entity.DATASET:
            return partial(_dataset_things, catalog, key)
    match key:
        case "dataset":
            return partial(_names_of_datasets, catalog)
        case "status":
            return lambda run: ((run.status, run.status.upper()),)  # as we write it, and as MLflow does
        case "artifact_uri":
            return lambda run: (uris,) if (uris := artifact_uris(run)) else ()
        case "run_name":
            return lambda run: ((run_name(run),),)
        case "user_id":
            return lambda run: ((run.text("user"),),) if run.text("user") else ()
    field = {"run_id": "id"}.get(key, key)
    return lambda run: ((str(run.data[field]),),)


def _names_of_datasets(catalog: Catalog, run: Run) -> Things:
    """All datasets as one text in many spellings, so that ``!=`` means that none of them is the one named."""
    spellings: list[str] = []
    for item in run.inputs:
        if item.mention is not None and item.ref is not None and item.ref.kind is Kind.DATASET:
            ref = _read_dataset(catalog, item, item.ref).ref
            spellings += (ref.short, ref.name, item.mention.text)
    return (tuple(spellings),)


def _dataset_things(catalog: Catalog, key: str, run: Run) -> Things:
    things: list[tuple[str, ...]] = []
    for dataset in read_datasets(catalog, run):
        text = dataset.text(key)
        if text:
            # MLflow shows its digests without an algorithm.
            things.append((text, text.partition(":")[2]) if key == "digest" else (text,))
    return tuple(things)


# Conditions

Test = Callable[[Run], bool]

_COMPARED: Mapping[Comparator, Callable[[float, float], bool]] = {
    Comparator.EQUAL: operator.eq,
    Comparator.UNEQUAL: operator.ne,
    Comparator.LESS: operator.lt,
    Comparator.AT_MOST: operator.le,
    Comparator.MORE: operator.gt,
    Comparator.AT_LEAST: operator.ge,
}


def _test(catalog: Catalog, condition: Condition) -> Test:
    comparator, value = condition.comparator, condition.value
    if isinstance(value, float):
        return _number_test(_value(catalog, condition.name), _COMPARED[comparator], value)
    texts = value if isinstance(value, tuple) else (value or "",)
    if condition.name == DATASET:
        texts = tuple(text.removeprefix(f"{Kind.DATASET}:/") for text in texts)
    things = _things(catalog, condition.name)
    match comparator:
        case Comparator.IS_NULL:
            return lambda run: not things(run)
        case Comparator.IS_NOT_NULL:
            return lambda run: bool(things(run))
        case Comparator.LIKE | Comparator.ILIKE:
            fits = like(texts[0], ignore_case=comparator is Comparator.ILIKE)
            return lambda run: any(any(map(fits, spellings)) for spellings in things(run))
    wanted = frozenset(texts)
    if comparator in (Comparator.UNEQUAL, Comparator.NOT_IN):
        return lambda run: any(wanted.isdisjoint(spellings) for spellings in things(run))
    return lambda run: any(not wanted.isdisjoint(spellings) for spellings in things(run))


def _number_test(read: Callable[[Run], Any], compare: Callable[[float, float], bool], value: float) -> Test:
    def test(run: Run) -> bool:
        found = read(run)
        return found is not None and compare(float(found), value)

    return test


def like(pattern: str, *, ignore_case: bool = False) -> Callable[[str], bool]:
    """Return a test for texts that fit a pattern of LIKE as a whole.

    The parts between the ``%`` are looked for one after the other, each as early as it can be found: that is
    enough, and takes no trying again.
    """
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    parts = pattern.split("%")
    patterns = [re.compile(re.escape(part).replace("_", "."), flags) for part in parts]
    first, middle, last = patterns[0], patterns[1:-1], patterns[-1]
    if len(parts) == 1:
        return lambda text: first.fullmatch(text) is not None

    def fits(text: str) -> bool:
        found = first.match(text)
        for part in middle:
            if found is None:
                return False
            found = part.search(text, found.end())
        # Each character of a part stands for one of the text.
        tail = len(text) - len(parts[-1])
        return found is not None and tail >= found.end() and last.match(text, tail) is not None

    return fits
