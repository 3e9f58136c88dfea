import errno
import os
from pathlib import Path

from herdbook.errors import StorageError, unreadable, unwritable


def test_who_cannot_read_is_told_why_and_what_to_do(tmp_path: Path) -> None:
    def said(path: Path) -> str:
        try:
            path.read_bytes()
        except OSError as error:
            return str(unreadable(path, error))
        return ""

    gone, loop = tmp_path / "gone", tmp_path / "loop"
    loop.symlink_to(loop)
    assert said(gone) == f"{gone}: cannot be read: No such file or directory; name one that is there"
    assert said(tmp_path) == f"{tmp_path}: cannot be read: Is a directory; name a file"
    assert said(loop).endswith("; name what the link should lead to")
    assert (
        str(unreadable("a", OSError("it is odd")))
        == "a: cannot be read: it is odd; see to it that it can be read"
    )


def test_who_cannot_write_is_told_what_became_of_it() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    error = unwritable("a", full)
    assert isinstance(error, StorageError)
    assert str(error) == "a: cannot be written: No space left on device; make room on the disk"
    assert str(unwritable("a", full, "nothing was changed")).endswith(
        "; nothing was changed: make room on the disk"
    )
