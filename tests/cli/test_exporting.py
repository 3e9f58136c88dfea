import re
from pathlib import Path

from command_line import herdbook


def test_a_card_goes_to_the_hub_and_comes_back(repository: Path, tmp_path: Path) -> None:
    exported = herdbook("export", "hf-card", "churn", cwd=repository)
    assert (exported.returncode, exported.stderr) == (0, "")
    assert exported.stdout.startswith("---\n")
    (tmp_path / "README.md").write_text(exported.stdout)
    missing = herdbook("export", "hf-card", "gone", cwd=repository)
    assert missing.returncode == 2
    assert "gone" in missing.stderr
    imported = herdbook("import", "hf", tmp_path / "README.md", "--name", "again", cwd=repository)
    assert "written: catalog/models/again/card.yaml" in imported.stdout
    lost = herdbook("import", "hf", tmp_path / "gone.md", cwd=repository)
    assert (lost.returncode, lost.stdout) == (1, "Nothing is new in huggingface.\n")
    assert "gone.md: it is left out: it cannot be read: No such file or directory" in lost.stderr


def test_tables_are_written_and_counted(repository: Path) -> None:
    done = herdbook("export", "parquet", "exports/shop", cwd=repository)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"Written to exports/shop: 27 tables with [0-9,]+ rows\.\n", done.stdout)
    assert len(list((repository / "exports" / "shop").iterdir())) == 27
    (repository / "exports" / "shop" / "notes").write_text("mine")
    refused = herdbook("export", "parquet", "exports/shop", cwd=repository)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "holds what is no table of an export (notes)" in refused.stderr


def test_files_that_cannot_be_read_are_left_out_and_that_is_said(repository: Path) -> None:
    whole = herdbook("export", "parquet", "out", cwd=repository)
    (repository / "catalog" / "runs" / "churn" / "train-1.yaml").write_text("- no run\n")
    done = herdbook("export", "parquet", "out", cwd=repository)
    assert done.returncode == 1
    assert done.stderr == (
        "herdbook: 1 file of the catalog is left out, for it cannot be read: `herdbook check` says why\n"
    )
    assert done.stdout != whole.stdout
