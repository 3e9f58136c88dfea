import pytest

from herdbook.reports.places import path_in_repository
from hostile_reports import place


@pytest.mark.parametrize(
    ("folder", "path", "shown"),
    [
        ("", "runs/a.yaml", "runs/a.yaml"),
        ("ml/catalog", "runs/a.yaml", "ml/catalog/runs/a.yaml"),
        ("größe", "a b.yaml", "größe/a b.yaml"),
        ("a\nb", "\x1b.yaml", r"a\x0ab/\x1b.yaml"),
        ("", "::error::x", r"\x3a:error::x"),
        ("", "\udcff", r"\udcff"),
    ],
)
def test_paths_begin_at_the_top_of_the_repository(folder: str, path: str, shown: str) -> None:
    # Not where the user stands, which the name of the tree tells.
    assert path_in_repository(place(path, folder="../elsewhere"), folder) == shown
