"""Files of a catalog change all or none, and nobody's work is lost."""

import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from herdbook.errors import RaceError, StorageError
from herdbook.opening import read_catalog
from herdbook.storing import Write, create, locked, replace
from herdbook.tree import DirTree
from herdbook.yaml.reader import parse_yaml

LEDGER = "models/m/aliases.yaml"
EMPTY = (
    b"kind: aliases\nmodel: m\naliases:\n  champion:\n    - {version: 1, at: '2024-01-01T00:00:00Z', by: a}\n"
)

# Adds lines to the ledger, one command after the other.
WRITER = """\
    import sys
    from pathlib import Path
    from herdbook.editing import Append, edit
    from herdbook.storing import Write, locked
    root, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    path = "models/m/aliases.yaml"
    for number in range(count):
        with locked(root, patience=240) as store:
            raw = (root / path).read_bytes()
            line = {"version": number + 1, "at": "2024-01-01T00:00:00Z", "by": name}
            store.write([Write(path, raw, edit(raw, [Append(("aliases", "champion"), line)]))])
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "catalog"
    (folder / LEDGER).parent.mkdir(parents=True)
    (folder / LEDGER).write_bytes(EMPTY)
    return folder


def files_in(root: Path) -> set[Path]:
    found = (path for path in root.rglob("*") if path.is_file())
    return {path for path in found if path.relative_to(root).parts[0] != ".herdbook"}


def writer(root: Path, name: str, count: int) -> subprocess.Popen[bytes]:
    code = textwrap.dedent(WRITER)
    return subprocess.Popen([sys.executable, "-c", code, root, name, str(count)])


def lines(root: Path) -> list[str]:
    value = parse_yaml((root / LEDGER).read_bytes()).value
    return [line["by"] for line in value["aliases"]["champion"][1:]]


def left_over(root: Path) -> list[str]:
    return [path.name for path in root.rglob(".*.yaml.*")]


@pytest.mark.parametrize(
    ("writers", "edits"), [(4, 5), pytest.param(8, 100, marks=pytest.mark.slow, id="8-100")]
)
def test_no_edit_of_several_writers_is_lost(root: Path, writers: int, edits: int) -> None:
    started = [writer(root, f"w{number}", edits) for number in range(writers)]
    assert [process.wait() for process in started] == [0] * writers
    kept = lines(root)
    assert {name: kept.count(name) for name in set(kept)} == {f"w{n}": edits for n in range(writers)}
    assert left_over(root) == []


@pytest.mark.parametrize("kills", [6, pytest.param(200, marks=pytest.mark.slow)])
def test_a_killed_writer_leaves_no_torn_file(root: Path, kills: int) -> None:
    dice = random.Random(7)
    before = 0
    for _ in range(kills):
        process = writer(root, "w", 10_000)
        while len(lines(root)) == before and process.poll() is None:
            time.sleep(0.01)
        time.sleep(dice.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept = len(lines(root))  # the file can be read, and has lost nothing
        assert kept > before
        before = kept
        if before > 400:
            (root / LEDGER).write_bytes(EMPTY)
            before = 0
    assert writer(root, "last", 1).wait() == 0
    assert lines(root)[-1] == "last"
    assert left_over(root) == []


def test_files_change_together(root: Path) -> None:
    with locked(root) as store:
        store.write(
            [Write(LEDGER, EMPTY, b"kind: x\n"), Write("datasets/d/dataset.yaml", None, b"kind: y\n")]
        )
    assert (root / LEDGER).read_bytes() == b"kind: x\n"
    assert (root / "datasets/d/dataset.yaml").read_bytes() == b"kind: y\n"


def test_of_hundreds_of_files_all_or_none_is_written(root: Path) -> None:
    (root / "taken").write_bytes(b"")
    before = files_in(root)
    some = [Write(f"folder{number % 7}/{number}", None, b"x" * number) for number in range(300)]
    broken = Write("taken/inside", None, b"")
    with locked(root) as store, pytest.raises(StorageError):
        store.write([*some[:200], broken, *some[200:]])
    assert files_in(root) == before
    with locked(root) as store:
        store.write(some)
    assert files_in(root) == before | {root / write.path for write in some}
    assert all((root / write.path).read_bytes() == write.after for write in some)


def test_a_file_keeps_its_mode(root: Path) -> None:
    (root / LEDGER).chmod(0o640)
    with locked(root) as store:
        store.write([Write(LEDGER, EMPTY, b"kind: x\n")])
    assert (root / LEDGER).stat().st_mode & 0o777 == 0o640


def moved_to(path: str) -> Write:
    return Write(path, EMPTY, b"kind: x\n", moved_from=LEDGER)


def test_a_file_moves_with_what_changes_in_it(root: Path) -> None:
    (root / LEDGER).chmod(0o640)
    (root / "models/m/.hidden").write_text("of an editor")
    with locked(root) as store:
        store.write([moved_to("models/n/aliases.yaml"), Write("b.yaml", None, b"b")])
        assert (root / "models/m").is_dir()
        store.write([Write("c/d/e.yaml", b"b", b"b", moved_from="b.yaml")])
        store.write([Write("e.yaml", b"b", b"b", moved_from="c/d/e.yaml")])
    assert not (root / LEDGER).exists()
    moved = root / "models/n/aliases.yaml"
    assert (moved.read_bytes(), moved.stat().st_mode & 0o777) == (b"kind: x\n", 0o640)
    assert not (root / "c").exists()
    assert left_over(root) == []


def test_nothing_moves_where_something_is(root: Path) -> None:
    (root / "b.yaml").write_bytes(b"b")
    with locked(root) as store:
        with pytest.raises(RaceError, match=r"^b\.yaml: the file was changed by somebody else"):
            store.write([moved_to("b.yaml")])
        with pytest.raises(RaceError, match=rf"^{LEDGER}: the file was changed by somebody else"):
            store.write([Write("c.yaml", b"other", b"x", moved_from=LEDGER)])
        with pytest.raises(RaceError, match=r"^gone\.yaml: the file is gone"):
            store.write([Write("c.yaml", b"other", b"x", moved_from="gone.yaml")])
        for path, before in (("../b.yaml", LEDGER), ("c.yaml", "../catalog/" + LEDGER)):
            with pytest.raises(StorageError, match="no path inside the catalog"):
                store.write([Write(path, EMPTY, b"x", moved_from=before)])
    assert ((root / LEDGER).read_bytes(), (root / "b.yaml").read_bytes()) == (EMPTY, b"b")
    assert left_over(root) == []


MOVER = """\
    import sys
    from pathlib import Path
    from herdbook.storing import Write, locked
    root, places = Path(sys.argv[1]), ["a/1.yaml", "b/1.yaml"]
    other, elsewhere = ["a/2.yaml", "b/2.yaml"], 0
    while True:
        with locked(root) as store:
            store.write([
                Write(way[1 - elsewhere], b"content", b"content", moved_from=way[elsewhere])
                for way in (places, other)
            ])
        elsewhere = 1 - elsewhere
        print(flush=True)
"""


@pytest.mark.parametrize("kills", [8, pytest.param(200, marks=pytest.mark.slow)])
def test_a_killed_mover_loses_no_file(tmp_path: Path, kills: int) -> None:
    """At worst a file is at both places."""
    dice = random.Random(7)
    for number in range(kills):
        root = tmp_path / str(number)
        (root / "a").mkdir(parents=True)
        for name in ("1", "2"):
            (root / f"a/{name}.yaml").write_bytes(b"content")
        code = textwrap.dedent(MOVER)
        process = subprocess.Popen([sys.executable, "-c", code, root], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(dice.random() * 0.03)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        for name in ("1", "2"):
            there = [root / f"{folder}/{name}.yaml" for folder in "ab"]
            assert {path.read_bytes() for path in there if path.exists()} == {b"content"}


@pytest.mark.parametrize("second", [Write("b.yaml", b"other", b"new"), Write("a.yaml", None, b"new")])
def test_a_lost_race_changes_nothing(root: Path, second: Write) -> None:
    (root / "a.yaml").write_bytes(b"a")
    (root / "b.yaml").write_bytes(b"b")
    with (
        locked(root) as store,
        pytest.raises(RaceError, match=r"^[ab]\.yaml: .*run the command again$") as lost,
    ):
        store.write([Write(LEDGER, EMPTY, b"kind: x\n"), second])
    assert lost.value.exit_code == 4
    assert (root / LEDGER).read_bytes() == EMPTY
    assert ((root / "a.yaml").read_bytes(), (root / "b.yaml").read_bytes()) == (b"a", b"b")


def test_an_editor_that_saves_meanwhile_wins(root: Path) -> None:
    with locked(root) as store:
        (root / LEDGER).write_bytes(EMPTY + b"# by hand\n")
        with pytest.raises(RaceError, match="changed by somebody else"):
            store.write([Write(LEDGER, EMPTY, b"kind: x\n")])
        (root / LEDGER).unlink()
        with pytest.raises(RaceError, match="is gone"):
            store.write([Write(LEDGER, EMPTY, b"kind: x\n")])


def test_an_editor_that_saves_in_the_last_moment_wins(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It saves while what is to replace the file is being written beside it."""
    synced = os.fsync

    def saving(descriptor: int) -> None:
        synced(descriptor)
        (root / LEDGER).write_bytes(b"# by hand\n")

    with locked(root) as store:
        monkeypatch.setattr(os, "fsync", saving)
        with pytest.raises(RaceError, match="changed by somebody else"):
            store.write([Write(LEDGER, EMPTY, b"kind: x\n")])
    assert (root / LEDGER).read_bytes() == b"# by hand\n"
    assert left_over(root) == []


def test_who_cannot_get_the_lock_says_so(root: Path) -> None:
    with locked(root), pytest.raises(RaceError, match="another command"), locked(root, patience=0.05):
        pass
    with locked(root, patience=0.05):
        pass


def test_the_lock_is_neither_part_of_the_catalog_nor_of_the_repository(root: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    with locked(root):
        pass
    assert [file.path for file in DirTree(root).files()] == [LEDGER]
    assert read_catalog(DirTree(root)).findings == ()
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=root, check=True, capture_output=True, text=True
    )
    assert status.stdout == "?? models/\n"


@pytest.mark.parametrize("part", ["models", "models/m", LEDGER, ".herdbook"])
def test_links_are_not_followed(root: Path, tmp_path: Path, part: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    if part == ".herdbook":
        elsewhere.mkdir()
    else:
        shutil.move(root / part, elsewhere)
    (root / part).symlink_to(elsewhere)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(StorageError), locked(root) as store:
        store.write([Write(LEDGER, EMPTY, b"kind: x\n")])
    assert b"kind: x\n" not in {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert set(before) >= {path.name for path in elsewhere.rglob("*")}


@pytest.mark.parametrize("path", ["../out.yaml", "a/../../out.yaml", "/out.yaml", "", "a//b.yaml"])
def test_nothing_is_written_outside(root: Path, path: str) -> None:
    with locked(root) as store, pytest.raises(StorageError, match="no path inside the catalog"):
        store.write([Write(path, None, b"x")])
    assert not (root.parent / "out.yaml").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_changes_nothing(small_disk: Path) -> None:
    (small_disk / "a.yaml").write_bytes(b"a")
    (small_disk / "b.yaml").write_bytes(b"b")
    with locked(small_disk) as store, pytest.raises(StorageError) as failed:
        store.write([Write("a.yaml", b"a", b"A" * 9_000), Write("b.yaml", b"b", b"B" * 100_000)])
    assert failed.value.exit_code == 3
    assert str(failed.value).endswith("No space left on device; nothing was changed: make room on the disk")
    assert "\n" not in str(failed.value)
    assert sorted(path.name for path in small_disk.iterdir()) == [".herdbook", "a.yaml", "b.yaml"]
    assert ((small_disk / "a.yaml").read_bytes(), (small_disk / "b.yaml").read_bytes()) == (b"a", b"b")


def test_a_disk_that_may_not_be_written_changes_nothing(small_disk: Path) -> None:
    (small_disk / "a.yaml").write_bytes(b"a")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with (
        pytest.raises(StorageError, match=r"Read-only file system; nothing was changed") as failed,
        locked(small_disk),
    ):
        pass
    assert failed.value.exit_code == 3


def test_a_new_file_does_not_replace_another(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("mine")
    with pytest.raises(FileExistsError):
        create(tmp_path / "a.yaml", b"a: 1\n")
    assert (tmp_path / "a.yaml").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    create(tmp_path / "a.yaml", b"a: 1\n")
    assert (tmp_path / "a.yaml").read_text() == "a: 1\n"
    with pytest.raises(OSError, match="not permitted"):
        create(tmp_path / "a.yaml", b"a: 2\n")
    assert (tmp_path / "a.yaml").read_text() == "a: 1\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


def test_a_file_of_ones_own_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"old")
    replace(path, b"old", b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(RaceError, match="changed by somebody else"):
        replace(path, b"old", b"newer")
    path.unlink()
    with pytest.raises(RaceError, match="is gone"):
        replace(path, b"new", b"newer")
    (tmp_path / "other").write_bytes(b"new")
    path.symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic link"):
        replace(path, b"new", b"newer")
    assert (tmp_path / "other").read_bytes() == b"new"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.yaml", "other"]
