"""The checks of the script of a reproduction, run as the script runs them."""

import ast
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from herdbook.digest import measure_folder
from herdbook.reports import reproduced

PROGRAM = Path(reproduced.__file__)


def ran(*arguments: str | Path, cwd: Path) -> tuple[int, str]:
    program = cwd / "checks.py"  # alone, as in the script
    shutil.copyfile(PROGRAM, program)
    done = subprocess.run(
        [sys.executable, program, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def test_it_is_written_for_old_pythons_and_needs_nothing_of_ours() -> None:
    tree = ast.parse(PROGRAM.read_text(), feature_version=(3, 7))
    imported = {node.names[0].name for node in ast.walk(tree) if isinstance(node, ast.Import)}
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("algorithm", ["sha256", "md5", "md5-dos2unix"])
def test_digests_of_files(algorithm: str, tmp_path: Path) -> None:
    data = b"a\r\nb\rc\n" * 300_000  # longer than a piece
    (tmp_path / "-file").write_bytes(data)
    sums = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "md5": md5(data),
        "md5-dos2unix": md5(data.replace(b"\r\n", b"\n")),
    }
    assert ran("digest", "-file", f"{algorithm}:{sums[algorithm]}", cwd=tmp_path) == (0, "")
    code, said = ran("digest", "-file", f"{algorithm}:{'0' * 64}", cwd=tmp_path)
    assert code == 1
    assert said.startswith(f"-file has the digest {algorithm}:{sums[algorithm]}, not ")


def test_a_line_end_may_be_cut_in_two(tmp_path: Path) -> None:
    data = b"x" * ((1 << 20) - 1) + b"\r\n" + b"y\r"
    (tmp_path / "file").write_bytes(data)
    digest = f"md5-dos2unix:{md5(data.replace(bytes([13, 10]), bytes([10])))}"
    assert ran("digest", "file", digest, cwd=tmp_path) == (0, "")
    assert ran("digest", "file", f"md5-dos2unix:{md5(data)}", cwd=tmp_path) == (0, "")


def test_digests_of_folders_are_those_of_dvc(tmp_path: Path) -> None:
    (tmp_path / "data" / "b").mkdir(parents=True)
    (tmp_path / "data" / "b" / "ü.txt").write_bytes(b"2")
    (tmp_path / "data" / "a.txt").write_bytes(b"1")
    # The file that DVC keeps in its cache for such a folder.
    listed = (
        '[{"md5": "c4ca4238a0b923820dcc509a6f75849b", "relpath": "a.txt"}, '
        '{"md5": "c81e728d9d4c2f636f067f89cc14862c", "relpath": "b/\\u00fc.txt"}]'
    )
    assert ran("digest", "data", f"md5-dir:{md5(listed.encode())}", cwd=tmp_path) == (0, "")
    assert ran("digest", "data", f"md5-dir:{'0' * 32}", cwd=tmp_path)[0] == 1


def test_digests_of_folders_are_those_that_we_take(tmp_path: Path) -> None:
    (tmp_path / "data" / "b").mkdir(parents=True)
    (tmp_path / "data" / "b" / "ü.txt").write_bytes(b"2")
    (tmp_path / "data" / "a.txt").write_bytes(b"1")
    (tmp_path / "data" / "a").symlink_to("a.txt")
    digest = measure_folder(tmp_path / "data").digest
    assert ran("digest", "data", digest, cwd=tmp_path) == (0, "")
    (tmp_path / "data" / "a.txt").write_bytes(b"2")
    code, said = ran("digest", "data", digest, cwd=tmp_path)
    assert code == 1
    assert said.startswith("data has the digest sha256-dir:")


def test_what_is_missing_and_what_cannot_be_told(tmp_path: Path) -> None:
    assert ran("digest", "file", "md5:0", cwd=tmp_path) == (1, "file is not there\n")
    (tmp_path / "file").touch()
    code, said = ran("digest", "file", "etag:1", cwd=tmp_path)
    assert (code, said) == (3, "a digest of the kind etag is not one of the content\n")
    assert ran("digest", ".", "md5:0", cwd=tmp_path)[0] == 3


def test_files_inside_packages_and_their_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "plain.csv").write_bytes(b"1")
    with zipfile.ZipFile(package / "packed.zip", "w") as packed:
        packed.writestr("in/side.csv", b"2")
    with tarfile.open(package / "packed.tar.gz", "w:gz") as archive:
        archive.add(package / "plain.csv", "in/side.csv")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for path, data in (
        ("plain.csv", b"1"),
        ("packed.zip/in/side.csv", b"2"),
        ("packed.tar.gz/in/side.csv", b"1"),
    ):
        arguments = ("package", "pkg:x", f"package/{path}")
        assert ran(*arguments, f"md5:{md5(data)}", cwd=tmp_path) == (0, "")
        assert ran(*arguments, f"sha256:{'0' * 64}", cwd=tmp_path)[0] == 1
    code, said = ran("package", "pkg:x", "package/none.csv", "md5:0", cwd=tmp_path)
    assert (code, said) == (1, "pkg:x: no installed package has the file package/none.csv\n")
    assert ran("package", "pkg:x", "package/packed.zip/none", "md5:0", cwd=tmp_path)[0] == 3


EXPECTED: dict[str, Any] = {
    "id": "train-1",
    "experiment": "churn",
    "params": {"lr": 0.0003, "layers": [1, 2]},
    "seeds": {"numpy": 1},
    "metrics": {"auc": 0.81, "loss": 0},
    "slices": [{"by": {"region": "north", "new": True}, "metrics": {"auc": 0.7}}],
    "tolerance": 1e-9,
}
RECORD = """\
params: {lr: 3e-4, layers: [1, 2]}
seeds: {numpy: 1}
metrics: {auc: 0.8100000000001, loss: 0.0, more: 1}
slices: [{by: {new: true, region: north}, metrics: {auc: 0.7, more: 2}}]
"""


def compared(folder: Path, record: str, name: str = "train-1") -> tuple[int, str]:
    (folder / "runs" / "churn").mkdir(parents=True, exist_ok=True)
    (folder / "runs" / "churn" / f"{name}.yaml").write_text(record)
    (folder / "expected.json").write_text(json.dumps(EXPECTED))
    return ran("record", "expected.json", ".", cwd=folder)


def test_the_same_numbers(tmp_path: Path) -> None:
    assert compared(tmp_path, RECORD) == (0, "")


def test_a_run_that_was_recorded_under_another_name(tmp_path: Path) -> None:
    assert compared(tmp_path, RECORD, "churn-20260101-0123") == (0, "")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("auc: 0.81000", "auc: 0.81001", "metrics auc: 0.81 on record, 0.8100100000001 now"),
        ("loss: 0.0, ", "", "metrics loss: 0 on record, None now"),
        ("loss: 0.0", "loss: text", "metrics loss: 0 on record, 'text' now"),
        ("loss: 0.0", "loss: .nan", "metrics loss: 0 on record, nan now"),
        ("numpy: 1", "numpy: 2", "seeds numpy: 1 on record, 2 now"),
        ("3e-4", "3e-3", "params lr: 0.0003 on record, '3e-3' now"),
        ("[1, 2]}", "[1, 2], more: 1}", "params more: None on record, 1 now"),
        ("auc: 0.7,", "auc: 0.6,", 'slice {"new": true, "region": "north"} auc: 0.7 on record, 0.6 now'),
        (
            "region: north",
            "region: south",
            'slice {"new": true, "region": "north"} auc: 0.7 on record, None now',
        ),
    ],
)
def test_other_numbers(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in RECORD
    assert compared(tmp_path, RECORD.replace(old, new)) == (1, f"{said}\n")


def test_no_record_and_several(tmp_path: Path) -> None:
    (tmp_path / "expected.json").write_text(json.dumps(EXPECTED))
    code, said = ran("record", "expected.json", ".", cwd=tmp_path)
    assert (code, said.partition(" with ")[0]) == (3, "the command recorded no runs of churn")
    compared(tmp_path, RECORD, "a")
    code, said = compared(tmp_path, RECORD, "b")
    assert (code, said.partition(" with ")[0]) == (3, "the command recorded 2 runs of churn")
    assert compared(tmp_path, RECORD) == (0, "")  # its own name decides
    assert compared(tmp_path, "- 1\n")[0] == 3
