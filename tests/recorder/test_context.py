import json
import sys
from pathlib import Path

import pytest

from herdbook.recorder import context


def install(folder: Path, name: str, version: str, source: object = None) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if source is not None:
        (info / "direct_url.json").write_text(json.dumps(source))


def test_requirements_are_exact_sorted_and_without_local_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "first", "Zebra", "2.0")
    install(tmp_path / "second", "zebra", "1.0")
    install(tmp_path / "first", "ant_eater", "1.0rc1")
    install(
        tmp_path / "first", "mine", "0.1", {"url": "file:///home/me/mine", "dir_info": {"editable": True}}
    )
    install(tmp_path / "first", "wheel_of_mine", "0.1", {"url": "file:///home/me/x.whl", "archive_info": {}})
    vcs = {"vcs": "git", "commit_id": "4f0a3c5b1d2e6f708192a3b4c5d6e7f809182736"}
    install(tmp_path / "first", "forked", "3", {"url": "https://me:secret@example.org/f", "vcs_info": vcs})
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), str(tmp_path / "second")])
    context.requirements.cache_clear()
    try:
        assert context.requirements() == (
            "ant_eater==1.0rc1",
            "forked @ git+https://****@example.org/f@4f0a3c5b1d2e6f708192a3b4c5d6e7f809182736",
            "Zebra==2.0",
        )
    finally:
        context.requirements.cache_clear()


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"GITHUB_ACTIONS": "true", "CI": "true"}, "ci/github-actions"),
        ({"GITLAB_CI": "true", "CI": "true"}, "ci/gitlab-ci"),
        ({"JENKINS_URL": "https://ci.example.org"}, "ci/jenkins"),
        ({"CI": "1"}, "ci"),
    ],
)
def test_services(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str) -> None:
    for known in context._SERVICES:
        monkeypatch.delenv(known.variable, raising=False)
    assert context.service() is None
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    found = context.service()
    assert found is not None
    assert found.name == name


def test_texts_lose_the_folders_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repo" / "sub").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repo" / "sub")
    monkeypatch.setenv("HOME", str(tmp_path))
    text = f"--a={tmp_path}/repo/sub/x {tmp_path}/repo/y {tmp_path}/z"
    assert context.portable(text, tmp_path / "repo") == "--a=x y ~/z"


def test_an_installed_program_is_no_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    # What shares tests between processes has a main module without a file.
    monkeypatch.setattr(sys.modules["__main__"], "__file__", pytest.__file__, raising=False)
    assert context.entry_file() is None
    monkeypatch.setattr(sys.modules["__main__"], "__file__", __file__)
    assert context.entry_file() == Path(__file__).resolve()
    monkeypatch.delattr(sys.modules["__main__"], "__file__")
    assert context.entry_file() is None


def test_resources() -> None:
    used = context.resources_used()
    assert used["cpu_seconds"] > 0
    assert 0.005 < used["peak_memory_gb"] < 100
