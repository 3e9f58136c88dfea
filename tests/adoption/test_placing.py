import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from herdbook.adoption.placing import MAX_BYTES, read_file, require_folder, write_new_file
from herdbook.errors import StorageError
from test_tree import unprivileged


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"c")
    assert read_file(tmp_path, "a/b") == b"c"
    assert read_file(tmp_path, "a/x") is None
    assert read_file(tmp_path, "a/b/c") is None
    (tmp_path / "huge").write_bytes(b"x" * (MAX_BYTES + 10))
    assert len(read_file(tmp_path, "huge") or b"") == MAX_BYTES + 1


@pytest.mark.parametrize("kind", ["link", "linked folder", "loop", "folder", "pipe"])
def test_only_regular_files_inside_are_read_and_written(tmp_path: Path, kind: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "file").write_text("a secret")
    path = "place"
    if kind == "link":
        (root / "place").symlink_to(outside / "file")
    elif kind == "linked folder":
        (root / "folder").symlink_to(outside)
        path = "folder/new"
    elif kind == "loop":
        (root / "place").symlink_to(root / "place")
    elif kind == "folder":
        (root / "place").mkdir()
    else:
        os.mkfifo(root / "place")
    with pytest.raises(StorageError) as caught:
        read_file(root, path)
    assert str(caught.value).startswith((f"{path}: ", "folder: "))
    with pytest.raises(StorageError):
        write_new_file(root, path, "text")
    assert [item.name for item in outside.iterdir()] == ["file"]


def test_what_exists_is_not_overwritten(tmp_path: Path) -> None:
    write_new_file(tmp_path, "a/b/c", "one\n")
    with pytest.raises(StorageError, match="a/b/c: it exists already"):
        write_new_file(tmp_path, "a/b/c", "two\n")
    assert (tmp_path / "a/b/c").read_bytes() == b"one\n"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    with pytest.raises(StorageError, match="a/b: cannot be written"):
        write_new_file(tmp_path, "a/b", "text")


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as on a full disk."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)


def test_no_half_of_a_file_is_left(tmp_path: Path) -> None:
    write_new_file(tmp_path, "before", "text")
    with files_end_at(10_000), pytest.raises(StorageError, match="a/b: cannot be written: File too large"):
        write_new_file(tmp_path, "a/b", "text\n" * 10_000)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["before"]
    write_new_file(tmp_path, "a/b", "text\n" * 10_000)


def test_without_permission_nothing_is_written() -> None:
    with tempfile.TemporaryDirectory() as name, unprivileged(Path(name)) as root:
        root.chmod(0o555)
        for path in ("file", "folder/file"):
            with pytest.raises(StorageError, match=f"{path}: cannot be written: Permission denied"):
                write_new_file(root, path, "text")
        assert list(root.iterdir()) == []
        root.chmod(0o755)
        (root / "closed").mkdir(mode=0)
        with pytest.raises(StorageError, match="closed/file: cannot be read: Permission denied"):
            read_file(root, "closed/file")
        with pytest.raises(StorageError, match="inside: cannot be used: Permission denied"):
            require_folder(root / "closed" / "inside")


def test_a_folder_is_there_or_can_be_made(tmp_path: Path) -> None:
    require_folder(tmp_path)
    require_folder(tmp_path / "new" / "inside")
    (tmp_path / "linked").symlink_to(tmp_path)
    require_folder(tmp_path / "linked")
    (tmp_path / "file").write_text("text")
    with pytest.raises(StorageError, match="file: it is not a folder; name a folder"):
        require_folder(tmp_path / "file")
    with pytest.raises(StorageError, match="inside: cannot be used: Not a directory"):
        require_folder(tmp_path / "file" / "inside")
    with pytest.raises(StorageError, match="cannot be used: File name too long"):
        require_folder(tmp_path / ("x" * 300))
