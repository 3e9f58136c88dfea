import json
import subprocess
from pathlib import Path

import jsonschema
import pytest

from command_line import herdbook
from conftest import CHECKOUT
from herdbook.queries.answer import json_schema
from herdbook.queries.impact import Impact
from herdbook.queries.resolve import Resolution
from herdbook.queries.status import Status
from herdbook.queries.trace import Trace
from rule_examples import case

FORMS = ("text", "markdown", "json")
ANSWERS = {"trace": Trace, "impact": Impact, "status": Status, "resolve": Resolution}


def own(*arguments: str) -> subprocess.CompletedProcess[str]:
    return herdbook(*arguments, cwd=CHECKOUT)


@pytest.mark.parametrize("question", ANSWERS)
def test_a_question_is_answered_in_each_form(question: str) -> None:
    said = {form: herdbook(question, "churn/2", "--catalog", ".", "--format", form) for form in FORMS}
    assert {(done.returncode, done.stderr) for done in said.values()} == {(0, "")}
    assert all("models:/churn/2" in done.stdout for done in said.values())
    assert said["markdown"].stdout.startswith("## ")
    answer = json.loads(said["json"].stdout)
    assert answer["question"] == question
    jsonschema.Draft202012Validator(json_schema(ANSWERS[question])).validate(answer)


@pytest.mark.parametrize("question", ANSWERS)
@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("models:/chrun/2", "did you mean models:/churn/2?"),
        ("nothing-like-it", "nothing in the catalog is called 'nothing-like-it'"),
        ("models:/a b", "is no reference"),
        ("\x1b[31mred", r"nothing in the catalog is called '\x1b[31mred'"),
    ],
)
def test_a_bad_question_is_refused_in_words(question: str, reference: str, message: str) -> None:
    done = herdbook(question, reference, "--catalog", ".")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "\x1b" not in done.stderr


def test_depth_bounds_an_answer() -> None:
    done = herdbook("trace", "churn/2", "--catalog", ".", "--depth", "1")
    assert "This goes 1 steps back; there is more behind it." in done.stdout.replace(
        "1 step back", "1 steps back"
    )
    done = herdbook("impact", "orders", "--catalog", ".", "--depth", "1")
    assert "This goes 1 step downstream; there is more behind it." in done.stdout
    assert herdbook("impact", "orders", "--catalog", ".", "--depth", "-1").returncode == 2


def test_what_is_live_can_fail() -> None:
    assert herdbook("impact", "orders", "--catalog", ".", "--fail-if-live").returncode == 1
    assert herdbook("impact", "orders", "--catalog", ".").returncode == 0
    assert herdbook("impact", "runs:/evaluate-1", "--catalog", ".", "--fail-if-live").returncode == 0


def test_what_cannot_be_read_is_no_reason_to_pass(tmp_path: Path) -> None:
    case("# runs/churn/train-2.yaml\ntype: trainingg\n").lay(tmp_path / "catalog")
    doubt = "1 file of the catalog cannot be read, so that "
    done = herdbook("impact", "orders/v2", "--fail-if-live", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout.startswith("Nothing depends on datasets:/orders/v2. ")
    assert f"{doubt}more may depend on it than is known." in done.stdout
    assert done.stderr.startswith(
        f"herdbook: {doubt}nobody knows whether something in production is affected; "
    )
    assert herdbook("impact", "orders/v2", cwd=tmp_path).returncode == 0
    assert herdbook("impact", "orders/v1", "--fail-if-live", cwd=tmp_path).returncode == 1
    runs = herdbook("runs", cwd=tmp_path)
    assert "1 file of a run cannot be read and may be missing here; `herdbook check` says why" in runs.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--commit", "0f4b1c3"], 0, "commit 0f4b1c3d5e"),
        (["--commit", "0f4"], 2, "is no commit"),
        (["--requirement", "scikit-learn<1.5"], 0, "depends on scikit-learn<1.5"),
        (["--requirement", "scikit-learn=1"], 2, "is no requirement"),
        (["s3://raw/orders-2.json"], 0, "In production, endpoints:/predict"),
        ([], 2, "name one thing: a REFERENCE, or a --commit, or a --requirement"),
        (["orders", "--commit", "0f4b1c3"], 2, "name one thing"),
    ],
)
def test_impact_is_asked_of_one_thing(arguments: list[str], code: int, said: str) -> None:
    done = herdbook("impact", *arguments, "--catalog", ".")
    assert done.returncode == code
    assert said in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ref", "models:/churn/2"),
        ("version", "2"),
        ("uri", "s3://models/churn/2.pkl"),
        ("digest", "sha256:02378fc99d318e920733a6cb5551a252410bf1bc403c321f64e6f5a44f9f62b1"),
        ("size", "1024"),
    ],
)
def test_a_script_takes_one_value(field: str, value: str) -> None:
    done = herdbook("resolve", "churn@champion", "--catalog", ".", "--field", field)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{value}\n", "")


def test_a_script_takes_all_values_line_by_line() -> None:
    done = herdbook("resolve", "datasets:/orders/v1", "--catalog", ".")
    assert done.stdout == (
        "ref: datasets:/orders/v1\nversion: v1\nuri: s3://data/orders/v1.csv\n"
        "digest: sha256:041e2a28245db835189938be363c75af74988b522604b63f627f7517ceb20568\n"
    )


def test_a_value_that_nobody_recorded_is_an_error() -> None:
    done = herdbook("resolve", "datasets:/orders/v1", "--catalog", ".", "--field", "size")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == "herdbook: datasets:/orders/v1 has no size on record; it has ref, version, uri, digest\n"
    )


def test_an_alias_that_points_to_nothing_is_an_error(tmp_path: Path) -> None:
    line = "    - {version: null, at: '2024-01-20T08:00:00Z', by: ana}\n"
    case(f"# models/churn/aliases.yaml\naliases:\n  champion:\n{line}").lay(tmp_path / "catalog")
    done = herdbook("resolve", "churn@champion", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


def test_the_exit_code_says_whether_something_is_approved() -> None:
    assert herdbook("status", "churn@champion", "--catalog", ".").returncode == 0
    assert herdbook("status", "churn/1", "--catalog", ".").returncode == 1
    assert herdbook("status", "orders", "--catalog", ".").returncode == 2


def test_no_catalog_is_said(tmp_path: Path) -> None:
    done = herdbook("trace", "churn", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no such folder; name the catalog with --catalog DIR" in done.stderr


# The story of the example catalog


def lead(*arguments: str) -> str:
    return own(*arguments).stdout.partition("\n")[0]


def test_the_recalled_data_are_in_nothing_that_is_in_production() -> None:
    assert lead("impact", "mortgage-applications/v2-train") == (
        "Nothing in production depends on datasets:/mortgage-applications/v2-train; "
        "1 model version and 2 runs do."
    )


def test_what_the_test_data_were_relied_on_for() -> None:
    done = own("impact", "mortgage-applications/v1-test")
    assert "4 promotions in force rest on an evaluation with it." in done.stdout.partition("\n")[0]


def test_the_champion_is_approved_and_the_version_of_bad_data_is_not() -> None:
    assert lead("status", "models:/mortgage-approval@champion") == (
        "models:/mortgage-approval@champion, which means models:/mortgage-approval/2, "
        "is approved for production: risk-officer approved it as @champion and stage production on "
        "2026-11-21 on the evidence of runs:/mortgage-evaluate-2."
    )
    done = own("status", "mortgage-approval/3")
    assert done.returncode == 1
    assert "it descends from the recalled datasets:/mortgage-applications/v2-train." in done.stdout
