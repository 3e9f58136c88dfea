"""Whatever was read before, a catalog is what its files say now."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import herdbook.cache
import herdbook.memory
from catalog_facts import facts
from herdbook.cache import Cache
from herdbook.memory import Memory, memory_of, open_catalog
from herdbook.opening import read_catalog
from herdbook.sharing import can_share
from herdbook.tree import DirTree, Overlay

SECRET = bytes(32)
RUN = "kind: run\nid: {}\nexperiment: e\ntype: training\nstatus: finished\n"
CONTENTS = (
    "kind: dataset\nname: a\n",
    "kind: dataset\nname: A\n",
    "kind: dataset\nname: b\ntitle: a\nimported_from: {tool: other, id: '1'}\n",
    "kind: dataset\nname: a\nowner: yes\n",
    "kind: dataset\nname: [a]\n",
    "kind: dataset\nname: a\nname: b\n",
    RUN.format("a") + "inputs: [{dataset: a/v1}]\n",
    RUN.format("A") + "inputs: [{dataset: b/v1}]\nnotes: 'n\u00e4'\n",
    RUN.format("b") + "metrics: {x: 1.0, y: 1}\n",
    "kind: model-version\nmodel: m\nversion: 1\nlabel: x\nuri: u\nrun: a\n",
    "kind: model-version\nmodel: m\nversion: 2\nlabel: x\nuri: u\nrun: runs:/a\n",
    "kind: model\nname: m\n",
    "kind: catalog\nname: c\n",
    "kind: catalog\nname: d\n",
    "",
    "\ufeffkind: dataset\nname: a\n",
)
PATHS = (
    "datasets/a/dataset.yaml",
    "datasets/A/dataset.yaml",
    "datasets/b/dataset.yaml",
    "runs/e/a.yaml",
    "runs/e/A.yaml",
    "runs/e/b.yaml",
    "models/m/model.yaml",
    "models/m/versions/1.yaml",
    "models/m/versions/2.yaml",
    "herdbook.yaml",
    "README.md",
    "stray.txt",
)
STATES = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(CONTENTS), max_size=8)


def lay(folder: Path, state: Mapping[str, str]) -> None:
    """Make a folder hold these files and no others, touching only those that differ."""
    for file in sorted(folder.rglob("*"), reverse=True):
        if file.is_file() and file.relative_to(folder).as_posix() not in state:
            file.unlink()
    for path, content in state.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text() != content:
            file.write_text(content)


@pytest.mark.parametrize("settled", [0, 3_600_000_000_000], ids=["by stamps", "by contents"])
@given(states=st.lists(STATES, min_size=2, max_size=5))
def test_a_catalog_is_what_its_files_say(settled: int, states: list[dict[str, str]]) -> None:
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(herdbook.memory, "SETTLED", settled)
        catalog, folder = Path(name, "catalog"), Path(name, "cache")
        catalog.mkdir()
        same = Memory()
        for state in states:
            lay(catalog, state)
            if not settled:
                time.sleep(0.006)  # longer than the tick of the clock of files
            expected = told(read_catalog(DirTree(catalog)))
            assert told(same.read(DirTree(catalog))) == expected
            for _ in range(2):
                memory = Memory(Cache(folder, catalog, SECRET))
                assert told(memory.read(DirTree(catalog))) == expected
                memory.save()


def told(catalog: Any) -> Any:
    relations = catalog.relations
    names = relations.names
    mentions = {
        path: (
            sorted(names[number] for number in relations.gone_by.at(row)),
            sorted(names[number] for number in relations.mentions.at(row)),
        )
        for row, path in enumerate(relations.paths)
        if path
    }
    return facts(catalog), mentions, dict(catalog.titles), catalog.paths


def test_a_file_that_did_not_change_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(herdbook.memory, "SETTLED", 0)
    catalog = tmp_path / "catalog"
    lay(catalog, {"datasets/a/dataset.yaml": CONTENTS[0], "herdbook.yaml": "kind: catalog\nname: c\n"})
    time.sleep(0.05)
    memory = Memory(Cache(tmp_path / "cache", catalog, SECRET))
    memory.read(DirTree(catalog))
    memory.save()

    def refuse(*_: object) -> bytes:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(DirTree, "read", refuse)
    again = Memory(Cache(tmp_path / "cache", catalog, SECRET)).read(DirTree(catalog))
    assert again.datasets["a"].name == "a"
    os.utime(catalog / "herdbook.yaml")
    with pytest.raises(AssertionError, match="a file was opened"):
        Memory(Cache(tmp_path / "cache", catalog, SECRET)).read(DirTree(catalog))


def test_a_file_that_changed_just_now_is_opened(tmp_path: Path) -> None:
    """Within the tick of a clock it can change again and look the same."""
    catalog = tmp_path / "catalog"
    lay(catalog, {"herdbook.yaml": "kind: catalog\nname: c\n"})
    tree = DirTree(catalog)
    now = time.time_ns()
    (unsure,) = tree.stamped(now - 2_000_000_000).stamps
    (sure,) = tree.stamped(now + 2_000_000_000).stamps
    assert unsure == ""
    assert sure != ""


def test_a_tree_without_stamps_is_what_its_files_say(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    lay(catalog, {"herdbook.yaml": "kind: catalog\nname: c\n", "datasets/a/dataset.yaml": CONTENTS[0]})
    before = DirTree(catalog, "catalog")
    after = Overlay(
        before, {"herdbook.yaml": b"kind: catalog\nname: d\n"}, frozenset(["datasets/a/dataset.yaml"])
    )
    nothing = Overlay(before, {}, frozenset(file.path for file in before.files()))
    memory = Memory()
    for tree in (Overlay(before, {}), after, nothing, after):
        assert told(memory.read(tree)) == told(read_catalog(tree))


def test_what_is_noted_belongs_to_one_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERDBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    catalog = tmp_path / "catalog"
    lay(catalog, {"herdbook.yaml": "kind: catalog\nname: c\n"})
    memory = memory_of(catalog)
    assert open_catalog(catalog, memory) is memory.kept
    memory.note(b"seen")
    assert memory.noted() == b"seen"
    again = memory_of(catalog)
    open_catalog(catalog, again)
    assert again.noted() == b"seen"
    lay(catalog, {"herdbook.yaml": "kind: catalog\nname: d\n"})
    another = memory_of(catalog)
    open_catalog(catalog, another)
    assert another.noted() == b""


def test_files_that_were_listed_ahead_are_listed_once(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    lay(catalog, {"herdbook.yaml": "kind: catalog\nname: c\n"})
    tree = DirTree(catalog)
    memory = Memory(Cache(tmp_path / "cache", catalog, SECRET), tree.stamped_ahead(time.time_ns()))
    for name in ("c", "d"):
        lay(catalog, {"herdbook.yaml": f"kind: catalog\nname: {name}\n"})
        file = memory.read(tree).file
        assert file is not None
        assert file.name == name


def saved_beside(catalog: Path, name: str) -> Memory:
    lay(catalog, {"herdbook.yaml": f"kind: catalog\nname: {name}\n"})
    memory = memory_of(catalog)
    open_catalog(catalog, memory, beside=True)
    return memory


@pytest.mark.skipif(not can_share(), reason="no copy of this process runs beside it here")
def test_what_is_saved_beside_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERDBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(herdbook.memory, "_WORTH_SHARING", 1)
    catalog = tmp_path / "catalog"
    first = saved_beside(catalog, "c")
    assert first.kept is not None
    first.note(b"seen")
    (tmp_path / "cache").rename(tmp_path / "beside")
    other = memory_of(catalog)
    assert open_catalog(catalog, other) is other.kept
    other.note(b"seen")
    contents = [
        sorted(path.read_bytes() for path in (tmp_path / name).iterdir()) for name in ("beside", "cache")
    ]
    assert contents[0] == contents[1]


@pytest.mark.skipif(not can_share(), reason="no copy of this process runs beside it here")
def test_what_was_noted_of_another_snapshot_is_not_taken_for_that_of_one_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERDBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(herdbook.memory, "_WORTH_SHARING", 1)
    catalog = tmp_path / "catalog"
    saved_beside(catalog, "c").note(b"seen")
    memory = saved_beside(catalog, "d")
    assert memory.noted() == b""
    memory.note(b"seen again")
    assert memory.noted() == b"seen again"


@pytest.mark.skipif(not can_share(), reason="no copy of this process runs beside it here")
def test_nothing_is_noted_of_what_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERDBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(herdbook.memory, "_WORTH_SHARING", 1)
    monkeypatch.setattr(herdbook.cache, "MAX_BYTES", 10)
    memory = saved_beside(tmp_path / "catalog", "c")
    memory.note(b"1")
    assert memory.noted() == b""
    assert list(tmp_path.glob("cache/*")) == []
