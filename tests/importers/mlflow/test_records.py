from herdbook.importers.mlflow.records import NOTE, left_of, left_out


def test_what_people_wrote_about_an_experiment_is_named_and_what_mlflow_keeps_is_not() -> None:
    assert left_of("churn", {}) == left_of("churn", {"mlflow.experimentKind": "x", NOTE: ""}) == []
    (note,) = left_of("churn", {NOTE: "About **churn**."})
    assert str(note) == "churn: its description is left out, for a catalog keeps none of an experiment"
    (both,) = left_of("churn", {NOTE: "x", "team": "risk", "area": "eu", "mlflow.ownerId": "7"})
    assert both.message.startswith("its description and its tags (area, team) are left out")
    assert (note.is_loss, both.is_loss) == (False, False)


def test_what_a_catalog_has_no_place_for_is_counted() -> None:
    assert left_out("store", 0, "trace") == []
    assert [problem.message for count in (1, 2_000) for problem in left_out("store", count, "trace")] == [
        "1 trace is left out, for a catalog has no place for it",
        "2,000 traces are left out, for a catalog has no place for them",
    ]
