"""`herdbook fmt` lays files out, tells what it did, and leaves alone what it must."""

import json
from pathlib import Path

import pytest

from handwriting import run
from herdbook.editing import same
from herdbook.opening import read_catalog
from herdbook.storing import locked
from herdbook.tree import DirTree
from repositories import git

HAND = "models/churn/aliases.yaml"
LAID_OUT = """\
# What the shop answers with. Ask #churn before you touch champion!
kind: aliases
model: churn

aliases:
  champion:  # answers everybody
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo], evidence: ["runs:/evaluate-1"]}
    # better on the new customers
    - version: 2
      at: "2024-01-15T08:00:00Z"
      by: ana
      approved_by: [bo]
      reason: better AUC
      evidence: ["runs:/evaluate-2"]

  rollback:  # what answered before
    - version: 1
      at: "2024-01-15T08:00:00Z"
      by: ana  # by hand

  # those who wait
  challenger:
    - {version: 1, at: "2024-01-16T08:00:00Z", by: ana}
  # the end
"""


def changed(root: Path) -> set[str]:
    assert git(root, "ls-files", "--others", "--exclude-standard") == ""
    return set(git(root, "diff", "--name-only").splitlines())


def test_files_are_laid_out_and_say_what_they_said(repository: Path) -> None:
    root = repository / "catalog"
    before = {source.path: source.value for source in read_catalog(DirTree(root)).sources}
    looked = run(repository, "fmt", "--check")
    assert (looked.returncode, looked.stderr, changed(repository)) == (1, "", set())
    assert not (root / ".herdbook").exists()
    done = run(repository, "fmt")
    assert (done.returncode, done.stderr) == (0, "")
    assert looked.stdout == done.stdout.replace("changed:", "would change:").replace(" got ", " would get ")
    *lines, said = done.stdout.splitlines()
    files = {line.removeprefix("changed: ") for line in lines}
    assert said == f"Of {len(before)} files, {len(files)} got another layout."
    assert files == changed(repository)
    assert (root / HAND).read_text() == LAID_OUT
    after = {source.path: source.value for source in read_catalog(DirTree(root)).sources}
    assert same(after, before)
    for words in ((), ("--check",), ("--dry-run",)):
        again = run(repository, "fmt", *words)
        assert again.returncode == 0
    assert run(repository, "fmt", "--check").stdout == f"Of {len(before)} files, none needs another layout.\n"


def test_only_the_files_that_are_named(repository: Path) -> None:
    done = run(repository, "fmt", f"catalog/{HAND}", "catalog/datasets/orders/dataset.yaml")
    assert done.returncode == 0
    assert changed(repository) == {f"catalog/{HAND}"}
    assert done.stdout == f"changed: catalog/{HAND}\nOf 2 files, 1 got another layout.\n"
    elsewhere = run(repository, "fmt", "README.md")
    assert (elsewhere.returncode, elsewhere.stderr) == (
        2,
        "herdbook: README.md: there is no such file in catalog; name one as seen from here, or from there\n",
    )


def test_a_dry_run_prints_the_diff(repository: Path) -> None:
    done = run(repository, "fmt", "--dry-run", f"catalog/{HAND}")
    assert (done.returncode, changed(repository)) == (0, set())
    assert done.stdout.startswith(f"--- a/catalog/{HAND}\n+++ b/catalog/{HAND}\n@@ ")
    assert "\n+  champion:  # answers everybody\n" in done.stdout
    assert run(repository, "fmt", "--dry-run", "--check", f"catalog/{HAND}").returncode == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kind: model\nname: churn\nowner: &a ana\n", ":3:8: error: anchors (&a) are not allowed"),
        ("kind: model\nname: churn\nowner: 1.10\n", ":3:8: error: "),
        ("kind: cow\n", ':1:7: error: there is no kind "cow"'),
        ("- kind\n", ":1:1: error: the file does not hold a mapping"),
    ],
)
def test_what_breaks_the_format_is_reported_and_others_are_laid_out(
    repository: Path, text: str, found: str
) -> None:
    file = repository / "catalog/models/churn/model.yaml"
    file.write_text(text)
    looked, done = run(repository, "fmt", "--check"), run(repository, "fmt")
    for told in looked, done:
        assert (told.returncode, told.stderr) == (1, "")
        assert f"catalog/models/churn/model.yaml{found}" in told.stdout
    assert done.stdout.endswith(" got another layout.\n")
    assert len(changed(repository)) > 10
    assert file.read_text() == text
    assert (repository / "catalog" / HAND).read_text() == LAID_OUT
    assert run(repository, "fmt", f"catalog/{HAND}").stdout == "Of 1 file, none needs another layout.\n"


def test_findings_of_the_check_do_not_stand_against_it(repository: Path) -> None:
    ledger = repository / "catalog" / HAND
    ledger.write_text(ledger.read_text().replace(", approved_by: [bo]", ""))
    assert run(repository, "check").returncode == 1
    assert run(repository, "fmt").returncode == 0
    assert run(repository, "fmt", "--check").returncode == 0


def test_what_cannot_be_laid_out_without_loss_is_named(repository: Path) -> None:
    file = repository / "catalog/models/churn/model.yaml"
    quotes = '"' * 7_900
    raw = "kind: model\nname: churn\nowner: ana\ntags:\n"
    raw += "".join(f"  tag-{number}: '{quotes}'\n" for number in range(130))
    file.write_text(raw)
    done = run(repository, "fmt")
    assert done.returncode == 2
    assert (
        "catalog/models/churn/model.yaml: the file cannot be laid out without losing something; write it in "
        "a plainer layout first\n" in done.stdout
    )
    assert file.read_text() == raw
    assert (repository / "catalog" / HAND).read_text() == LAID_OUT


def test_programs_are_told(repository: Path) -> None:
    done = run(repository, "fmt", "--check", "--format", "json", f"catalog/{HAND}")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told.pop("diff").startswith(f"--- a/catalog/{HAND}\n")
    assert told == {
        "said": "Of 1 file, 1 would get another layout.",
        "files": [{"path": f"catalog/{HAND}", "new": False}],
        "findings": [],
        "errors": [],
    }
    (repository / "catalog/models/churn/model.yaml").write_text("kind: cow\n")
    done = run(repository, "fmt", "--format", "json")
    assert (done.returncode, len(json.loads(done.stdout)["findings"])) == (1, 1)


def test_it_waits_for_other_commands_only_where_it_writes(repository: Path) -> None:
    with locked(repository / "catalog"):
        assert run(repository, "fmt", "--check").returncode == 1
        assert run(repository, "fmt", "catalog/datasets/orders/dataset.yaml").returncode == 0
