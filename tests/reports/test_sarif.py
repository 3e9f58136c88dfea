import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from jsonschema import Draft7Validator

from herdbook.check import Report
from herdbook.finding import Severity
from herdbook.reports.sarif import FINGERPRINT, MOST_RESULTS, report_sarif
from herdbook.reports.terminal import printable
from herdbook.rules import RULES
from hostile_reports import HOSTILE, finding, naughty, reports, waived
from report_readers import sarif_message
from report_samples import CASES, change_of, named, report_of

SCHEMA = Path(__file__).parents[1] / "data" / "sarif" / "sarif-2.1.0.json"


@cache
def validator() -> Draft7Validator:
    schema = json.loads(SCHEMA.read_text())
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def valid(written: str) -> dict[str, Any]:
    """The one run of a report that keeps to the schema."""
    value = json.loads(written)
    assert [error.message for error in validator().iter_errors(value)] == []
    (run,) = value["runs"]
    assert isinstance(run, dict)
    return run


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_reports_keep_to_the_schema(path: Path, tmp_path: Path) -> None:
    report = report_of(path, tmp_path)
    valid(report_sarif(report, "catalog"))
    valid(report_sarif(change_of(report), "catalog", change=True))


def test_the_schema_refuses_what_is_not_sarif() -> None:
    value = json.loads(report_sarif(Report(1, (finding(),))))
    value["runs"][0]["results"][0]["level"] = "fatal"
    assert list(validator().iter_errors(value))


@given(reports())
@settings(max_examples=50)
def test_hostile_reports_keep_to_the_schema_and_hold_no_links(report: Report) -> None:
    run = valid(report_sarif(report, "a b", change=True, rules=named(report)))
    for result in run["results"]:
        texts = [
            result["message"]["text"],
            *(item["message"]["text"] for item in result.get("relatedLocations", ())),
        ]
        texts += [item["justification"] for item in result.get("suppressions", ())]
        assert not any(sarif_message(text)[1] for text in texts)
        uri = urlsplit(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
        assert uri.path.startswith("a%20b/")
        assert uri.path.isascii()
        assert (uri.scheme, uri.netloc, uri.query, uri.fragment) == ("", "", "", "")


@given(HOSTILE)
def test_a_viewer_shows_the_message(text: str) -> None:
    run = json.loads(report_sarif(Report(1, (finding(text, help="Help."),)), rules=()))["runs"][0]
    assert sarif_message(run["results"][0]["message"]["text"]) == (printable(f"{text}. Help."), [])


def test_a_link_that_is_not_escaped_would_be_seen() -> None:
    assert sarif_message("see [x](https://e.example)")[1] == ["[x](https://e.example)"]


def test_naughty_strings_keep_to_the_schema(shared_data: Path) -> None:
    texts = json.loads((shared_data / "naughty-strings" / "blns.json").read_text())
    found = [naughty(text) for text in texts]
    whole = Report(
        len(texts),
        tuple(item for report in found for item in report.findings),
        tuple(item for report in found for item in report.waived),
        errors=tuple(texts),
    )
    run = valid(report_sarif(whole, rules=()))
    paths = [item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for item in run["results"]]
    assert [unquote(path) for path in paths[: len(texts)]] == [printable(text or "x") for text in texts]


def test_results_say_whether_they_are_new_and_why_they_are_excused() -> None:
    report = Report(1, (finding("a"),), (waived(finding("b"), "bo", "because [x]"),), (finding("c"),))
    new, old, excused = valid(report_sarif(report, change=True))["results"]
    assert (new["baselineState"], old["baselineState"]) == ("new", "unchanged")
    assert "suppressions" not in new | old
    assert excused["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": r"waived by bo until 2024-06-30: because \[x\]",
        }
    ]
    (plain,) = valid(report_sarif(Report(1, (finding("a"),))))["results"]
    assert "baselineState" not in plain


def test_a_run_without_a_verdict_did_not_succeed() -> None:
    (invocation,) = valid(report_sarif(Report(0, (), errors=("no base",))))["invocations"]
    assert invocation == {
        "executionSuccessful": False,
        "toolExecutionNotifications": [{"level": "error", "message": {"text": "no base"}}],
    }
    assert valid(report_sarif(Report(0, ())))["invocations"][0]["executionSuccessful"]


def test_every_rule_is_described() -> None:
    rules = valid(report_sarif(Report(0, ())))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.ID for rule in RULES]
    for described, rule in zip(rules, RULES, strict=True):
        assert described["shortDescription"]["text"] == (rule.__doc__ or "").partition("\n")[0]
        assert described["fullDescription"]["text"].startswith(described["shortDescription"]["text"])
        assert len(described["fullDescription"]["text"]) <= 1000
        assert "Bad" in described["help"]["markdown"]


def test_the_least_important_is_left_out_and_counted() -> None:
    notes = tuple(finding(f"n{number}", severity=Severity.NOTE) for number in range(MOST_RESULTS))
    report = Report(1, (*notes, finding("worst")), existing=(finding("old"),))
    value = json.loads(report_sarif(report, rules=()))["runs"][0]
    assert len(value["results"]) == MOST_RESULTS
    assert value["results"][0]["message"]["text"] == "worst."
    assert value["results"][-1]["message"]["text"] == f"n{MOST_RESULTS - 2}."
    (said,) = value["invocations"][0]["toolExecutionNotifications"]
    assert said["level"] == "warning"
    assert said["message"]["text"].startswith("2 results of 25,002 left out")


def test_fingerprints_are_all_different() -> None:
    results = json.loads(report_sarif(Report(1, (finding(), finding()), existing=(finding(),))))["runs"][0][
        "results"
    ]
    assert len({result["partialFingerprints"][FINGERPRINT] for result in results}) == 3
