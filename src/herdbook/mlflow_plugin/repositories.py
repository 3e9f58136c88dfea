"""Files and folders of a repository, as its forge gives them out to everybody: those of the default branch.

A forge lists no folder without being asked by an API of its own. So a folder is taken out of the archive that
forges make of a whole repository; it is read while it arrives, and only what belongs to the folder is kept.
"""

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from herdbook.errors import HerdbookError

_PIECE = 1 << 16
_MOST = 4_000_000_000
"""How many bytes are read of what has no recorded size, and of an archive once it is unpacked."""
_HEADERS = 1_000_000
"""How many bytes of an archive there may be between two files; what is said there is kept in memory."""
_LEAST = 1_000


def address_of_file(repository: str, path: str) -> str:
    """The address of a file of a repository.

    Raises:
        HerdbookError: the path leads out of the repository.
    """
    base, is_github, is_gitlab = _forge(repository)
    if is_github:
        # The forge itself only leads there.
        base = f"https://raw.githubusercontent.com{urlsplit(base).path}"
    else:
        base += "/-/raw" if is_gitlab else "/raw"
    return f"{base}/HEAD/{quote('/'.join(_steps(path)))}"


def address_of_archive(repository: str, path: str) -> str:
    """The address of an archive in which a folder of a repository is.

    Raises:
        HerdbookError: the path leads out of the repository.
    """
    base, is_github, is_gitlab = _forge(repository)
    inside = quote("/".join(_steps(path)))
    if is_github:
        return f"https://codeload.github.com{urlsplit(base).path}/tar.gz/HEAD"
    if is_gitlab:
        return f"{base}/-/archive/HEAD/archive.tar.gz?path={inside}"
    return f"{base}/archive/HEAD.tar.gz"


def write_file(target: Path, size: int | None, answer: Any) -> bool:
    """Write what is read to a file: so many bytes, and one more to tell that there are more."""
    left = (_MOST if size is None else size) + 1
    with target.open("wb") as file:
        while left and (raw := answer.read(min(left, _PIECE))):
            left -= file.write(raw)
    return True


def write_folder(target: Path, path: str, size: int | None, answer: Any) -> bool:
    """Write the files of a folder in an archive to another folder; tell whether there were any.

    Raises:
        HerdbookError: it is no archive, or a larger one than there may be.
    """
    shutil.rmtree(target, ignore_errors=True)  # an earlier answer may have broken off
    inside = _steps(path)
    left = _MOST if size is None else size
    read = _Metered(answer)
    try:
        with tarfile.open(fileobj=read, mode="r|") as archive:
            for member in archive:
                # Otherwise all of them are kept, as if one could go back.
                archive.members.clear()  # type: ignore[attr-defined]  # it is missing from the stubs
                read.allow(member.size)
                name = member.name.split("/")[1:]
                if not member.isfile() or name[: len(inside)] != inside or len(name) == len(inside):
                    continue
                left -= member.size
                if left < 0:
                    raise HerdbookError(
                        f"{path} is larger in its repository than what was recorded; put back there what was"
                    )
                place = target.joinpath(*_steps("/".join(name[len(inside) :]), quoted=False))
                place.parent.mkdir(parents=True, exist_ok=True)
                content = archive.extractfile(member)
                assert content is not None  # there is of a file
                with place.open("wb") as file:
                    shutil.copyfileobj(content, file)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise HerdbookError(
            f"{path} cannot be had: its forge sends no archive, {error}; read the catalog from a clone"
        ) from error
    return target.is_dir()


class _Metered(gzip.GzipFile):
    """An archive that is read as far as its files go, and no further."""

    def __init__(self, packed: Any) -> None:
        super().__init__(fileobj=packed, mode="rb")
        self._left = _HEADERS
        self._in_all = _MOST

    def allow(self, size: int) -> None:
        """Let a file of a size pass, and what stands before the next one."""
        self._left = size + _HEADERS
        self._in_all -= size + _LEAST

    def read(self, size: int | None = -1) -> bytes:
        raw = super().read(size)
        self._left -= len(raw)
        if min(self._left, self._in_all) < 0:
            raise HerdbookError("the repository is too large to be sent; read the catalog from a clone of it")
        return raw


def _forge(repository: str) -> tuple[str, bool, bool]:
    base = repository.removesuffix("/").removesuffix(".git")
    parts = urlsplit(base)
    return base, parts.hostname == "github.com", "gitlab" in parts.netloc


def _steps(path: str, *, quoted: bool = True) -> Sequence[str]:
    steps = (unquote(path).removesuffix("/") if quoted else path).split("/")
    if not all(steps) or not {".", ".."}.isdisjoint(steps) or any("\0" in step for step in steps):
        raise HerdbookError(f"{path!r} leads to no file in the repository; record where the file is")
    return steps
