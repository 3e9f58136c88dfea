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
from herdbook.entries import Data, Input, Run, inputs_of
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


def matching(catalog: Catalog, conditions: Sequence[Condition]) -> list[str]:
    """Return the ids of the runs of a catalog for which all conditions hold."""
    found = list(catalog.runs)
    for condition in conditions:
        found = list(filter(_test(catalog, condition), found))
    return found


def ordered(catalog: Catalog, runs: Iterable[str], orders: Sequence[Order]) -> list[str]:
    """Sort runs by orders, then by start time, the newest first, and then by id; all of it by their ids."""
    found = sorted(runs)
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


def artifact_uris(outputs: Iterable[Data]) -> tuple[str, ...]:
    """Return where the outputs of a run are, from what its file says of them.

    MLflow keeps all artifacts of a run in one place, its ``artifact_uri``; ours may lie anywhere, so that
    each of these is as good.
    """
    return tuple(item["uri"] for item in outputs if item.get("uri"))


def read_datasets(catalog: Catalog, inputs: Iterable[Input]) -> Iterator[ReadDataset]:
    """Return the dataset versions that a run read, by the names that they have in the catalog."""
    for item in inputs:
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


def _value(catalog: Catalog, name: Name) -> Callable[[str], Any]:
    """Return what reads the one value of a run under a name, by its id; it returns `None` for nothing."""
    if name.entity is Entity.METRIC:
        return catalog.of_runs("metrics", name.key).get
    if name.is_time:
        column = catalog.of_runs("started_at" if name.key == "start_time" else "ended_at")
        return lambda run: milliseconds(column.get(run, ""))
    things = _things(catalog, name)

    def first(run: str) -> str | None:
        found = things(run)
        return found[0][0] if found else None

    return first


def _things(catalog: Catalog, name: Name) -> Callable[[str], Things]:
    """Return what reads the texts of a run under a name, by its id."""
    match name.entity:
        case Entity.PARAM | Entity.TAG:
            column = catalog.of_runs(name.entity.value, name.key)
            return lambda run: ((str(column[run]),),) if run in column else ()
        case Entity.DATASET:
            return partial(_dataset_things, catalog, catalog.of_runs("inputs"), name.key)
    match name.key:
        case "run_id":
            return lambda run: ((run,),)
        case "dataset":
            return partial(_names_of_datasets, catalog, catalog.of_runs("inputs"))
        case "status":
            column = catalog.of_runs("status")
            return lambda run: ((column[run], column[run].upper()),)  # as we write it, and as MLflow does
        case "artifact_uri":
            column = catalog.of_runs("outputs")
            return lambda run: (uris,) if (uris := artifact_uris(column.get(run, ()))) else ()
        case "run_name":
            column = catalog.of_runs("title")
            return lambda run: ((column.get(run) or run,),)
        case "user_id":
            column = catalog.of_runs("user")
            return lambda run: ((user,),) if (user := column.get(run)) else ()
    column = catalog.of_runs(name.key)
    return lambda run: ((column[run],),)


def _names_of_datasets(catalog: Catalog, inputs: Mapping[str, Any], run: str) -> Things:
    """All datasets as one text in many spellings, so that ``!=`` means that none of them is the one named."""
    spellings: list[str] = []
    for item in inputs_of(inputs.get(run, ())):
        if item.mention is not None and item.ref is not None and item.ref.kind is Kind.DATASET:
            ref = _read_dataset(catalog, item, item.ref).ref
            spellings += (ref.short, ref.name, item.mention.text)
    return (tuple(spellings),)


def _dataset_things(catalog: Catalog, inputs: Mapping[str, Any], key: str, run: str) -> Things:
    things: list[tuple[str, ...]] = []
    for dataset in read_datasets(catalog, inputs_of(inputs.get(run, ()))):
        text = dataset.text(key)
        if text:
            # MLflow shows its digests without an algorithm.
            things.append((text, text.partition(":")[2]) if key == "digest" else (text,))
    return tuple(things)


# Conditions

Test = Callable[[str], bool]

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


def _number_test(read: Callable[[str], Any], compare: Callable[[float, float], bool], value: float) -> Test:
    def test(run: str) -> bool:
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
