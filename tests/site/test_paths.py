from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.ref import Ref, is_name
from herdbook.site.paths import (
    depth_of,
    path_of,
    path_of_experiment,
    path_of_list,
    path_of_rule,
    path_of_twin,
    ref_at,
    relative,
)

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True).filter(is_name) | st.sampled_from(
    ["index", "index.html", "index.md", "INDEX.json"]
)


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        (Ref.model("clf"), "models/clf/index.html"),
        (Ref.model("clf", 7), "models/clf/7.html"),
        (Ref.model("clf", alias="champion"), "models/clf/index.html#alias-champion"),
        (Ref.run("exp-47b"), "runs/exp-47b.html"),
        (Ref.run("exp-47b", "model"), "runs/exp-47b.html#outputs"),
        (Ref.run("Index"), "runs/Index~.html"),
        (Ref.dataset("orders"), "datasets/orders/index.html"),
        (Ref.dataset("orders", "v2.1"), "datasets/orders/v2.1.html"),
        (Ref.dataset("orders", "index"), "datasets/orders/index~.html"),
        (Ref.dataset("index.html"), "datasets/index.html~/index.html"),
        (Ref.model("a.md", 1), "models/a.md~/1.html"),
        (Ref.endpoint("predict"), "endpoints/predict.html"),
        (Ref.endpoint("index"), "endpoints/index~.html"),
    ],
)
def test_every_entry_has_its_address(ref: Ref, path: str) -> None:
    assert path_of(ref) == path
    if "#" not in path:
        assert ref_at(path) == ref


@pytest.mark.parametrize(
    "path",
    [
        *(
            "index.html",
            "models/index.html",
            "runs/index.html",
            "rules/a-rule.html",
            "runs/a/b.html",
            "x/a.html",
        ),
        *("models/clf.html", "models/clf/7", "models/clf/7~.html", "runs/index~2.html", "models//7.html", ""),
        *("datasets/index.html/index.html", "models/a b/7.html"),
    ],
)
def test_other_paths_are_those_of_no_entry(path: str) -> None:
    assert ref_at(path) is None


@given(st.lists(NAMES, min_size=2, max_size=2, unique_by=str.lower))
def test_no_two_things_share_an_address(names: list[str]) -> None:
    paths = [
        path_of_list(f"{kind}/index.html", number)
        for kind in ("models", "runs", "datasets", "endpoints")
        for number in (1, 2)
    ]
    for name in names:
        paths += [
            path_of(Ref.model(name)),
            path_of(Ref.model(name, 1)),
            path_of(Ref.run(name)),
            path_of(Ref.dataset(name)),
        ]
        paths += [
            path_of_list(path_of(Ref.dataset(name)), 2),
            path_of_experiment(name),
            path_of(Ref.endpoint(name)),
        ]
        paths += [path_of(Ref.dataset(name, other)) for other in names] + [path_of_rule("a-rule")] * (
            name == names[0]
        )
    paths += map(path_of_twin, tuple(paths))
    assert len({path.lower() for path in paths}) == len(paths)
    folders = {path.rpartition("/")[0].lower() for path in paths}
    assert folders.isdisjoint(path.lower() for path in paths)
    assert all(depth_of(path) in {1, 2} for path in paths)


@given(st.lists(NAMES, max_size=3), NAMES, st.lists(NAMES, max_size=3), NAMES, st.sampled_from(["", "#part"]))
def test_a_relative_link_leads_where_it_should(
    here: list[str], page: str, there: list[str], target: str, fragment: str
) -> None:
    origin = "/".join([*here, f"{page}.html"])
    goal = "/".join([*there, f"{target}.html"]) + fragment
    assert urljoin(f"https://site.example/{origin}", relative(origin, goal)) == f"https://site.example/{goal}"
