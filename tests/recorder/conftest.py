"""What tests of the recorder start from."""

from pathlib import Path

import pytest


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty catalog; the tests run in the folder that it stands in."""
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "herdbook.yaml").write_text("kind: catalog\nname: test\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return tmp_path / "catalog"
