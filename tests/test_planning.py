"""What plans make of a catalog, and that they are carried out whole or not at all."""

import shutil
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from herdbook.catalog import Catalog
from herdbook.editing import Append, Put, Remove
from herdbook.errors import HerdbookError, RaceError
from herdbook.formatting import formatted
from herdbook.opening import read_catalog
from herdbook.planning.aliases import Grounds, promote, roll_back, set_alias
from herdbook.planning.carrying_out import carry_out
from herdbook.planning.formatting import format_catalog
from herdbook.planning.people import acting
from herdbook.planning.plan import Plan, PlanError
from herdbook.planning.recalls import recall
from herdbook.planning.tags import set_tag, unset_tag
from herdbook.storing import Store
from herdbook.tree import DirTree, Overlay
from rule_examples import EXAMPLE_CATALOG

TODAY = date(2024, 2, 1)
GROUNDS = Grounds("ana", "2024-02-01T08:00:00Z")
LEDGER = "models/churn/aliases.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE_CATALOG, tmp_path / "catalog"))


def catalog_with(contents: dict[str, str]) -> Catalog:
    raw = {path: text.encode() for path, text in contents.items()}
    return read_catalog(Overlay(DirTree(EXAMPLE_CATALOG), raw))


def test_plans_are_made_without_touching_anything() -> None:
    catalog = catalog_with({})
    line = {"version": 1, "at": GROUNDS.at, "by": "ana"}
    assert set_alias(catalog, "churn", "challenger", "1", GROUNDS).edits == {
        LEDGER: [Append(("aliases", "challenger"), line)]
    }
    with_challenger = read_catalog(
        Overlay(DirTree(EXAMPLE_CATALOG), {LEDGER: (EXAMPLE_CATALOG / LEDGER).read_bytes()
        + b'  challenger:\n    - {version: 1, at: "2024-01-16T08:00:00Z", by: ana}\n'})
    )  # fmt: skip
    (edits,) = promote(with_challenger, "churn", GROUNDS).edits.values()
    assert [edit.route for edit in edits] == [("aliases", "champion"), ("aliases", "rollback")]


@pytest.mark.parametrize("plan", [promote, roll_back])
def test_what_a_refused_ledger_holds_is_not_guessed(plan: Callable[..., Plan]) -> None:
    catalog = catalog_with({LEDGER: "<<<<<<< HEAD\n"})
    with pytest.raises(PlanError, match=r"^models/churn/aliases\.yaml: the file is refused; "):
        plan(catalog, "churn", GROUNDS)


def test_the_last_tag_takes_tags_with_it() -> None:
    catalog = catalog_with(
        {"models/churn/model.yaml": "kind: model\nname: churn\nowner: ana\ntags: {a: b}\n"}
    )
    assert list(unset_tag(catalog, "models:/churn", "a").edits.values()) == [[Remove(("tags",))]]
    assert list(set_tag(catalog, "models:/churn", "c", "d").edits.values()) == [[Put(("tags", "c"), "d")]]


def test_a_recall_may_bring_to_light_what_descends_from_the_data(root: Path) -> None:
    def plan(catalog: Catalog) -> Plan:
        return recall(
            catalog, "orders/v2", by="ana", at=GROUNDS.at, reason="bad", severity="low", replaced_by=None
        )

    outcome = carry_out(root, plan, TODAY)
    assert {finding.rule for finding in outcome.report.findings} == {"recalled-ancestor"}
    assert not outcome.refused
    assert "recall:" in (root / "datasets/orders/versions/v2.yaml").read_text()


@pytest.mark.parametrize(
    ("names", "person"),
    [(("ANA@example.org",), "ana"), (("", "Bo B."), "bo"), (("nobody@x", "bo-b"), "bo"), (("bo",), "bo")],
)
def test_who_acts(names: tuple[str, ...], person: str) -> None:
    people: dict[str, dict[str, Any]] = {
        "ana": {"name": "Ana", "email": "ana@example.org"},
        "bo": {"name": "Bo B.", "logins": {"github": "bo-b"}},
    }
    assert acting(people, names) == person


@pytest.mark.parametrize("names", [(), ("", " "), ("somebody@else",), ("ana@example.org", "Bo")])
def test_who_acts_must_be_clear(names: tuple[str, ...]) -> None:
    people = {"ana": {"name": "Ana", "email": "ana@example.org"}, "bo": {"name": "Bo"}}
    with pytest.raises(PlanError, match="with --by NAME"):
        acting(people, names)


def test_what_the_format_does_not_allow_is_refused_even_with_force(root: Path) -> None:
    def plan(catalog: Catalog) -> Plan:
        return set_tag(catalog, "models:/churn", "k" * 300, "x")

    with pytest.raises(HerdbookError, match=r"^models/churn/model\.yaml: tags"):
        carry_out(root, plan, TODAY, force=True)


def test_what_no_file_can_hold_is_refused_by_its_place(root: Path) -> None:
    broken = "a\udcff"
    message = (
        r"^models/churn/model\.yaml: tags\.k: character 1 is half of a surrogate pair, .*; leave it out$"
    )
    with pytest.raises(PlanError, match=message):
        carry_out(root, lambda catalog: set_tag(catalog, "models:/churn", "k", broken), TODAY)
    with pytest.raises(PlanError, match=r"^models/churn/model\.yaml: tags\..*: character 1 is half of a "):
        carry_out(root, lambda catalog: set_tag(catalog, "models:/churn", broken, "v"), TODAY)
    new = {"models/calls/model.yaml": {"kind": "model", "name": "calls", "owner": broken}}
    with pytest.raises(PlanError, match=r"^models/calls/model\.yaml: owner: character 1 is half of a "):
        carry_out(root, lambda catalog: Plan("Written.", new=new), TODAY)
    nameless = {"models/calls/model.yaml": {"kind": "model"}}
    with pytest.raises(PlanError, match=r"^models/calls/model\.yaml: [^:]"):
        carry_out(root, lambda catalog: Plan("Written.", new=nameless), TODAY)


def test_a_file_in_the_canonical_layout_keeps_to_it(root: Path) -> None:
    path = root / "datasets/orders/versions/v1.yaml"
    spread = "kind: dataset-version\ndataset: orders\nversion: v1\ntags:\n  a: b  # by hand\n"
    columns = "schema:\n  - {name: id, type: integer}\n"
    recall = {"at": "2024-01-20T08:00:00Z", "by": "ana", "reason": "wrong", "severity": "high"}

    def recalled(raw: str) -> str:
        path.write_text(raw)
        plan = Plan("Recalled.", {"datasets/orders/versions/v1.yaml": [Put(("recall",), recall)]})
        carry_out(root, lambda catalog: plan, TODAY, force=True)
        return path.read_text()

    head = "kind: dataset-version\ndataset: orders\nversion: v1\n"
    line = 'recall: {at: "2024-01-20T08:00:00Z", by: ana, reason: wrong, severity: high}\n'
    for canonical in (f"{head}{columns}", spread.replace("tags:", f"{columns}tags:")):
        assert formatted(canonical.encode()) == canonical.encode()
        after = recalled(canonical)
        assert line in after
        assert formatted(after.encode()) == after.encode()
    by_hand = f"{head}tags:\n  a: b\n"
    assert formatted(by_hand.encode()) != by_hand.encode()
    assert "recall:\n  at: " in recalled(by_hand)


def test_what_no_longer_fits_on_its_line_is_spread_and_comes_back(root: Path) -> None:
    path = root / "models/churn/model.yaml"
    path.write_text("kind: model\nname: churn\n")
    for number in range(12):
        set_one = partial(set_tag, reference="models:/churn", key=f"key{number}", value="a value")
        carry_out(root, set_one, TODAY)
        assert formatted(path.read_bytes()) == path.read_bytes()
    assert "\n  key11: a value\n" in path.read_text()
    for number in range(11):
        carry_out(root, partial(unset_tag, reference="models:/churn", key=f"key{number}"), TODAY)
        assert formatted(path.read_bytes()) == path.read_bytes()
    assert path.read_text().endswith("tags: {key11: a value}\n")


def test_a_new_file_may_be_a_text_that_is_written_as_it_is(root: Path) -> None:
    text = "# Churn\r\n\n  as typed, without an end of line \u00e9"
    entry = "# who answers for it\nkind:   model\nname: calls # of the service team\nowner: ana\n"
    new = {"models/calls/README.md": text, "models/calls/model.yaml": entry}
    outcome = carry_out(root, lambda catalog: Plan("Written.", new=new), TODAY)
    assert not outcome.refused
    assert {path: (root / path).read_bytes() for path in new} == {
        path: value.encode() for path, value in new.items()
    }
    assert outcome.after.models["calls"].text("owner") == "ana"


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("models/calls/README.md", "a\ud800", "^models/calls/README.md: character 1 .* no text; leave it"),
        (
            "models/calls/model.yaml",
            "kind: model\nname: calls\nowner: 1\n",
            "^models/calls/model.yaml: owner",
        ),
    ],
)
def test_a_text_that_no_file_can_hold_is_refused_even_with_force(
    root: Path, path: str, text: str, message: str
) -> None:
    with pytest.raises(PlanError, match=message):
        carry_out(root, lambda catalog: Plan("Written.", new={path: text}), TODAY, force=True)
    assert not (root / "models/calls").exists()


def test_a_folder_moves_with_all_that_is_in_it(root: Path) -> None:
    (root / "models/churn/README.md").write_text("# Notes\n")
    before = {path.name: path.read_bytes() for path in (root / "models/churn").rglob("*") if path.is_file()}
    plan = Plan(
        "Moved.",
        {"models/churn/model.yaml": [Put(("name",), "late")]},
        moves={"models/churn": "models/late", "endpoints/predict.yaml": "endpoints/score.yaml"},
    )
    outcome = carry_out(root, lambda catalog: plan, TODAY, force=True)
    assert sorted(path.name for path in (root / "models").iterdir()) == ["late"]
    after = {path.name: path.read_bytes() for path in (root / "models/late").rglob("*") if path.is_file()}
    assert after.pop("model.yaml") == before.pop("model.yaml").replace(b"name: churn", b"name: late")
    assert after == before
    assert (root / "endpoints/score.yaml").is_file()
    assert not (root / "endpoints/predict.yaml").exists()
    assert {finding.rule for finding in outcome.report.findings} >= {"misplaced-file"}


@pytest.mark.parametrize("large", [True, False])
def test_what_cannot_be_read_does_not_move(root: Path, large: bool) -> None:
    if large:
        (root / "models/churn/README.md").write_bytes(b"x" * 1_100_000)
    else:
        (root / "models/churn/README.md").symlink_to("model.yaml")
    plan = Plan("Moved.", moves={"models/churn": "models/late"})
    with pytest.raises(
        PlanError, match=r"^models/churn/README\.md: (the file is larger|it is a symbolic link)"
    ):
        carry_out(root, lambda catalog: plan, TODAY, force=True)
    assert not (root / "models/late").exists()


def test_a_plan_is_made_again_when_an_editor_was_faster(root: Path) -> None:
    """Somebody saves between the reading and the writing; what both did is there."""
    file = root / "models/churn/model.yaml"
    before = file.read_text()
    seen: list[int] = []

    def plan(catalog: Catalog) -> Plan:
        seen.append(1)
        if len(seen) < 3:
            file.write_text(f"{before}title: saved {len(seen)}\n")
        return set_tag(catalog, "models:/churn", "a", "b")

    carry_out(root, plan, TODAY)
    assert len(seen) == 3
    assert file.read_text() == f"{before}tags: {{a: b}}\ntitle: saved 2\n"


def test_who_always_loses_the_race_is_told_so(root: Path) -> None:
    file = root / "models/churn/model.yaml"
    before = file.read_text()

    def plan(catalog: Catalog) -> Plan:
        model = catalog.models["churn"]
        file.write_text(
            before.replace("owner: ana", f"owner: {'bo' if model.text('owner') == 'ana' else 'ana'}")
        )
        return set_tag(catalog, "models:/churn", "a", "b")

    with pytest.raises(RaceError) as lost:
        carry_out(root, plan, TODAY)
    assert lost.value.exit_code == 4
    assert "tags" not in file.read_text()


def test_what_an_editor_saves_while_files_are_laid_out_is_laid_out_too(root: Path) -> None:
    catalog = read_catalog(DirTree(root))
    before = (root / LEDGER).read_bytes()
    saved = before + b"# by hand\n"
    looked = format_catalog(root, catalog, dry_run=True)
    assert [write.path for write in looked.writes].count(LEDGER) == 1
    real = Store.write

    def saving(store: Store, writes: Any) -> None:
        if (root / LEDGER).read_bytes() == before:
            (root / LEDGER).write_bytes(saved)
        real(store, writes)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Store, "write", saving)
        format_catalog(root, catalog)
    assert (root / LEDGER).read_bytes() == formatted(saved)
    assert format_catalog(root, read_catalog(DirTree(root))).writes == ()


def test_a_file_that_vanishes_is_not_laid_out(root: Path) -> None:
    catalog = read_catalog(DirTree(root))
    (root / LEDGER).unlink()
    with pytest.raises(RaceError, match=rf"^{LEDGER}: cannot be read any more"):
        format_catalog(root, catalog)


def test_thousands_of_files_are_laid_out_as_few_are(tmp_path: Path) -> None:
    for number in range(1_100):
        run = f"kind: run\nid: r{number}\nexperiment: e\ntype: training\nstatus: finished\n"
        run += "tags: {a:  b}\n" if number % 100 == 0 else ""
        (tmp_path / "runs/e").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"runs/e/r{number}.yaml").write_text(run)
    catalog = read_catalog(DirTree(tmp_path))
    assert len(catalog.runs) == 1_100
    formatting = format_catalog(tmp_path, catalog)
    assert sorted(write.path for write in formatting.writes) == sorted(
        f"runs/e/r{number}.yaml" for number in range(0, 1_100, 100)
    )
    assert b"tags: {a: b}\n" in (tmp_path / "runs/e/r500.yaml").read_bytes()
