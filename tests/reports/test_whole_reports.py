"""Whole outputs of every form."""

from pathlib import Path

import pytest

from report_samples import CASES, FOLDER, FORMS, change_of, compare, report_of


@pytest.mark.parametrize("ending", FORMS)
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_report_is_as_it_was(path: Path, ending: str, tmp_path: Path) -> None:
    compare(FORMS[ending](report_of(path, tmp_path)), path.with_suffix(f".{ending}"))


@pytest.mark.parametrize("ending", FORMS)
@pytest.mark.parametrize("name", ["hostile", "several"])
def test_a_report_of_a_change_is_as_it_was(name: str, ending: str, tmp_path: Path) -> None:
    report = change_of(report_of(FOLDER / f"{name}.yaml", tmp_path))
    compare(FORMS[ending](report), FOLDER / f"{name}-change.{ending}")


def test_nothing_else_is_written_down() -> None:
    samples = [path.stem for path in CASES] + ["hostile-change", "several-change"]
    written = {f"{name}.{ending}" for name in samples for ending in FORMS}
    assert {path.name for path in FOLDER.iterdir()} == written | {path.name for path in CASES}
