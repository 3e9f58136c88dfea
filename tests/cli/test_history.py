import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

from command_line import herdbook
from herdbook.queries.answer import json_schema
from herdbook.queries.history import History
from rule_examples import EXAMPLE_CATALOG

LEDGER = Path("catalog/models/churn/aliases.yaml")
SECOND = "    - {version: 2,"


def git(folder: Path, *arguments: str, at: str = "2024-01-12T09:00:00Z") -> None:
    environment = {**os.environ, "GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    subprocess.run(["git", *arguments], cwd=folder, check=True, env=environment)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The first release, and a promotion that came by a pull request."""
    root = tmp_path / "a b"
    shutil.copytree(EXAMPLE_CATALOG, root / "catalog")
    whole = (root / LEDGER).read_text()
    (root / LEDGER).write_text(whole.partition(SECOND)[0])
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Release churn (#3)")
    (root / LEDGER).write_text(whole)
    git(root, "commit", "-qam", "Promote version 2 (#12)", at="2024-01-15T08:30:00Z")
    return root


def test_git_tells_who_recorded_what(repository: Path) -> None:
    done = herdbook("history", "churn", "--alias", "champion", "--format", "json", cwd=repository)
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    jsonschema.Draft202012Validator(json_schema(History)).validate(answer)
    assert [
        (event["recorded"]["author"], event["recorded"]["pull_request"]) for event in answer["events"]
    ] == [
        ("A U Thor", 3),
        ("A U Thor", 12),
    ]
    assert (answer["git"], answer["disagreements"]) == ("read", [])


def test_what_was_in_force_and_what_served_it(repository: Path) -> None:
    endpoint = repository / "catalog/endpoints/predict.yaml"
    endpoint.write_text("kind: endpoint\nname: predict\ntype: online\nserves: [{model: churn/1}]\n")
    done = herdbook("history", "models:/churn@champion", "--at", "2024-01-13", cwd=repository)
    assert done.stdout.startswith(
        "At the end of 2024-01-13 (UTC), models:/churn@champion was models:/churn/1, set by ana on "
        "2024-01-12 08:00 and approved by bo; it was served by endpoints:/predict (90 %)."
    )


def test_a_line_that_was_changed_afterwards_is_told(repository: Path) -> None:
    ledger = repository / LEDGER
    ledger.write_text(ledger.read_text().replace("reason: first release", "reason: a better one"))
    done = herdbook("history", "churn", cwd=repository)
    assert 'reason was "first release" and became "a better one" (not committed)' in done.stdout


def test_without_a_repository_the_ledgers_tell_it_alone(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE_CATALOG, tmp_path / "catalog")
    for environment in ({}, {"PATH": str(tmp_path)}):
        done = herdbook("history", "churn", cwd=tmp_path, **environment)
        assert (done.returncode, done.stderr) == (0, "")
        assert "they are in no git history that could confirm it" in done.stdout


def test_a_repository_that_cannot_be_read_does_not_stand_in_the_way(repository: Path) -> None:
    shutil.rmtree(repository / ".git" / "objects")
    (repository / ".git" / "objects").mkdir()
    done = herdbook("history", "churn", cwd=repository)
    assert done.returncode == 0
    assert "models:/churn has @champion on version 2" in done.stdout
    assert "The history in git could not be read: git " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["churn", "--at", "2024-13-01"], "'2024-13-01' is no date: write a date such as 2024-03-01"),
        (["churn", "--at", "2999-01-01"], "2999-01-01 has not been yet"),
        (["churn", "--alias", "champio"], "did you mean champion?"),
        (["churn@champio"], "did you mean champion?"),
        (["chrun"], "did you mean models:/churn?"),
        (["models:/churn/1"], "models:/churn/1 has no history of promotions"),
        (["orders"], "datasets:/orders has no history of promotions"),
    ],
)
def test_a_bad_question_is_refused_in_words(arguments: list[str], message: str) -> None:
    done = herdbook("history", *arguments, "--catalog", ".")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_an_alias_out_of_use_has_a_history(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE_CATALOG, tmp_path / "catalog")
    line = '    - {version: null, at: "2024-01-20T08:00:00Z", by: ana, reason: retired}\n'
    ledger = tmp_path / LEDGER
    ledger.write_text(ledger.read_text() + line)
    done = herdbook("history", "churn@rollback", cwd=tmp_path)
    assert done.returncode == 0
    assert "Nothing of models:/churn@rollback is in force." in done.stdout
    assert "1 -> none" in done.stdout
