import posixpath
import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.importers.dvc import paths

PATHS = st.text(st.sampled_from("ab./ \0\n:é%?#"), max_size=12)
FOLDERS = st.sampled_from(["", "a", "a/b", "a/../b", "./a", "a/."])


@pytest.mark.parametrize(
    ("folder", "path", "found"),
    [
        ("", "x.csv", "x.csv"),
        ("pipe", "x.csv", "pipe/x.csv"),
        ("pipe/work", "../x.csv", "pipe/x.csv"),
        ("pipe", "./data//x/", "pipe/data/x"),
        ("pipe", "s3://shop/../x.csv", "s3://shop/../x.csv"),
        ("", "..x", "..x"),
        ("", ".x", ".x"),
    ],
)
def test_paths_lead_on_from_their_folders(folder: str, path: str, found: str) -> None:
    assert paths.place(folder, path) == found


@pytest.mark.parametrize("path", ["../../x", "/etc/passwd", "..", "../..", "a\0b"])
def test_no_path_leads_out_of_the_repository(path: str) -> None:
    with pytest.raises(ValueError, match=r"^'.*' lies outside of the repository; it is left out$"):
        paths.place("pipe", path)


@pytest.mark.parametrize("path", ["", " \n", " /", None, 3, ["x"], {"x": 1}])
def test_what_is_no_text_leads_nowhere(path: object) -> None:
    with pytest.raises(ValueError, match=r"^a path in it is no text; what lies there is left out$"):
        paths.place("", path)


@given(FOLDERS, PATHS)
def test_any_path_leads_to_one_place_inside_or_nowhere(folder: str, path: str) -> None:
    try:
        found = paths.place(folder, path)
    except ValueError:
        return
    if "://" in path:
        assert found == path
    else:
        assert found == posixpath.normpath(found) == paths.place("", found)
        assert not found.startswith(("/", "../"))
        assert found not in (".", "..")
        assert "\0" not in found


def test_long_paths_are_cut_in_messages() -> None:
    assert paths.shown("x" * 500) == repr("x" * 80)


@given(st.text())
def test_the_address_of_a_place_leads_back_to_it(path: str) -> None:
    found = paths.uri(path)
    if "://" not in path:
        assert re.fullmatch(r"[!-~]*", found)
        assert unquote(found) == path


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("data/orders 1.csv", "data/orders%201.csv"),
        ("a?b#c%d", "a%3Fb%23c%25d"),
        ("caf\u00e9.csv", "caf%C3%A9.csv"),
        ("\udcff", "%3F"),
        ("s3://shop/a b", "s3://shop/a b"),
    ],
)
def test_addresses_of_places(path: str, found: str) -> None:
    assert paths.uri(path) == found


def test_files_are_known_by_their_endings() -> None:
    assert paths.is_model_file("out/Model.ONNX")
    assert not paths.is_model_file("model.csv")
    assert paths.is_code("prepare.R")
    assert not paths.is_code("prepare.PY")
