"""Tests of folders as catalogs."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import herdbook.tree
from herdbook.errors import StorageError
from herdbook.source import SourceFile, read_source
from herdbook.tree import MAX_BYTES, DirTree, MemoryTree, Overlay


def listed(folder: Path) -> dict[str, str]:
    return {file.path: file.problem for file in DirTree(folder, "catalog").files()}


def test_files_are_listed_folder_by_folder_without_the_hidden_ones(tmp_path: Path) -> None:
    for path in ("b/2.yaml", "b/10.yaml", "a.yaml", "b.yaml", ".git/config", "b/.hidden.yaml", "c/d/e.txt"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "empty.yaml").mkdir()
    assert list(listed(tmp_path)) == ["a.yaml", "b/10.yaml", "b/2.yaml", "b.yaml", "c/d/e.txt"]
    assert set(listed(tmp_path).values()) == {""}


@pytest.mark.parametrize("worth_sharing", [1, 2_000])
def test_a_stamp_changes_with_the_file(
    worth_sharing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(herdbook.tree, "_WORTH_SHARING", worth_sharing)
    monkeypatch.setattr(herdbook.tree, "_FOLDERS_AT_ONCE", 1)
    for path in ("a.yaml", "b/c.yaml", "d/e/f/g.yaml", "d/h.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("a")
    (tmp_path / "link.yaml").symlink_to("a.yaml")
    (tmp_path / "b" / "older.yaml").touch()

    def stamps(folder: Path = tmp_path) -> dict[str, str]:
        later = 2**62
        found = DirTree(folder, "catalog").stamped(later)
        assert list(map(found.file, found.paths)) == list(DirTree(folder, "catalog").files())
        return dict(zip(found.paths, found.stamps, strict=True))

    before = stamps()
    assert before == stamps()
    monkeypatch.chdir(tmp_path)
    assert before == stamps(Path())
    assert len(set(before.values())) == 6  # each file has its own identity, and so has a link
    (tmp_path / "b" / "c.yaml").write_text("b")
    os.utime(tmp_path / "link.yaml", (1, 1), follow_symlinks=False)
    assert {path for path, stamp in stamps().items() if stamp != before[path]} == {"b/c.yaml", "link.yaml"}


@pytest.mark.parametrize("worth_a_copy", [1, 1_000])
def test_files_are_listed_alike_ahead(
    worth_a_copy: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(herdbook.tree, "_WORTH_A_COPY", worth_a_copy)
    monkeypatch.setattr(herdbook.tree, "_FOLDERS_AT_ONCE", 2)
    for number in range(20):
        (tmp_path / f"{number}" / "deep").mkdir(parents=True)
        (tmp_path / f"{number}" / "deep" / "a.yaml").write_text("a")
    (tmp_path / "link.yaml").symlink_to("a.yaml")
    for settled in (0, 2**62):
        waiting = DirTree(tmp_path).stamped_ahead(settled)
        assert waiting() == DirTree(tmp_path).stamped(settled)
    with pytest.raises(StorageError, match="cannot be read"):
        DirTree(tmp_path / "absent").stamped_ahead(0)


def test_links_are_problems_and_never_followed(tmp_path: Path) -> None:
    catalog, outside = tmp_path / "catalog", tmp_path / "outside"
    for folder in (catalog, outside):
        folder.mkdir()
    (outside / "secret.yaml").write_text("kind: secret")
    links = {
        "file.yaml": outside / "secret.yaml",
        "folder": outside,
        "loop": catalog,
        "self": catalog / "self",
        "gone": tmp_path / "gone",
        "fd.yaml": Path("/dev/fd/0"),
    }
    for name, target in links.items():
        (catalog / name).symlink_to(target)
    assert listed(catalog) == dict.fromkeys(sorted(links), "it is a symbolic link")
    for name in links:
        _, (problem,) = read_source(DirTree(catalog), name)
        assert problem.rule == "unreadable-file"


def test_what_is_no_file_is_a_problem_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket.yaml"))
    (tmp_path / "folder.yaml").mkdir()
    assert listed(tmp_path) == dict.fromkeys(
        ["pipe.yaml", "socket.yaml"], "it is neither a file nor a folder"
    )
    for name in (
        "pipe.yaml",
        "socket.yaml",
        "folder.yaml",
        "gone.yaml",
        "gone/a.yaml",
        "a\0b.yaml",
        "\ud800.yaml",
    ):
        found, (problem,) = read_source(DirTree(tmp_path), name)
        assert problem.rule == "unreadable-file"
        assert problem.message.startswith("the file cannot be read: ")
        assert found.value is None
    with pytest.raises(OSError, match="not a regular file"):
        DirTree(Path("/dev")).read("null")


def test_a_folder_or_file_without_permission_is_a_problem() -> None:
    with tempfile.TemporaryDirectory() as name, unprivileged(Path(name)) as folder:
        (folder / "closed").mkdir(mode=0)
        (folder / "closed.yaml").touch(mode=0)
        assert listed(folder) == {"closed": "the folder cannot be read: Permission denied", "closed.yaml": ""}
        _, (problem,) = read_source(DirTree(folder), "closed.yaml")
        assert "Permission denied" in problem.message


@contextmanager
def unprivileged(folder: Path) -> Iterator[Path]:
    """Be somebody who owns a folder but may not read everything, as root may."""
    if os.geteuid() != 0:
        yield folder
        return
    nobody = 65534
    os.chown(folder, nobody, nobody)
    os.seteuid(nobody)
    try:
        yield folder
    finally:
        os.seteuid(0)


def test_a_folder_that_goes_away_is_a_problem(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "c.yaml").touch()
    files = DirTree(tmp_path).files()
    assert next(files).path == "a/c.yaml"
    (tmp_path / "b" / "c.yaml").unlink()
    (tmp_path / "b").rmdir()
    (gone,) = files
    assert gone.path == "b"
    assert gone.problem == "the folder cannot be read: No such file or directory"


def test_a_catalog_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        list(DirTree(tmp_path / "gone").files())
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be read"):
        list(DirTree(tmp_path / "file").files())


def test_a_file_is_read_up_to_one_byte_beyond_the_bound(tmp_path: Path) -> None:
    for size in (0, 1, MAX_BYTES - 1, MAX_BYTES, MAX_BYTES + 1, 10 * MAX_BYTES):
        (tmp_path / "a.yaml").write_bytes(b"x" * size)
        assert len(DirTree(tmp_path).read("a.yaml")) == min(size, MAX_BYTES + 1)


def test_a_file_is_named_as_the_user_named_its_folder(tmp_path: Path) -> None:
    assert SourceFile(DirTree(Path("some/catalog")), "a/b.yaml").file == "some/catalog/a/b.yaml"
    assert SourceFile(DirTree(Path()), "a/b.yaml").file == "a/b.yaml"
    assert SourceFile(DirTree(tmp_path, "base"), "a.yaml").file == "base/a.yaml"


def test_a_tree_of_files_at_hand_lists_them_folder_by_folder_and_reads_as_much_as_a_folder_does() -> None:
    tree = MemoryTree({"a.yaml": b"1", "a/b.yaml": b"2", "a-b.yaml": b"3", "large": b"x" * (MAX_BYTES + 9)})
    assert [file.path for file in tree.files()] == ["a/b.yaml", "a-b.yaml", "a.yaml", "large"]
    assert tree.read("a/b.yaml") == b"2"
    assert len(tree.read("large")) == MAX_BYTES + 1
    with pytest.raises(FileNotFoundError, match=r"gone\.yaml"):
        tree.read("gone.yaml")


def test_a_tree_with_other_contents(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        (tmp_path / name).write_text(name)
    tree = Overlay(DirTree(tmp_path), {"b.yaml": b"other", "d/e.yaml": b"new"}, frozenset({"c.yaml"}))
    assert [file.path for file in tree.files()] == ["a.yaml", "b.yaml", "d/e.yaml"]
    assert [tree.read(file.path) for file in tree.files()] == [b"a.yaml", b"other", b"new"]
