import os
from pathlib import Path

import pytest

from herdbook.adoption.placing import MAX_BYTES, read_file, write_new_file
from herdbook.errors import StorageError


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
