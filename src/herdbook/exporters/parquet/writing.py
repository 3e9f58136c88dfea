"""Write tables with pyarrow, some thousand rows at a time; the folder is the old one or the new one."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from herdbook.errors import HerdbookError, unwritable
from herdbook.exporters.parquet.columns import Row, Table, Type

_ROWS_AT_ONCE = 20_000
_MOST_NAMED = 3


def write_table(folder: Path, table: Table, catalog: str, rows: Iterable[Row]) -> int:
    """Write a table; return how many rows it has. The same rows give the same bytes.

    Raises:
        HerdbookError: pyarrow is not installed.
    """
    arrow, parquet = _pyarrow()
    schema = _schema(arrow, table)
    written, waiting = 0, iter(rows)
    with parquet.ParquetWriter(folder / f"{table.name}.parquet", schema, compression="zstd") as writer:
        while chunk := list(islice(waiting, _ROWS_AT_ONCE)):
            values = [[catalog] * len(chunk), *map(list, zip(*chunk, strict=True))]
            arrays = [arrow.array(column, field.type) for column, field in zip(values, schema, strict=True)]
            writer.write_batch(arrow.record_batch(arrays, schema=schema), row_group_size=_ROWS_AT_ONCE)
            written += len(chunk)
    return written


@contextlib.contextmanager
def replacing(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """Give a fresh folder beside another one, whose place it takes when all went well.

    Args:
        folder: the folder; files of other names in it are left alone, and nothing is written then.
        names: the files that an export writes.

    Raises:
        HerdbookError: there are other files in the folder, or it is none.
        StorageError: writing failed.
    """
    target = Path(os.path.realpath(folder))
    _refuse_foreign(target, folder, names)
    fresh, old = (target.with_name(f".{target.name}.herdbook-{secrets.token_hex(8)}") for _ in range(2))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.mkdir()
        try:
            yield fresh
            _refuse_foreign(target, folder, names)  # somebody may have put a file there meanwhile
            _take_place(fresh, target, old)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise unwritable(folder, error, "what was there is unchanged") from error


def _take_place(fresh: Path, target: Path, old: Path) -> None:
    if not target.exists():
        fresh.rename(target)
        return
    target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        old.rename(target)
        raise


def _refuse_foreign(target: Path, folder: Path, names: Sequence[str]) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise HerdbookError(f"{folder} is a file: name a folder for the tables")
    foreign = sorted({path.name for path in target.iterdir()} - {*names})
    if foreign:
        more = f" and {len(foreign) - _MOST_NAMED} more" if len(foreign) > _MOST_NAMED else ""
        raise HerdbookError(
            f"{folder} holds what is no table of an export ({', '.join(foreign[:_MOST_NAMED])}{more}): "
            "name another folder, or move it elsewhere"
        )


def _pyarrow() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise HerdbookError(
            "Parquet is written by pyarrow, which is not installed: `pip install herdbook[parquet]`"
        ) from error


def _schema(arrow: Any, table: Table) -> Any:
    types = {
        Type.TEXT: arrow.string(),
        Type.TEXTS: arrow.list_(arrow.string()),
        Type.NUMBER: arrow.float64(),
        Type.WHOLE: arrow.int64(),
        Type.TRUTH: arrow.bool_(),
        Type.TIME: arrow.timestamp("us", tz="UTC"),
    }
    columns = [
        ("catalog", types[Type.TEXT]),
        *((column.name, types[column.type]) for column in table.columns),
    ]
    return arrow.schema(columns)
