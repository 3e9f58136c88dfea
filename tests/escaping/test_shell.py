import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from herdbook.escaping.shell import command, quoted

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def said(script: str, shell: str = "sh") -> str:
    """What a shell prints; written to its input, as an argument would have to be short."""
    done = subprocess.run([shell], input=script.encode(), capture_output=True, timeout=20, check=True)
    assert done.stderr == b""
    return done.stdout.decode()


@given(st.lists(TEXTS, min_size=1, max_size=20))
@example(["a'b", '"', "$(touch x)", "`touch x`", "${HOME}", "\\", "-n", "--", "*", "~", "a=b", "!", "\n", ""])
@example(
    ["a\n", "\r\n", "\t", "\x1b[31m", "\u202e", "é", "\U0001f600", "x\u200by", "##[group]", "\n::error::"]
)
@example(["a b", "\x7f7", "\x018", "\x85", "'\n'", "\n\n", "$\n", "#", "if", "\\n", "%s", "\xa0"])
def test_a_shell_reads_back_what_was_quoted(texts: list[str]) -> None:
    for shell in ("sh", "bash"):
        assert said(f"printf '%s\\0' {command(*texts)}", shell) == "".join(f"{text}\0" for text in texts)


@given(TEXTS)
@example("a\n::stop-commands::x")
@example("##vso[task.setvariable]")
def test_everything_can_be_seen_and_nothing_commands_a_log(text: str) -> None:
    word = quoted(text)
    assert all(line.isprintable() for line in word.split("\n"))
    assert not any(line.lstrip().startswith("::") for line in word.split("\n")[1:])
    assert "##[" not in word
    assert "##vso[" not in word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("train.py", "train.py"),
        ("", "''"),
        ("two words", "'two words'"),
        ("it's", "'it'\"'\"'s'"),
        ("é", "'é'"),
        ("a\x1bb", "a\"$(printf '\\033')\"b"),
        ("a\nb", "'a\n''b'"),
        ("a\0b", "ab"),
    ],
)
def test_how_it_is_written(text: str, word: str) -> None:
    assert quoted(text) == word
