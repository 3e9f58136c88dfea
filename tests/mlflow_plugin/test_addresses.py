from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.errors import HerdbookError
from herdbook.mlflow_plugin.addresses import Address
from herdbook.ref import Ref

FOLDERS = st.lists(
    st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1).filter(
        lambda name: name not in (".", "..")
    ),
    min_size=1,
).map(lambda names: Path("/", *names))


@given(FOLDERS)
def test_any_folder_has_an_address(folder: Path) -> None:
    address = Address(folder)
    assert Address.parse(str(address)) == address
    version = address.of(Ref.model("churn", 3))
    assert Address.parse(str(version)).artifact("MLmodel") == (Ref.model("churn", "3"), "MLmodel")
    assert Address.parse(str(version)).catalog == folder


def test_an_address_may_be_relative_and_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Address.parse("herdbook:catalog").catalog == tmp_path / "catalog"
    assert Address.parse("HERDBOOK:///a%20b/c").catalog == Path("/a b/c")


def test_mlflow_may_take_names_off_the_end() -> None:
    """It asks for the last part of an address below the rest of it."""
    assert Address.parse("herdbook:///c/!/models/churn").artifact("3/a/b") == (Ref.model("churn", "3"), "a/b")
    assert Address.parse("herdbook:///c/!/runs").artifact("train-1") == (Ref.run("train-1"), "")
    assert Address.parse("herdbook:///c/!/runs/train-1/model").artifact("x#y") == (
        Ref.run("train-1"),
        "model/x#y",
    )


@pytest.mark.parametrize(
    "text",
    ["herdbook:", "herdbook://", "herdbook://host/catalog", "file:///catalog", "herdbook:///a%00b", ""],
)
def test_what_names_no_catalog_is_refused(text: str) -> None:
    with pytest.raises(HerdbookError, match="three slashes"):
        Address.parse(text)


@pytest.mark.parametrize(
    "within",
    ["", "!", "/!/models", "/!/models/churn", "/!/datasets/a/b", "/!/runs/..", "/!/models/a/../b", "/!/x"],
)
def test_what_names_no_artifact_is_refused(within: str) -> None:
    address = Address.parse(f"herdbook:///catalog{within}")
    with pytest.raises(HerdbookError, match="names no artifact"):
        address.artifact()
