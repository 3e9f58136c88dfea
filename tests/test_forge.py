import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.errors import HerdbookError, StorageError
from herdbook.forge import Base, Change, change_under_judgement, is_hash, read_event, shown
from herdbook.yaml.reader import parse_yaml
from reading import JSON

TABLE: Any = parse_yaml((Path(__file__).parent / "data" / "forge" / "changes.yaml").read_bytes()).value


def says(case: Mapping[str, Any]) -> str:
    return str(case["says"])


def base(text: str) -> Base:
    revision = text.removeprefix("merge base: ")
    return Base(revision, as_it_is=revision == text)


@pytest.mark.parametrize("case", TABLE["cases"], ids=says)
def test_what_a_service_says_of_the_change(case: Mapping[str, Any]) -> None:
    assert change_under_judgement(case["environment"], case.get("event", {})) == Change(
        case["where"],
        tuple(base(text) for text in case["bases"]),
        case.get("head", "HEAD"),
        case.get("reviewed", ""),
        case.get("queued", False),
        case.get("landed", ""),
        frozenset(case.get("logins", [])),
        case["remedy"],
    )


@pytest.mark.parametrize("case", TABLE["refused"], ids=says)
def test_what_git_must_not_be_given_is_refused(case: Mapping[str, Any]) -> None:
    with pytest.raises(HerdbookError, match=re.escape(case["because"])) as raised:
        change_under_judgement(case["environment"], case.get("event", {}))
    assert str(raised.value).isprintable()


def test_the_names_in_the_table_are_different() -> None:
    names = [says(case) for case in (*TABLE["cases"], *TABLE["refused"])]
    assert len(set(names)) == len(names)


def target(name: str) -> str:
    """The revision for a target branch; empty where it is refused."""
    try:
        (found,) = change_under_judgement({"JENKINS_URL": "x", "CHANGE_TARGET": name}, {}).bases
    except HerdbookError as error:
        return "" if str(error).isprintable() else str(error)
    return found.revision


@pytest.mark.parametrize(
    "name",
    [
        "main",
        "release/1.x",
        "a-b",
        "a@b",
        "@",
        "ünï",
        "refs/heads/main",
        "x.lockx",
        "a;b",
        "a'b",
        "a&b",
        "a{1}",
    ],
)
def test_names_of_branches_are_taken(name: str) -> None:
    assert target(name) == f"refs/remotes/origin/{name.removeprefix('refs/heads/')}"
    assert subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False).returncode == 0


@pytest.mark.parametrize(
    "name",
    [
        *(
            "-x",
            "--all",
            "a..b",
            "a b",
            "a\tb",
            "a\nb",
            "a\x7fb",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[",
            "a\\b",
            "a@{1}",
        ),
        *("/a", "a/", "a//b", "a.", ".a", "a/.b", "a.lock", "a.lock/b", "refs/heads/", "refs/heads/-x"),
        *("a\u202eb", "a\u200bb", "a\u00a0b", "a\udcffb", "a\x85b"),
    ],
)
def test_what_is_no_name_of_a_branch_is_refused(name: str) -> None:
    assert target(name) == ""


@given(st.text("ab-./~^:?*[\\@{} \n\x7f\u202e", min_size=1, max_size=8))
def test_nothing_is_taken_that_git_would_not_have_as_a_branch(name: str) -> None:
    revision = target(name)
    assert not revision or revision.isprintable()
    if revision:
        assert subprocess.run(["git", "check-ref-format", revision], check=False).returncode == 0
        assert not name.startswith("-")


NAMES = sorted({name for case in (*TABLE["cases"], *TABLE["refused"]) for name in case["environment"]})
KEYS = [
    "pull_request",
    "merge_group",
    "repository",
    "sender",
    "user",
    "head",
    "base",
    "sha",
    "ref",
    "login",
    "before",
    "base_sha",
    "base_ref",
    "default_branch",
    "action",
    "number",
]
VALUES = st.sampled_from(
    [
        "true",
        "True",
        "main",
        "pull_request",
        "pull_request_target",
        "push",
        "merge_group",
        "synchronize",
        "1" * 40,
        "0" * 40,
        "refs/heads/main",
        "refs/pull/1/merge",
        "--x",
        "",
    ]
)
EVENTS = st.recursive(
    VALUES | JSON,
    lambda inner: st.dictionaries(st.sampled_from(KEYS), inner, max_size=6) | st.lists(inner, max_size=2),
)
SAFE = re.compile(r"HEAD|[0-9a-f]{40}(\^1)?|refs/remotes/origin/[^\s~^:?*\[\\-][^\s~^:?*\[\\]*")


@given(
    st.dictionaries(st.sampled_from(NAMES), VALUES | st.text()),
    st.dictionaries(st.sampled_from(KEYS), EVENTS),
)
def test_every_revision_is_one_that_git_can_be_given(
    environment: dict[str, str], event: dict[str, Any]
) -> None:
    try:
        change = change_under_judgement(environment, event)
    except HerdbookError as error:
        message = str(error)
    else:
        message = change.remedy
        assert SAFE.fullmatch(change.head)
        assert not change.reviewed or is_hash(change.reviewed)
        for found in change.bases:
            assert SAFE.fullmatch(found.revision)
            assert ".." not in found.revision
            assert found.as_it_is <= (not found.revision.startswith("refs/"))
        assert change.bases or "Set" in message or "run" in message
    assert message.isprintable()


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    return subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_no_tag_stands_in_for_the_target_branch(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "forge")
    forge = tmp_path / "forge"
    git(forge, "commit", "-q", "--allow-empty", "-m", "base")
    tip = git(forge, "rev-parse", "HEAD")
    git(forge, "switch", "-q", "-c", "topic")
    git(forge, "commit", "-q", "--allow-empty", "-m", "weaker")
    git(forge, "tag", "origin/main")
    git(forge, "tag", "refs/remotes/origin/main")
    git(tmp_path, "clone", "-q", "forge", "clone")
    (found,) = change_under_judgement({"JENKINS_URL": "x", "CHANGE_TARGET": "main"}, {}).bases
    assert git(tmp_path / "clone", "rev-parse", "--verify", "--end-of-options", found.revision) == tip
    assert git(tmp_path / "clone", "rev-parse", "origin/main") != tip


def test_the_first_parent_of_the_merge_is_in_a_clone_of_depth_two(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "forge")
    forge = tmp_path / "forge"
    for message in ("first", "base"):
        git(forge, "commit", "-q", "--allow-empty", "-m", message)
    tip = git(forge, "rev-parse", "HEAD")
    git(forge, "switch", "-q", "-c", "topic", "HEAD~1")
    git(forge, "commit", "-q", "--allow-empty", "-m", "change")
    head = git(forge, "rev-parse", "HEAD")
    git(forge, "switch", "-q", "-c", "merge", "main")
    git(forge, "merge", "-q", "--no-ff", "-m", "merge", "topic")
    merge = git(forge, "rev-parse", "HEAD")
    git(tmp_path, "clone", "-q", "--depth=2", "--branch=merge", f"file://{forge}", "clone")
    change = change_under_judgement(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_REF": "refs/pull/1/merge",
            "GITHUB_SHA": merge,
        },
        {"pull_request": {"head": {"sha": head}, "base": {"ref": "main"}}},
    )
    assert change.bases[0].as_it_is
    assert git(tmp_path / "clone", "rev-parse", "--verify", change.bases[0].revision) == tip


def event(tmp_path: Path, raw: bytes) -> Mapping[str, Any]:
    (tmp_path / "event.json").write_bytes(raw)
    return read_event({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")})


def test_an_event_is_read_where_github_says(tmp_path: Path) -> None:
    assert event(tmp_path, json.dumps({"action": "opened"}).encode()) == {"action": "opened"}
    assert read_event({"GITHUB_EVENT_PATH": str(tmp_path / "event.json")}) == {}
    assert read_event({"GITHUB_ACTIONS": "true"}) == {}
    assert read_event({}) == {}


@pytest.mark.parametrize(
    ("raw", "because"),
    [
        (b"", "is no JSON object"),
        (b"[]", "is no JSON object"),
        (b"{} {}", "is no JSON object"),
        (b"{", "is not JSON"),
        (b'{"a": 1, "a": 2}', "has the key a twice"),
        (b'{"a": Infinity}', "has Infinity for a number"),
        (b" " * (32 * 1_048_576 + 1), "is larger than 32 MiB"),
    ],
)
def test_what_is_no_event_is_refused(raw: bytes, because: str, tmp_path: Path) -> None:
    with pytest.raises(HerdbookError, match=because) as raised:
        event(tmp_path, raw)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize("name", ["missing.json", "folder", "nul\0"])
def test_an_event_that_cannot_be_read_says_so(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match=r"The event in GITHUB_EVENT_PATH cannot be read: .+"):
        read_event({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(tmp_path / name)})


@given(st.text())
def test_a_name_is_shown_on_one_short_line(name: str) -> None:
    text = shown(name)
    assert text.isascii()
    assert text.isprintable()
    assert len(text) <= 62


@pytest.mark.parametrize(
    ("text", "hashed"),
    [
        ("a" * 40, True),
        ("0" * 39 + "1", True),
        ("a" * 64, True),
        ("a" * 39, False),
        ("a" * 41, False),
        ("A" * 40, False),
        ("g" * 40, False),
        ("0" * 40, False),
        ("a" * 40 + "\n", False),
        ("\u0661" * 40, False),
        ("", False),
    ],
)
def test_a_hash_is_whole_and_not_of_zeros(text: str, *, hashed: bool) -> None:
    assert is_hash(text) is hashed
