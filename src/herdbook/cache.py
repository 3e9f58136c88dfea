"""What the files of a catalog were found to hold, kept so that only those that changed are read again.

A value is found by the SHA-256 of the very bytes that it was once read from. All files are therefore opened
and hashed every time, which takes a thirtieth of the time of reading them as YAML. In return there is no
clock to trust, no tick in which a change could go unseen, and nothing to lock: what two commands store at
once is true in either order. What git holds has a name of that kind already, and is not even opened.

Only values are kept that were accepted without a problem or a doubt. All else about a catalog - where a file
stands, what its neighbours are called, what the rules say - is found anew each time.

A cache belongs to one catalog (by its real path) and to one state of Herdbook: its version, its reader and
schemas to the byte, Python, and the packages that parse and validate. Another state neither reads nor
replaces it. What was not used for 30 days is deleted.

``HERDBOOK_CACHE=off`` turns it off; ``HERDBOOK_CACHE=<folder>`` moves it. By default it lies in
``$XDG_CACHE_HOME/herdbook`` or ``~/.cache/herdbook``, except where a service runs for a repository (``CI``
and the like are set): there, what one pull request left behind must not answer for the next, and a cache is
used only in a folder that was named. Nowhere may the folder lie in the catalog's own repository, for a pull
request could bring it along. Folder and files must belong to the user and be writable to nobody else. A
cache that is broken, foreign, too large or out of reach is not used; that is never an error.
"""

import hashlib
import json
import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from herdbook import __version__
from herdbook.tree import OPEN_FLAGS

VARIABLE = "HERDBOOK_CACHE"
MAX_BYTES = 512 * 1024 * 1024
"""How large a cache may be, and all of them together; a catalog of 100,000 entries takes 150 MB."""
MAX_AGE = 30 * 86_400
"""How many seconds a cache is kept without being used."""

_SERVICES = ("CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION")
_WORTH_WRITING = 50
_SUFFIX = ".herdbook-cache"
# What a value depends on, from the bytes of a file to its acceptance.
_OWN = (
    "cache.py",
    "catalog.py",
    "entries.py",
    "errors.py",
    "finding.py",
    "opening.py",
    "reader.py",
    "ref.py",
    "sharing.py",
    "source.py",
    "tree.py",
    "schema/*.py",
    "schema/*.json",
)
_PACKAGES = ("yaml", "jsonschema_rs")


def content_digest(raw: bytes) -> str:
    """Name some bytes, such that no others have the name."""
    return hashlib.sha256(raw).hexdigest()


class Memory:
    """What contents were found to hold, by their digests, for as long as a command runs."""

    def __init__(self) -> None:
        self._used: dict[str, Any] = {}
        self._new = 0

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is known."""
        return not self._used

    def value(self, digest: str) -> Any:
        """The value that a content was accepted as; `None` when that is not known."""
        return self._used.get(digest)

    def keep(self, digest: str, value: Any) -> None:
        """Note what a content was accepted as."""
        self._used[digest] = value
        self._new += 1


class Cache(Memory):
    """The same, kept in a folder for the commands to come.

    Broken and foreign files of the cache count as empty; what cannot be written is not.
    """

    def __init__(self, folder: Path, catalog_dir: Path, *, of: str = "files") -> None:
        super().__init__()
        self._folder = folder
        self._catalog = os.path.realpath(catalog_dir)
        self._of = of

    @property
    def is_empty(self) -> bool:
        return super().is_empty and not self._known

    def value(self, digest: str) -> Any:
        value = self._known.get(digest)
        if value is None:
            return super().value(digest)
        self._used[digest] = value
        return value

    def save(self) -> None:
        """Write what was asked for and noted.

        That costs about as much as reading one file in fifty anew; where less changed, it is left for later.
        """
        if not self._new or self._new * _WORTH_WRITING < len(self._used):
            return
        body = json.dumps(self._used, separators=(",", ":")).encode()
        if len(body) > MAX_BYTES:
            return
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_ours(self._folder.lstat(), stat.S_ISDIR):
                _replace(self._path, (self._seal(body), b"\n", body))
                _tidy(self._folder)

    @cached_property
    def _known(self) -> Mapping[str, Any]:
        try:
            if not _is_ours(self._folder.lstat(), stat.S_ISDIR):
                return {}
            content = _content(self._path)
            end = content.index(b"\n")
            body = memoryview(content)[end + 1 :]  # many megabytes, of which no copy is needed
            return json.loads(str(body, "utf-8")) if content[:end] == self._seal(body) else {}
        except (OSError, ValueError, RecursionError):
            return {}

    @cached_property
    def _key(self) -> str:
        """Names the catalog and the state of Herdbook."""
        key = hashlib.sha256(_state())
        key.update(os.fsencode(f"{self._of}\0{self._catalog}"))
        return key.hexdigest()

    @property
    def _path(self) -> Path:
        return self._folder / f"{self._key}{_SUFFIX}"

    def _seal(self, body: bytes | memoryview) -> bytes:
        """A checksum, so that a file that was cut off or damaged is not taken for another truth."""
        seal = hashlib.sha256(self._key.encode())
        seal.update(body)
        return seal.hexdigest().encode()


def cache_for(
    catalog_dir: Path, environment: Mapping[str, str] = os.environ, *, of: str = "files"
) -> Cache | None:
    """The cache of the catalog in a folder; `None` where none is wanted, or none can be trusted.

    Args:
        catalog_dir: the folder.
        environment: where variables are looked up.
        of: what digests name, ``files`` on disk or ``blobs`` of git; each has a cache of its own.
    """
    folder = _folder(environment)
    return None if folder is None or _comes_with(catalog_dir, folder) else Cache(folder, catalog_dir, of=of)


def _comes_with(catalog_dir: Path, folder: Path) -> bool:
    """Tell whether a folder lies in the repository of a catalog: whoever sends a change could fill it."""
    catalog = Path(os.path.realpath(catalog_dir))
    top = next((place for place in (catalog, *catalog.parents) if os.path.lexists(place / ".git")), catalog)
    return Path(os.path.realpath(folder)).is_relative_to(top)


def _folder(environment: Mapping[str, str]) -> Path | None:
    stated = environment.get(VARIABLE)
    if stated:
        return None if stated == "off" else Path(stated)
    if any(environment.get(service) for service in _SERVICES):
        return None
    around = Path(environment.get("XDG_CACHE_HOME", ""))
    if not around.is_absolute():  # the standard says to ignore it then
        try:
            around = Path.home() / ".cache"
        except RuntimeError:
            return None
    return around / "herdbook"


def _state() -> bytes:
    """What must be the same for a value to be read again: Herdbook's version, reader and schemas, and theirs.

    Raises:
        OSError: that cannot be found out.
    """
    state = hashlib.sha256(f"{__version__}\n{sys.version}\n".encode())
    own = Path(__file__).parent
    for pattern in _OWN:
        for path in sorted(own.glob(pattern)):
            state.update(hashlib.sha256(path.read_bytes()).digest())
    for package in _PACKAGES:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations if spec is not None else None) or ():
            # Large, and never edited by hand: told apart as Python tells whether what it compiled is stale.
            state.update(repr(sorted(_stamps(folder))).encode())
    return state.digest()


def _stamps(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as found:
        for item in found:
            if item.is_file():
                yield item.path, item.stat().st_size, item.stat().st_mtime_ns


def _is_ours(status: os.stat_result, is_type: Any) -> bool:
    """Tell whether something is of a type (a folder, say), the user's own, and writable to nobody else."""
    own = not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)
    return own and is_type(status.st_mode)


def _content(path: Path) -> bytes:
    """Read a file of the cache, and note that it was used.

    Raises:
        OSError: it cannot be read, or is not ours.
    """
    with os.fdopen(os.open(path, OPEN_FLAGS), "rb") as file:
        status = os.fstat(file.fileno())
        if not _is_ours(status, stat.S_ISREG) or status.st_size > MAX_BYTES:
            return b""
        if status.st_mtime < time.time() - 86_400:
            with suppress(OSError):
                os.utime(path)
        return file.read()


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    from tempfile import NamedTemporaryFile  # it takes long to load, and is needed only here

    with NamedTemporaryFile(prefix=".", suffix=_SUFFIX, dir=path.parent, delete=False) as file:
        new = Path(file.name)
        try:
            file.writelines(pieces)
            file.close()
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise


def _tidy(folder: Path) -> None:
    """Delete what was not used for long, and the oldest of what takes too much room."""
    now, room = time.time(), MAX_BYTES
    found = [(path, path.lstat()) for path in folder.glob(f"*{_SUFFIX}")]
    for path, status in sorted(found, key=lambda item: item[1].st_mtime, reverse=True):
        room -= status.st_size
        if status.st_mtime < now - MAX_AGE or room < 0:
            path.unlink(missing_ok=True)
