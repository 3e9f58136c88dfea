"""What is said about the runs that fit a filter: how many there are, and a table of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from herdbook.formats import moment, number, plural
from herdbook.queries.asking import QuestionError
from herdbook.queries.search import FoundRun, Runs, cell
from herdbook.queries.terms import ATTRIBUTES, Entity, Name
from herdbook.telling.document import Document, Line, Mention, Paragraph, Section, Table

_EPOCH = datetime(1970, 1, 1)  # in UTC, as all times of the catalog
_MOST_COLUMNS = 1_000
_LONGEST_FILTER = 200
_BETWEEN = 2
"""The columns of a terminal between two columns of a table, and before the first."""


def _attribute(key: str) -> Name:
    return Name(Entity.ATTRIBUTE, key)


_RUN_ID = _attribute("run_id")
_ALWAYS = tuple(map(_attribute, ("experiment", "type", "status", "start_time")))


def tell_runs(answer: Runs, columns: Sequence[Name] = (), width: int | None = None) -> Document:
    """Say which runs fit a filter, in a table of the columns that are named, or else of those that fit."""
    columns = columns or fitting_columns(answer, width)
    sections = []
    if answer.notes:
        sections.append(Section("Note", tuple(Paragraph((note,), "warn") for note in answer.notes)))
    if answer.runs:
        numbers = frozenset(index for index, name in enumerate(columns) if name.entity is Entity.METRIC)
        rows = tuple(tuple(_line(run, name) for name in columns) for run in answer.runs)
        table = Table(tuple(map(str, columns)), rows, numbers)
        sections.append(Section(f"Runs, {_sorting(answer)}", (table,)))
    return Document(("Runs",), (count_of_runs(answer),), sections=tuple(sections))


def count_of_runs(answer: Runs) -> str:
    """Say how many runs fit, and how many of them are listed."""
    whole, filtered = plural(answer.among, "run"), answer.filter.strip()
    if len(filtered) > _LONGEST_FILTER:
        filtered = "the filter"
    if not filtered:
        said = f"The catalog has {whole}"
    elif answer.matched > 1:
        said = f"{answer.matched:,} of {whole} fit {filtered}"
    else:
        said = f"{'1' if answer.matched else 'None'} of {whole} fits {filtered}"
    listed = len(answer.runs)
    if listed < answer.matched:
        said += f"; here are the first {listed:,}: --limit 0 lists all"
    return said


def fitting_columns(answer: Runs, width: int | None = None) -> tuple[Name, ...]:
    """Choose columns: what the question names, and what is worth knowing of any run, while there is room."""
    asked, metrics = answer.asked, (Name(Entity.METRIC, key) for key in answer.judged)
    judged = [name for name in metrics if _anywhere(answer, name)]
    chosen = {_RUN_ID}
    room = (width or 0) - _BETWEEN - _width(answer, _RUN_ID)
    for name in (*asked, *reversed(_ALWAYS), *judged):
        taken = 0 if width is None or name in chosen else _width(answer, name)
        if taken <= room or width is None:
            chosen.add(name)
            room -= taken
    return tuple(name for name in dict.fromkeys((_RUN_ID, *_ALWAYS, *asked, *judged)) if name in chosen)


def all_columns(answer: Runs) -> tuple[Name, ...]:
    """Return all attributes, and every metric, parameter and tag that one of the listed runs has.

    Raises:
        QuestionError: these are too many for a table.
    """
    found = [*map(_attribute, ATTRIBUTES)]
    for entity, keys in (
        (Entity.METRIC, {key for run in answer.runs for key in run.metrics}),
        (Entity.PARAM, {key for run in answer.runs for key in run.params}),
        (Entity.TAG, {key for run in answer.runs for key in run.tags}),
    ):
        found += [Name(entity, key) for key in sorted(keys)]
    if len(found) > _MOST_COLUMNS:
        raise QuestionError(
            f"these runs have {len(found):,} metrics, parameters and tags, too many for a table of all: "
            "name some with --columns"
        )
    return tuple(found)


def exact(run: FoundRun, name: Name) -> str | int | float | None:
    """What stands under a name, for programs: numbers in full, times as the catalog has them."""
    value = cell(run, name)
    return _time(value) if name.is_time and isinstance(value, int) else value


def _line(run: FoundRun, name: Name) -> Line:
    if name == _RUN_ID:
        return (Mention(run.ref, run.run_id),)
    return (_shown(run, name),)


def _shown(run: FoundRun, name: Name) -> str:
    value = exact(run, name)
    if value is None:
        return ""
    return moment(str(value)) if name.is_time else number(value)


def _time(milliseconds: int) -> str:
    precision = "milliseconds" if milliseconds % 1000 else "seconds"
    return f"{(_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec=precision)}Z"


def _width(answer: Runs, name: Name) -> int:
    return max((len(text) for text in _texts(answer, name)), default=0) + _BETWEEN


def _texts(answer: Runs, name: Name) -> Iterator[str]:
    yield str(name)
    for run in answer.runs:
        yield _shown(run, name)


def _anywhere(answer: Runs, name: Name) -> bool:
    return any(cell(run, name) is not None for run in answer.runs)


def _sorting(answer: Runs) -> str:
    return f"by {answer.order_by.strip()}" if answer.order_by.strip() else "the newest first"
