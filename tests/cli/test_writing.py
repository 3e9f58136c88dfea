"""Each command leaves the diff that a careful colleague would have made, or nothing."""

import shlex
import subprocess
from pathlib import Path
from shutil import copytree

import pytest

from command_line import HERDBOOK, herdbook
from conftest import CHECKOUT
from herdbook.storing import locked
from repositories import git, initialised
from rule_examples import EXAMPLE_CATALOG

CASES = CHECKOUT / "tests" / "data" / "writing" / "commands.txt"
WHO = ("--by", "ana")
WHEN = ("--at", "2024-02-01T08:00:00Z")
APPROVED = ("--approved-by", "bo", "--evidence", "evaluate-1")


def parts() -> list[tuple[str, str]]:
    found = [part.partition("\n") for part in CASES.read_text().split("\n=== ")[1:]]
    return [(name, text) for name, _, text in found]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a catalog that people formatted by hand."""
    root = initialised(tmp_path / "repository")
    copytree(EXAMPLE_CATALOG, root / "catalog")
    current = root
    for file in ("\n" + parts()[0][1]).split("\n# ")[1:]:
        path, _, text = file.partition("\n")
        if path.endswith(".yaml"):
            current = root / "catalog" / path
            current.write_text(text + "\n")
        else:
            with current.open("a") as behind:
                behind.write(f"# {path}\n{text}" + ("\n" if text else ""))
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Write by hand")
    return root


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return herdbook(*words, cwd=root)


def command(line: str) -> list[str]:
    words = shlex.split(line)
    return words if words[0] == "tag" else [*words, *WHO, *WHEN]


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


def test_a_ledger_is_begun_where_there_is_none(repository: Path) -> None:
    path = repository / "catalog/models/churn/aliases.yaml"
    path.unlink()
    (repository / "catalog/endpoints/predict.yaml").unlink()
    done = run(repository, "alias", "set", "churn", "champion", "2", *APPROVED, *WHO, *WHEN)
    assert done.stdout == (
        "models:/churn@champion points to version 2; it pointed to nothing before.\n"
        "written: catalog/models/churn/aliases.yaml\n"
    )
    assert path.read_text() == (
        "# yaml-language-server: $schema=../../.schema/aliases.json\n"
        "kind: aliases\nmodel: churn\naliases:\n  champion:\n"
        '    - {version: 2, at: "2024-02-01T08:00:00Z", by: ana, '
        'approved_by: [bo], evidence: ["runs:/evaluate-1"]}\n'
    )


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


def test_a_promotion_begins_with_the_comparison(repository: Path) -> None:
    done = run(repository, "promote", "churn", *APPROVED, *WHO, *WHEN)
    first, second, third = done.stdout.splitlines()
    assert first.startswith("How models:/churn/1 differs from models:/churn/2: auc fell by 0.01; ")
    assert second == "models:/churn/1 is the champion in place of version 2, which one can roll back to."
    assert third == "changed: catalog/models/churn/aliases.yaml"
    again = run(repository, "promote", "churn", *APPROVED, *WHO, *WHEN)
    assert again.returncode == 2
    assert again.stderr == "herdbook: models:/churn/1 is the champion already; there is nothing to promote\n"
    back = run(
        repository, "rollback", "churn", "--approved-by", "bo", "--evidence", "evaluate-2", *WHO, *WHEN
    )
    assert back.stdout.startswith("models:/churn/2 is the champion again, in place of version 1.\n")


def test_a_recall_tells_what_depends_on_the_data(repository: Path) -> None:
    done = run(repository, "recall", "orders/v2", "--reason", "wrong", *WHO, *WHEN)
    assert done.returncode == 0
    told = run(repository, "impact", "orders/v2").stdout
    assert done.stdout.startswith(
        "datasets:/orders/v2 is recalled.\nchanged: catalog/datasets/orders/versions/v2.yaml\n"
    )
    assert "errors that it did not find before" in done.stdout
    assert done.stdout.endswith(f"\n\n{told}")
    again = run(repository, "recall", "orders/v2", "--reason", "wrong", *WHO, *WHEN)
    assert (
        again.stderr == "herdbook: datasets:/orders/v2 was recalled already, at 2024-02-01T08:00:00Z by ana\n"
    )


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
