import sys
from pathlib import Path

import pytest

from herdbook import HerdbookWarning
from herdbook.recorder.surroundings import find_catalog, look_around
from repositories import commit, initialised


def test_the_catalog_is_the_chosen_one_or_the_nearest(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert find_catalog(None) == catalog
    monkeypatch.setenv("HERDBOOK_CATALOG", "chosen")
    assert find_catalog(None) == Path.cwd() / "chosen"
    assert find_catalog(tmp_path / "given") == tmp_path / "given"


def test_that_there_is_no_catalog_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.warns(HerdbookWarning, match="No folder catalog with a herdbook.yaml here or above"):
        assert find_catalog(None) is None


def test_the_code_is_that_of_the_repository_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = initialised(tmp_path / "work")
    made = commit(root, {"lib/train.py": "1\n"})
    monkeypatch.chdir(root / "lib")
    found = look_around(None)
    assert (found.code, found.records) == (root, root)
    assert found.place(Path("train.py")) == "lib/train.py"
    assert found.place(tmp_path / "elsewhere") is None
    assert (found.fields["code"]["commit"], found.fields["code"]["dirty"]) == (made, False)
    assert found.fields["tags"]["git_commit"] == made[:12]
    assert {"python", "platform"} <= found.fields["environment"].keys()


def test_files_are_named_from_the_repository_of_the_catalog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, records = initialised(tmp_path / "code"), initialised(tmp_path / "records")
    commit(code, {"train.py": "1\n"})
    monkeypatch.chdir(code)
    found = look_around(records / "catalog")
    assert (found.code, found.records) == (code, records)
    assert (found.place(code / "model.bin"), found.place(records / "model.bin")) == (None, "model.bin")


def test_the_code_is_that_of_the_script_where_git_tracks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = initialised(tmp_path / "here"), initialised(tmp_path / "there")
    made_here, made_there = commit(here, {"a.txt": "1\n"}), commit(there, {"lib/train.py": "1\n"})
    monkeypatch.chdir(here)
    for script, made in (("lib/train.py", made_there), ("new.py", made_here)):
        (there / script).write_text("1\n")
        monkeypatch.setattr(sys.modules["__main__"], "__file__", str(there / script), raising=False)
        code = look_around(None).fields["code"]
        assert (code["commit"], code["entry_point"], code["dirty"]) == (made, script, False)


def test_code_may_be_in_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    found = look_around(None)
    assert (found.code, found.records, found.place(tmp_path / "x")) == (None, None, None)
    assert "commit" not in found.fields["code"]
    assert found.fields["tags"].keys() == {"triggered_by"}
