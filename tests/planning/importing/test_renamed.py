from dataclasses import replace
from pathlib import Path

from drafting import aliases, bring, empty, line, model, run, version
from herdbook.planning.drafts import Draft, Imported

FIRST, SECOND = "2024-01-01T00:00:00.001Z", "2024-01-02T00:00:00.002Z"


def versions(name: str, *made: str, by: str = "a") -> list[Draft]:
    origin = {"run_id": by, "source": "s3://there"}
    return [
        version(name, number, by, created_at=at, imported_from=origin) for number, at in enumerate(made, 1)
    ]


def registry(name: str, *made: str, champion: int = 1) -> list[Draft]:
    return [run("a"), model(name), *versions(name, *made), aliases(name, champion=[line(champion)])]


def test_a_model_that_is_renamed_there_goes_on_under_its_name(tmp_path: Path) -> None:
    catalog = empty(tmp_path / "catalog")
    bring(catalog, registry("old name", FIRST))
    brought = bring(catalog, registry("new name", FIRST, SECOND, champion=2))
    assert brought.paths == ["models/old-name/aliases.yaml", "models/old-name/versions/2.yaml"]
    assert brought.catalog.aliases["old-name"].version_of("champion") == 2
    assert brought.problems == ("there/new name: it was brought in as 'old name', and goes on as that",)
    assert not brought.is_loss
    again = bring(catalog, registry("new name", FIRST, SECOND, champion=2))
    assert (again.paths, again.problems) == ([], brought.problems)
    # The first version may go; the second is enough to know it by.
    less = [draft for draft in registry("newer name", FIRST, SECOND, champion=2) if draft.key.name != "1"]
    assert bring(catalog, less).paths == []


def test_another_model_is_none_that_was_renamed(tmp_path: Path) -> None:
    others = {
        "made at another time": registry("new", SECOND),
        "made by another run": [run("b"), model("new"), *versions("new", FIRST, by="b")],
        "differing in one version": registry("new", FIRST, FIRST),
        "with no version": [model("new")],
        "of a registry that has the old one, too": [*registry("old", FIRST, SECOND), *registry("new", FIRST)],
    }
    for why, drafts in others.items():
        catalog = empty(tmp_path / why)
        bring(catalog, registry("old", FIRST, SECOND))
        assert "models/new/model.yaml" in bring(catalog, drafts).paths, why


def test_of_two_that_could_be_the_one_none_is(tmp_path: Path) -> None:
    catalog = empty(tmp_path / "catalog")
    bring(catalog, registry("old", FIRST))
    twins = [*registry("one", FIRST), *registry("two", FIRST)]
    assert {"models/one/model.yaml", "models/two/model.yaml"} <= set(bring(catalog, twins).paths)


def test_a_part_of_a_registry_does_not_tell_what_is_gone(tmp_path: Path) -> None:
    catalog = empty(tmp_path / "catalog")
    bring(catalog, registry("old", FIRST))
    part = replace(Imported("other", "", registry("new", FIRST)), is_whole=False)
    assert "models/new/model.yaml" in bring(catalog, part).paths
