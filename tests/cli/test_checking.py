"""check, as it is installed."""

import json
from pathlib import Path

import pytest

from command_line import BROKEN, herdbook, lay_broken
from repositories import commit, git, initialised
from rule_examples import case


def test_a_sound_catalog_passes() -> None:
    done = herdbook("check", "--catalog", ".")
    assert (done.returncode, done.stdout, done.stderr) == (0, "PASS: no findings in 18 entries\n", "")


def test_the_catalog_is_looked_for_in_the_folder_called_catalog(tmp_path: Path) -> None:
    broken = lay_broken(tmp_path)
    done = herdbook("check", cwd=broken)
    assert done.returncode == 1
    assert done.stdout.startswith("catalog/models/churn/card.yaml:")
    assert done.stdout.endswith("\nFAIL: 2 errors in 18 entries\n")
    assert done.stderr == ""


def test_findings_as_json(tmp_path: Path) -> None:
    broken = lay_broken(tmp_path)
    done = herdbook("check", "--format", "json", cwd=broken)
    value = json.loads(done.stdout)
    assert done.returncode == 1
    assert (value["verdict"], value["entries"], value["waived"]) == ("FAIL", 18, [])
    assert [(item["file"], item["rule"]) for item in value["findings"]] == [
        ("catalog/models/churn/card.yaml", "placeholder-text"),
        ("catalog/runs/churn/train-1.yaml", "missing-lineage-tag"),
    ]


def test_findings_that_are_no_errors_pass(tmp_path: Path) -> None:
    broken = lay_broken(tmp_path)
    rules = "{placeholder-text: note, missing-lineage-tag: warning}"
    case(f"# herdbook.yaml\npolicy: {{approvers: [bo], rules: {rules}}}\n{BROKEN}").lay(broken / "mild")
    done = herdbook("check", "--catalog", "mild", cwd=broken)
    assert done.returncode == 0
    assert done.stdout.endswith("\nPASS: 1 warning, 1 note in 18 entries\n")


@pytest.mark.parametrize(
    ("paths", "cwd", "files"),
    [
        (["catalog/runs"], ".", ["runs/churn/train-1.yaml"]),
        (["catalog/runs/churn/train-1.yaml"], ".", ["runs/churn/train-1.yaml"]),
        (["runs/churn/train-1.yaml"], ".", ["runs/churn/train-1.yaml"]),
        (["catalog/models/", "catalog/runs"], ".", ["models/churn/card.yaml", "runs/churn/train-1.yaml"]),
        (["catalog/datasets"], ".", []),
        (["catalog"], ".", ["models/churn/card.yaml", "runs/churn/train-1.yaml"]),
        (["."], ".", ["models/churn/card.yaml", "runs/churn/train-1.yaml"]),
        (["churn/card.yaml"], "catalog/models", ["models/churn/card.yaml"]),
        (["../models/churn/card.yaml"], "catalog/runs", ["models/churn/card.yaml"]),
    ],
)
def test_paths_choose_what_is_shown(paths: list[str], cwd: str, files: list[str], tmp_path: Path) -> None:
    broken = lay_broken(tmp_path)
    done = herdbook("check", "--catalog", broken / "catalog", "--format", "json", *paths, cwd=broken / cwd)
    value = json.loads(done.stdout)
    prefix = f"{broken / 'catalog'}/"
    assert [item["file"].removeprefix(prefix) for item in value["findings"]] == files
    assert done.returncode == (1 if files else 0)


def test_a_path_that_is_not_there_is_no_pass(tmp_path: Path) -> None:
    broken = lay_broken(tmp_path)
    (broken / "outside.yaml").write_text("kind: run")
    for path in ("catalog/runs/typo.yaml", "outside.yaml", "../catalog/nothing"):
        done = herdbook("check", path, cwd=broken)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(
            f"herdbook: {path}: there is no such file in catalog; name one as seen "
        )


def test_links_inside_the_catalog_are_found_but_not_followed(tmp_path: Path) -> None:
    broken = lay_broken(tmp_path)
    (broken / "catalog" / "runs" / "loop").symlink_to("loop")
    done = herdbook("check", "catalog/runs/loop", cwd=broken)
    assert done.returncode == 1
    assert done.stdout.startswith("catalog/runs/loop:1:1: error: it is a symbolic link [unreadable-file]")


@pytest.mark.parametrize("name", ["odd\tname.yaml", "caf\udce9.yaml", "caf\udce9/run.yaml"])
def test_a_name_that_nobody_can_read_chooses_its_file(name: str, tmp_path: Path) -> None:
    broken = lay_broken(tmp_path)
    path = broken / "catalog/runs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("kind: run")
    for chosen in (path, path.parent):
        done = herdbook("check", chosen, cwd=broken)
        assert (done.returncode, "[misplaced-file]" in done.stdout) == (1, True)
        assert "models/churn/card.yaml" not in done.stdout


def test_an_empty_folder_is_no_catalog(tmp_path: Path) -> None:
    done = herdbook("check", "--catalog", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "the folder holds no catalog; it begins with a herdbook.yaml" in done.stderr


def test_what_a_sparse_checkout_left_out_is_said(tmp_path: Path) -> None:
    root = initialised(tmp_path)
    case("").lay(root / "catalog")
    commit(root, {})
    git(root, "sparse-checkout", "set", "--no-cone", "/catalog/*", "!/catalog/runs/")
    said = "herdbook: this sparse checkout left out 6 files of the catalog, such as catalog/runs/"
    for arguments in (("check", "--format", "json"), ("gate", "--base", "main", "--head", "WORKTREE")):
        done = herdbook(*arguments, cwd=root)
        assert done.returncode == 1
        assert done.stderr.startswith(said)
        assert done.stderr.endswith("; `git sparse-checkout disable` brings all of them\n")
        assert "sparse" not in done.stdout
    assert herdbook("gate", "--base", "main", cwd=root).stderr == ""
    git(root, "sparse-checkout", "disable")
    assert herdbook("check", cwd=root).stderr == ""
