"""Answers as files: bounded, and in several files where they are long.

A file holds so many steps. A longer answer goes only as many steps back or on as fit, fewer where most
answers are long: models that are trained on from one another would fill the disk with each other's past. What
is one step away is always there, in as many files as it takes. What depends on a dataset version is what
people ask first: that is answered in full, in several files, as long as these answers together stay within
bounds.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Final, TypeVar

from herdbook.formats import spread
from herdbook.lineage import Lineage, Node, NodeKind
from herdbook.queries import impact as questions
from herdbook.queries.answer import Answer, fields_of
from herdbook.queries.asking import Found
from herdbook.queries.impact import Impact, Impacts
from herdbook.queries.records import Records
from herdbook.queries.trace import Step, Trace, Tracer, subjects
from herdbook.ref import Kind, Ref
from herdbook.site.api.files import Made, Writer, text_of
from herdbook.site.paths import path_of_answer, path_of_list

IN_A_FILE: Final = 100
_MOST_WHERE_LONG: Final = 25
_LONG: Final = 40
_SAMPLE: Final = 200
_LONGEST: Final = 10_000
_ALL_LONG: Final = 100_000
# So many steps are remembered as JSON, of up to so many characters.
_REMEMBERED: Final = 8_192
_LONG_STEP: Final = 4_000

Item = TypeVar("Item")
Neighbours = Callable[[Node], Iterable[Node]]


class Answers:
    """Writes the answers about entries. Load it before the work is shared: it looks for the long ones."""

    def __init__(self, records: Records, tracer: Tracer, impacts: Impacts) -> None:
        self._records, self._tracer, self._impacts = records, tracer, impacts
        self._texts: dict[tuple[NodeKind, str], tuple[str, str]] = {}

    def load(self) -> None:
        """Make what all answers need; otherwise the first one does."""
        records = self._records
        _ = records.policy, records.registry, records.cyclic, records.evidence, self._whole, self._most

    @cached_property
    def _whole(self) -> frozenset[Ref]:
        """The dataset versions of which all that depends on them is told, though that is much."""
        return frozenset(_long_answers(self._records))

    @cached_property
    def _most(self) -> int:
        return _MOST_WHERE_LONG if _are_long(self._records) else IN_A_FILE

    def _is_whole(self, ref: Ref) -> bool:
        # Of other kinds none is: that is told without looking for all.
        return ref.kind is Kind.DATASET and ref in self._whole

    def extent(self, ref: Ref) -> tuple[bool, int]:
        """How much is told of something: whether all that depends on it, and how much of all else."""
        return self._is_whole(ref), self._most

    def trace(self, ref: Ref) -> Iterator[Made]:
        """Write what something was made from."""
        found = Found(ref, self._records.catalog.resolve(ref))
        nodes = _nodes(self._records.lineage, subjects(self._records, found))
        depth = fitting(nodes, self._records.lineage.above, self._most)
        answer = self._tracer.trace(found, depth)
        return _files(ref, answer, "steps", answer.steps, partial(self._steps, depth))

    def impact(self, ref: Ref) -> Iterator[Made]:
        """Write what depends on something."""
        found = Found(ref, self._records.catalog.resolve(ref))
        depth = None
        if not self._is_whole(ref):
            nodes = questions.entry(self._records, found).nodes
            depth = fitting(nodes, self._records.lineage.below, self._most)
        answer = self._impacts.impact(found, depth)
        return _files(ref, answer, "affected", answer.affected, text_of)

    def _steps(self, depth: int | None, steps: Iterable[Step]) -> str:
        return f"[{', '.join([self._step(step, cut=step.distance == depth) for step in steps])}]"

    def _step(self, step: Step, *, cut: bool) -> str:
        """A step as JSON: behind most things lie the same few, at other distances.

        One that was not followed to all that it was made from, since that is further away, is another one.
        """
        if cut:
            return text_of(step)
        known = self._texts.get((step.kind, step.key))
        if known is None:
            # In texts, quotes are escaped, so that this is the field.
            before, name, after = text_of(step).partition('"distance": ')
            known = before + name, after.removeprefix(str(step.distance))
            if len(self._texts) < _REMEMBERED and len(after) < _LONG_STEP:
                self._texts[step.kind, step.key] = known
        return f"{known[0]}{step.distance}{known[1]}"


def fitting(starts: Iterable[Node], neighbours: Neighbours, most: int) -> int | None:
    """Return how many steps lead to no more than `most` nodes, at least one; `None`: any number of them."""
    return _walk(starts, neighbours, most)[0]


def _walk(starts: Iterable[Node], neighbours: Neighbours, most: int) -> tuple[int | None, int]:
    """Return what `fitting` does, and how many nodes were met until it was clear."""
    met = set(starts)
    level, depth = list(met), 0
    while level:
        following = []
        for node in level:
            for other in neighbours(node):
                if other not in met:
                    met.add(other)
                    following.append(other)
            if len(met) > most:
                return max(1, depth), len(met)
        level, depth = following, depth + 1
    return None, len(met)


def _are_long(records: Records) -> bool:
    """Tell whether most runs have a long past, by a look at some of them."""
    lineage = records.lineage
    runs = spread(tuple(records.catalog.runs), _SAMPLE)
    met = (_walk(_nodes(lineage, (Ref.run(run),)), lineage.parents, IN_A_FILE)[1] for run in runs)
    return sum(met) > _LONG * len(runs)


def _long_answers(records: Records) -> Iterator[Ref]:
    """The dataset versions on which more depends than fits into a file, as far as there is room for them."""
    room = _ALL_LONG
    lineage = records.lineage
    for version in records.catalog.dataset_versions.values():
        allowed = min(room, _LONGEST)
        most = max(allowed, IN_A_FILE)
        _, met = _walk(_nodes(lineage, (version.ref,)), lineage.below, most)
        if IN_A_FILE < met <= allowed:
            yield version.ref
        if met > IN_A_FILE:
            # Looking in vain is charged, too.
            room -= min(met, allowed)


def _nodes(lineage: Lineage, refs: Iterable[Ref]) -> list[Node]:
    return [node for ref in refs if (node := lineage.node(ref)) is not None]


def _files(
    ref: Ref,
    answer: Trace | Impact,
    field: str,
    items: Sequence[Item],
    written: Callable[[Sequence[Item]], str],
) -> Iterator[Made]:
    """Cut an answer into files; the first one holds what is not in its list, which `written` writes."""
    first = path_of_answer(ref, answer.question)
    last = max(1, -(-len(items) // IN_A_FILE))
    for number in range(1, last + 1):
        writer = Writer(path_of_list(first, number))
        data = {"question": answer.question, **fields_of(_part(answer, field, number))}
        if number < last:
            data["next"] = writer.to(path_of_list(first, number + 1))
        before, name, after = text_of(data).partition(f'"{field}": ')
        part = written(items[(number - 1) * IN_A_FILE : number * IN_A_FILE])
        yield writer.text(f"{before}{name}{part}{after.removeprefix('[]')}")


def _part(answer: Answer, field: str, number: int) -> Answer:
    """An answer without its list, as it is told in one of its files."""
    others: dict[str, Any] = {}
    if number > 1:
        # Said once, in the first file.
        others = {"cycles": (), **({"reliances": (), "undecided": ()} if isinstance(answer, Impact) else {})}
    return replace(answer, **{field: ()}, **others)
