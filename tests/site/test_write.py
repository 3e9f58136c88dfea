import errno
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from herdbook.errors import HerdbookError, StorageError
from herdbook.site import write
from herdbook.site.manifest import MANIFEST
from herdbook.site.page import File
from herdbook.site.write import Draft, NotAsRecordedError, fill_site, update_site, write_site


def files(text: str, count: int = 20) -> Iterator[File]:
    yield File("index.html", text.encode())
    for number in range(count):
        yield File(f"folder{number % 3}/page{number}.html", f"{text} {number}".encode())


def filling(some: Iterable[File]) -> Callable[[Draft], None]:
    return lambda draft: draft.add_all(some)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_site_is_written_with_its_manifest(tmp_path: Path) -> None:
    out = tmp_path / "below" / "site"
    assert write_site(out, files("one")) == 21
    written = tree(out)
    manifest = json.loads(written.pop(MANIFEST))
    assert manifest["files"] == {
        path: hashlib.sha256(data).hexdigest() for path, data in sorted(written.items())
    }
    assert written["index.html"] == b"one"
    assert names(tmp_path / "below") == ["site"]


def test_a_new_site_replaces_the_old_one_wholly(tmp_path: Path) -> None:
    out = tmp_path / "site"
    write_site(out, files("one"))
    write_site(out, files("two", 5))
    assert set(tree(out)) == {file.path for file in files("two", 5)} | {MANIFEST}
    assert names(tmp_path) == ["site"]


@pytest.mark.parametrize("exchange", [True, False])
def test_both_ways_of_swapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool) -> None:
    if not exchange:
        monkeypatch.setattr(write, "_system_call", lambda _: None)
    out = tmp_path / "site"
    for text in ("one", "two"):
        write_site(out, files(text))
        assert tree(out)["index.html"] == text.encode()
    assert names(tmp_path) == ["site"]


def test_an_empty_folder_and_a_link_to_a_folder_are_filled(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "site").symlink_to("real")
    write_site(tmp_path / "site", files("one"))
    assert (tmp_path / "site").is_symlink()
    assert tree(tmp_path / "real")["index.html"] == b"one"


def test_files_of_others_are_never_touched(tmp_path: Path) -> None:
    out = tmp_path / "site"
    out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    with pytest.raises(HerdbookError, match="is not empty and was not written by herdbook build"):
        write_site(out, files("one"))
    assert tree(out) == {"thesis.tex": b"years of work"}
    assert names(tmp_path) == ["site"]


def test_files_put_into_a_site_of_ours_are_never_touched(tmp_path: Path) -> None:
    out = tmp_path / "site"
    write_site(out, files("one"))
    (out / "CNAME").write_text("models.example.org")
    with pytest.raises(HerdbookError, match=r"holds files that herdbook build did not write \(CNAME\)"):
        write_site(out, files("two"))
    assert tree(out)["index.html"] == b"one"


def test_a_file_put_there_while_building_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "site"

    def slowly() -> Iterator[File]:
        yield from files("one")
        out.mkdir()
        (out / "notes.txt").write_text("mine")

    with pytest.raises(HerdbookError, match="is not empty"):
        write_site(out, slowly())
    assert tree(out) == {"notes.txt": b"mine"}


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("mine")
    with pytest.raises(HerdbookError, match="is a file"):
        write_site(tmp_path / "site", files("one"))


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "a/../b", "a\\b", "", "index.html", MANIFEST])
def test_no_file_leaves_the_site(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="no path for a new file"):
        write_site(tmp_path / "site", [*files("one"), File(path, b"")])
    assert names(tmp_path) == []


def test_a_copy_writes_files_that_belong_to_the_site_when_they_are_noted(tmp_path: Path) -> None:
    everything = [*files("one")]

    def fill(draft: Draft) -> None:
        process = os.fork()
        if process == 0:
            code = 1
            try:
                for file in everything[1:]:
                    draft.put(file)
                code = 0
            finally:
                os._exit(code)
        assert os.waitpid(process, 0)[1] == 0
        draft.add(everything[0])
        # The paths that two processes wrote are as many folders to each of them.
        for file in everything[1:]:
            draft.note(draft.put(file))

    if hasattr(os, "fork"):
        assert fill_site(tmp_path / "site", fill) == len(everything)
        write_site(tmp_path / "alone", everything)
        assert tree(tmp_path / "site") == tree(tmp_path / "alone")


def test_a_file_is_noted_once(tmp_path: Path) -> None:
    def fill(draft: Draft) -> None:
        written = draft.put(File("index.html", b"one"))
        draft.note(written)
        draft.note(written)

    with pytest.raises(ValueError, match="no path for a new file"):
        fill_site(tmp_path / "site", fill)
    assert names(tmp_path) == []


def test_pages_are_consumed_one_by_one(tmp_path: Path) -> None:
    seen = []

    def watched() -> Iterator[File]:
        for file in files("one"):
            yield file
            (folder,) = tmp_path.glob(".site.herdbook-*")
            seen.append((folder / file.path).is_file())

    write_site(tmp_path / "site", watched())
    assert seen == [True] * 21


def test_an_error_in_a_page_leaves_the_old_site(tmp_path: Path) -> None:
    def broken() -> Iterator[File]:
        yield from files("two")
        raise HerdbookError("a template is faulty")

    write_site(tmp_path / "site", files("one"))
    with pytest.raises(HerdbookError, match="a template is faulty"):
        write_site(tmp_path / "site", broken())
    assert tree(tmp_path / "site")["index.html"] == b"one"
    assert names(tmp_path) == ["site"]


@pytest.mark.parametrize(
    ("code", "cure"), [(errno.ENOSPC, "make room on the disk"), (errno.EACCES, "allow writing there")]
)
@pytest.mark.parametrize("function", ["mkdir", "write_bytes", "rename"])
def test_a_failing_disk_is_one_line_and_leaves_the_old_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, code: int, cure: str
) -> None:
    out = tmp_path / "site"
    write_site(out, files("one"))

    def fail(self: Path, *_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, function, fail)
        patch.setattr(write, "_system_call", lambda _: None)
        with pytest.raises(StorageError, match=cure) as caught:
            write_site(out, files("two"))
    assert "\n" not in str(caught.value)
    assert tree(out)["index.html"] == b"one"
    assert names(tmp_path) == ["site"]
    write_site(out, files("two"))


@pytest.mark.skipif(
    not Path("/dev/full").exists() or os.geteuid() != 0, reason="mounting a small disk needs Linux and root"
)
def test_a_full_disk_leaves_the_old_site(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=False, capture_output=True
    ).returncode:
        pytest.skip("this machine does not allow mounting")
    try:
        write_site(disk / "site", files("one"))
        with pytest.raises(StorageError, match="No space left on device"):
            write_site(disk / "site", (File(f"{number}.bin", bytes(100_000)) for number in range(30)))
        assert tree(disk / "site")["index.html"] == b"one"
        assert names(disk) == ["site"]
    finally:
        subprocess.run(["umount", disk], check=True)


BUILDER = """
import sys
from pathlib import Path
from herdbook.site.page import File
from herdbook.site.write import write_site
out = Path(sys.argv[1])
names = ["index.html", *(f"{n % 5}/{n}.html" for n in range(60))]
print("ready", flush=True)
for round in range(1_000_000):
    text = str(round)
    write_site(out, [File(name, text.encode()) for name in names])
"""


def killed_builds(tmp_path: Path, kills: int) -> None:
    out = tmp_path / "site"
    write_site(out, [File("index.html", b"first")])
    seconds = random.Random(7)
    for _ in range(kills):
        process = subprocess.Popen([sys.executable, "-c", BUILDER, str(out)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(seconds.uniform(0.0, 0.06))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        written = tree(out)
        manifest = json.loads(written.pop(MANIFEST))["files"]
        assert manifest == {path: hashlib.sha256(data).hexdigest() for path, data in sorted(written.items())}
        assert len(set(written.values())) == 1
    write_site(out, files("last"))
    assert tree(out)["index.html"] == b"last"
    assert names(tmp_path) == ["site"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere two renames are needed")
def test_a_killed_build_leaves_the_old_site_or_the_new_one(tmp_path: Path) -> None:
    killed_builds(tmp_path, 10)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere two renames are needed")
def test_two_hundred_killed_builds_leave_the_old_site_or_the_new_one(tmp_path: Path) -> None:
    killed_builds(tmp_path, 200)


def test_what_a_killed_build_left_is_removed_but_not_what_a_living_one_needs(tmp_path: Path) -> None:
    out = tmp_path / "site"
    left = tmp_path / ".site.herdbook-0123456789abcdef"
    left.mkdir()
    (left / "page.html").write_text("half")

    def nested() -> Iterator[File]:
        assert not left.exists()
        write_site(out, files("inner"))
        yield from files("outer")

    write_site(out, nested())
    assert tree(out)["index.html"] == b"outer"
    assert names(tmp_path) == ["site"]


KEPT = frozenset(f"folder1/page{number}.html" for number in range(1, 20, 3))
GONE = frozenset(file.path for file in files("one")) - KEPT
NEW = (File("index.html", b"two"), File("deep/er/new.html", b"new"), File("folder1/page1.html", b"one 1"))


def manifest_of(written: dict[str, bytes]) -> dict[str, str]:
    listed: dict[str, str] = json.loads(written.pop(MANIFEST))["files"]
    return listed


@pytest.mark.skipif(sys.platform == "win32", reason="there, sites are always written whole")
def test_an_update_writes_what_is_new_and_takes_away_what_is_gone(tmp_path: Path) -> None:
    out = tmp_path / "site"
    write_site(out, files("one"))
    before = (out / "folder1" / "page1.html").stat()
    count, stamps = update_site(out, filling(NEW), GONE)
    # What came out the same was not touched.
    assert (out / "folder1" / "page1.html").stat() == before
    assert stamps.keys() == {"index.html", "deep/er/new.html", MANIFEST} | GONE
    written = tree(out)
    listed = manifest_of(written)
    assert written.keys() == KEPT | {file.path for file in NEW}
    assert len(written) == count
    assert listed == {path: hashlib.sha256(data).hexdigest() for path, data in written.items()}
    assert names(out) == [MANIFEST, "deep", "folder1", "index.html"]
    assert names(tmp_path) == ["site"]
    # It is the manifest that a whole build writes.
    write_site(tmp_path / "whole", [File(path, data) for path, data in written.items()])
    assert (tmp_path / "whole" / MANIFEST).read_bytes() == (out / MANIFEST).read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="there, sites are always written whole")
def test_an_update_that_fails_leaves_the_old_site(tmp_path: Path) -> None:
    out = tmp_path / "site"
    write_site(out, files("one"))
    before = tree(out)

    def broken() -> Iterator[File]:
        yield from NEW
        raise HerdbookError("a template is faulty")

    with pytest.raises(HerdbookError, match="faulty"):
        update_site(out, filling(broken()), GONE)
    assert tree(out) == before
    assert names(tmp_path) == ["site"]


@pytest.mark.skipif(sys.platform == "win32", reason="there, sites are always written whole")
@pytest.mark.parametrize("manifest", ["", "{}", '{"files": {}}'])
def test_an_update_needs_the_manifest_of_the_old_site(tmp_path: Path, manifest: str) -> None:
    out = tmp_path / "site"
    write_site(out, files("one"))
    (out / MANIFEST).write_text(manifest)
    before = tree(out)
    with pytest.raises(NotAsRecordedError):
        update_site(out, filling(NEW), GONE)
    assert tree(out) == before


@pytest.mark.skipif(sys.platform == "win32", reason="there, sites are always written whole")
def test_of_two_updates_one_waits_for_none_and_does_nothing(tmp_path: Path) -> None:
    out = tmp_path / "site"
    write_site(out, files("one"))

    def nested() -> Iterator[File]:
        with pytest.raises(NotAsRecordedError):
            update_site(out, filling(NEW), GONE)
        yield from NEW

    update_site(out, filling(nested()), GONE)
    assert tree(out)["index.html"] == b"two"


@pytest.mark.skipif(sys.platform == "win32", reason="there, sites are always written whole")
def test_after_an_update_was_killed_the_folder_is_still_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    write_site(out, files("one"))
    put, done = write._put, 0

    def dying(*arguments: object) -> None:
        nonlocal done
        if done == stop:
            raise KeyboardInterrupt
        done += 1
        put(*arguments)  # type: ignore[arg-type]  # whatever it was given

    monkeypatch.setattr(write, "_put", dying)
    for stop in range(5):
        done = 0
        new = [File("index.html", f"{stop}".encode()), File(f"added{stop}.html", b"added")]
        try:
            update_site(out, filling(new), GONE)
        except KeyboardInterrupt:
            assert stop < 4
        write_site(out, files("one"))
    assert tree(out).keys() == {file.path for file in files("one")} | {MANIFEST}
