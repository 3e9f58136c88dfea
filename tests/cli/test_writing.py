"""Each command leaves the diff that a careful colleague would have made, or nothing."""

import json
import subprocess
from pathlib import Path

import pytest

from command_line import HERDBOOK
from handwriting import APPROVED, WHEN, WHO, command, parts, run
from herdbook.storing import locked
from repositories import git


def test_the_catalog_passes(repository: Path) -> None:
    done = run(repository, "check")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("line", "diff"), [pytest.param(*part, id=part[0]) for part in parts()[1:]])
def test_a_command_makes_its_diff_and_no_other(repository: Path, line: str, diff: str) -> None:
    words = command(line)
    dry = run(repository, *words, "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert git(repository, "status", "--porcelain") == ""
    assert diff.startswith("--- a/")
    assert diff in dry.stdout
    done = run(repository, *words)
    assert (done.returncode, done.stderr) == (0, "")
    made = git(repository, "diff", "--no-color")
    assert [x for x in made.splitlines() if x[:1] in "+-"] == [x for x in diff.splitlines() if x[:1] in "+-"]
    assert git(repository, "status", "--porcelain", "--untracked-files").count("\n") == 0


def test_what_makes_the_catalog_worse_is_refused(repository: Path) -> None:
    words = ("alias", "set", "churn", "champion", "1", *WHO, *WHEN)
    for refused in (run(repository, *words), run(repository, *words, "--dry-run")):
        assert refused.returncode == 1
        assert "without an approval [unapproved-promotion]" in refused.stdout
        assert refused.stdout.endswith(
            "Nothing was written: the catalog would be worse. --force writes it all the same.\n"
        )
        assert git(repository, "status", "--porcelain") == ""
    forced = run(repository, *words, "--force")
    assert forced.returncode == 0
    assert forced.stdout.endswith("`herdbook check` finds 1 error that it did not find before.\n")
    # What is wrong already does not stand against another command.
    assert run(repository, "tag", "set", "models:/churn", "a", "b").returncode == 0


def test_nothing_is_written_where_all_is_so_already(repository: Path) -> None:
    for words in (
        ("tag", "set", "orders/v2", "team", "shop"),
        ("alias", "set", "churn", "champion", "2", *WHO),
    ):
        done = run(repository, *words)
        assert done.returncode == 0
        assert done.stdout.endswith(" already.\n")
    assert git(repository, "status", "--porcelain") == ""


@pytest.mark.parametrize("key", ["name", "email"])
def test_who_acts_is_found_by_what_git_calls_them(repository: Path, key: str) -> None:
    file = repository / "catalog/herdbook.yaml"
    file.write_text(file.read_text().replace("{name: Ana,", "{name: Ana, email: ana@example.org,"))
    words = ("alias", "set", "churn", "challenger", "2", "--dry-run")
    unknown = run(repository, *words)
    assert unknown.returncode == 2
    assert unknown.stderr.endswith("are nobody of the people in herdbook.yaml: say who acts with --by NAME\n")
    git(repository, "config", f"user.{key}", {"name": "ANA", "email": "Ana@example.org"}[key])
    assert ", by: ana}" in run(repository, *words).stdout


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("alias set nothing champion 1", "there is no models:/nothing in the catalog"),
        ("alias set churn champion 9", "there is no models:/churn/9 in the catalog; did you mean "),
        ("alias set churn ../x 1", "'../x' cannot be an alias: use letters"),
        ("alias set churn champion 1 --evidence nothing", "nothing in the catalog is called 'nothing'"),
        ("alias set orders champion 1", "there is no models:/orders in the catalog"),
        ("alias set models:/churn/1 champion 1", "'models:/churn/1' is no model; name one"),
        ("alias unset churn shadow", "models:/churn@shadow points to no version; there is nothing to unset"),
        ("recall orders --reason x", "'orders' is no version of a dataset; name one, such as orders/v2.1"),
        ("stage set churn 9 none", "there is no models:/churn/9 in the catalog; did you mean "),
        ("stage set churn 1 none --evidence nothing", "nothing in the catalog is called 'nothing'"),
        ("deprecate churn 9 --reason x", "there is no models:/churn/9 in the catalog; did you mean "),
        ("deprecate churn 1", "nothing says why; give --reason, or what to use instead with --replaced-by"),
        ("deprecate churn 1 --reason ' '", "nothing says why; give --reason"),
        ("deprecate churn 1 --replaced-by churn/1", "models:/churn/1 cannot take its own place; name "),
        ("deprecate churn 1 --replaced-by churn", "'churn' is no version and no alias of a model; name one"),
        ("waive missing-seeds train-1 --owner bo --reason x --until 2099-01-01", "there is no rule "
         "'missing-seeds'. Did you mean missing-seed?"),
        ("waive invalid-yaml train-1 --owner bo --reason x --until 2099-01-01", "invalid-yaml is of the "
         "family form, whose rules cannot be waived; mend what it finds"),
        ("waive missing-seed train-9 --owner bo --reason x --until 2099-01-01", "nothing in the catalog is "
         "called 'train-9'; did you mean "),
        ("waive missing-seed ../x --owner bo --reason x --until 2099-01-01", "nothing in the catalog is "),
        ("waive missing-seed train-1 --owner bo --reason x --until 2024-01-01", "2024-01-01 is past; "),
        ("waive missing-seed train-1 --owner bo --reason x --until 20990101", "'20990101' is no day; write "),
        ("waive missing-seed train-1 --owner bo --reason x --until tomorrow", "'tomorrow' is no day; write "),
        ("waive missing-seed train-1 --owner bo --reason '' --until 2099-01-01", "herdbook.yaml: waivers.0."
         "reason: "),
        ("tag unset orders/v2 nothing", "datasets:/orders/v2 has no tag 'nothing'; it has 'team', 'kept'"),
        (
            "tag unset models:/churn cost-centre",
            "models/churn/model.yaml: comments stand inside what would be replaced, at line 9 and below; ",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_a_line(repository: Path, line: str, message: str) -> None:
    done = run(repository, *command(line))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"herdbook: {message}")
    assert done.stderr.count("\n") == 1
    assert git(repository, "status", "--porcelain") == ""


def test_a_waiver_of_somebody_who_is_nobody_is_refused(repository: Path) -> None:
    words = ("waive", "missing-seed", "train-2", "--owner", "eve", "--reason", "x", "--until", "2099-01-01")
    done = run(repository, *words)
    assert done.returncode == 1
    assert "the owner eve of a waiver is not among the people" in done.stdout
    assert git(repository, "status", "--porcelain") == ""


def test_a_file_may_be_named_as_it_stands_on_disk(repository: Path) -> None:
    words = ("--owner", "bo", "--reason", "x", "--until", "2099-01-01", "--dry-run")
    done = run(repository, "waive", "incomplete-card", "catalog/models/churn/card.yaml", *words)
    assert done.returncode == 0
    assert "+    entry: models/churn/card.yaml\n" in done.stdout


def test_what_serves_a_version_does_not_hold_up_that_it_is_deprecated(repository: Path) -> None:
    file = repository / "catalog/herdbook.yaml"
    file.write_text(
        file.read_text().replace("policy:\n", "policy:\n  rules: {deprecated-in-service: error}\n")
    )
    done = run(repository, *command("deprecate churn 1 --reason old"))
    assert done.returncode == 0
    assert done.stdout.startswith(
        "models:/churn/1 is deprecated. It is still used by the alias rollback, the alias challenger, "
        "the endpoint predict.\n"
    )
    again = run(repository, *command("deprecate churn 1 --reason old"))
    assert again.stderr.startswith(
        "herdbook: models:/churn/1 was deprecated already, at 2024-02-01T08:00:00Z by ana"
    )


def test_no_catalog_no_lock(tmp_path: Path) -> None:
    done = run(tmp_path, "tag", "set", "x", "a", "b", "--catalog", ".")
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_several_commands_at_once_lose_nothing(repository: Path) -> None:
    """They wait for each other, each reads what the one before it wrote."""
    with locked(repository / "catalog"):
        started = [
            subprocess.Popen(
                [HERDBOOK, "tag", "set", "models:/churn", f"key-{number}", "x"],
                cwd=repository,
                stdout=subprocess.DEVNULL,
            )
            for number in range(4)
        ]
    assert [process.wait() for process in started] == [0] * 4
    text = (repository / "catalog/models/churn/model.yaml").read_text()
    assert [f"key-{number}: x" in text for number in range(4)] == [True] * 4


def test_programs_are_told_the_diff_or_why_there_is_none(repository: Path) -> None:
    words = ("alias", "set", "churn", "champion", "1", *WHO, *WHEN, "--format", "json")
    refused = run(repository, *words)
    value = json.loads(refused.stdout)
    assert (refused.returncode, value["refused"]) == (1, True)
    assert [finding["rule"] for finding in value["findings"]] == ["unapproved-promotion"]
    dry = json.loads(run(repository, *words, *APPROVED, "--dry-run").stdout)
    assert git(repository, "status", "--porcelain") == ""
    assert json.loads(run(repository, *words, *APPROVED).stdout) == dry
    assert git(repository, "status", "--porcelain") == "M catalog/models/churn/aliases.yaml"
