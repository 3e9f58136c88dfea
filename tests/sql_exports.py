"""Exports in Parquet for questions in SQL, and the questions with other things to ask about."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from benchmarks.generate import write

from conftest import CHECKOUT
from herdbook.exporters.parquet import export_parquet
from herdbook.opening import read_catalog
from herdbook.queries.records import Records
from herdbook.tree import DirTree

QUERIES = CHECKOUT / "examples" / "queries"
TODAY = date(2026, 11, 26)
_ASKED = re.compile(r"(?<=\bSELECT ')[^']+(?=' AS key)")


def exported(folder: Path) -> Mapping[str, Records]:
    """Export the catalog of this repository and a generated one; return both by their names."""
    write(200, folder / "generated")
    found = {}
    for source in (CHECKOUT / "catalog", folder / "generated"):
        records = Records(read_catalog(DirTree(source)), TODAY)
        assert records.catalog.file is not None
        found[records.catalog.file.name] = records
        export_parquet(records, folder / "exports" / source.name)
    return found


def query(name: str, key: str = "", other: str = "") -> str:
    """A query, asked about something else."""
    text = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    if key:
        text, count = _ASKED.subn(key, text)
        assert count == 1
    if other:
        assert text.count("CAST(NULL AS STRING) AS other") == 1
        text = text.replace("CAST(NULL AS STRING) AS other", f"'{other}' AS other")
    return text
