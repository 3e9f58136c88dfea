"""The registry that GTO keeps in tags: those that GTO 1.10 made, and others by hand."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import CHECKOUT
from drafting import Brought, bring, empty
from herdbook.git import repository_around
from herdbook.importers.dvc import read_dvc
from herdbook.importers.gto import read_gto
from herdbook.memory import open_catalog
from repositories import commit, git, initialised

DATA = CHECKOUT / "tests" / "data" / "dvc"


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return empty(tmp_path / "catalog")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    root = initialised(tmp_path / "shop")
    git(root, "fast-import", "--quiet", input=(DATA / "repository.txt").read_text())
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return initialised(tmp_path / "repository")


def read(catalog: Path, root: Path) -> Brought:
    return bring(catalog, read_gto(repository_around(root), open_catalog(catalog)))


def tag(root: Path, name: str, day: int, at: str = "HEAD", message: str = "x") -> None:
    git(root, "tag", "-a", name, "-m", message, at, GIT_COMMITTER_DATE=f"2024-01-{day:02}T08:00:00Z")


def lines(ledger: list[dict[str, object]], what: str) -> list[tuple[object, object]]:
    return [(line[what], str(line["at"])[8:10]) for line in ledger]


def test_stages_hold_what_gto_itself_says_they_hold(catalog: Path, made: Path) -> None:
    brought = read(catalog, made)
    told = json.loads((DATA / "show.json").read_text())
    found = brought.catalog
    for entry in found.models.values():
        model = entry.imported_from["name"]
        labels = {version.version: version.data["label"] for version in found.versions_of(entry.name)}
        ledger = found.aliases.get(entry.name)
        stages = {
            alias: given[-1]["version"] for alias, given in (ledger.data["aliases"] if ledger else {}).items()
        }
        if model == "gone":  # GTO shows nothing of what is deprecated
            assert stages == {"dev": None}
            continue
        expected = {stage: label for stage, label in told[model]["stage"].items() if label}
        assert {stage: labels[number] for stage, number in stages.items()} == expected
        current = [
            version.data for version in found.versions_of(entry.name) if "deprecated" not in version.data
        ]
        assert current[-1]["label"] == told[model]["version"]


def test_versions_aliases_and_stages_have_their_dates_and_authors(catalog: Path, made: Path) -> None:
    brought = read(catalog, made)
    assert not brought.is_loss
    stands_in = "no stage of DVC made what it registers; a run that stands for its commit takes the place"
    assert brought.problems == (
        f"sub/dir=other@v0.0.1: {stands_in}",
        f"gone@v1.0.0: {stands_in}",
    )
    found = brought.catalog
    first = found.versions["churn", 1]
    assert first.data == {
        "kind": "model-version",
        "model": "churn",
        "version": 1,
        "label": "v1.0.0",
        "description": "The first",
        "run": first.run.text,
        "output": "model.bin",
        "uri": "model.bin",
        "digest": "md5:fd121e492a962e9a68f46eb83e3993c9",
        "size": 66,
        "created_at": "2024-01-02T08:00:00Z",
        "created_by": "Ana Diaz",
        "deprecated": {
            "at": "2024-01-09T08:00:00Z",
            "by": "Ana Diaz",
            "reason": "GTO: v1.0.0 was deregistered. Too old",
        },
        "tags": {"git_commit": git(made, "rev-parse", "main~"), "gto_tag": "churn@v1.0.0"},
        "imported_from": {"system": "dvc", "version": "1", "model": "churn"},
    }
    assert found.runs[first.run.text].params["train.depth"] == 3
    assert found.models["sub-dir-other"].title == "sub/dir:other"
    aliases = found.aliases["churn"].data["aliases"]
    assert lines(aliases["prod"], "version") == [(2, "05"), (1, "07"), (2, "08")]
    assert lines(aliases["staging"], "version") == [(1, "03"), (2, "06")]
    assert aliases["prod"][2] == {
        "version": 2,
        "at": "2024-01-08T08:00:00Z",
        "by": "Ana Diaz",
        "reason": "It was worse",
    }
    stages = [
        (line["version"], line["stage"], line["at"][8:10])
        for line in found.stages["churn"].data["transitions"]
    ]
    assert stages == [
        (1, "staging", "03"),
        (2, "production", "05"),
        (1, "none", "06"),
        (1, "production", "07"),
        (2, "staging", "07"),
        (1, "none", "08"),
        (2, "production", "08"),
    ]
    assert "deprecated" in found.versions["gone", 1].data


def test_what_came_before_stays_and_what_is_new_is_added(catalog: Path, made: Path) -> None:
    read(catalog, made)
    assert read(catalog, made).paths == []
    assert bring(catalog, read_dvc(repository_around(made), ["main"])).paths == []
    tag(made, "churn@v0.9.0", 14, "main~")
    tag(made, "churn#prod#9", 15, "main~", "Now that")
    again = read(catalog, made)
    assert [path for path in again.paths if "versions/" in path] == ["models/churn/versions/3.yaml"]
    assert again.catalog.versions["churn", 3].data["label"] == "v0.9.0"
    assert lines(again.catalog.aliases["churn"].data["aliases"]["prod"], "version")[-1] == (3, "15")
    last = again.catalog.stages["churn"].data["transitions"][-2:]
    assert {(line["version"], line["stage"]) for line in last} == {(3, "production"), (2, "staging")}


def test_a_model_that_people_keep_goes_on_with_its_numbers(catalog: Path, root: Path) -> None:
    folder = catalog / "models" / "m" / "versions"
    folder.mkdir(parents=True)
    (folder.parent / "model.yaml").write_text("kind: model\nname: m\n")
    for number, more in ((1, ""), (4, "label: v1.0.0\n")):
        text = f"kind: model-version\nmodel: m\nversion: {number}\nrun: r\nuri: s3://m\n{more}"
        (folder / f"{number}.yaml").write_text(text)
    commit(root, {})
    tag(root, "m@v1.0.0", 1)
    tag(root, "m@v2.0.0", 2)
    brought = read(catalog, root)
    assert [path for path in brought.paths if "versions" in path] == ["models/m/versions/5.yaml"]
    assert brought.is_loss


def test_a_model_that_is_tracked_by_itself_has_a_run_that_stands_for_the_commit(
    catalog: Path, root: Path
) -> None:
    made = commit(
        root,
        {
            "a/dvc.yaml": "artifacts: {m: {path: m.pkl, type: model, desc: Mine}}\n",
            "a/m.pkl.dvc": f"outs: [{{path: m.pkl, hash: md5, md5: {'a1' * 16}, size: 3}}]\n",
        },
    )
    tag(root, "a=m@v1.0.0-rc.1+build", 1, message="Registered\n\nmore")
    found = read(catalog, root).catalog
    version = found.versions["a-m", 1].data
    assert (version["uri"], version["digest"]) == ("a/m.pkl", f"md5:{'a1' * 16}")
    assert (version["label"], version["description"]) == ("v1.0.0-rc.1-build", "Registered")
    assert found.models["a-m"].description == "Mine"
    run = found.runs[version["run"]]
    assert (run.data["code"], run.experiment) == ({"commit": made}, "a-m")
    assert found.datasets == {}


def test_tags_that_make_no_sense_are_reported(catalog: Path, root: Path) -> None:
    commit(root, {"a": "1"})
    git(root, "tag", "m@v1.0.0")
    git(root, "tag", "v1")
    tag(root, "m@v1.0.0!", 1)
    tag(root, "m@v9.0.0", 2, "HEAD:a")
    tag(root, "other#prod#1", 2)
    tag(root, "m@created", 3)
    tag(root, "m@v1.0", 4)
    tag(root, "good@v1.0.0", 5)
    brought = read(catalog, root)
    assert list(brought.catalog.models) == ["good"]
    assert brought.is_loss
    head = git(root, "rev-parse", "HEAD")[:10]
    assert [problem for problem in brought.problems if "good" not in problem] == [
        "m@v1.0.0: it is left out: it is no annotated tag, and GTO overlooks it",
        "m@v9.0.0: it is left out: it is not the tag of a commit, or has no date",
        "m@v1.0.0!: it is left out: v1.0.0 is not registered",
        f"other#prod#1: it is left out: no version of other is registered at its commit {head}",
    ]


STAGES = [
    f"m#{stage}#{count}" for stage in ("prod", "prod!", "staging", "staging!", "dev") for count in (1, 2)
]
NAMES = st.sampled_from(
    ["m@v1.0.0", "m@v1.0.0!", "m@v1.1.0", "m@v1.1.0!", "m@deprecated", "m@v2.0.0", *STAGES]
)
TAGS = st.lists(
    st.tuples(NAMES, st.integers(1, 9), st.sampled_from(["HEAD", "HEAD~"])), unique_by=lambda item: item[0]
)


@given(found=TAGS)
@settings(max_examples=25)
def test_any_tags_make_ledgers_that_hold(
    found: list[tuple[str, int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("gto")
    root = initialised(folder / "repository")
    commit(root, {"a": "1"})
    commit(root, {"a": "2"})
    for name, day, at in found:
        tag(root, name, day, at)
    brought = read(empty(folder / "catalog"), root)
    for ledger in brought.catalog.stages.values():
        held = [stage for stage in ledger.current().values() if stage.stage == "production"]
        assert len(held) <= 1
    assert read(folder / "catalog", root).paths == []
