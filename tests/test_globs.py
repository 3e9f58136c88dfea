import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.globs import glob_matches
from work import bounded

PATHS = st.text("ab/.*?", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("runs/a.yaml", "runs/a.yaml", True),
        ("runs/a.yaml", "runs/aXyaml", False),
        ("runs/*.yaml", "runs/a.yaml", True),
        ("runs/*.yaml", "runs/a/b.yaml", False),
        ("runs/*", "runs/", True),
        ("runs/?.yaml", "runs/a.yaml", True),
        ("runs/?.yaml", "runs/.yaml", False),
        ("runs?a.yaml", "runs/a.yaml", False),
        ("runs/**", "runs/a/b.yaml", True),
        ("runs/**", "runs", False),
        ("**/b.yaml", "b.yaml", True),
        ("**/b.yaml", "runs/a/b.yaml", True),
        ("**/b.yaml", "runs/ab.yaml", False),
        ("runs/**/b.yaml", "runs/b.yaml", True),
        ("runs/**/b.yaml", "runs/x/y/b.yaml", True),
        ("runs/**/b.yaml", "runsb.yaml", False),
        ("**", "anything/at/all", True),
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("[ab].yaml", "a.yaml", False),
        ("[ab].yaml", "[ab].yaml", True),
        ("{a,b}", "a", False),
        ("Runs/*", "runs/a", False),
        ("a\n*", "a\nb", True),
    ],
)
def test_a_glob_means_what_it_says(glob: str, path: str, *, matches: bool) -> None:
    assert glob_matches(glob, path) is matches


@given(PATHS.filter(lambda text: not set(text) & set("*?")))
def test_a_path_without_wildcards_means_itself(path: str) -> None:
    assert glob_matches(path, path)
    assert glob_matches("**", path)
    assert glob_matches("**/" + path, path)
    assert not glob_matches(path, path + "x")


@given(PATHS, PATHS)
def test_one_star_stays_within_a_folder(before: str, after: str) -> None:
    within = f"{before}{after}".replace("/", "")
    assert glob_matches("*", within)
    assert not glob_matches("*", f"{within}/{within}")


@pytest.mark.parametrize(
    ("glob", "path"), [("**/*" * 60 + "x", "a/" * 500 + "b"), ("*a" * 120 + "x", "a" * 1000)]
)
def test_no_glob_is_tried_again_and_again(glob: str, path: str) -> None:
    with bounded():
        assert not glob_matches(glob, path)
