import json
import subprocess
from pathlib import Path

from command_line import herdbook
from conftest import CHECKOUT
from rule_examples import case

FORMS = ("text", "markdown", "json")


def own(*arguments: str) -> subprocess.CompletedProcess[str]:
    return herdbook(*arguments, cwd=CHECKOUT)


def test_the_recalled_data_are_seen_at_once() -> None:
    done = own("compare", "mortgage-approval/3")
    assert (done.returncode, done.stderr) == (0, "")
    first, _, heading, basis, cause, reason, *_ = done.stdout.splitlines()
    assert first == (
        "log_loss rose by 0.042 and 3 other metrics are worse; the only difference is the training data "
        "datasets:/mortgage-applications/v1-train -> datasets:/mortgage-applications/v2-train, "
        "which has since been recalled."
    )
    assert heading == "What differs, the most likely cause first"
    assert basis.endswith(
        "models:/mortgage-approval/2, the last version before it without a metric regression."
    )
    assert cause.endswith("datasets:/mortgage-applications/v2-train [recalled]")
    assert "The debt ratio is a hundred times too large." in reason


def test_that_it_is_mended_is_seen_at_once() -> None:
    done = own("compare", "mortgage-approval/4", "mortgage-approval/3")
    lead = done.stdout.splitlines()[0]
    assert lead.startswith("log_loss fell by 0.0389, which is better, and 3 other metrics are better, too; ")
    assert lead.endswith(
        "the training data: datasets:/mortgage-applications/v3-train in place of "
        "datasets:/mortgage-applications/v2-train, which has since been recalled (the code differs, too)."
    )


def test_all_forms_say_it() -> None:
    said = {form: own("compare", "mortgage-approval/3", "--format", form).stdout for form in FORMS}
    for text in said.values():
        assert "v2-train" in text
        assert "hundred times too large" in text
    answer = json.loads(said["json"])
    assert answer["question"] == "compare"
    assert (
        answer["differences"][0]["data"]["now_recalled"]["ref"] == "datasets:/mortgage-applications/v2-train"
    )


def test_no_predecessor_is_a_bad_question() -> None:
    done = own("compare", "mortgage-approval/1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("herdbook: version 1 of models:/mortgage-approval has no predecessor: ")


def test_changed_files_come_from_the_repository_around_the_catalog(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "-q")
    commits = []
    for text in ("1", "2"):
        (tmp_path / "train.py").write_text(text)
        git("add", ".")
        git("commit", "-q", "-m", "x")
        commits.append(git("rev-parse", "HEAD"))
    changes = "".join(
        f'# runs/churn/train-{number}.yaml\ncode: {{commit: "{commit}"}}\n'
        for number, commit in enumerate(commits, 1)
    )
    case(changes).lay(tmp_path / "catalog")
    assert "train.py changed" in herdbook("compare", "churn/2", cwd=tmp_path).stdout
    done = herdbook("compare", "churn/2", cwd=tmp_path, PATH=str(tmp_path))
    assert done.returncode == 0
    assert "which files differ is not known: the commits are not at hand" in done.stdout


def test_how_to_make_a_model_again() -> None:
    done = own("reproduce", "mortgage-approval/4")
    assert (done.returncode, done.stderr) == (0, "")
    assert "python examples/mortgage-approval/train.py 4" in done.stdout
    assert json.loads(own("reproduce", "mortgage-approval/4", "--format", "json").stdout)["obstacles"] == []
    assert own("reproduce", "iris-classifier/1", "--format", "markdown").stdout.startswith("## How to make ")


def test_the_script_is_printed_as_it_is() -> None:
    done = own("reproduce", "iris-classifier/1", "--format", "shell")
    assert done.returncode == 0
    assert done.stdout.startswith("#!/bin/sh\n")
    assert done.stdout.endswith('say "Reproduced: all numbers are those on record."\n')


def test_what_no_run_made_is_a_bad_question() -> None:
    done = own("reproduce", "endpoints:/mortgage-decisions")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is made by no run" in done.stderr
