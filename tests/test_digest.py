import hashlib
import os
from pathlib import Path

import pytest

from herdbook.digest import measure
from herdbook.errors import StorageError


@pytest.mark.parametrize("content", [b"", b"abc", os.urandom(3_000_001)])
def test_a_file_is_known_by_hash_and_size(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    measured = measure(path)
    assert measured.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert measured.size == len(content)


def test_the_digest_of_a_known_text(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    expected = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert measure(tmp_path / "file").digest == expected


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, message in (
        (tmp_path, "is not a file"),
        (tmp_path / "pipe", "is not a file"),
        (tmp_path / "missing", "No such file"),
    ):
        with pytest.raises(StorageError, match=message):
            measure(path)
