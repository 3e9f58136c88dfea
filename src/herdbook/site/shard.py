"""A part of a site that one of several machines makes, and the notes that it leaves for the merge.

All files of a site come of jobs in a fixed order, which go to the shards in turn, two by two: of three
shards, the first one does the jobs 0, 1, 6, 7, 12 and so on. The last job makes what belongs to no page: the
page for dead links, the assets, the schemas. What follows from all pages together is made by the merge, from
the notes.

The notes are JSON Lines: UTF-8, one JSON object in each line. The first one is the heading, and says what the
shard is a part of:

    form       1, the form of these notes
    shard, of  K and N of --shard K/N
    jobs       how many jobs the site has
    herdbook   the version that built the shard
    building   a digest of all that pages follow from, the catalog left aside: code, packages, templates
    catalog    a digest of the catalog, and of what its check found
    folder     the path of the site on its server
    search     the settings of search

Each line after that is a job, in order:

    job        its number, from 0
    files      what came of it, the page first if it made one; each file has a path and, where there are any,
                 ids     the places in it; a number n stands for the n-th list of ids in these notes, from 0
                 links   pairs: an address that nothing in the shard had answered, and the template with it
                 prose   such addresses in prose of the catalog
                 faults  sentences that say what is wrong with its links
    entry      what search knows of the page, if it finds it: location, title, text, tags
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Any, Final, TypeVar

from herdbook.errors import HerdbookError
from herdbook.site.links import Passed
from herdbook.site.page import File

T = TypeVar("T")

NOTES: Final = "herdbook-shard.jsonl"
FORM: Final = 1
_SHARD = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")
_NOT_IN_PATHS = re.compile(r"[\x00-\x1f\x7f\\]")
# What may be half of a character; whole ones are written as they are.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """One of so many parts of a site, counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def has(self, job: int) -> bool:
        """Tell whether a job, by its number from 0, is done in this shard."""
        return whose(job, self.of) == self.number


def whose(job: int, of: int) -> int:
    """Tell in which one of so many shards a job is done."""
    # Pages of data and pages of what these touch take turns, two of them with the same answer. Beyond that,
    # neighbours take about as long as one another, and share so little that apart they hardly cost more.
    return job // 2 % of + 1


def shard_of(text: str) -> Shard:
    """Read K/N.

    Raises:
        HerdbookError: it is no shard.
    """
    found = _SHARD.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise HerdbookError(
            f"--shard {text!a} is no part of a site: write K/N, such as 2/4, where K counts from 1 to N "
            "and N is at most 9999"
        )
    return Shard(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class Heading:
    """What a shard is a part of; the fields are those of the notes."""

    shard: Shard
    jobs: int
    herdbook: str
    building: str
    catalog: str
    folder: str
    search: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a job: its number, its files, and what search knows of the page among them."""

    job: int
    files: tuple[Passed, ...]
    entry: str = ""

    @property
    def has_page(self) -> bool:
        """Tell whether it is a page that was made."""
        return bool(self.files) and self.files[0].path.endswith(".html")


class Notes:
    """Takes down what comes of jobs; `origin` says which file a template is."""

    def __init__(self, origin: Callable[[str], str] = str) -> None:
        self._origin = origin
        self._lines: list[bytes] = []
        self._ids: dict[frozenset[str], int] = {}

    def add(self, part: Part) -> None:
        """Take down what came of a job."""
        line: dict[str, object] = {"job": part.job, "files": [self._file(file) for file in part.files]}
        if part.entry:
            line["entry"] = json.loads(part.entry)
        self._lines.append(_line(line))

    def _file(self, file: Passed) -> Mapping[str, object]:
        ids: object = self._ids.get(file.ids)
        if ids is None and file.ids:
            self._ids[file.ids] = len(self._ids)
            ids = sorted(file.ids)
        links = [(address, self._origin(maker)) for address, maker in file.links]
        told = {"path": file.path, "ids": ids, "links": links, "prose": file.prose, "faults": file.faults}
        return {name: value for name, value in told.items() if value not in (None, [], ())}

    def file(self, heading: Heading) -> File:
        """Return the notes."""
        first = {
            "form": FORM,
            "shard": heading.shard.number,
            "of": heading.shard.of,
            "jobs": heading.jobs,
            "herdbook": heading.herdbook,
            "building": heading.building,
            "catalog": heading.catalog,
            "folder": heading.folder,
            "search": heading.search,
        }
        return File(NOTES, b"".join((_line(first), *self._lines)))


def _line(value: object) -> bytes:
    return f"{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}\n".encode()


class OtherFormError(ValueError):
    """The notes are of another form, which another Herdbook reads."""


def heading_in(line: bytes) -> Heading:
    """Read the first line of notes.

    Raises:
        OtherFormError: it is of another form.
        ValueError: it is no heading; the message says why.
    """
    data = _object(line)
    if (form := _in(data, "form", int)) != FORM:
        raise OtherFormError(f"form {form}")
    shard = Shard(_in(data, "shard", int), _in(data, "of", int))
    if not 1 <= shard.number <= shard.of:
        raise ValueError(f"there is no shard {shard}")
    if (jobs := _in(data, "jobs", int)) < 1:
        raise ValueError("it has no jobs")
    herdbook, building, catalog, folder = (
        _in(data, name, str) for name in ("herdbook", "building", "catalog", "folder")
    )
    return Heading(shard, jobs, herdbook, building, catalog, folder, _in(data, "search", dict))


def parts_in(lines: Iterable[bytes]) -> Iterator[Part]:
    """Read the lines of notes that follow the first one.

    Raises:
        ValueError: one is not as it should be; the message says which and why.
    """
    lists: list[frozenset[str]] = []
    for number, line in enumerate(lines, 2):
        try:
            data = _object(line)
            files = tuple(_passed(item, lists) for item in _in(data, "files", list))
            entry = _entry(data["entry"], files) if "entry" in data else ""
            yield Part(_in(data, "job", int), files, entry)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error


def _passed(data: Any, lists: list[frozenset[str]]) -> Passed:
    path = _in(data, "path", str)
    if not _is_inside(path):
        raise ValueError(f"the path {path!a} leads out of the site")
    ids = data.get("ids", [])
    if isinstance(ids, list):
        ids = frozenset(_texts(ids, "ids"))
        if ids:
            lists.append(ids)
    elif isinstance(ids, int) and 0 <= ids < len(lists):
        ids = lists[ids]
    else:
        raise ValueError("ids are no list, nor the number of one")
    links = tuple(_link(item) for item in _in(data, "links", list, []))
    prose, faults = (tuple(_texts(_in(data, name, list, []), name)) for name in ("prose", "faults"))
    return Passed(path, ids, links, prose, faults)


def _is_inside(path: str) -> bool:
    """Tell whether a path names a file inside the site, on every system."""
    steps = path.split("/")
    return not (_NOT_IN_PATHS.search(path) or {"", ".", ".."} & {*steps} or PureWindowsPath(path).drive)


def _link(data: Any) -> tuple[str, str]:
    if not isinstance(data, list) or len(data) != 2:
        raise ValueError("links are no pairs")
    address, maker = _texts(data, "links")
    return address, maker


def _entry(data: Any, files: tuple[Passed, ...]) -> str:
    """Check what search knows of a page, and write it as the index keeps it."""
    words = {name: _in(data, name, str) for name in ("location", "title", "text")}
    if not files or words["location"] != files[0].path:
        raise ValueError("the entry is of another page")
    tags = _texts(_in(data, "tags", list), "tags")
    return json.dumps({**words, "tags": tags}, ensure_ascii=False)


def _object(line: bytes) -> Mapping[str, Any]:
    text = line.decode()
    try:
        value = json.loads(text)
        if _HALF.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("it is no JSON object")
    return value


def _in(data: Any, name: str, kind: type[T], default: T | None = None) -> T:
    value = data.get(name, default) if isinstance(data, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{name} is missing, or of the wrong kind")
    return value


def _texts(values: list[Any], name: str) -> list[str]:
    """Check that all values are texts."""
    for value in values:
        if not isinstance(value, str):
            raise ValueError(f"{name} holds what is no text")
    return values
