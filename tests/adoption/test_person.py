import re
from pathlib import Path

import pytest

from herdbook.adoption.person import committer, person_of, plain_name
from herdbook.git import Identity
from repositories import git, initialised

KEEPER = {"name": "Whoever keeps this catalog"}


def test_a_person_is_called_as_git_says() -> None:
    person = person_of(Identity("Ana Lima", "ana@example.org"))
    assert (person.id, person.data) == ("ana-lima", {"name": "Ana Lima", "email": "ana@example.org"})
    assert person.left_out == ()


def test_without_a_name_somebody_keeps_the_catalog() -> None:
    person = person_of(Identity(email="ana@example.org"))
    assert (person.id, person.data) == ("maintainer", {**KEEPER, "email": "ana@example.org"})
    assert person.left_out == (
        "git knows no user.name: the catalog names a maintainer; write there who that is",
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Ana\u202eLima", "it holds characters that nobody can see"),
        ("Ana\x1b[31m", "it holds characters that nobody can see"),
        ("Ana\udcff", "it holds characters that nobody can see"),
        ("Ana\rLima", "it holds characters that nobody can see"),
        ("Ana\nLima", "one line"),
        ("a" * 1001, "1,?000"),
        ("<your name>", "it names nobody"),
        ("TODO", "it names nobody"),
    ],
)
def test_what_no_catalog_holds_is_left_out_with_a_word_of_why(name: str, why: str) -> None:
    person = person_of(Identity(name))
    assert (person.id, person.data) == ("maintainer", KEEPER)
    (said,) = person.left_out
    assert said.startswith("git's user.name is left out of the catalog: ")
    assert re.search(why, said), said


def test_an_address_that_is_none_is_left_out_alone() -> None:
    person = person_of(Identity("Ana", "ana at example"))
    assert (person.id, person.data) == ("ana", {"name": "Ana"})
    (said,) = person.left_out
    assert said.startswith("git's user.email is left out of the catalog: ")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ana Lima", "Ana-Lima"),
        ("José Müller-Ñ", "Jose-Muller-N"),
        ("my.models..v2", "my-models-v2"),
        ("--x_", "x"),
        ("李雷", ""),
        ("a" * 200, "a" * 128),
        ("a" * 127 + " b", "a" * 127),
    ],
)
def test_a_name_is_made_of_letters_and_digits(text: str, name: str) -> None:
    assert plain_name(text) == name


def test_who_is_written_in_another_script_keeps_the_name() -> None:
    person = person_of(Identity("李雷"))
    assert (person.id, person.data, person.left_out) == ("maintainer", {"name": "李雷"}, ())


def test_the_committer_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    root = initialised(tmp_path / "team")
    git(root, "config", "user.name", "Ana")
    git(root, "config", "user.email", "ana@example.org")
    assert committer(root / "new" / "folder").id == "ana"


def test_where_git_fails_nobody_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text("not a program")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert committer(tmp_path).data == KEEPER
