import json
from pathlib import Path

import pytest

import herdbook
from command_line import herdbook as command
from herdbook.queries.answer import Answer, as_json


@pytest.mark.parametrize(
    ("words", "ask"),
    [
        (["trace", "churn@champion"], lambda catalog: catalog.trace("churn@champion")),
        (["trace", "churn/2", "--depth", "1"], lambda catalog: catalog.trace("churn/2", 1)),
        (["impact", "orders/v2"], lambda catalog: catalog.impact("orders/v2")),
        (["impact", "--commit", "0f4b1c3"], lambda catalog: catalog.impact(commit="0f4b1c3")),
        (["impact", "--requirement", "numpy<9"], lambda catalog: catalog.impact(requirement="numpy<9")),
        (["compare", "churn/2"], lambda catalog: catalog.compare("churn/2")),
        (["compare", "churn/1", "churn/2"], lambda catalog: catalog.compare("churn/1", "churn/2")),
        (["status", "churn/2"], lambda catalog: catalog.status("churn/2")),
        (["history", "churn"], lambda catalog: catalog.history("churn")),
        (["history", "churn", "--alias", "champion", "--at", "2024-01-13"],
         lambda catalog: catalog.history("churn", "champion", at="2024-01-13")),
        (["reproduce", "churn/2"], lambda catalog: catalog.reproduce("churn/2")),
        (["resolve", "churn@champion"], lambda catalog: catalog.resolve("churn@champion")),
        (["runs", "metrics.auc > 0.8", "--order-by", "metrics.auc"],
         lambda catalog: catalog.search("metrics.auc > 0.8", "metrics.auc")),
    ],
)  # fmt: skip
def test_the_answers_are_those_of_the_commands(repository: Path, words: list[str], ask: object) -> None:
    answer = ask(herdbook.load())  # type: ignore[operator]  # each case is a question
    assert isinstance(answer, Answer)
    assert json.loads(json.dumps(as_json(answer))) == json.loads(
        command(*words, "--format", "json", cwd=repository).stdout
    )


def test_a_check_finds_what_the_command_finds(repository: Path) -> None:
    said = json.loads(command("check", "--format", "json", cwd=repository).stdout)
    report = herdbook.load().check()
    assert (report.verdict, report.entries) == (said["verdict"], said["entries"])
    assert [finding.message for finding in report.findings] == [item["message"] for item in said["findings"]]


@pytest.mark.parametrize("path", ["nowhere", "catalog/herdbook.yaml", "."])
def test_what_is_no_catalog_is_refused(repository: Path, path: str) -> None:
    (repository / "empty").mkdir()
    with pytest.raises(herdbook.HerdbookError, match=r"there is no such folder|holds no catalog"):
        herdbook.load(path if path != "." else "empty")
