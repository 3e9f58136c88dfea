"""What lies of an artifact in a repository."""

import os
from pathlib import Path

import pytest

from conftest import CHECKOUT
from herdbook.digest import measure, measure_folder
from herdbook.errors import HerdbookError
from herdbook.planning.artifacts import Seen, look_at, path_of

DESCRIPTION = (CHECKOUT / "tests/data/mlmodel/columns.yaml").read_bytes()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "top"
    (folder / "out/my model").mkdir(parents=True)
    (folder / "out/my model/model.pkl").write_bytes(b"a model")
    (tmp_path / "secret").write_bytes(b"secret")
    return folder


def test_a_file_is_measured_and_what_lies_beside_it_is_read(top: Path) -> None:
    file = top / "out/my model/model.pkl"
    assert look_at(top, "out/my%20model/model.pkl", "", None) == Seen(is_here=True, measured=measure(file))
    (file.parent / "MLmodel").write_bytes(DESCRIPTION)
    (file.parent / "requirements.txt").write_text(
        "# frozen\n--index-url https://example.org\nscikit-learn==1.4.2\n\n-r more.txt\n numpy==1.26.4 \n"
    )
    for uri in ("out/my%20model/model.pkl", "out/my%20model", "out/my model"):
        seen = look_at(top, uri, "", None)
        assert seen.is_here
        assert seen.described is not None
        assert seen.described.flavors == ("python_function", "sklearn")
        assert seen.requirements == ("scikit-learn==1.4.2", "numpy==1.26.4")
        assert seen.measured == (measure_folder(file.parent) if uri.endswith("model") else measure(file))


def test_a_description_may_lie_elsewhere(top: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/MLmodel").write_bytes(DESCRIPTION)
    for place in (tmp_path / "elsewhere", tmp_path / "elsewhere/MLmodel"):
        seen = look_at(top, "s3://models/1.pkl", "", place)
        assert (seen.is_here, seen.measured) == (False, None)
        assert seen.described is not None
        assert seen.described.size == 2048
    with pytest.raises(HerdbookError, match="top/MLmodel: cannot be read: No such file") as failed:
        look_at(top, "s3://models/1.pkl", "", top)
    assert failed.value.exit_code == 3


@pytest.mark.parametrize(
    "uri",
    ["../secret", "out/../../secret", "/etc/passwd", "%2e%2e/secret", "out%00", "file:///etc/passwd", "link",
     "folder-link/secret", ".", "", "http://[", "nothing", "x" * 5000, "pipe", "s3://models/1.pkl"],
)  # fmt: skip
def test_nothing_is_looked_at_outside_the_repository(top: Path, uri: str) -> None:
    (top / "link").symlink_to("../secret")
    (top / "folder-link").symlink_to("..")
    os.mkfifo(top / "pipe")
    assert path_of(top, uri) is None
    assert look_at(top, uri, "", None) == Seen()


@pytest.mark.parametrize(
    ("uri", "recorded", "is_measured"),
    [
        ("out/my model/model.pkl", "sha256:00", True),
        ("out/my model/model.pkl", "md5:00", False),
        ("out/my model", "sha256-dir:00", True),
        ("out/my model", "md5-dir:00", False),
    ],
)
def test_only_digests_of_the_same_kind_are_found_out(
    top: Path, uri: str, recorded: str, is_measured: bool
) -> None:
    seen = look_at(top, uri, recorded, None)
    assert seen.is_here
    assert (seen.measured is not None) is is_measured


def test_a_link_inside_the_repository_is_followed(top: Path) -> None:
    """So do tools for large files lay the content elsewhere."""
    (top / "model.pkl").symlink_to("out/my model/model.pkl")
    assert look_at(top, "model.pkl", "", None).measured == measure(top / "out/my model/model.pkl")


def test_a_description_that_is_a_link_is_not_read(top: Path) -> None:
    folder = top / "out/my model"
    (folder / "MLmodel").symlink_to(top.parent / "secret")
    with pytest.raises(HerdbookError, match="MLmodel: cannot be read"):
        look_at(top, "out/my model/model.pkl", "", None)
