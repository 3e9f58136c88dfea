"""Tables: rows, columns and types, of all rows; and nothing that is guessed."""

import csv
import gzip
import io
import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from herdbook.tables import Column, Reading, Table, TableError, format_of, read_table, together
from herdbook.tables.packed import LONGEST_LINE
from herdbook.tables.parquet import can_read_parquet
from herdbook.tables.partitions import with_partitions
from herdbook.tables.types import joined, type_of

# Without the time: it would stand in the names of tests.
PACKED = gzip.compress(b"a,b\n" * 9, mtime=0)


def read(folder: Path, name: str, content: bytes | str, **reading: Any) -> Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with path.open("rb", buffering=0) as file:
        table = read_table(file, name, Reading(**reading))
        assert not file.closed
    return table


def types(table: Table) -> dict[str, str]:
    return {column.name: column.type + ("?" if column.is_missing else "") for column in table.columns}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.csv", "csv"), ("a.TSV", "tsv"), ("a.csv.gz", "csv (gzip)"), ("a.jsonl", "jsonl"),
        ("a.ndjson.GZ", "jsonl (gzip)"), ("a.parquet", "parquet"), ("a.pq", "parquet"), ("a.parquet.gz", ""),
        ("a.csv.zip", ""), ("a.json", ""), ("csv", ""), ("a.gz", ""),
    ],
)  # fmt: skip
def test_the_name_says_the_format(name: str, form: str) -> None:
    assert format_of(name) == form


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        ("0 7 -7 12345678901234567890", "integer"),
        ("0.5 .5 5. -1e-5 1E10 NaN inf -Infinity", "number"),
        ("true False TRUE", "boolean"),
        ("2024-02-29 1999-12-31", "date"),
        ("2024-02-29T10:00 2024-02-29T10:00:00Z 2024-02-29T10:00:00.123456789+01:00", "timestamp"),
        ("007 00.5 +49 1,5 1_000 0x1f 1e 2024-02-30 24-02-01 yes ٣ 2024-13-01T10:00 T --1 1-1", "string"),
    ],
)
def test_what_a_text_is(texts: str, kind: str) -> None:
    assert {type_of(text) for text in texts.split()} == {kind}


@given(st.integers() | st.floats())
def test_numbers_are_found_as_python_writes_them(value: float) -> None:
    assert type_of(repr(value)) == ("integer" if isinstance(value, int) else "number")


@given(st.lists(st.sampled_from(["integer", "number", "boolean", "date", "string"]), min_size=3, max_size=3))
def test_the_order_of_values_makes_no_difference(kinds: list[str]) -> None:
    one, two, three = kinds
    assert joined(joined(one, two), three) == joined(one, joined(two, three))
    assert joined(one, two) == joined(two, one)


def test_columns_of_csv(tmp_path: Path) -> None:
    text = (
        "id,amount,code,flag,day,at,note,none,mixed\r\n"
        '1,1,007,true,2024-02-01,2024-02-01 10:00:00,"a, b\nc",,1\r\n'
        "\r\n"
        '2,,010,False,2024-02-02,2024-02-01T11:00:00Z,"say ""hi""",,x\r\n'
        "3,2.5,012,TRUE,2024-02-03,2024-02-01T12:00Z,,,2024-01-01\r\n"
    )
    table = read(tmp_path, "a.csv", "\ufeff" + text)
    assert table.rows == 3
    assert types(table) == {
        "id": "integer", "amount": "number?", "code": "string", "flag": "boolean", "day": "date",
        "at": "timestamp", "note": "string?", "none": "unknown?", "mixed": "string",
    }  # fmt: skip
    assert table.notes == ()
    assert read(tmp_path, "b.csv.gz", gzip.compress(text.encode())) == table
    tabs = "\n".join("\t".join(row) for row in (["a", "b"], ["1,5", "x"]))
    assert types(read(tmp_path, "c.tsv", tabs)) == {"a": "string", "b": "string"}
    assert types(read(tmp_path, "c.csv", tabs, delimiter="\t")) == {"a": "string", "b": "string"}


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=3, max_size=3
        ),
        max_size=9,
    )
)
@example([["a\r", "\n", '"'], ["\u2028", "\x0b", "\x85"], ["x" * 200_000, ",", "\ufeff"]])
def test_what_python_writes_as_csv_is_read_row_by_row(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    from herdbook.tables.delimited import read_delimited

    table = read_delimited(io.BytesIO(out.getvalue().encode()), "a.csv", Reading())
    assert table.rows == len(rows)
    assert [column.name for column in table.columns] == ["a", "b", "c"]


def test_names_are_those_of_the_file(tmp_path: Path) -> None:
    table = read(tmp_path, "a.csv", ",a, b ,a\n1,2,3,4\n")
    assert table.columns[0] == Column("column 1", "integer", note="It has no name in the file.")
    assert [column.name for column in table.columns[1:]] == ["a", " b ", "a"]
    assert table.notes == ("Several columns are called a.",)
    bare = read(tmp_path, "a.csv", "1,2\n3,4\n", header=False)
    assert (bare.rows, bare.columns) == (2, (Column("column 1", "integer"), Column("column 2", "integer")))
    assert types(read(tmp_path, "a.csv", "2019,2020\n3,4\n", header=True)) == {
        "2019": "integer",
        "2020": "integer",
    }


def test_a_word_for_nothing_is_not_taken_for_it_unasked(tmp_path: Path) -> None:
    text = "age,name\n1,Ada\nNA,NA\n3,?\nNA,NA\n"
    table = read(tmp_path, "a.csv", text)
    assert types(table) == {"age": "string", "name": "string"}
    assert table.notes == (
        "The column age holds 'NA' in 2 rows; --missing 'NA' takes that for a missing value.",
        "The column name holds 'NA' in 2 rows; --missing 'NA' takes that for a missing value.",
    )
    asked = read(tmp_path, "a.csv", text, missing=frozenset({"NA", "?"}))
    assert (types(asked), asked.notes) == ({"age": "integer?", "name": "string?"}, ())
    wide = "\n".join(",".join(row) for row in (["x" + str(i) for i in range(7)], ["NA"] * 7))
    assert read(tmp_path, "a.csv", wide).notes[5:] == ("So do 2 more columns, with this or another word.",)


def test_nothing_and_too_much(tmp_path: Path) -> None:
    for name in ("a.csv", "a.jsonl"):
        assert read(tmp_path, name, "") == Table(0, (), ("The file holds no line.",))
    assert read(tmp_path, "a.csv", "a,b\n") == Table(0, (Column("a", "unknown"), Column("b", "unknown")))
    names = ",".join(f"x{i}" for i in range(2_001))
    wide = read(tmp_path, "a.csv", f"{names}\n")
    assert (wide.columns, wide.notes) == ((), ("It has 2,001 columns, too many to be listed.",))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "a,b\n1,2\n3\n", "a.csv, line 3: the line has 1 values where the first one has 2; "),
        ("a.csv", "a,b\n1,2,3\n", "a.csv, line 2: the line has 3 values where the first one has 2; "),
        ("a.csv", "a;b\n1;2\n", "a.csv, line 1: the line is one value with a semicolon in it; say"),
        ("a.csv", "a\tb\n", "a.csv, line 1: the line is one value with a tab in it; say"),
        ("a.tsv", "a,b\n", "a.tsv, line 1: the line is one value with a comma in it; say"),
        ("a.csv", "a b\n", "a.csv, line 1: the line is one value with a blank in it; say"),
        ("a.csv", "150,4,setosa\n", "a.csv, line 1: '150' stands where the name of a column should; say"),
        ("a.csv", "a,2024-01-01\n", "a.csv, line 1: '2024-01-01' stands where the name of a "),
        ("a.csv", 'a,b\n1,"2\n', "a.csv, line 2: unexpected end of data; mend"),
        ("a.csv", 'a,b\n1,"2"3\n', "a.csv, line 2: ',' expected after '\"'; mend"),
        ("a.csv", b"a,b\n1,\xe4\n", "a.csv, behind line 0: the text is no utf-8; say how it is "),
        ("a.csv", "a,b\n1,2\n".encode("utf-16"), "a.csv, behind line 0: the text is no utf-8; say how "),
        ("a.csv", '"a\nb",c\n', "a.csv: the name of column 1 is no line of text; is the first line a header"),
        ("a.csv", "a\0,c\n", "a.csv: the name of column 1 is no line of text; is the first line a header"),
        ("a.csv.gz", b"a,b\n", "a.csv.gz: is not packed with gzip, or is cut off (Not a gzipped file"),
        ("a.csv.gz", PACKED[:-9], "a.csv.gz: is not packed with gzip, or is cut off ("),
        ("a.csv.gz", PACKED[:10] + b"\xff" * 9, "a.csv.gz: is not packed with gzip, or "),
        ("a.jsonl", "{}\n[]\n", "a.jsonl, line 2: the line holds no object; mend the line, or leave"),
        ("a.jsonl", '{"a": 1\n', "a.jsonl, line 1: no JSON (Expecting "),
        ("a.jsonl", '{"a": 1, "a": 2}', "a.jsonl, line 1: no JSON (the key 'a' stands there twice); "),
        ("a.jsonl", b'\n{"a": "\xff"}', "a.jsonl, line 2: byte 7 is no UTF-8; "),
        ("a.jsonl", '{"": 1}', "a.jsonl: key 1 is blank; name it, or leave rows and columns out "),
        ("a.jsonl", '{"a\\nb": 1}', "a.jsonl: the name of column 1 is no line of text; --no-columns leaves "),
        ("a.jsonl", '{"a": ' + "[" * 100_000, "a.jsonl, line 1: the line is nested too deep; "),
        ("a.parquet", b"PAR1", "a.parquet: is no Parquet file that can be read ("),
        ("a.parquet", b"", "a.parquet: is no Parquet file that can be read ("),
        ("a.parquet", b"PAR1" + b"\xff" * 90 + b"PAR1", "a.parquet: is no Parquet file that can be read ("),
    ],
)  # fmt: skip
def test_what_is_no_table_or_could_be_several_is_said(
    tmp_path: Path, name: str, content: bytes | str, message: str
) -> None:
    with pytest.raises(TableError) as failed:
        read(tmp_path, name, content)
    assert str(failed.value).startswith(message)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize("encoding", ["klingon", "base64", "rot13"])
def test_an_encoding_that_there_is_not(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(TableError, match="name one that Python knows with --encoding, such as latin-1"):
        read(tmp_path, "a.csv", "a,b\n", encoding=encoding)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252", "UTF_8"])
def test_other_encodings_where_they_are_named(tmp_path: Path, encoding: str) -> None:
    table = read(tmp_path, "a.csv", "größe,b\n1,2\n".encode(encoding), encoding=encoding)
    assert [column.name for column in table.columns] == ["größe", "b"]
    with pytest.raises(TableError, match=r"behind line 0: the text is no ascii; say"):
        read(tmp_path, "a.csv", "größe,b\n".encode(), encoding="ascii")


class _Endless(io.RawIOBase):
    """A line without an end, as bombs have it."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        buffer[:] = b"x" * len(buffer)
        return len(buffer)


def test_a_line_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    from herdbook.tables.delimited import read_delimited
    from herdbook.tables.jsonlines import read_json_lines

    assert LONGEST_LINE < 100_000_000
    for module in ("delimited", "jsonlines"):
        monkeypatch.setattr(f"herdbook.tables.{module}.LONGEST_LINE", 10_000)
    with pytest.raises(TableError, match=r"a line has more than 10,000 characters; is it a table\?"):
        read_delimited(io.BufferedReader(_Endless()), "a.csv", Reading())
    with pytest.raises(TableError, match="line 1: the line has more than 10,000 bytes"):
        read_json_lines(io.BufferedReader(_Endless()), "a.jsonl", Reading())
    with pytest.raises(TableError, match="line 5002: field larger than field limit"):
        read_delimited(io.BytesIO(b'a,b\n1,"' + b"x\n" * 100_000), "a.csv", Reading())
    assert csv.field_size_limit() == 131_072


def test_columns_of_json_lines(tmp_path: Path) -> None:
    lines = [
        {"id": 1, "amount": 1, "day": "2024-02-01", "many": [1], "one": {"a": 1}, "flag": True, "n": "5"},
        {
            "id": 2,
            "amount": 2.5,
            "day": "2024-02-02",
            "many": [],
            "one": {},
            "flag": False,
            "n": 5,
            "late": None,
        },
        {"id": 10**4000, "amount": None, "day": "2024-02-03", "many": [], "one": {}, "flag": True, "n": "NA"},
    ]
    text = "\n\n".join(map(json.dumps, lines))
    table = read(tmp_path, "a.jsonl", "\ufeff" + text)
    assert table.rows == 3
    assert types(table) == {
        "id": "integer", "amount": "number?", "day": "date", "many": "array", "one": "object",
        "flag": "boolean", "n": "integer or string", "late": "unknown?",
    }  # fmt: skip
    assert read(tmp_path, "a.ndjson.gz", gzip.compress(text.encode())) == table
    asked = read(tmp_path, "a.jsonl", text, missing=frozenset({"NA"}))
    assert types(asked)["n"] == "integer or string?"


def test_keys_without_end_are_no_columns(tmp_path: Path) -> None:
    text = "".join(json.dumps({f"k{row}-{key}": 1 for key in range(1_000)}) + "\n" for row in range(30))
    with pytest.raises(TableError, match="line 21: there are more than 20,000 keys by now"):
        read(tmp_path, "a.jsonl", text)


@given(
    st.lists(
        st.dictionaries(
            st.text(min_size=1).filter(lambda key: key.strip() and not {"\n", "\r", "\0"} & {*key}),
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
        ),
        max_size=9,
    )
)
@example([{"a": math.nan}, {"\ud800": "\udfff"}])
def test_what_python_writes_as_json_lines_is_read(rows: list[dict[str, Any]]) -> None:
    from herdbook.tables.jsonlines import read_json_lines

    text = "".join(json.dumps(row) + "\n" for row in rows)
    table = read_json_lines(io.BytesIO(text.encode()), "a.jsonl", Reading())
    assert table.rows == len(rows)
    assert [column.name for column in table.columns] == list(
        dict.fromkeys(key for row in rows for key in row)
    )


def test_columns_of_parquet(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.schema(
        [
            ("id", pyarrow.int64()),
            ("at", pyarrow.timestamp("us", tz="UTC")),
            ("amount", pyarrow.decimal128(10, 2)),
            ("words", pyarrow.list_(pyarrow.string())),
            ("none", pyarrow.null()),
        ]
    )
    rows = [{"id": number, "words": ["a"], "amount": None if number == 3 else 1} for number in range(5)]
    pyarrow.parquet.write_table(
        pyarrow.Table.from_pylist(rows, schema=schema), tmp_path / "x", row_group_size=2
    )
    seen: list[int] = []
    with (tmp_path / "x").open("rb", buffering=0) as file:
        table = read_table(file, "a.parquet", progress=seen.append)
    assert table.rows == 5
    assert types(table) == {
        "id": "int64", "at": "timestamp[us, tz=UTC]?", "amount": "decimal128(10, 2)?",
        "words": "list<element: string>", "none": "null",
    }  # fmt: skip
    assert sum(seen) > 0


@pytest.mark.parametrize(
    ("kinds", "kind"),
    [
        (["integer", "integer"], "integer"), (["integer", "number"], "number"), (["unknown", "date"], "date"),
        (["unknown", "unknown"], "unknown"), (["integer", "string or date"], "date or integer or string"),
        (["int64", "int32", "int64"], "int32 or int64"),
    ],
)  # fmt: skip
def test_the_type_of_a_column_is_that_in_all_parts(kinds: list[str], kind: str) -> None:
    parts = [(str(place), Table(2, (Column("a", kind),))) for place, kind in enumerate(kinds)]
    assert together(parts, as_text=False) == Table(2 * len(kinds), (Column("a", kind),))
    text = kind if " or " not in kind else "string"
    assert together(parts, as_text=True) == Table(2 * len(kinds), (Column("a", text),))


def test_notes_of_parts_are_not_without_end() -> None:
    parts = [(str(place), Table(0, (), ("Look.",))) for place in range(7)]
    whole = together(parts, as_text=True)
    assert whole is not None
    assert whole.notes[4:] == ("4: Look.", "There are 2 more notes like these.")


def test_whether_parquet_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_read_parquet()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert not can_read_parquet()


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    content = b"a,b\n" + b"1,2\n" * 1_000_000
    (tmp_path / "x").write_bytes(content)
    seen: list[int] = []
    with (tmp_path / "x").open("rb", buffering=0) as file:
        assert read_table(file, "a.csv", progress=seen.append).rows == 1_000_000
    assert sum(seen) == len(content)
    assert len(seen) > 2


@pytest.mark.parametrize(
    ("paths", "columns"),
    [
        (["0.csv", "1.csv"], []),
        (["day=1/0.csv", "day=2/0.csv"], [("day", "integer", False)]),
        (["day=1/0.csv", "0.csv"], []),
        (["day=1/0.csv", "month=1/0.csv"], []),
        (
            ["k=a%2Fb/d=2024-01-01/0.csv", "k=1/d=2024-01-02/0.csv"],
            [("k", "string", False), ("d", "date", False)],
        ),
        (["x/k=__HIVE_DEFAULT_PARTITION__/0.csv", "x/k=007/0.csv"], [("k", "string", True)]),
        (["own=1/0.csv"], []),
        (["=1/0.csv", "=2/a=b.csv"], []),
        (["%0A=1/0.csv"], []),
    ],
)
def test_columns_in_the_names_of_folders(paths: list[str], columns: list[tuple[str, str, bool]]) -> None:
    table = Table(1, (Column("own", "string"),))
    found = with_partitions(table, paths).columns[1:]
    assert [(column.name, column.type, column.is_missing) for column in found] == columns
