from pathlib import Path

import pytest

from drafting import bring, empty, model, run
from herdbook.planning.mapping import Mapped
from herdbook.planning.plan import PlanError

COMMIT = "4f0a3c5b1d2e6f708192a3b4c5d6e7f809182736"


def test_tags_and_parameters_become_fields(tmp_path: Path) -> None:
    mapping = [
        Mapped.of("tags.git.sha", "code.commit"),
        Mapped.of("tags.dirty", "code.dirty"),
        Mapped.of("params.seed", "seeds.numpy"),
        Mapped.of("tags.who", "user"),
        Mapped.of("tags.image", "environment.container"),
        Mapped.of("tags.data", "tags.dataset_version"),
        Mapped.of("tags.absent", "host"),
    ]
    tags = {"git.sha": COMMIT, "dirty": "False", "who": "ana", "image": "x@sha256:1", "data": "orders_v1"}
    draft = run("a", tags=tags, params={"seed": 7}, code={"branch": "main"}, user="root")
    brought = bring(empty(tmp_path / "catalog"), [draft, model("m")], mapping=mapping)
    found = brought.catalog.runs["a"].data
    assert found["code"] == {"commit": COMMIT, "branch": "main", "dirty": False}
    assert (found["seeds"], found["user"]) == ({"numpy": 7}, "ana")
    assert found["environment"] == {"container": "x@sha256:1"}
    assert found["tags"]["dataset_version"] == "orders_v1"
    assert found["imported_from"]["code.commit"] == "tags.git.sha"
    assert found["imported_from"]["seeds.numpy"] == "params.seed"
    assert "host" not in found
    assert brought.problems == ()


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    mapping = [Mapped.of("params.seed", "seeds.python"), Mapped.of("tags.sha", "code.commit")]
    draft = run("a", tags={"sha": "b7d9e4"}, params={"seed": "many"})
    brought = bring(empty(tmp_path / "catalog"), [draft], mapping=mapping)
    assert brought.problems[0] == "there/a: params.seed is 'many', which cannot be seeds.python"
    assert brought.problems[1].startswith("there/a: code.commit is left out: ")
    assert brought.is_loss
    assert {"seeds", "code"}.isdisjoint(brought.catalog.runs["a"].data)


@pytest.mark.parametrize(
    ("source", "field", "message"),
    [
        ("git_sha", "code.commit", "neither a tag nor a parameter"),
        ("metrics.auc", "code.commit", "neither a tag nor a parameter"),
        ("tags.", "code.commit", "neither a tag nor a parameter"),
        ("tags.x", "commit", "is no field of runs"),
        ("tags.x", "code", "is no field of runs"),
        ("tags.x", "code.sha", "is no field of runs"),
        ("tags.x", "environment.requirements", "is no field of runs"),
        ("tags.x", "seeds", "is no field of runs"),
        ("tags.x", "status", "is no field of runs"),
        ("tags.x", "id", "is no field of runs"),
        ("tags.x", "metrics.auc", "is no field of runs"),
    ],
)
def test_what_cannot_be_mapped_is_refused(source: str, field: str, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        Mapped.of(source, field)


def test_a_catalog_can_state_a_mapping(tmp_path: Path) -> None:
    catalog = empty(tmp_path / "catalog")
    stated = "imports: {tags.git_sha: code.commit, tags.who: user}\n"
    (catalog / "herdbook.yaml").write_text(f"kind: catalog\nname: imported\n{stated}")
    draft = run("a", tags={"git_sha": COMMIT, "who": "ana", "owner": "bo"})
    brought = bring(catalog, [draft], mapping=[Mapped.of("tags.owner", "user")])
    found = brought.catalog.runs["a"].data
    assert (found["code"], found["user"]) == ({"commit": COMMIT}, "bo")


def test_a_mapping_that_is_none_is_named_with_its_file(tmp_path: Path) -> None:
    catalog = empty(tmp_path / "catalog")
    (catalog / "herdbook.yaml").write_text("kind: catalog\nname: imported\nimports: {tags.x: nothing}\n")
    with pytest.raises(PlanError, match=r"herdbook\.yaml: imports: 'nothing' is no field"):
        bring(catalog, [run("a")])
