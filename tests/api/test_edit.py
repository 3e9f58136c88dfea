from pathlib import Path

import pytest

import herdbook
from herdbook import HerdbookError, RefusedError
from herdbook.errors import RaceError
from herdbook.gate import made_worse
from herdbook.planning import carrying_out
from repositories import git

WHEN = "2024-02-01T08:00:00Z"


def changed(repository: Path) -> list[str]:
    return git(repository, "status", "--porcelain").splitlines()


def test_several_changes_are_made_as_one(repository: Path) -> None:
    with herdbook.load().edit(by="ana", at=WHEN) as edit:
        edit.set_alias("churn", "challenger", 2, reason="one more test")
        edit.set_alias("churn", "shadow", 1)
        edit.set_tag("models:/churn", "team", "shop")
        edit.recall("orders/v1", reason="Half of them are missing.", severity="low", replaced_by="orders/v2")
        assert changed(repository) == []
    assert edit.said.startswith(
        "models:/churn@challenger points to version 2; it pointed to version 1 before. "
    )
    catalog = herdbook.load()
    assert catalog.model("churn").alias("challenger").version == 2
    assert catalog.model("churn").alias("shadow").version == 1
    assert catalog.model("churn").tags == {"cost-centre": "0815", "team": "shop"}
    recall = catalog.dataset("orders").version("v1").recall
    assert recall is not None
    assert (recall.by, recall.at, recall.severity) == ("ana", WHEN, "low")
    assert len(changed(repository)) == 3
    assert "# better on the new customers" in (repository / "catalog/models/churn/aliases.yaml").read_text()
    diff = git(repository, "diff", "--unified=0")
    assert [line for line in diff.splitlines() if line.startswith("-") and not line.startswith("---")] == []
    assert "+++ b/catalog/models/churn/aliases.yaml" in edit.diff()


def test_each_change_sees_those_before_it(repository: Path) -> None:
    with herdbook.load().edit(by="ana", at=WHEN) as edit:
        edit.set_alias("churn", "challenger", 2)
        edit.set_alias("churn", "champion", 1, approved_by=["bo"], evidence=["evaluate-1"])
        edit.promote("churn", approved_by=["bo"], evidence=["evaluate-2"])
        edit.roll_back("churn", approved_by=["bo"], evidence=["evaluate-1"])
        edit.unset_alias("churn", "challenger")
        edit.set_tag("runs:/train-2", "a", "1")
        edit.set_tag("runs:/train-2", "a", "2")
        edit.unset_tag("runs:/train-2", "a")
    model = herdbook.load().model("churn")
    assert model.alias("champion").version == 1
    assert set(model.aliases) == {"champion", "rollback"}
    assert [line.partition("catalog/")[2] for line in changed(repository)] == ["models/churn/aliases.yaml"]


def test_where_one_change_cannot_be_made_none_is(repository: Path) -> None:
    edit = herdbook.load().edit(by="ana")
    edit.set_tag("models:/churn", "team", "shop")
    edit.set_alias("churn", "champion", 9)
    with pytest.raises(HerdbookError, match="there is no models:/churn/9 in the catalog"), edit:
        pass
    assert changed(repository) == []
    assert edit.said == ""


def test_an_exception_in_the_block_leaves_all_as_it_was(repository: Path) -> None:
    edit = herdbook.load().edit(by="ana")
    edit.set_tag("models:/churn", "team", "shop")
    with pytest.raises(ZeroDivisionError), edit:
        raise ZeroDivisionError
    assert changed(repository) == []


def test_what_the_check_stands_against_is_refused(repository: Path) -> None:
    edit = herdbook.load().edit(by="ana", at=WHEN)
    edit.set_tag("models:/churn", "team", "shop")
    edit.set_alias("churn", "champion", 1)
    with (
        pytest.raises(
            RefusedError, match="nothing was written: the catalog would be worse: catalog/models"
        ) as caught,
        edit,
    ):
        pass
    assert "unapproved-promotion" in {finding.rule for finding in caught.value.report.findings}
    assert changed(repository) == []
    with herdbook.load().edit(by="ana", at=WHEN, force=True) as edit:
        edit.set_alias("churn", "champion", 1)
    assert herdbook.load().model("churn").alias("champion").version == 1


def test_a_dry_run_writes_nothing_and_tells_the_diff(repository: Path) -> None:
    with herdbook.load().edit(by="ana", at=WHEN, dry_run=True) as edit:
        edit.set_tag("models:/churn", "team", "shop")
    assert "+  team: shop" in edit.diff()
    assert changed(repository) == []


def test_nobody_acts_unknown(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = herdbook.load().edit()
    edit.set_alias("churn", "shadow", 1)
    with pytest.raises(HerdbookError, match="say who acts"), edit:
        pass
    git(repository, "config", "user.email", "ana@example.org")
    with herdbook.load().edit() as edit:
        edit.set_tag("models:/churn", "team", "shop")
    assert len(changed(repository)) == 1


def test_a_file_that_others_change_all_the_time_is_a_lost_race(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = repository / "catalog/models/churn/model.yaml"
    texts = iter(range(100))

    def meanwhile(*given: object) -> object:
        path.write_text(f"{path.read_text()}\n# {next(texts)}\n")
        return made_worse(*given)  # type: ignore[arg-type]  # handed on as they come

    monkeypatch.setattr(carrying_out, "made_worse", meanwhile)
    edit = herdbook.load().edit(by="ana")
    edit.set_tag("models:/churn", "team", "shop")
    edit.set_tag("runs:/train-2", "team", "shop")
    with pytest.raises(RaceError, match="run the command again"), edit:
        pass
    assert "team" not in path.read_text()
    assert herdbook.load().run("train-2").tags.get("team") is None
