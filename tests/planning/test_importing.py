import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drafting import Brought, aliases, bring, dataset, empty, line, model, run, version
from herdbook.catalog import Catalog
from herdbook.curves import MAX_POINTS
from herdbook.planning.drafts import Draft, Imported, Key, Problem
from herdbook.planning.importing import bring_in
from herdbook.planning.selecting import Selection
from herdbook.ref import is_name


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return empty(tmp_path / "catalog")


def test_names_are_made_valid_and_references_follow_them(catalog: Path) -> None:
    read = [{"dataset": Key("dataset-version", "3f/2a", "data/orders"), "role": "training"}]
    drafts = [
        run("A run / 1", "Fraud (EU)", title="brave-fox", inputs=read, parent=Key("run", "sweep 9")),
        run("sweep 9", "Fraud (EU)"),
        *dataset("data/orders", "3f/2a", uri="s3://orders"),
        model("Fraud model"),
        version("Fraud model", 7, "A run / 1"),
        aliases("Fraud model", champion=[line(7)]),
    ]
    brought = bring(catalog, drafts)
    assert brought.paths == [
        "datasets/data-orders/dataset.yaml",
        "datasets/data-orders/versions/3f-2a.yaml",
        "models/Fraud-model/aliases.yaml",
        "models/Fraud-model/model.yaml",
        "models/Fraud-model/versions/7.yaml",
        "runs/Fraud-EU/A-run-1.yaml",
        "runs/Fraud-EU/sweep-9.yaml",
    ]
    found = brought.catalog.runs["A-run-1"]
    assert (found.data["parent"], found.data["inputs"][0]["dataset"]) == ("sweep-9", "data-orders/3f-2a")
    assert found.title == "brave-fox"
    assert found.imported_from == {"system": "other", "run_id": "A run / 1", "experiment": "Fraud (EU)"}
    assert brought.catalog.models["Fraud-model"].title == "Fraud model"
    assert brought.catalog.dataset_versions["data-orders", "3f-2a"].title == "3f/2a"
    assert brought.catalog.versions["Fraud-model", 7].title == ""
    assert brought.catalog.versions["Fraud-model", 7].run.text == "A-run-1"
    assert brought.problems == ()


def test_importing_again_brings_only_what_is_new_and_keeps_what_people_wrote(catalog: Path) -> None:
    drafts = [run("a b"), *dataset("orders", "v1"), model("m"), version("m", 1, "a b")]
    bring(catalog, drafts)
    file = catalog / "runs/trials/a-b.yaml"
    file.write_text(file.read_text() + "notes: looked at by Ana\n")
    model_file = catalog / "models/m/model.yaml"
    model_file.write_text(model_file.read_text() + "owner: ana\n")
    again = bring(catalog, drafts)
    assert (again.paths, again.outcome.plan.said) == ([], "Nothing is new in other.")
    more = bring(catalog, [*drafts, run("c"), version("m", 2, "a b")])
    assert more.paths == ["models/m/versions/2.yaml", "runs/trials/c.yaml"]
    assert more.catalog.versions["m", 2].run.text == "a-b"
    assert "Ana" in file.read_text()


def test_names_that_are_alike_are_told_apart_and_stay_apart(catalog: Path) -> None:
    drafts = [run("Run 1"), run("run-1"), run("RUN-1", "Trials")]
    brought = bring(catalog, drafts)
    assert brought.paths == [
        "runs/Trials-2/RUN-1-2.yaml",
        "runs/trials/Run-1-3.yaml",
        "runs/trials/run-1.yaml",
    ]
    assert len(brought.problems) == 3
    assert "there/Run 1: run 'Run 1' is called Run-1-3 here, for Run-1 is taken" in brought.problems
    assert not brought.is_loss
    assert bring(catalog, [*drafts, run("x", "Trials")]).paths == ["runs/Trials-2/x.yaml"]


def test_an_experiment_that_is_renamed_there_keeps_its_name_here(catalog: Path) -> None:
    bring(catalog, [run("a", "trials"), run("b", "trials")])
    renamed = [run("a", "Trials (old)"), run("b", "Trials (old)"), run("c", "Trials (old)")]
    brought = bring(catalog, renamed)
    assert brought.paths == ["runs/trials/c.yaml"]
    assert brought.catalog.runs["c"].imported_from["experiment"] == "Trials (old)"
    # What has the name there now is another experiment.
    anew = bring(catalog, [*renamed, run("d", "trials")])
    assert anew.paths == ["runs/trials-2/d.yaml"]
    assert anew.problems == ("other: experiment 'trials' is called trials-2 here, for trials is taken",)
    # Runs that are no longer there tell nothing but what their experiment was called when they came.
    assert bring(catalog, [run("e", "Trials (old)")]).paths == ["runs/trials/e.yaml"]


def test_of_two_with_one_key_the_first_is_taken(catalog: Path) -> None:
    brought = bring(catalog, [run("a", params={"x": 1}), run("a", params={"x": 2})])
    assert brought.catalog.runs["a"].params == {"x": 1}
    assert brought.is_loss
    assert brought.problems == (
        "there/a: run 'a' is there twice; that of there/a is taken, and this one left out",
    )


def test_versions_from_two_sources_do_not_become_one(catalog: Path) -> None:
    def of(run_id: str) -> list[Draft]:
        return [run(run_id), model("m"), version("m", 1, run_id, imported_from={"run_id": run_id})]

    bring(catalog, of("first"))
    brought = bring(catalog, of("second"))
    assert brought.paths == ["runs/trials/second.yaml"]
    assert brought.is_loss
    assert "from another source, where run first made it" in brought.problems[0]


@pytest.mark.parametrize("told", ["run_id", "source"])
def test_a_model_of_another_source_moves_no_alias_and_no_stage(catalog: Path, told: str) -> None:
    def of(store: str, *numbers: int, champion: int) -> list[Draft]:
        stage = {**line(champion), "stage": "production"}
        return [
            run(store),
            model("m"),
            *(version("m", number, store, imported_from={told: store}) for number in numbers),
            aliases("m", **{"champion": [line(champion)], f"of-{store}": [line(champion)]}),
            Draft(Key("stages", within="m"), {"transitions": [stage]}, "there/m"),
        ]

    first = of("first", 1, 2, 3, champion=1)
    bring(catalog, first)
    brought = bring(catalog, of("second", 1, 2, champion=2))
    assert brought.paths == ["runs/trials/second.yaml"]
    assert brought.catalog.aliases["m"].in_force().keys() == {"champion", "of-first"}
    left = "are left out, for versions of m are others here; rename the model there, and import it again"
    assert brought.problems[2:] == (f"there/m: its aliases {left}", f"there/m: its stages {left}")
    assert bring(catalog, first).paths == []


@pytest.mark.parametrize("way", ["forgets where it is from", "is gone"])
def test_a_model_is_known_by_its_versions_whatever_became_of_its_file(catalog: Path, way: str) -> None:
    def there(champion: int) -> list[Draft]:
        versions = [version("A model", number, "a") for number in (1, 2)]
        data = dataset("Some data", "v1")
        return [run("a"), model("A model"), *versions, *data, aliases("A model", champion=[line(champion)])]

    bring(catalog, there(1))
    for file in (catalog / "models/A-model/model.yaml", catalog / "datasets/Some-data/dataset.yaml"):
        if way == "is gone":
            file.unlink()
        else:
            file.write_text("".join(it for it in file.read_text().splitlines(True) if "imported" not in it))
    brought = bring(catalog, there(2))
    assert brought.problems == ()
    assert brought.catalog.aliases["A-model"].in_force()["champion"].version == 2
    new = {"models/A-model/model.yaml", "datasets/Some-data/dataset.yaml"} if way == "is gone" else set()
    assert set(brought.paths) == {"models/A-model/aliases.yaml"} | new


def test_an_alias_of_a_version_that_people_wrote_of_is_left_to_them(catalog: Path) -> None:
    place = catalog / "models" / "m" / "versions" / "1.yaml"
    place.parent.mkdir(parents=True)
    place.write_text("kind: model-version\nmodel: m\nversion: 1\nrun: a\nuri: s3://ours\n")
    (catalog / "models" / "m" / "model.yaml").write_text("kind: model\nname: m\n")
    brought = bring(catalog, [run("a"), model("m"), version("m", 1, "a"), aliases("m", champion=[line(1)])])
    assert brought.paths == ["runs/trials/a.yaml"]
    assert "its aliases are left out" in brought.problems[1]


def test_a_place_that_people_filled_is_left_to_them(catalog: Path) -> None:
    folder = catalog / "models" / "m"
    (folder / "versions").mkdir(parents=True)
    (folder / "model.yaml").write_text("kind: model\nname: m\nowner: ana\n")
    (folder / "versions" / "1.yaml").write_text(
        "kind: model-version\nmodel: m\nversion: 1\nrun: a\nuri: s3://ours\n"
    )
    brought = bring(catalog, [run("a"), model("m", title="M"), version("m", 1, "a"), version("m", 2, "a")])
    assert brought.paths == ["models/m/versions/2.yaml", "runs/trials/a.yaml"]
    assert brought.is_loss
    assert "would be models/m/versions/1.yaml, which is something else already" in brought.problems[0]


def test_what_the_format_does_not_allow_is_left_out_and_named(catalog: Path) -> None:
    inputs = [{"uri": "a b"}, {"uri": "s3://x"}, {"uri": "c d"}]
    brought = bring(
        catalog,
        [
            run("a", inputs=inputs, metrics={"auc": 0.9, "": 1.0}, user="x\ny", tags={"t": "é\0\ud800"}),
            run("b", status="odd"),
            version("m", 0, "a"),
            version("m", 1, "a"),
        ],
    )
    found = brought.catalog.runs["a"]
    assert [item.uri for item in found.inputs] == ["s3://x"]
    assert (found.metrics, found.text("user"), found.tags) == ({"auc": 0.9}, "", {"t": "é\ufffd?"})
    assert sorted(problem.partition(" is left out")[0] for problem in brought.problems[:4]) == [
        "there/a: inputs.0",
        "there/a: inputs.2",
        "there/a: metrics.",
        "there/a: user",
    ]
    assert brought.is_loss
    assert set(brought.catalog.runs) == {"a"}
    assert set(brought.catalog.versions) == {("m", 1)}


def test_a_run_that_went_on_is_filled_in_when_it_has_ended(catalog: Path) -> None:
    bring(catalog, [run("a", status="running", metrics={"loss": 2.0}, tags={"mine": "old"})])
    file = catalog / "runs/trials/a.yaml"
    by_hand = "description: By hand.\nuser: bo\ncode: {branch: main}\ninputs: [{uri: 's3://x'}]\n"
    file.write_text(file.read_text().replace("mine: old", "mine: new") + by_hand)
    ended = run(
        "a",
        ended_at="2024-01-01T00:00:00Z",
        metrics={"loss": 1.0},
        tags={"mine": "old", "t": "x"},
        description="Of theirs.",
        user="root",
        code={"branch": "other", "entry_point": "train.py"},
        inputs=[{"uri": "s3://y"}],
    )
    brought = bring(catalog, [ended])
    found = brought.catalog.runs["a"]
    assert (found.status, found.metrics, found.description) == ("finished", {"loss": 1.0}, "By hand.")
    assert found.tags == {"mine": "new", "t": "x"}
    assert (found.text("user"), found.data["code"]) == ("bo", {"branch": "main", "entry_point": "train.py"})
    assert [item.uri for item in found.inputs] == ["s3://x", "s3://y"]
    assert found.text("ended_at") == "2024-01-01T00:00:00Z"
    assert bring(catalog, [run("a", metrics={"loss": 0.0})]).paths == []


def test_what_a_run_makes_while_it_goes_on_is_there_once_when_it_has_ended(catalog: Path) -> None:
    begun = [{"name": "model", "uri": "/there/model"}]
    bring(catalog, [run("a", status="running", outputs=begun)])
    file = catalog / "runs/trials/a.yaml"
    file.write_text(
        file.read_text().replace("- {name: model,", "- {name: ours, uri: 's3://x'}\n  - {name: model,")
    )
    made = {"name": "model", "uri": "file:///there/model", "digest": f"sha256:{'0' * 64}"}
    other = {"name": "report", "uri": "s3://y"}
    found = bring(catalog, [run("a", outputs=[made, other])]).catalog.runs["a"]
    assert found.data["outputs"] == [{"name": "ours", "uri": "s3://x"}, made, other]


def test_curves_are_thinned_and_files_stay_small_enough(catalog: Path) -> None:
    long = [[step, step / 7] for step in range(5_000)]
    brought = bring(
        catalog,
        [
            run("one", curves={"loss": long}),
            run("many", curves={f"m{number}": long for number in range(100)}),
            run("texts", curves={"loss": long}, tags={f"t{number}": "x" * 8_000 for number in range(140)}),
        ],
    )
    curve = brought.catalog.runs["one"].data["curves"]["loss"]
    assert (len(curve), curve[0], curve[-1]) == (MAX_POINTS, long[0], long[-1])
    assert len(brought.catalog.runs["many"].data["curves"]["m99"]) == 200
    assert "texts" not in brought.catalog.runs
    assert brought.problems[-1].startswith("there/texts: it is left out: a file of a catalog holds at most")


def test_ledgers_grow_by_what_is_new(catalog: Path) -> None:
    base = [run("a"), model("m"), *(version("m", number, "a") for number in (1, 2, 3))]
    first, second = line(1), line(2, "2024-02-01T00:00:00Z")
    bring(catalog, [*base, aliases("m", champion=[first])])
    file = catalog / "models/m/aliases.yaml"
    before = file.read_text()
    assert bring(catalog, [*base, aliases("m", champion=[first])]).paths == []
    brought = bring(catalog, [*base, aliases("m", champion=[first, second])])
    assert [line["version"] for line in brought.catalog.aliases["m"].data["aliases"]["champion"]] == [1, 2]
    kept = before.partition("imported_from")[0].rstrip()
    assert file.read_text().startswith(kept)
    # People move it on; what was known before does not come again, however it is dated.
    file.write_text(file.read_text().replace("by: other}", "by: other}", 1))
    third = {"version": 3, "at": "2024-03-01T00:00:00Z", "by": "ana"}
    bring_by_hand = file.read_text().replace(
        "\nimported_from", f'\n    - {{version: 3, at: "{third["at"]}", by: ana}}\nimported_from'
    )
    file.write_text(bring_by_hand)
    again = [*base, aliases("m", champion=[line(2, "2025-01-01T00:00:00Z")])]
    assert bring(catalog, again).paths == []
    moved = bring(catalog, [*base, aliases("m", champion=[line(1, "2024-02-15T00:00:00Z")])])
    lines = moved.catalog.aliases["m"].data["aliases"]["champion"]
    assert [(line["version"], line["at"][:7]) for line in lines][-2:] == [(3, "2024-03"), (1, "2024-03")]


def test_an_alias_that_people_keep_is_left_to_them(catalog: Path) -> None:
    base = [run("a"), model("m"), version("m", 1, "a"), version("m", 2, "a")]
    bring(catalog, base)
    (catalog / "models/m/aliases.yaml").write_text(
        'kind: aliases\nmodel: m\naliases:\n  champion: [{version: 1, at: "2024-01-01T00:00:00Z", by: ana}]\n'
    )
    brought = bring(catalog, [*base, aliases("m", champion=[line(2)], challenger=[line(2), line(9)])])
    ledger = brought.catalog.aliases["m"]
    assert (ledger.version_of("champion"), ledger.version_of("challenger")) == (1, 2)


def test_stages_become_a_ledger_in_the_order_of_time(catalog: Path) -> None:
    def stage(number: int, stage: str, at: str) -> dict[str, object]:
        return {"version": number, "stage": stage, "at": f"{at}T00:00:00Z", "by": "other"}

    base = [run("a"), model("m"), version("m", 1, "a"), version("m", 2, "a")]
    moves = [stage(2, "production", "2024-02-02"), stage(1, "archived", "2024-01-01")]
    draft = Draft(Key("stages", within="m"), {"transitions": moves}, "there/m")
    brought = bring(catalog, [*base, draft])
    transitions = brought.catalog.stages["m"].data["transitions"]
    assert [(move["version"], move["stage"]) for move in transitions] == [(1, "archived"), (2, "production")]
    assert bring(catalog, [*base, draft]).paths == []
    later = [moves[1], stage(2, "archived", "2024-01-15")]
    brought = bring(catalog, [*base, Draft(draft.key, {"transitions": later}, "there/m")])
    last = brought.catalog.stages["m"].data["transitions"][-1]
    assert (last["version"], last["stage"], last["at"]) == (2, "archived", "2024-02-02T00:00:00Z")


NAMES = st.text(max_size=200)


@given(st.lists(st.tuples(NAMES, NAMES, NAMES), max_size=8))
def test_whatever_things_are_called_elsewhere_every_file_has_a_name_of_its_own(
    names: list[tuple[str, str, str]],
) -> None:
    drafts = [
        draft
        for run_id, experiment, data in names
        for draft in (run(run_id, experiment), *dataset(data, run_id), model(data))
    ]
    new = bring_in(Catalog(), Imported("other", "", drafts)).plan.new
    assert len({path.casefold() for path in new}) == len(new)
    assert all(is_name(part) for path in new for part in re.split("/", path.removesuffix(".yaml")))
    keys = {draft.key for draft in drafts}
    assert len(new) == len(keys)


def test_a_title_is_a_text_that_a_file_can_hold(catalog: Path) -> None:
    brought = bring(catalog, [run("a\0b"), run("c\udc80")])
    assert brought.problems == ()
    assert {found.title for found in brought.catalog.runs.values()} == {"a\ufffdb", "c?"}


def test_problems_of_runs_are_told_once_and_only_of_those_that_are_wanted(catalog: Path) -> None:
    problems = [Problem("there/a", "lost"), Problem("there/b", "lost"), Problem("there", "lost")]

    def found(status: str = "finished") -> Imported:
        return Imported("other", "", [run("a", status=status), run("b", "others")], problems)

    only = Selection(experiments=frozenset({"trials"}))
    assert bring(catalog, found("running"), only).problems == ("there/a: lost", "there: lost")
    assert bring(catalog, found(), only).problems == ("there/a: lost", "there: lost")
    assert bring(catalog, found(), only).problems == ("there: lost",)
    assert bring(catalog, found()).problems == ("there/b: lost", "there: lost")


def test_an_alias_that_is_gone_there_stays_here_and_is_named(catalog: Path) -> None:
    base = [run("a"), model("m"), version("m", 1, "a")]
    bring(catalog, [*base, aliases("m", champion=[line(1)], old=[line(1)])])
    gone = bring(catalog, [*base, aliases("m", old=[line(1)])])
    assert gone.paths == []
    assert len(gone.problems) == 1
    assert "`herdbook alias unset m champion` ends that" in gone.problems[0]
    assert not gone.is_loss
    some = Selection(experiments=frozenset({"trials"}))
    assert bring(catalog, [*base, aliases("m", old=[line(1)])], some).problems == ()


def test_versions_that_are_gone_there_stay_here_and_are_named(catalog: Path) -> None:
    base = [run("a"), model("m"), aliases("m")]
    several = [version("m", number, "a") for number in (2, 10, 1, 3)]
    bring(catalog, [*base, *several])
    gone = bring(catalog, [*base, version("m", 3, "a")])
    assert gone.paths == []
    assert gone.problems == (
        "there/m: versions that stay here are no longer there: 1, 2, 10; "
        "`herdbook deprecate m VERSION` says of one that it is not to be used",
    )
    assert not gone.is_loss
    file = catalog / "models/m/versions/2.yaml"
    file.write_text(f'{file.read_text()}deprecated: {{at: "2026-01-01T00:00:00Z", by: ana, reason: old}}\n')
    assert ": 1, 10; " in bring(catalog, [*base, version("m", 3, "a")]).problems[0]


def test_a_model_that_is_gone_there_is_named_while_an_alias_of_it_is_in_force(catalog: Path) -> None:
    base = [run("a"), model("m"), version("m", 1, "a"), aliases("m")]
    old = [model("old"), version("old", 1, "a"), aliases("old", champion=[line(1)])]
    here = "there.example"
    bring(catalog, Imported("other", here, [*base, *old]))
    gone = bring(catalog, Imported("other", here, base))
    assert gone.problems == (
        "other: the model 'old' is not there, and its alias champion stays in force here; "
        "`herdbook alias unset old champion` ends that",
    )
    assert bring(catalog, Imported("other", here, base, is_whole=False)).problems == ()
    assert not gone.is_loss
    assert bring(catalog, Imported("other", "elsewhere.example", base)).problems == ()
    no_registry = [run("b"), model("m"), version("m", 2, "b")]
    assert bring(catalog, Imported("other", here, no_registry)).problems == ()


def test_a_version_that_leaves_all_stages_there_leaves_them_here(catalog: Path) -> None:
    def stages(*stated: tuple[int, str, str]) -> Draft:
        lines = [{"version": number, "stage": stage, "at": at, "by": "other"} for number, stage, at in stated]
        return Draft(Key("stages", within="m"), {"transitions": lines}, "there/m")

    day, later = "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"
    base = [run("a"), model("m"), version("m", 1, "a"), version("m", 2, "a"), aliases("m")]
    nowhere = bring(catalog, [*base, stages((1, "none", day), (2, "none", day))])
    assert "models/m/stages.yaml" not in nowhere.paths
    bring(catalog, [*base, stages((1, "production", day), (2, "none", day))])
    left = bring(catalog, [*base, stages((1, "none", later), (2, "none", day))])
    assert [(line["version"], line["stage"]) for line in left.catalog.stages["m"].data["transitions"]] == [
        (1, "production"),
        (1, "none"),
    ]
    assert bring(catalog, [*base, stages((1, "none", later), (2, "none", later))]).paths == []


def test_what_people_did_here_before_it_was_done_there_needs_no_line(catalog: Path) -> None:
    base = [run("a"), model("m"), version("m", 1, "a"), version("m", 2, "a")]
    bring(catalog, [*base, aliases("m", champion=[line(1)])])
    file = catalog / "models/m/aliases.yaml"
    promoted = '    - {version: 2, at: "2024-02-01T00:00:00Z", by: ana, approved_by: [bo]}\nimported_from:'
    file.write_text(file.read_text().replace("imported_from:", promoted))

    def lines(brought: Brought) -> list[tuple[int, str]]:
        ledger = brought.catalog.aliases["m"].data["aliases"]["champion"]
        return [(item["version"], item["by"]) for item in ledger]

    followed = bring(catalog, [*base, aliases("m", champion=[line(2, "2024-03-01T00:00:00Z")])])
    assert lines(followed) == [(1, "other"), (2, "ana")]
    back = bring(catalog, [*base, aliases("m", champion=[line(1, "2024-04-01T00:00:00Z")])])
    assert lines(back) == [(1, "other"), (2, "ana"), (1, "other")]


def test_cards_and_endpoints_come_over_under_the_names_of_their_models(catalog: Path) -> None:
    drafts = [
        run("a"),
        model("Some model"),
        version("Some model", 3, "a"),
        Draft(Key("model-card", within="Some model"), {"caveats": "None."}, "there"),
        Draft(Key("model-card", "3", "Some model"), {"caveats": "Some."}, "there"),
        Draft(
            Key("endpoint", "pre dict"),
            {
                "type": "online",
                "environment": "staging",
                "serves": [{"model": Key("model-version", "3", "Some model")}],
            },
            "",
        ),
    ]
    brought = bring(catalog, drafts)
    cards = {version: card.data["caveats"] for (_, version), card in brought.catalog.cards.items()}
    assert cards == {None: "None.", 3: "Some."}
    assert brought.catalog.endpoints["pre-dict"].data["serves"][0]["model"] == "Some-model/3"
    assert bring(catalog, drafts).paths == []
