from entry_samples import DATA, made, read
from herdbook.entries import Input, Run
from herdbook.ref import Ref
from herdbook.source import SourceFile
from herdbook.tree import DirTree


def test_an_output_is_found_by_its_name_and_the_first_of_several() -> None:
    outputs = [{"name": "a", "uri": "s3://1"}, {"name": "b", "uri": "s3://2"}, {"name": "a", "uri": "s3://3"}]
    run = Run(SourceFile(DirTree(DATA), "x"), {"outputs": outputs})
    assert run.output("a") == run.outputs[0]
    assert run.output("b") == run.outputs[1]
    assert run.output("c") is None
    assert run.outputs is run.outputs


def test_inputs_are_entries_or_things_outside() -> None:
    run = read(DATA / "schema" / "run" / "good-full.yaml")
    assert isinstance(run, Run)
    inputs = run.inputs
    assert [item.ref for item in inputs] == [
        Ref.dataset("orders", "v2.1"),
        Ref.model("clf_orders", alias="champion"),
        Ref.model("clf_orders", "1.2.0"),
        Ref.run("exp-46", "model"),
        Ref.run("exp-46"),
        None,
    ]
    assert inputs[0].role == "test"
    assert inputs[5] == Input(
        None,
        "https://example.org/embeddings/v1.bin?x=1#a",
        "",
        'etag:"5d41402a-2"',
        "GloVe embeddings",
        ("inputs", 5),
    )


def test_what_is_left_out_is_empty() -> None:
    run = made(Run, {"id": "a", "experiment": "b", "type": "training", "status": "running"})
    assert (run.title, run.description, run.started_at, run.tags, run.params) == ("", "", "", {}, {})
    assert (run.inputs, run.outputs, run.slices, run.parent, run.evaluates) == ((), (), (), None, None)
    assert (run.code.commit, run.code.dirty, run.environment.requirements) == ("", None, ())
    assert list(run.mentions()) == []
