"""Entries for tests: read from files that show every field, or made of a few."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from herdbook.entries import ENTRY_TYPES, Entry
from herdbook.schema import validate
from herdbook.source import SourceFile, read_source
from herdbook.tree import DirTree

DATA = Path(__file__).parent / "data"
TYPES = {entry_type.kind: entry_type for entry_type in ENTRY_TYPES}


def read(path: Path) -> Entry:
    source, problems = read_source(DirTree(path.parent), path.name)
    assert not [problem for problem in problems if problem.rule != "ambiguous-scalar"]
    return TYPES[source.value["kind"]](source, source.value)


def made(entry_type: type[Entry], data: Mapping[str, Any]) -> Any:
    value = {"kind": entry_type.kind, **data}
    assert validate(entry_type.kind, value) == ()
    return entry_type(SourceFile(DirTree(Path("catalog")), "a.yaml"), value)
