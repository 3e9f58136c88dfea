from pathlib import Path

from herdbook.catalog import Catalog
from herdbook.opening import read_catalog
from herdbook.registry import Registry, UseKind, evaluated_version
from herdbook.tree import DirTree
from rule_examples import case


def catalog(folder: Path, text: str = "") -> Catalog:
    case(text).lay(folder / "catalog")
    return read_catalog(DirTree(folder / "catalog"))


def test_what_is_in_force_and_by_what(tmp_path: Path) -> None:
    registry = Registry.of(catalog(tmp_path))
    assert registry.models == ("churn",)
    assert [str(version.ref) for version in registry.in_force("churn")] == [
        "models:/churn/1",
        "models:/churn/2",
    ]
    assert {key: [str(use) for use in uses] for key, uses in registry.uses.items()} == {
        ("churn", 1): ["the alias rollback", "the endpoint predict"],
        ("churn", 2): ["the alias champion", "the production stage", "the endpoint predict"],
    }
    assert [use.place.span.line for use in registry.uses["churn", 2]] == [6, 7, 6]
    assert [use.kind for use in registry.uses["churn", 1]] == [UseKind.ALIAS, UseKind.ENDPOINT]


def test_what_leads_to_nothing_puts_nothing_into_force(tmp_path: Path) -> None:
    text = """\
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana}
    - {version: null, at: "2024-01-16T08:00:00Z", by: ana}
  gone:
    - {version: 9, at: "2024-01-15T08:00:00Z", by: ana}
# models/churn/stages.yaml
transitions:
  - {version: 1, stage: production, at: "2024-01-15T08:00:00Z", by: ana}
  - {version: 9, stage: production, archive_existing: true, at: "2024-01-15T08:00:00Z", by: ana}
# endpoints/predict.yaml
environment: staging
serves:
  - {model: churn@champion}
  - {model: churn@gone}
  - {model: churn/first}
  - {model: nothing/1}
  - {model: churn/8}
# models/churn/versions/1.yaml
label: first
"""
    registry = Registry.of(catalog(tmp_path, text))
    assert [(key, [str(use) for use in uses]) for key, uses in registry.uses.items()] == [
        (("churn", 1), ["the endpoint predict"])
    ]
    assert registry.uses["churn", 1][0].environment == "staging"
    assert registry.stages["churn", 1].stage == "archived"
    assert registry.in_force("nothing") == ()


def test_finished_evaluations_are_found_by_version_in_order_of_time(tmp_path: Path) -> None:
    text = """\
# models/churn/versions/2.yaml
label: second
# runs/churn/evaluate-0.yaml, whole
{kind: run, id: evaluate-0, experiment: churn, type: evaluation, status: finished, evaluates: churn/second,
 started_at: "2024-01-13T10:00:00Z"}
# runs/churn/evaluate-3.yaml, whole
{kind: run, id: evaluate-3, experiment: churn, type: evaluation, status: failed, evaluates: churn/2}
# runs/churn/evaluate-4.yaml, whole
{kind: run, id: evaluate-4, experiment: churn, type: evaluation, status: finished, evaluates: churn/9}
"""
    found = catalog(tmp_path, text)
    registry = Registry.of(found)
    assert {key: [run.id for run in runs] for key, runs in registry.evaluations.items()} == {
        ("churn", 1): ["evaluate-1"],
        ("churn", 2): ["evaluate-2", "evaluate-0"],
    }
    assert evaluated_version(found, found.runs["evaluate-0"]) is found.versions["churn", 2]
    assert evaluated_version(found, found.runs["evaluate-4"]) is None
    assert evaluated_version(found, found.runs["train-1"]) is None


def test_the_card_of_a_version_is_laid_over_that_of_its_model(tmp_path: Path) -> None:
    registry = Registry.of(catalog(tmp_path))
    alone, first, second = (registry.card("churn", version) for version in (None, 1, 2))
    assert alone is not None
    assert first is not None
    assert second is not None
    assert alone.sections == first.sections
    assert list(second.sections) == list(alone.sections)
    assert second.sections["limitations"].startswith("It knows nothing of complaints, and less")
    assert second.sections["caveats"] == alone.sections["caveats"]
    assert (second.card_with("limitations"), second.card_with("caveats")) == (second.own, second.general)
    assert second.card_with("licence") is None
    assert (second.licence, second.contact) == ("internal", "ana")
    assert [run.id for run in second.evaluations] == ["evaluate-2"]
    assert [run.id for run in first.evaluations] == ["evaluate-1"]
    assert [run.id for run in alone.evaluations] == ["evaluate-1"]


def test_evaluations_of_others_do_not_count(tmp_path: Path) -> None:
    text = """\
# models/churn/card.yaml
evaluations: [evaluate-1, evaluate-2, train-1, nothing]
# models/churn/cards/2.yaml without evaluations
licence: MIT
# models/churn/cards/1.yaml, whole
{kind: model-card, model: churn, version: 1, evaluations: [evaluate-2]}
"""
    registry = Registry.of(catalog(tmp_path, text))
    cards = {version: registry.card("churn", version) for version in (None, 1, 2)}
    assert {version: card and [run.id for run in card.evaluations] for version, card in cards.items()} == {
        None: ["evaluate-1", "evaluate-2"],
        1: [],
        2: ["evaluate-2"],
    }
    assert cards[2] is not None
    assert cards[2].licence == "MIT"


def test_contact_and_licence_fall_back_to_the_model_and_its_owner(tmp_path: Path) -> None:
    text = """\
# models/churn/card.yaml without contact
licence: CC0-1.0
# models/churn/model.yaml without owner
contact: "#churn"
# models/bare/card.yaml, whole
{kind: model-card, model: bare}
"""
    registry = Registry.of(catalog(tmp_path, text))
    card, bare = registry.card("churn"), registry.card("bare")
    assert card is not None
    assert bare is not None
    assert (card.licence, card.contact) == ("CC0-1.0", "#churn")
    assert (bare.licence, bare.contact, bare.sections, bare.evaluations) == ("", "", {}, ())
    assert registry.card("nothing") is None
    assert registry.card("bare", 7) is not None


def test_archiving_what_is_there_moves_only_the_others_of_the_same_stage(tmp_path: Path) -> None:
    text = """\
# models/churn/stages.yaml
transitions:
  - {version: 1, stage: production, at: "2024-01-01T08:00:00Z", by: ana}
  - {version: 2, stage: production, at: "2024-01-02T08:00:00Z", by: ana}
  - {version: 3, stage: staging, at: "2024-01-03T08:00:00Z", by: ana}
  - {version: 2, stage: production, archive_existing: true, at: "2024-01-04T08:00:00Z", by: bo}
  - {version: 4, stage: archived, archive_existing: true, at: "2024-01-05T08:00:00Z", by: ana}
"""
    stages = catalog(tmp_path, text).stages["churn"].current()
    assert {version: (line.stage, line.by) for version, line in stages.items()} == {
        1: ("archived", "ana"),
        2: ("production", "bo"),
        3: ("staging", "ana"),
        4: ("archived", "ana"),
    }
    assert stages[1].route == ("transitions", 4)
