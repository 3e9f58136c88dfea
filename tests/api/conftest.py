"""What tests of the API start from."""

from pathlib import Path

import pytest

from handwriting import written_by_hand


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a catalog that people formatted by hand; the tests run in it."""
    root = written_by_hand(tmp_path / "repository")
    monkeypatch.chdir(root)
    return root
