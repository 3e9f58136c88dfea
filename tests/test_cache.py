"""With a cache every answer is the one that the files alone give, whatever happened to either."""

import hashlib
import hmac
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import herdbook.memory
import herdbook.opening
import herdbook.snapshot
from catalog_facts import facts
from command_line import herdbook as run_herdbook
from herdbook import cache as caching
from herdbook.cache import Cache, cache_for
from herdbook.catalog import Catalog
from herdbook.errors import StorageError
from herdbook.lineage import Lineage
from herdbook.memory import Memory
from herdbook.opening import read_catalog
from herdbook.snapshot import Snapshot
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG

SECRET = bytes(range(32))


def read(catalog: Path, folder: Path) -> Catalog:
    """Read a catalog through a cache as a command does."""
    memory = Memory(Cache(folder, catalog, SECRET))
    found = memory.read(DirTree(catalog, "catalog"))
    memory.save()
    return found


def cold(catalog: Path) -> Any:
    return facts(read_catalog(DirTree(catalog, "catalog")))


def known(catalog: Path, folder: Path) -> int:
    """How many files of a catalog a cache knows."""
    cache = Cache(folder, catalog, SECRET)
    content = cache.read()
    try:
        return len(Snapshot(content, cache.behind).digests)
    except (ValueError, RecursionError):
        return 0


def file_in(folder: Path) -> Path:
    (file,) = folder.glob("*")
    return file


def rewrite(file: Path, change: Callable[[bytes], bytes], secret: bytes = SECRET) -> None:
    """Change what a file of the cache says, as only somebody can who may write it and knows the secret."""
    line, behind = parts_of(file)
    snapshot = Snapshot(line, lambda start, end: behind[start:end])
    changed, other = change(line), change(behind)
    for start, end in pairwise(snapshot._first_value + end for end in (0, *snapshot._chunk_ends)):
        before, after = (hashlib.sha256(some[start:end]).digest() for some in (behind, other))
        other = other.replace(before, after)
    for start, end, digest in snapshot._pieces.values():
        changed = changed.replace(digest.encode(), hashlib.sha256(other[start:end]).hexdigest().encode())
    key = f"{file.name.partition('.')[0]} {len(other)}\n".encode()
    seal = hmac.new(secret, key + changed, hashlib.sha256).hexdigest()
    file.write_bytes(f"{seal} {len(changed):016}\n".encode() + changed + other)


def parts_of(file: Path) -> tuple[bytes, bytes]:
    """What is sealed of a file of the cache, and what lies behind it."""
    head, _, body = file.read_bytes().partition(b"\n")
    length = int(head.split()[1])
    return body[:length], body[length:]


def replacing(old: str, new: str) -> Callable[[bytes], bytes]:
    """Replace a text by another one as long, wherever a snapshot holds it."""
    return lambda body: body.replace(old.encode(), new.encode())


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE_CATALOG, tmp_path / "catalog"))


@pytest.fixture
def folder(tmp_path: Path, catalog: Path) -> Path:
    """A folder with a cache that knows all files of the catalog."""
    folder = tmp_path / "cache"
    read(catalog, folder)
    return folder


def test_what_was_read_once_is_not_read_again(catalog: Path, folder: Path) -> None:
    files = sum(1 for _ in catalog.rglob("*.yaml"))
    assert known(catalog, folder) == files > 10
    rewrite(file_in(folder), replacing("training", "tra1n1ng"))
    assert read(catalog, folder).runs["train-1"].type == "tra1n1ng"  # so the cache is what is read
    assert facts(read(catalog, folder)) != cold(catalog)


def test_what_is_known_needs_no_validator(catalog: Path, folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from herdbook.cache import Cache; "
        "from herdbook.memory import Memory; from herdbook.lineage import Lineage; "
        "from herdbook.tree import DirTree; catalog = Path(sys.argv[1]); "
        "memory = Memory(Cache(Path(sys.argv[2]), catalog, bytes(range(32)))); "
        "found = memory.read(DirTree(catalog, 'catalog')); "
        "Lineage.of(found).cycles(); print(len(found.runs), *sys.modules)"
    )
    command: list[str | Path] = [sys.executable, "-c", code, catalog, folder]
    runs, *loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert int(runs) == 6
    assert not {"jsonschema", "jsonschema_rs", "networkx", "rich", "tempfile"} & set(loaded)


RUN = "kind: run\nid: a\nexperiment: e\ntype: training\n"
# Contents that are alike in size, wrong, doubtful, or rivals for a name.
CONTENTS = (
    "kind: dataset\nname: a\n",
    "kind: dataset\nname: b\n",
    "kind: dataset\nname: A\n",
    "kind: dataset\nname: c\nowner: 'x'\n",
    "kind: dataset\nname: c\nowner: 'y'\n",
    "kind: dataset\nname: a\nowner: yes\n",
    "kind: dataset\nname: a\nname: b\n",
    "kind: dataset\nname: [a]\n",
    "kind: dataset\nname: con\n",
    "kind: dataset\nname: a\nlicence: on\n",
    f"{RUN}status: failed\nmetrics: {{a: 1.0, b: 1, c: -0.0, d: 1.0e+22}}\n",
    f"{RUN}status: killed\nparams: {{z: null, a: [true, 1.5e-300]}}\n",
    'kind: model\nname: a\ndescription: "\\U0001f600 \\u00e9 \\u2028"\n',
    "kind: ",
    "",
    "kind: catalog\nname: c\n",
)
PATHS = (
    "datasets/a/dataset.yaml",
    "datasets/A/dataset.yaml",
    "datasets/b/dataset.yaml",
    "datasets/c/dataset.yaml",
    "runs/e/a.yaml",
    "models/a/model.yaml",
    "herdbook.yaml",
    "stray.txt",
)
EDITS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(PATHS), st.sampled_from(CONTENTS)),
    st.tuples(st.just("delete"), st.sampled_from(PATHS), st.just("")),
    st.tuples(st.just("rename"), st.sampled_from(PATHS), st.sampled_from(PATHS)),
    st.tuples(st.just("hide"), st.sampled_from(PATHS), st.just("")),
)


def edit(catalog: Path, how: str, path: str, argument: str) -> None:
    file = catalog / path
    if how == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(argument)
    elif how == "delete":
        file.unlink(missing_ok=True)
    elif how == "rename" and file.exists():
        (catalog / argument).parent.mkdir(parents=True, exist_ok=True)
        file.replace(catalog / argument)
    elif how == "hide" and file.exists():
        content = file.read_bytes()
        file.unlink()
        file.symlink_to(catalog / "elsewhere.yaml")
        (catalog / "elsewhere.yaml").write_bytes(content)
    # All at one time: neither times nor sizes tell that something changed.
    for file in catalog.rglob("*.*"):
        os.utime(file, ns=(0, 0), follow_symlinks=False)


@given(st.lists(st.lists(EDITS, min_size=1, max_size=4), min_size=1, max_size=6))
def test_after_any_edits_the_answer_is_that_of_the_files_alone(
    rounds: list[list[tuple[str, str, str]]],
) -> None:
    with TemporaryDirectory() as name:
        catalog, folder = Path(name, "catalog"), Path(name, "cache")
        catalog.mkdir()
        for edits in rounds:
            for how, path, argument in edits:
                edit(catalog, how, path, argument)
            assert facts(read(catalog, folder)) == cold(catalog)
            assert facts(read(catalog, folder)) == cold(catalog)


def test_a_few_changes_are_not_worth_writing_a_large_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(herdbook.memory, "SETTLED", 0)
    catalog, folder = tmp_path / "catalog", tmp_path / "cache"
    files = [catalog / "datasets" / f"d{number}" / "dataset.yaml" for number in range(100)]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text(f"kind: dataset\nname: {file.parent.name}\n")
    time.sleep(0.05)  # longer than the tick of the clock of files
    read(catalog, folder)
    for changed, written in ((0, False), (1, False), (2, True)):
        before = file_in(folder).stat().st_ino
        for file in files[:changed]:
            file.write_text(f"kind: dataset\nname: {file.parent.name}\nowner: '{changed}'\n")
        assert facts(read(catalog, folder)) == cold(catalog)
        assert (file_in(folder).stat().st_ino != before) == written


def test_a_cache_is_for_the_user_alone(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert file_in(folder).stat().st_mode & 0o777 == 0o600


def damaged(file: Path) -> Iterator[str]:
    whole = file.read_bytes()
    sealed = len(whole) - len(parts_of(file)[1])
    for size in (0, 1, 64, 65, 66, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:size])
        yield f"cut to {size} bytes"
    for at in (0, 63, 64, 65, 80, 81, 82, 100, sealed // 2, sealed - 1):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        yield f"a bit flipped at {at}"
    file.write_bytes(whole * 2)
    yield "twice as long"
    rewrite(file, lambda _: b"[" * 100_000)
    yield "nested without end"
    file.write_bytes(os.urandom(1000))
    yield "noise"
    file.write_bytes(whole)
    os.truncate(file, caching.MAX_BYTES + 1)
    yield "too large"


def test_a_damaged_cache_is_replaced(catalog: Path, folder: Path) -> None:
    expected, count = cold(catalog), known(catalog, folder)
    for damage in damaged(file_in(folder)):
        assert known(catalog, folder) == 0, damage
        assert facts(read(catalog, folder)) == expected, damage
        assert known(catalog, folder) == count, damage
        assert len(list(folder.iterdir())) == 1, damage


def foreign(folder: Path, file: Path) -> Iterator[str]:
    file.chmod(0o620)
    yield "a file that the group may write"
    file.chmod(0o602)
    yield "a file that all may write"
    file.chmod(0o600)
    folder.chmod(0o770)
    yield "a folder that the group may write"
    folder.chmod(0o702)
    yield "a folder that all may write"
    folder.chmod(0o700)
    if os.getuid() == 0:
        os.chown(file, 1234, -1)
        yield "a file of somebody else"
        os.chown(file, 0, -1)
        os.chown(folder, 1234, -1)
        yield "a folder of somebody else"
        os.chown(folder, 0, -1)
    own = file.rename(folder.parent / "moved")
    file.symlink_to(own)
    yield "a link"
    file.unlink()
    file.mkdir()
    yield "a folder in place of the file"
    file.rmdir()
    os.mkfifo(file)
    yield "a pipe"
    file.unlink()
    own.rename(file)
    own_folder = folder.rename(folder.parent / "moved")
    folder.symlink_to(own_folder)
    yield "a link to a folder"
    folder.unlink()
    folder.write_text("")
    yield "a file in place of the folder"
    folder.unlink()
    own_folder.rename(folder)


def test_what_was_damaged_is_found_out_anew(catalog: Path, folder: Path) -> None:
    def all_of(found: Catalog) -> Any:
        known = found.relations.downstream(["datasets:/orders/v2"])
        columns = found.of_runs("status"), found.of_runs("metrics", "auc"), set(found.keys_of_runs("params"))
        return facts(found), known, Lineage.of(found).nodes(), columns

    file = file_in(folder)
    whole, behind = file.read_bytes(), parts_of(file)[1]
    expected = all_of(read_catalog(DirTree(catalog, "catalog")))
    begin, usable = len(whole) - len(behind), 0
    for at in [*range(begin, len(whole), len(behind) // 60), len(whole) - 1]:
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = Memory(Cache(folder, catalog, SECRET)).read(DirTree(catalog, "catalog"))
        usable += found.known is not None
        assert all_of(found) == expected
    assert usable > 20


def cut(catalog: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """A catalog whose cache was cut after it was opened."""
    monkeypatch.setattr(herdbook.snapshot, "_CHUNK_BYTES", 1)
    read(catalog, folder)
    found = Memory(Cache(folder, catalog, SECRET)).read(DirTree(catalog, "catalog"))
    assert found.known is not None
    os.truncate(file_in(folder), 100)
    return found


def test_what_was_cut_after_it_was_opened_is_read_from_its_file(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert facts(cut(catalog, tmp_path / "cache", monkeypatch)) == cold(catalog)


@pytest.mark.parametrize("text", ["", "kind: dataset\nname: a\n", "kind: run\nid: train-1\n", "a: [\n"])
def test_a_file_that_changed_while_it_was_needed_is_no_entry(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    found = cut(catalog, tmp_path / "cache", monkeypatch)
    (catalog / "runs" / "churn" / "train-1.yaml").write_text(text)
    with pytest.raises(StorageError, match=r"catalog/runs/churn/train-1\.yaml: the file changed while"):
        _ = found.runs["train-1"]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="this system knows no owners")
def test_a_cache_that_others_could_have_written_is_not_read(catalog: Path, folder: Path) -> None:
    rewrite(file_in(folder), replacing("training", "tra1n1ng"))
    expected = cold(catalog)
    for strangeness in foreign(folder, file_in(folder)):
        assert known(catalog, folder) == 0, strangeness
        # Not saved here: a file that is not ours would be replaced by a good one.
        found = Memory(Cache(folder, catalog, SECRET)).read(DirTree(catalog, "catalog"))
        assert facts(found) == expected, strangeness
    assert known(catalog, folder) > 0


def test_another_state_of_herdbook_does_not_read_it(
    catalog: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "__version__", "0.0.1")
    assert known(catalog, folder) == 0
    read(catalog, folder)
    assert len(list(folder.iterdir())) == 2
    monkeypatch.undo()
    assert known(catalog, folder) > 0


def test_another_catalog_does_not_read_it(catalog: Path, folder: Path, tmp_path: Path) -> None:
    elsewhere = shutil.copytree(catalog, tmp_path / "elsewhere")
    assert known(elsewhere, folder) == 0
    (tmp_path / "link").symlink_to(catalog)
    assert known(tmp_path / "link", folder) > 0


@pytest.mark.parametrize(
    ("modules", "patterns"),
    [
        ("herdbook.memory, herdbook.schema.explain, herdbook.yaml.spots", caching._OWN),
        ("herdbook.checked, herdbook.gate, herdbook.schema.explain, herdbook.yaml.spots", caching._JUDGING),
    ],
)
def test_all_that_decides_about_a_value_belongs_to_the_state(modules: str, patterns: tuple[str, ...]) -> None:
    files = "(module.__file__ for name, module in sys.modules.items() if name.startswith('herdbook.'))"
    code = f"import sys, {modules}; print(*{files}, sep='\\n')"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    own = Path(herdbook.opening.__file__).parent
    listed = {str(path) for pattern in patterns for path in own.glob(pattern)}
    assert set(loaded.splitlines()) <= listed
    assert {str(own / "schema" / name) for name in ("run.json", "common.json")} <= listed


def test_where_nothing_can_be_written_there_is_no_cache(catalog: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "herdbook", Path("/proc/herdbook"), Path("/dev/null")):
        assert facts(read(catalog, folder)) == cold(catalog)
    assert (tmp_path / "file").read_text() == ""


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder_is_left_alone(catalog: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o500)
    assert facts(read(catalog, folder)) == cold(catalog)
    assert list(folder.iterdir()) == []


def test_of_nothing_there_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    read(tmp_path / "catalog", tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_would_be_too_large_is_not_written(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "MAX_BYTES", 1000)
    read(catalog, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_what_was_not_used_for_long_is_deleted(catalog: Path, folder: Path, tmp_path: Path) -> None:
    now = time.time()
    (folder / "settings.json").write_text("{}")  # not ours
    for name, days in (("old", 31), ("young", 29)):
        file = folder / f"{name}.herdbook-cache"
        file.write_text("")
        os.utime(file, (now - days * 86_400,) * 2)
    os.utime(folder / "settings.json", (0, 0))
    read(shutil.copytree(catalog, tmp_path / "another"), folder)
    names = {file.name for file in folder.iterdir()}
    assert {"young.herdbook-cache", "settings.json"} < names
    assert "old.herdbook-cache" not in names
    assert len(names) == 4


def test_using_a_cache_keeps_it(catalog: Path, folder: Path) -> None:
    os.utime(file_in(folder), (0, 0))
    assert known(catalog, folder)
    assert file_in(folder).stat().st_mtime > time.time() - 60


def test_the_oldest_make_room(
    catalog: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "MAX_BYTES", file_in(folder).stat().st_size * 5 // 2)
    os.utime(file_in(folder), (time.time() - 1000,) * 2)
    others = [Path(shutil.copytree(catalog, tmp_path / name)) for name in ("b", "c")]
    for other in others:
        read(other, folder)
    assert [known(place, folder) > 0 for place in (catalog, *others)] == [False, True, True]


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"XDG_CACHE_HOME": "/x"}, "/x/herdbook"),
        ({"XDG_CACHE_HOME": "x"}, "~/.cache/herdbook"),
        ({"XDG_CACHE_HOME": ""}, "~/.cache/herdbook"),
        ({"HERDBOOK_CACHE": "off"}, None),
        ({"HERDBOOK_CACHE": "/y", "XDG_CACHE_HOME": "/x"}, "/y"),
        ({"HERDBOOK_CACHE": "", "XDG_CACHE_HOME": "/x"}, "/x/herdbook"),
        ({"CI": "true", "XDG_CACHE_HOME": "/x"}, None),
        ({"CI": "", "XDG_CACHE_HOME": "/x"}, "/x/herdbook"),
        ({"JENKINS_URL": "https://ci.example.com/"}, None),
        ({"CI": "true", "HERDBOOK_CACHE": "/y"}, "/y"),
    ],
)
def test_the_environment_says_where_it_lies(environment: dict[str, str], place: str | None) -> None:
    cache = cache_for(Path("catalog"), environment)
    assert (None if cache is None else cache._folder) == (Path(place).expanduser() if place else None)


def test_a_cache_in_the_repository_of_the_catalog_is_not_used(tmp_path: Path) -> None:
    """A pull request could bring one along."""
    repository = tmp_path / "repository"
    catalog = repository / "docs" / "catalog"
    catalog.mkdir(parents=True)
    (tmp_path / "link").symlink_to(repository / "cache")

    def used(*folders: Path) -> list[bool]:
        return [cache_for(catalog, {"HERDBOOK_CACHE": str(folder)}) is not None for folder in folders]

    folders = (tmp_path / "cache", repository / "cache", tmp_path / "link", catalog / "cache")
    assert used(*folders) == [True, True, True, False]
    (repository / ".git").mkdir()
    assert used(*folders) == [True, False, False, False]


# Reads a catalog through a cache again and again, and tells what it found.
WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_cache import cold, facts, read
catalog, folder = Path(sys.argv[1]), Path(sys.argv[2])
for round in range(20):
    assert facts(read(catalog, folder)) == cold(catalog)
    for file in folder.glob("[0-9a-f]*"):
        if round % 3 == 0:
            file.unlink(missing_ok=True)
"""


def test_commands_at_once_do_not_disturb_each_other(catalog: Path, folder: Path) -> None:
    command: list[str | Path] = [sys.executable, "-c", WORKER, catalog, folder, Path(__file__).parent]
    workers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for worker in workers:
        _, complaint = worker.communicate(timeout=60)
        assert (worker.returncode, complaint) == (0, "")
    assert all(file.suffix == ".herdbook-cache" and file.name[0] != "." for file in folder.iterdir())


def state_of(folder: Path, secret: bytes = SECRET) -> dict[str, str]:
    """A user's state in which caches are sealed with a secret."""
    key = folder / "herdbook" / "cache-key"
    key.parent.mkdir(mode=0o700, parents=True)
    key.write_bytes(secret)
    key.chmod(0o600)
    return {"XDG_STATE_HOME": str(folder)}


def test_a_forged_cache_is_not_read(catalog: Path, folder: Path, tmp_path: Path) -> None:
    """Whoever may write into the cache, as a service does that restores one, cannot seal it."""
    rewrite(file_in(folder), replacing("train-2", "forged2"))
    ask = ("trace", "models:/churn/2")
    for secret, forged in ((SECRET, True), (bytes(32), False)):
        state = state_of(tmp_path / secret.hex(), secret)
        done = run_herdbook(*ask, cwd=tmp_path, HERDBOOK_CACHE=str(folder), **state)
        assert (done.returncode, "forged2" in done.stdout) == (0, forged)


def test_the_secret_is_made_once_and_for_the_user_alone(catalog: Path, tmp_path: Path) -> None:
    environment = {"HERDBOOK_CACHE": str(tmp_path / "cache"), "XDG_STATE_HOME": str(tmp_path)}
    made = cache_for(catalog, environment)
    key = tmp_path / "herdbook" / "cache-key"
    assert made is not None
    assert (len(key.read_bytes()), key.stat().st_mode & 0o777) == (32, 0o600)
    assert made.write([b"a"])
    again = cache_for(catalog, environment)
    assert again is not None
    assert again.read() == b"a"
    assert [file.name for file in key.parent.iterdir()] == ["cache-key"]
    for spoil in (
        lambda: key.chmod(0o640),
        lambda: key.write_bytes(b"short"),
        lambda: key.write_bytes(b"x" * 33),
    ):
        kept = key.read_bytes()
        spoil()
        assert cache_for(catalog, environment) is None
        key.write_bytes(kept)
        key.chmod(0o600)
    key.rename(tmp_path / "elsewhere")
    key.symlink_to(tmp_path / "elsewhere")
    assert cache_for(catalog, environment) is None
    assert cache_for(catalog, {**environment, "XDG_STATE_HOME": "/proc"}) is None


def test_questions_are_answered_through_the_cache_unless_a_service_asks(
    catalog: Path, folder: Path, tmp_path: Path
) -> None:
    rewrite(file_in(folder), replacing("train-2", "forged2"))
    ask = ("trace", "models:/churn/2")
    own = folder.rename(tmp_path / "herdbook")
    state = state_of(tmp_path / "state")
    for environment, forged in (
        ({"HERDBOOK_CACHE": str(own)}, True),
        ({"HERDBOOK_CACHE": "", "XDG_CACHE_HOME": str(tmp_path)}, True),
        ({"HERDBOOK_CACHE": "", "XDG_CACHE_HOME": str(tmp_path), "CI": "true"}, False),
        ({"HERDBOOK_CACHE": "off", "XDG_CACHE_HOME": str(tmp_path)}, False),
    ):
        done = run_herdbook(*ask, cwd=tmp_path, **environment, **state)
        assert (done.returncode, "forged" in done.stdout) == (0, forged), environment
