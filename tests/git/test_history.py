import os
import subprocess
from pathlib import Path

import pytest

from herdbook.git import (
    Commit,
    FileHistory,
    GitError,
    file_history,
    folder_state,
)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


LEDGER = "models/churn/aliases.yaml"


class Story:
    """A repository whose commits say when they were made."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        git(root, "init", "-q", "-b", "main")

    def write(self, path: str, content: str | bytes | None) -> None:
        file = self.root / path
        if content is None:
            file.unlink()
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str, at: str, *, author: str = "Ana", **files: str | bytes | None) -> str:
        """Commit files; a file is named by its path, with ``__`` for a slash and ``_yaml`` at the end."""
        for name, content in files.items():
            self.write(name.replace("__", "/").replace("_yaml", ".yaml"), content)
        git(self.root, "add", "-A")
        self.run("commit", "-q", "--allow-empty", "-m", message, at=at, author=author)
        return git(self.root, "rev-parse", "HEAD")

    def sign(self, commit: str) -> None:
        """Put a signature of no worth on the newest commit."""
        head, _, message = git(self.root, "cat-file", "commit", commit).partition("\n\n")
        signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----"
        signed = subprocess.run(
            ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
            cwd=self.root,
            input=f"{head}\n{signature}\n\n{message}\n",
            check=True,
            capture_output=True,
            text=True,
        )
        git(self.root, "update-ref", "HEAD", signed.stdout.strip())

    def run(self, *arguments: str, at: str, author: str = "Ana") -> None:
        when = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at, "GIT_AUTHOR_NAME": author}
        subprocess.run(["git", *arguments], cwd=self.root, check=True, env={**os.environ, **when})


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "a b\tü")


def read(story: Story, path: str = LEDGER, lasting: str = "") -> FileHistory:
    found = file_history(story.root / path, lasting)
    assert found is not None
    return found


def test_a_file_is_followed_through_its_commits(story: Story) -> None:
    first = story.commit("Begin", "2024-01-12T09:00:00Z", models__churn__aliases_yaml="one\n")
    story.commit("Something else", "2024-01-13T09:00:00+02:00", other_yaml="x")
    second = story.commit(
        "Promote 2 (#14)", "2024-01-14T09:00:00+02:00", author="Bo", models__churn__aliases_yaml="two\n"
    )
    third = story.commit("Delete", "2024-01-15T09:00:00Z", models__churn__aliases_yaml=None)
    found = read(story)
    assert [(version.commit.hash, version.content) for version in found.versions] == [
        (first, b"one\n"),
        (second, b"two\n"),
        (third, None),
    ]
    assert found.complete
    assert found.versions[1].commit == Commit(second, "Bo", "2024-01-14T07:00:00Z", "Promote 2 (#14)")


def test_a_merge_is_one_change_by_who_wrote_it(story: Story) -> None:
    story.commit("Begin", "2024-01-12T09:00:00Z", models__churn__aliases_yaml="one\n")
    git(story.root, "checkout", "-q", "-b", "promote")
    story.commit("Try", "2024-01-13T09:00:00Z", author="Bo", models__churn__aliases_yaml="try\n")
    story.commit("Promote", "2024-01-14T09:00:00Z", author="Cy", models__churn__aliases_yaml="two\n")
    git(story.root, "checkout", "-q", "main")
    subject = "Merge pull request #12 from cy/promote"
    story.run("merge", "-q", "--no-ff", "-m", subject, "promote", at="2024-01-15T09:00:00Z", author="Dan")
    _, merge = read(story).versions
    assert (merge.commit.author, merge.commit.at, merge.commit.pull_request, merge.content) == (
        "Cy",
        "2024-01-15T09:00:00Z",
        12,
        b"two\n",
    )


def test_a_file_is_followed_to_where_it_was_before_the_folder_around_it_moved(story: Story) -> None:
    first = story.commit("Begin", "2024-01-12T09:00:00Z", catalog__models__churn__aliases_yaml="one\n" * 9)
    story.write("catalog/models/other/aliases.yaml", "one\n" * 9)
    (story.root / "deep").mkdir()
    git(story.root, "mv", "catalog", "deep/registry")
    away = story.commit("Move it", "2024-01-13T09:00:00Z", author="Bo")
    second = story.commit(
        "Promote 2", "2024-01-14T09:00:00Z", deep__registry__models__churn__aliases_yaml="one\n" * 9 + "two\n"
    )
    git(story.root, "mv", "deep/registry", "catalog")
    back = story.commit("Move it back", "2024-01-15T09:00:00Z", author="Bo")
    found = read(story, f"catalog/{LEDGER}", LEDGER)
    assert [(version.commit.hash, version.content) for version in found.versions] == [
        (first, b"one\n" * 9),
        (away, b"one\n" * 9),
        (second, b"one\n" * 9 + b"two\n"),
        (back, b"one\n" * 9 + b"two\n"),
    ]
    assert found.complete


def test_a_file_is_followed_though_most_of_it_was_rewritten_as_it_moved(story: Story) -> None:
    first = story.commit(
        "Begin", "2024-01-12T09:00:00Z", old__models__churn__aliases_yaml="kind: aliases\n" + "one\n" * 9
    )
    git(story.root, "mv", "old", "new")
    moved = story.commit(
        "Move it", "2024-01-13T09:00:00Z", new__models__churn__aliases_yaml="kind: aliases\n" + "other\n" * 9
    )
    found = read(story, f"new/{LEDGER}", LEDGER)
    assert [version.commit.hash for version in found.versions] == [first, moved]


def test_a_file_is_followed_through_a_merge_that_moved_it(story: Story) -> None:
    first = story.commit("Begin", "2024-01-12T09:00:00Z", models__churn__aliases_yaml="one\n")
    git(story.root, "checkout", "-q", "-b", "move")
    (story.root / "catalog").mkdir()
    git(story.root, "mv", "models", "catalog/models")
    story.commit("Move it", "2024-01-13T09:00:00Z")
    git(story.root, "checkout", "-q", "main")
    story.run("merge", "-q", "--no-ff", "-m", "Merge it", "move", at="2024-01-14T09:00:00Z")
    found = read(story, f"catalog/{LEDGER}", LEDGER)
    merged = git(story.root, "rev-parse", "HEAD")
    assert [version.commit.hash for version in found.versions] == [first, merged]


def test_a_copy_or_another_file_is_no_move(story: Story) -> None:
    story.commit(
        "Begin",
        "2024-01-12T09:00:00Z",
        catalog__models__churn__aliases_yaml="one\n",
        catalog__models__sales__aliases_yaml="two\n",
    )
    copied = story.commit("Copy", "2024-01-13T09:00:00Z", other__models__churn__aliases_yaml="one\n")
    git(story.root, "mv", "catalog/models/sales", "catalog/models/shop")
    renamed = story.commit("Rename", "2024-01-14T09:00:00Z")
    for path, lasting, commit in (
        (f"other/{LEDGER}", LEDGER, copied),
        ("catalog/models/shop/aliases.yaml", "models/shop/aliases.yaml", renamed),
        ("catalog/models/shop/aliases.yaml", "", renamed),
    ):
        assert [version.commit.hash for version in read(story, path, lasting).versions] == [commit]


def test_a_file_that_was_deleted_and_began_again_has_both_beginnings(story: Story) -> None:
    story.commit("Begin", "2024-01-12T09:00:00Z", models__churn__aliases_yaml="one\n")
    story.commit("Delete", "2024-01-13T09:00:00Z", models__churn__aliases_yaml=None)
    story.commit("Begin again", "2024-01-14T09:00:00Z", models__churn__aliases_yaml="one\n")
    contents = [version.content for version in read(story, LEDGER, LEDGER).versions]
    assert contents == [b"one\n", None, b"one\n"]


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Merge pull request #12 from ana/promote", 12),
        ("Promote 2 (#14)", 14),
        ("Revert #3 (#15)", 15),
        ("Promote 2", None),
        ("See (#14) there", None),
        ("Merge branch 'main'", None),
        (f"Promote (#{'9' * 20})", None),
    ],
)
def test_pull_requests_are_named_in_subjects(subject: str, number: int | None) -> None:
    assert Commit("0" * 40, "Ana", "2024-01-12T09:00:00Z", subject).pull_request == number


def test_a_shallow_clone_holds_a_part_of_the_history(story: Story, tmp_path: Path) -> None:
    story.commit("Begin", "2024-01-12T09:00:00Z", models__churn__aliases_yaml="one\n")
    story.commit("Go on", "2024-01-13T09:00:00Z", models__churn__aliases_yaml="two\n")
    story.commit("New", "2024-01-14T09:00:00Z", models__churn__stages_yaml="new\n")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "2", story.root.as_uri(), str(clone))
    found = file_history(clone / LEDGER)
    assert found is not None
    assert ([version.content for version in found.versions], found.complete) == ([b"two\n"], False)
    newer = file_history(clone / "models/churn/stages.yaml")
    assert newer is not None
    assert newer.complete


def test_of_a_long_history_the_newest_part_is_read(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(10, 20):
        story.commit("Go on", f"2024-01-{day}T09:00:00Z", models__churn__aliases_yaml=f"{day}\n")
    assert read(story).complete
    monkeypatch.setattr("herdbook.git.history._MOST_VERSIONS", 3)
    assert [version.content for version in read(story).versions] == [b"17\n", b"18\n", b"19\n"]
    assert not read(story).complete
    monkeypatch.setattr("herdbook.git.history._MOST_VERSIONS", 500)
    monkeypatch.setattr("herdbook.git.history._MOST_BYTES", 7)
    assert [version.content for version in read(story).versions] == [b"18\n", b"19\n"]
    assert not read(story).complete


def test_what_is_no_file_or_too_large_has_no_content(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.commit("Begin", "2024-01-12T09:00:00Z", models__churn__aliases_yaml="x" * 100)
    story.commit("A folder", "2024-01-13T09:00:00Z", models__churn__aliases_yaml=None)
    story.commit("A folder", "2024-01-14T09:00:00Z", models__churn__aliases_yaml__a="y")
    monkeypatch.setattr("herdbook.git.command.LARGEST_FILE", 50)
    assert {version.content for version in read(story).versions} == {None}


@pytest.mark.parametrize("path", ["models/absent.yaml", "absent/absent.yaml", "a\nb.yaml", ":(top)x", "*"])
def test_a_file_that_no_commit_has_has_no_history(story: Story, path: str) -> None:
    assert file_history(story.root / path) is None
    story.commit("Begin", "2024-01-12T09:00:00Z", models__churn__aliases_yaml="one\n")
    assert file_history(story.root / path) is None


def test_without_git_or_a_repository_there_is_no_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert file_history(tmp_path / "x" / "a.yaml") is None
    assert folder_state(tmp_path / "x", "2024-01-12T09:00:00Z") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert file_history(tmp_path / "a.yaml") is None


@pytest.mark.parametrize(
    ("at", "files"),
    [
        ("2024-01-11T23:59:59Z", None),
        ("2024-01-12T08:59:59Z", None),
        ("2024-01-12T09:00:00Z", {"a.yaml": b"one\n"}),
        ("2024-01-13T23:59:59.999999Z", {"a.yaml": b"two\n", "b.yaml": b"new\n"}),
        ("2024-01-15T00:00:00Z", None),
    ],
)
def test_what_a_folder_held_at_a_time(story: Story, at: str, files: dict[str, bytes] | None) -> None:
    story.commit("Nothing yet", "2024-01-11T09:00:00Z", other="x")
    story.commit("Begin", "2024-01-12T09:00:00Z", endpoints__a_yaml="one\n", endpoints__in__c_yaml="deep")
    (story.root / "endpoints" / "link.yaml").symlink_to("a.yaml")
    story.commit("Go on", "2024-01-13T09:00:00Z", endpoints__a_yaml="two\n", endpoints__b_yaml="new\n")
    for path in ("a.yaml", "b.yaml", "link.yaml", "in/c.yaml"):
        (story.root / "endpoints" / path).unlink()
    story.commit("Delete", "2024-01-14T09:00:00Z")
    found = folder_state(story.root / "endpoints", at)
    assert (None if found is None else found.files) == files


def test_a_folder_that_is_not_in_git_held_nothing_where_what_is_beside_it_is(story: Story) -> None:
    story.commit("Elsewhere", "2024-01-11T09:00:00Z", old__herdbook_yaml="x", old__endpoints__a_yaml="one\n")
    git(story.root, "mv", "old", "new")
    story.commit("Move it", "2024-01-12T09:00:00Z")
    (story.root / "new" / "endpoints" / "a.yaml").unlink()
    last = story.commit("Delete the last", "2024-01-13T09:00:00Z")
    folder = story.root / "new" / "endpoints"
    assert folder_state(folder, "2024-01-11T10:00:00Z", "herdbook.yaml") is None
    moved = folder_state(folder, "2024-01-12T10:00:00Z", "herdbook.yaml")
    assert moved is not None
    assert moved.files == {"a.yaml": b"one\n"}
    empty = folder_state(folder, "2024-01-13T10:00:00Z", "herdbook.yaml")
    assert empty is not None
    assert (empty.commit.hash, empty.files) == (last, {})
    assert folder_state(folder, "2024-01-13T10:00:00Z") is None


@pytest.mark.parametrize(
    "at", ["1969-12-31T23:59:59.999999999Z", "1901-05-05T12:00:00Z", "0999-01-01T00:00:00Z"]
)
def test_there_was_no_commit_before_the_time_that_git_counts_from(story: Story, at: str) -> None:
    story.commit("Begin", "2024-01-12T09:00:00Z", endpoints__a_yaml="one\n")
    assert folder_state(story.root / "endpoints", at) is None


def test_hostile_messages_and_names_are_text(story: Story) -> None:
    author = "Evil \x1b[31m ::error::x"
    story.commit(
        "::warning::x\x01\x1f (#7)\n\nbody",
        "2024-01-12T09:00:00Z",
        author=author,
        models__churn__aliases_yaml="one\n",
    )
    (version,) = read(story).versions
    assert version.commit.author == author
    assert version.commit.subject == "::warning::x\x01\x1f (#7)"
    assert version.content == b"one\n"


def test_reading_history_runs_nothing_that_the_repository_names(story: Story, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\ncat\n")
    program.chmod(0o755)
    story.commit("Begin", "2024-01-12T09:00:00Z", endpoints__a_yaml="one\n", _gitattributes="* diff=evil\n")
    (story.root / ".gitattributes").write_text("* diff=evil filter=evil\n")
    story.sign(story.commit("Go on", "2024-01-13T09:00:00Z", endpoints__a_yaml="two\n"))
    for name in (
        "core.fsmonitor",
        "core.pager",
        "pager.log",
        "gpg.program",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.smudge",
        "filter.evil.process",
        "core.sshCommand",
        "core.editor",
        "credential.helper",
        "uploadpack.packObjectsHook",
    ):
        git(story.root, "config", name, str(program))
    for name, value in (("log.showSignature", "true"), ("log.follow", "true"), ("alias.log", f"!{program}")):
        git(story.root, "config", name, value)
    found = file_history(story.root / "endpoints" / "a.yaml")
    assert found is not None
    assert len(found.versions) == 2
    assert folder_state(story.root / "endpoints", "2024-01-13T10:00:00Z") is not None
    assert not (tmp_path / "ran").exists()


def test_what_a_partial_clone_lacks_is_not_fetched(story: Story, tmp_path: Path) -> None:
    story.commit("Begin", "2024-01-12T09:00:00Z", models__churn__aliases_yaml="one\n")
    git(story.root, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", story.root.as_uri(), str(clone))
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    program.chmod(0o755)
    git(clone, "config", "remote.origin.url", "ssh://example.org/repository")
    git(clone, "config", "core.sshCommand", str(program))
    git(clone, "config", "protocol.allow", "always")
    with pytest.raises(GitError, match=r"git cat-file in .* failed"):
        file_history(clone / LEDGER)
    assert not (tmp_path / "ran").exists()


def test_replacements_of_objects_are_not_believed(story: Story) -> None:
    first = story.commit("Begin", "2024-01-12T09:00:00Z", models__churn__aliases_yaml="one\n")
    second = story.commit("Go on", "2024-01-13T09:00:00Z", models__churn__aliases_yaml="two\n")
    git(story.root, "checkout", "-q", "--orphan", "other")
    other = story.commit("Forged", "2024-01-12T09:00:00Z", models__churn__aliases_yaml="two\n")
    git(story.root, "checkout", "-q", "main")
    git(story.root, "replace", second, other)
    assert [version.commit.hash for version in read(story).versions] == [first, second]
