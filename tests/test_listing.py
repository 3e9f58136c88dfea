"""Names of what there is, without reading it."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from herdbook.listing import Listing
from herdbook.ref import is_name
from repositories import write
from rule_examples import EXAMPLE_CATALOG

HOSTILE = (
    "$(touch pwned)",
    "`touch pwned`",
    "a b",
    "a;b",
    "a\nb",
    "'",
    '"',
    "-rf",
    "..x",
    "\u202eevil",
    "nul",
    "*",
)


def test_what_there_is_in_the_example() -> None:
    listing = Listing(EXAMPLE_CATALOG)
    assert (listing.models(), listing.datasets(), listing.endpoints()) == (["churn"], ["orders"], ["predict"])
    assert listing.versions("churn") == ["1", "2"]
    assert listing.aliases("churn") == ["champion", "rollback"]
    assert listing.dataset_versions("orders") == ["v1", "v2"]
    assert listing.runs() == ["evaluate-1", "evaluate-2", "prepare-1", "prepare-2", "train-1", "train-2"]
    assert listing.outputs("train-1") == ["model"]
    assert listing.people() == ["ana", "bo"]


def test_versions_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    write(tmp_path, {f"models/m/versions/{name}.yaml": "" for name in ("10", "9", "x", "1a", "100")})
    assert Listing(tmp_path).versions("m") == ["9", "10", "100"]


def test_files_need_not_be_readable(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"runs/e/broken.yaml": b"\xff", "runs/e/notes.txt": "", "models/m/aliases.yaml": "aliases: ["},
    )
    write(
        tmp_path, {"herdbook.yaml": "people: [ana]", "runs/e/odd.yaml": "outputs: [{name: 1}, 2, {name: x}]"}
    )
    write(tmp_path, {"runs/e/other.yaml": "outputs: text"})
    listing = Listing(tmp_path)
    assert listing.runs() == ["broken", "odd", "other"]
    assert (listing.aliases("m"), listing.people()) == ([], [])
    assert [listing.outputs(run) for run in ("broken", "odd", "other", "none")] == [[], ["x"], [], []]


def test_what_is_no_name_is_left_out(tmp_path: Path) -> None:
    for name in HOSTILE:
        write(
            tmp_path,
            {f"models/{name}/model.yaml": "", f"runs/e/{name}.yaml": "", f"endpoints/{name}.yaml": ""},
        )
    quoted = "".join(f"  {name!r}: []\n" for name in HOSTILE if name.isprintable() and "'" not in name)
    write(tmp_path, {"models/good/aliases.yaml": f"aliases:\n{quoted}  champion: []\n"})
    listing = Listing(tmp_path)
    assert (listing.models(), listing.runs(), listing.endpoints()) == (["good"], [], [])
    assert listing.aliases("good") == ["champion"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere/m").mkdir(parents=True)
    (tmp_path / "elsewhere/aliases.yaml").write_text("aliases: {secret: []}\n")
    (tmp_path / "models/real").mkdir(parents=True)
    (tmp_path / "models/linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "models/real/aliases.yaml").symlink_to(tmp_path / "elsewhere/aliases.yaml")
    assert Listing(tmp_path).models() == ["real"]
    assert Listing(tmp_path).aliases("real") == []


@given(
    st.text(max_size=20) | st.sampled_from(["..", "../..", "/", ".", "churn/../churn", "churn\0", "x" * 5000])
)
def test_whatever_is_asked_for_nothing_else_is_listed(text: str) -> None:
    listing = Listing(EXAMPLE_CATALOG)
    for found in (listing.versions, listing.aliases, listing.dataset_versions, listing.outputs):
        assert is_name(text) or found(text) == []


def test_where_there_is_no_catalog_there_is_nothing(tmp_path: Path) -> None:
    listing = Listing(tmp_path / "nothing")
    assert listing.models() == listing.runs() == listing.people() == listing.outputs("x") == []
