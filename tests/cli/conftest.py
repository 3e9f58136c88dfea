"""What several tests of commands start from."""

from pathlib import Path

import pytest

from handwriting import written_by_hand


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a catalog that people formatted by hand."""
    return written_by_hand(tmp_path / "repository")
