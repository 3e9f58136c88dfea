"""What forges give out of a repository: where it is asked for, and what is taken of what they send."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from herdbook.errors import HerdbookError
from herdbook.mlflow_plugin.repositories import address_of_archive, address_of_file, write_file, write_folder
from mlflow_catalogs import content

PATH = "a/b \u00e9?.txt"
QUOTED = "a/b%20%C3%A9%3F.txt"


@pytest.mark.parametrize(
    ("repository", "file", "archive"),
    [
        (
            "https://github.com/o/r",
            f"https://raw.githubusercontent.com/o/r/HEAD/{QUOTED}",
            "https://codeload.github.com/o/r/tar.gz/HEAD",
        ),
        (
            "https://github.com/o/r.git/",
            f"https://raw.githubusercontent.com/o/r/HEAD/{QUOTED}",
            "https://codeload.github.com/o/r/tar.gz/HEAD",
        ),
        (
            "https://gitlab.com/g/s/r",
            f"https://gitlab.com/g/s/r/-/raw/HEAD/{QUOTED}",
            f"https://gitlab.com/g/s/r/-/archive/HEAD/archive.tar.gz?path={QUOTED}",
        ),
        (
            "https://codeberg.org/o/r",
            f"https://codeberg.org/o/r/raw/HEAD/{QUOTED}",
            "https://codeberg.org/o/r/archive/HEAD.tar.gz",
        ),
    ],
)
def test_each_forge_has_addresses_of_its_own(repository: str, file: str, archive: str) -> None:
    assert address_of_file(repository, PATH) == address_of_file(repository, QUOTED) == file
    assert address_of_archive(repository, f"{PATH}/") == archive


@pytest.mark.parametrize("path", ["../a", "a//b", "/a", "%2e%2e/a", "a/%2e%2e/b", "a\0", "", ".", "./a"])
def test_a_path_that_leads_out_of_a_repository_has_no_address(path: str) -> None:
    for address_of in (address_of_file, address_of_archive):
        with pytest.raises(HerdbookError, match="leads to no file"):
            address_of("https://github.com/o/r", path)


def test_no_more_of_a_file_is_written_than_tells_that_there_is_more(tmp_path: Path) -> None:
    for size, written in ((None, b"12345"), (5, b"12345"), (9, b"12345"), (2, b"123"), (0, b"1")):
        assert write_file(tmp_path / "file", size, io.BytesIO(b"12345"))
        assert (tmp_path / "file").read_bytes() == written


def packed(files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> io.BytesIO:
    """An archive of files, and of links by where they lead."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return io.BytesIO(raw.getvalue())


def test_only_the_files_of_a_folder_are_taken_from_an_archive(tmp_path: Path) -> None:
    files = {
        "r-1/a/b/x": b"x" * 100_000,
        "r-1/a/b/c/y": b"y",
        "r-1/a/bc": b"",
        "r-1/a/z": b"z",
        "a/b/w": b"w",
    }
    target = tmp_path / "b"
    for _ in range(2):
        sent = packed(files, {"r-1/a/b/link": "/etc/passwd"})
        assert write_folder(target, "a/b/", 100_001, sent)
        assert content(target) == {"x": b"x" * 100_000, "c/y": b"y"}
        assert not (target / "link").is_symlink()
    assert not write_folder(target, "nowhere", None, packed(files))
    assert not write_folder(target, "a/z", None, packed(files))


def test_no_file_of_an_archive_is_written_elsewhere(tmp_path: Path) -> None:
    for name in ("r/a/../../x", "r/a//etc/x", "r/a/./x"):
        with pytest.raises(HerdbookError, match="leads to no file"):
            write_folder(tmp_path / "deep" / "a", "a", None, packed({name: b"x"}))
    assert content(tmp_path) == {}


def test_an_archive_that_is_none_or_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = packed({"r/a/x": bytes(3_000_000), "r/b": b"b"}).getvalue()
    for sent in (b"<html>", b"", whole[:500], gzip.compress(b"x" * 2_000), whole[:200] + bytes(100)):
        with pytest.raises(HerdbookError, match="sends no archive"):
            write_folder(tmp_path / "a", "a", None, io.BytesIO(sent))
    with pytest.raises(HerdbookError, match="larger in its repository than what was recorded"):
        write_folder(tmp_path / "a", "a", 2_999_999, io.BytesIO(whole))
    # What stands between files is kept in memory.
    long = io.BytesIO()
    with tarfile.open(fileobj=long, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("r/a/x")
        info.pax_headers = {"comment": "x" * 3_000_000}
        archive.addfile(info)
    with pytest.raises(HerdbookError, match="too large to be sent"):
        write_folder(tmp_path / "a", "a", None, io.BytesIO(long.getvalue()))
    monkeypatch.setattr("herdbook.mlflow_plugin.repositories._MOST", 2_000_000)
    with pytest.raises(HerdbookError, match="too large to be sent"):
        write_folder(tmp_path / "a", "b", None, io.BytesIO(whole))
