import hashlib
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from herdbook.digest import measure, measure_folder, size_of, steady
from herdbook.errors import RaceError, StorageError

AS_DOCUMENTED = "find -L . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"


@pytest.mark.parametrize("content", [b"", b"abc", os.urandom(3_000_001)])
def test_a_file_is_known_by_hash_and_size(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    measured = measure(path)
    assert measured.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert measured.size == len(content)


def test_the_digest_of_a_known_text(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    expected = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert measure(tmp_path / "file").digest == expected


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, message in (
        (tmp_path, "is not a file"),
        (tmp_path / "pipe", "is not a file"),
        (tmp_path / "missing", "No such file"),
    ):
        with pytest.raises(StorageError, match=message):
            measure(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with names that lists in other orders put elsewhere, a link, and what is hidden."""
    top = tmp_path / "data"
    for name in ("b/1", "b-1", "B/2", "a b", ".hidden/x", "\u00fc", "-n", "b/c/empty"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(b"" if name.endswith("empty") else name.encode())
    (top / "nothing").mkdir()
    (top / "link").symlink_to("b/1")
    return top


def test_a_folder_is_known_by_the_list_of_its_files(folder: Path) -> None:
    listed = subprocess.run(AS_DOCUMENTED, shell=True, cwd=folder, check=True, capture_output=True, text=True)
    seen: list[int] = []
    measured = measure_folder(folder, seen.append)
    assert measured.digest == f"sha256-dir:{listed.stdout.split()[0]}"
    assert measured.size == size_of(folder) == sum(seen)
    assert measured.size == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_times_and_permissions_of_a_folder_make_no_difference(folder: Path) -> None:
    before = measure_folder(folder)
    for path in folder.rglob("*"):
        os.utime(path, (0, 0))
    (folder / "b-1").chmod(0o600)
    assert measure_folder(folder) == before
    (folder / "b-1").rename(folder / "b-2")
    assert measure_folder(folder) != before


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda top: (top / "out").symlink_to("/etc/hostname"), "leads to no file in the folder"),
        (lambda top: (top / "out").symlink_to("../data-2/x"), "leads to no file in the folder"),
        (lambda top: (top / "loop").symlink_to("loop"), "leads to no file in the folder"),
        (lambda top: (top / "b" / "up").symlink_to(".."), "leads to no file in the folder"),
        (lambda top: (top / "gone").symlink_to("gone-1"), "leads to no file in the folder"),
        (lambda top: os.mkfifo(top / "b" / "pipe"), r"data/b/pipe is neither a file nor a folder"),
        (lambda top: (top / "a\nb").touch(), r"the name 'a\\nb' holds a character"),
        (lambda top: (top / "a\\b").touch(), r"the name 'a\\\\b' holds a character"),
        (lambda top: Path(os.fsdecode(bytes(top) + b"/\xff")).touch(), r"the name '\\udcff' holds a"),
    ],
)
def test_what_a_list_cannot_hold_is_refused(
    folder: Path, spoil: Callable[[Path], object], message: str
) -> None:
    (folder.parent / "data-2").mkdir()
    (folder.parent / "data-2" / "x").touch()
    spoil(folder)
    with pytest.raises(StorageError, match=message):
        measure_folder(folder)


def test_a_folder_without_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    with pytest.raises(StorageError, match="holds no file"):
        measure_folder(tmp_path)
    with pytest.raises(StorageError, match="missing: cannot be read: No such file"):
        measure_folder(tmp_path / "missing")


def _replace(path: Path) -> None:
    (path.parent / "new").write_bytes(path.read_bytes())
    (path.parent / "new").replace(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"longer than it was"),
        lambda path: os.utime(path, ns=(0, path.stat().st_mtime_ns + 1)),
        lambda path: os.truncate(path, 0),
        _replace,
    ],
    ids=["written", "touched", "emptied", "replaced"],
)
def test_a_file_that_changes_while_it_is_read_has_no_digest(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10)
    with pytest.raises(RaceError, match="was changed while it was read; run this again") as lost:
        measure(path, lambda count: change(path))
    assert lost.value.exit_code == 4


def test_a_file_that_goes_while_it_is_read_has_no_digest(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    with pytest.raises(StorageError, match="cannot be read: No such file"):
        measure(path, lambda count: path.unlink())


@pytest.mark.parametrize("name", ["b-1", "new", "b/1"])
def test_a_folder_that_changes_while_it_is_read_has_no_digest(folder: Path, name: str) -> None:
    """The first file changes when the last one is read, too."""

    def change(count: int) -> None:
        seen.append(count)
        if len(seen) == 8:
            (folder / name).write_bytes(b"changed")

    seen: list[int] = []
    with pytest.raises(RaceError, match=r"while (it was|they were) read"):
        measure_folder(folder, change)


def test_a_pipe_that_comes_in_place_of_a_file_does_not_let_us_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.touch()
    opened = os.open

    def late(place: Path, *arguments: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return opened(place, *arguments)

    monkeypatch.setattr(os, "open", late)
    failed: list[BaseException] = []

    def read() -> None:
        try:
            with steady(path):
                pass
        except StorageError as error:
            failed.append(error)

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    reading.join(60)
    assert [str(error).split(",")[0] for error in failed] == [f"{path} is not a file"]
