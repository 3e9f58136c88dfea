from pathlib import Path

import pytest

from comparing import SAME, Ask, asking, compared, of, records_of
from herdbook.queries.data_changes import Change
from herdbook.queries.differences import Aspect, explains


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    return asking(tmp_path)


def test_nothing_differs(ask: Ask) -> None:
    assert ask(SAME) == []


CODE = """\
# runs/churn/train-1.yaml
code: {commit: "1111111111111111111111111111111111111111", entry_point: a/train.py, command: python a}
# runs/churn/train-2.yaml
params: {depth: 1}
inputs: [{dataset: orders/v1, role: training}]
code: {commit: "2222222222222222222222222222222222222222", entry_point: b/fit.py, dirty: true, command: x}
"""


def test_other_code_with_the_changed_files_the_nearest_first(tmp_path: Path) -> None:
    asked = []

    def files(before: str, now: str) -> list[tuple[str, str]]:
        asked.append((before[0], now[0]))
        listed = [(f"z/{number:04}", "changed") for number in range(1100)]
        return [*listed, ("b/util.py", "added"), ("b/fit.py", "changed"), ("a/old.py", "deleted")]

    found = list(compared(records_of(tmp_path, CODE), "churn/2", "churn/1", files).differences)
    assert asked == [("1", "2")]
    assert of(found, Aspect.CODE)[1:] == [("entry point", Change.CHANGED, "a/train.py", "b/fit.py")]
    assert of(found, Aspect.COMMAND) == [("", Change.CHANGED, "python a", "x")]
    assert [explains(item) for item in found] == [True, True, False]
    evidence = found[0].code
    assert evidence is not None
    assert [file.path for file in evidence.files[:4]] == ["b/fit.py", "a/old.py", "b/util.py", "z/0000"]
    assert (len(evidence.files), evidence.more_files, evidence.files_known) == (1000, 103, True)
    assert (evidence.before_dirty, evidence.now_dirty) == (None, True)


def test_changed_files_are_unknown_without_the_repository(ask: Ask) -> None:
    evidence = ask(CODE)[0].code
    assert evidence is not None
    assert (evidence.files_known, evidence.files) == (False, ())


def test_uncommitted_changes_are_a_difference_at_the_same_commit(ask: Ask) -> None:
    dirty = "code: {commit: 0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d, dirty: true}\n"
    found = ask(f"{SAME}{dirty}")
    assert [(item.aspect, item.name) for item in found] == [(Aspect.CODE, "commit")]
    assert found[0].code is not None
    assert found[0].code.files_known


def test_parameters_and_seeds(ask: Ask) -> None:
    changes = f"""\
# runs/churn/train-1.yaml
params: {{a: 1, b: 1.0, c: "1", d: true, e: [1, x], gone: null, list: [1, true]}}
seeds: {{numpy: 1}}
{SAME}# runs/churn/train-2.yaml
params: {{a: 2, b: 1, c: 1, d: 1, e: [1, x], new: "", list: [1, 1]}}
seeds: {{numpy: 2}}
"""
    found = ask(changes)
    assert of(found, Aspect.PARAMETER) == [
        ("a", Change.CHANGED, "1", "2"),
        ("c", Change.CHANGED, '"1"', "1"),
        ("d", Change.CHANGED, "true", "1"),
        ("list", Change.CHANGED, "1, true", "1, 1"),
        ("gone", Change.REMOVED, "", ""),
        ("new", Change.ADDED, "", ""),
    ]
    assert of(found, Aspect.SEED) == [("numpy", Change.CHANGED, "1", "2")]


def test_packages_by_name_those_that_the_model_needs_first(ask: Ask) -> None:
    changes = f"""\
# runs/churn/train-1.yaml
environment: {{python: 3.11.7, requirements: [scikit_learn==1.4.2, attrs==1, gone==1, "./local"]}}
{SAME}environment:
  python: 3.12.1
  hardware: 2 CPUs
  container: image@sha256:0
  requirements: [Scikit-Learn==1.5, "attrs>=1", new==1, "./local"]
"""
    found = ask(changes)
    assert of(found, Aspect.REQUIREMENT) == [
        ("scikit-learn", Change.CHANGED, "1.4.2", "1.5"),
        ("attrs", Change.CHANGED, "1", "attrs>=1"),
        ("gone", Change.REMOVED, "1", ""),
        ("new", Change.ADDED, "", "1"),
    ]
    assert of(found, Aspect.PYTHON) == [("", Change.CHANGED, "3.11.7", "3.12.1")]
    assert of(found, Aspect.CONTAINER) == [("", Change.ADDED, "", "image@sha256:0")]
    assert of(found, Aspect.HARDWARE) == []


def test_what_versions_ask_for_steps_in_where_no_environment_is_recorded(ask: Ask) -> None:
    changes = f"""\
# runs/churn/train-1.yaml
environment: {{python: 3.11.7}}
{SAME}# models/churn/versions/2.yaml
requirements: [scikit-learn==2]
"""
    assert of(ask(changes), Aspect.REQUIREMENT) == [("scikit-learn", Change.CHANGED, "1.4.2", "2")]


def test_signatures_column_by_column_and_without_names_by_place(ask: Ask) -> None:
    changes = f"""\
{SAME}# models/churn/versions/1.yaml
signature: {{inputs: [{{name: orders, type: integer}}], outputs: [{{type: double}}]}}
# models/churn/versions/2.yaml
signature: {{inputs: [{{name: orders, type: long}}], outputs: [{{type: float}}, {{type: float}}]}}
"""
    (found,) = ask(changes)
    assert found.aspect is Aspect.SIGNATURE
    assert not explains(found)
    assert [(item.name, item.change) for item in found.columns] == [
        ("input orders", Change.CHANGED),
        ("output 1", Change.CHANGED),
        ("output 2", Change.ADDED),
    ]


def test_the_most_likely_cause_comes_first(ask: Ask) -> None:
    changes = """\
# runs/churn/train-2.yaml
code: {commit: "2222222222222222222222222222222222222222", command: other}
environment: {python: 3.12.1, hardware: 2 CPUs, platform: Linux, requirements: [scikit-learn==1]}
seeds: {numpy: 1}
# runs/churn/train-1.yaml
environment: {python: 3.11.7, hardware: 1 CPU, platform: Mac, requirements: [scikit-learn==2]}
# models/churn/versions/2.yaml
signature: {inputs: [{name: orders, type: long}], outputs: [{type: float}]}
"""
    assert [item.aspect for item in ask(changes)] == [
        Aspect.DATA,
        Aspect.CODE,
        Aspect.PARAMETER,
        Aspect.SEED,
        Aspect.REQUIREMENT,
        Aspect.PYTHON,
        Aspect.HARDWARE,
        Aspect.PLATFORM,
        Aspect.SIGNATURE,
        Aspect.COMMAND,
    ]
