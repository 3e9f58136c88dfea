import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import yaml
from conftest import CHECKOUT
from herdbook.adoption.forge_yaml import Node, read_forge_yaml
from herdbook.errors import HerdbookError
from work import bounded


def plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {key: plain(value) for key, value in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: push\nyes: no\nn: 012\n", {"on": "push", "yes": "no", "n": "012"}),
        ("a: &x [1, 2]\nb: *x\n", {"a": ["1", "2"], "b": ["1", "2"]}),
        ("a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}\n", {"a": {"k": "1", "l": "2"}, "b": {"k": "1", "l": "3"}}),
        ("a: &x {k: 1}\nb: &y {k: 2, l: 2}\nc: {<<: [*x, *y]}\n", None),
        (
            "spec: {}\n---\njob: {script: [!reference [.a, script]]}\n",
            {"job": {"script": [[".a", "script"]]}},
        ),
        ("run: |\n  a\n  b\n", {"run": "a\nb\n"}),
        ("\ufeffa: 1\r\n", {"a": "1"}),
        ("", ""),
    ],
)
def test_what_forges_understand_is_understood(text: str, expected: Any) -> None:
    read = plain(read_forge_yaml(text.encode()))
    if expected is None:
        assert read["c"] == {"k": "1", "l": "2"}
    else:
        assert read == expected


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a: [", "this is not YAML"),
        (b"a: 1\na: 2\n", 'line 2: the key "a" stands twice in one mapping'),
        (b"a: *x\n", "an alias leads nowhere|undefined alias"),
        (b"a: &x [*x]\n", "line 1: an alias leads nowhere"),
        (b"a: &x 1\n---\nb: *x\n", "line 3: an alias leads nowhere"),
        (b"\xff\xfea\0", "it is not UTF-8"),
        (b"a: \0", "U\\+0000"),
        (b"[" * 100_000, "line 1: it is nested too deep"),
        (b"- " * 100_000, "line 1: it is nested too deep"),
        (b"- 1\n" * 400_000, "it holds too many values"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_nobody_understands_is_an_error(raw: bytes, message: str) -> None:
    with pytest.raises(HerdbookError, match=message):
        read_forge_yaml(raw)


def test_merges_of_merges_are_counted() -> None:
    """Each mapping holds twice the keys of the one before."""
    wide = "a0: &a0 {" + ", ".join(f"k{number}: 1" for number in range(1000)) + "}\n"
    many = "b: {" + ", ".join(["<<: *a0"] * 1000) + "}\n"
    with pytest.raises(HerdbookError, match=r"merge keys \(<<\) bring too many values"):
        read_forge_yaml((wide + many).encode())


def test_aliases_of_aliases_cost_nothing() -> None:
    lines = ["a0: &a0 [1, 1]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    with bounded():
        node = read_forge_yaml("\n".join(lines).encode())
    for _ in range(59):
        node = (node.get("a59") or node.items[0]) if isinstance(node.value, dict) else node.items[0]


def test_every_value_knows_its_line() -> None:
    node = read_forge_yaml(b"a:\n  b:\n    - c\n    - {d: 1}\n")
    b = node.get("a", "b")
    assert b is not None
    assert (b.line, [item.line for item in b.items]) == (2, [3, 4])
    assert node.get("a", "b", "c") is None
    assert node.get("x") is None


@pytest.mark.parametrize("path", sorted((CHECKOUT / ".github").rglob("*.yml")), ids=lambda path: path.name)
def test_plain_files_are_read_as_another_reader_does(path: Path) -> None:
    assert plain(read_forge_yaml(path.read_bytes())) == yaml.load(path.read_text(), yaml.BaseLoader)


_TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
_VALUES = st.recursive(
    _TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_TEXTS.filter(lambda key: key != "<<"), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_VALUES)
def test_what_is_written_is_read(value: Any) -> None:
    assert plain(read_forge_yaml(yaml.safe_dump(value).encode())) == value


@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{}&*!|>?<#'\"\n \t,%", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(HerdbookError):
        plain(read_forge_yaml(raw))
