"""Caches: what was read of a catalog, kept in a file for the commands to come.

A cache belongs to one catalog (by its real path) and to one state of Herdbook: its version, its reader, rules
and schemas, Python, and the packages that parse and validate. Another state neither reads nor replaces it.
What was not used for 30 days is deleted. Nothing needs to be locked: a cache is replaced as a whole, and what
two commands store at once is true in either order.

``HERDBOOK_CACHE=off`` turns it off; ``HERDBOOK_CACHE=<folder>`` moves it. By default it lies in
``$XDG_CACHE_HOME/herdbook`` or ``~/.cache/herdbook``, except where a service runs for a repository (``CI``
and the like are set): there, what one pull request left behind must not answer for the next, and a cache is
used only in a folder that was named. Nowhere may the folder lie in the catalog's own repository, for a pull
request could bring it along. Folder and files must belong to the user and be writable to nobody else.

Each is sealed with a secret that only the user can read, in ``$XDG_STATE_HOME/herdbook`` or
``~/.local/state/herdbook``: whoever lays or restores a file in the folder of the cache cannot make it one.
A cache that is broken, forged, foreign, too large or out of reach is not used; that is never an error. Most
of a large one lies behind what is sealed, and is looked at by parts; their digests are sealed.
"""

import hashlib
import hmac
import os
import stat
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path
from typing import Any
from weakref import finalize

from herdbook import __version__
from herdbook.tree import OPEN_FLAGS

VARIABLE = "HERDBOOK_CACHE"
MAX_BYTES = 512 * 1024 * 1024
"""How large a cache may be, and all of them together; a catalog of 100,000 entries takes 200 MB."""
MAX_AGE = 30 * 86_400
"""How many seconds a cache is kept without being used."""

_SERVICES = ("CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION")
_SUFFIX = ".herdbook-cache"
_SECRET_BYTES = 32
# The seal in hexadecimal digits, how many bytes it is for, and the end of the line.
_SEAL_BYTES = 2 * hashlib.sha256().digest_size
_HEAD_BYTES = _SEAL_BYTES + 1 + 16 + 1
# What a value depends on, from the bytes of a file to its acceptance.
_OWN = (
    "cache.py",
    "catalog.py",
    "clock.py",
    "columns.py",
    "errors.py",
    "finding.py",
    "formats.py",
    "memory.py",
    "numbered.py",
    "ondemand.py",
    "opening.py",
    "reading.py",
    "ref.py",
    "relations.py",
    "rereading.py",
    "sharing.py",
    "snapshot.py",
    "source.py",
    "spelling.py",
    "tree.py",
    "entries/*.py",
    "lineage/*.py",
    "schema/*.py",
    "schema/*.json",
    "yaml/*.py",
)
# What is noted of a catalog, too, depends on all rules and what they rest on.
_JUDGING = (
    "*.py",
    "approvals/*.py",
    "diff/*.py",
    "entries/*.py",
    "lineage/*.py",
    "rules/*.py",
    "schema/*",
    "yaml/*.py",
)
_PACKAGES = ("yaml", "jsonschema_rs", "networkx", "packaging")


def content_digest(raw: bytes) -> str:
    """Name some bytes, such that no others have the name."""
    return hashlib.sha256(raw).hexdigest()


class Cache:
    """A file in a folder, with a snapshot of a catalog for the commands to come.

    Broken and foreign files count as none; what cannot be written is not.
    """

    def __init__(
        self, folder: Path, catalog_dir: Path, secret: bytes, *, of: str = "files", state: bytes = b""
    ) -> None:
        self._folder = folder
        self._catalog = os.path.realpath(catalog_dir)
        self._secret = secret
        self._of = of
        self._known_state = state
        self.seal = b""
        """Names what was read or written last."""
        self._file: _Opened | None = None

    def beside(self, what: str) -> "Cache":
        """Another file for the same catalog."""
        of = f"{self._of}, {what}"
        return Cache(self._folder, Path(self._catalog), self._secret, of=of, state=self._state)

    def read(self) -> bytes:
        """Return what was sealed last; nothing where that is not there, or not to be trusted."""
        try:
            if not _is_ours(self._folder.lstat(), stat.S_ISDIR):
                return b""
            self._file = _Opened(self._path)
            seal, length = self._file.head()
            body = self._file.read(0, length)
            self.seal = self._seal([body], self._file.size - length)
            return body if hmac.compare_digest(seal, self.seal) else b""
        except (OSError, ValueError):
            return b""

    def behind(self, start: int, end: int) -> bytes:
        """Some of what lies behind what `read` returned; nothing, or less, where it cannot be read.

        It is under no seal: who asks for it must hold it against a digest that is.
        """
        try:
            return self._file.read(start, end, behind=True) if self._file is not None else b""
        except OSError:
            return b""

    def write(self, pieces: Iterable[bytes], behind: Sequence[bytes] = ()) -> bool:
        """Write something in place of what was written before; tell whether that could be done.

        Args:
            pieces: what is sealed.
            behind: what `behind` is to give; of this, only how much it is is sealed.
        """
        body = list(pieces)
        length, more = (sum(map(len, some)) for some in (body, behind))
        self.seal = self._seal(body, more)
        if length + more > MAX_BYTES:
            return False
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_ours(self._folder.lstat(), stat.S_ISDIR):
                _replace(self._path, (self.seal, _length_line(length), *body, *behind))
                _tidy(self._folder)
                return True
        return False

    @cached_property
    def _key(self) -> str:
        """Names the catalog and the state of Herdbook."""
        key = hashlib.sha256(self._state)
        key.update(os.fsencode(f"{self._of}\0{self._catalog}"))
        return key.hexdigest()

    @cached_property
    def _state(self) -> bytes:
        """Names the state of Herdbook; it is found out once for all files of a catalog."""
        return self._known_state or _state()

    @property
    def _path(self) -> Path:
        return self._folder / f"{self._key}{_SUFFIX}"

    def _seal(self, body: Iterable[bytes], more: int) -> bytes:
        """What only the user can write, so that nothing that is damaged or forged is taken for the truth."""
        seal = hmac.new(self._secret, f"{self._key} {more}\n".encode(), hashlib.sha256)
        for piece in body:
            seal.update(piece)
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
    state = _home(environment, "XDG_STATE_HOME", ".local/state")
    if folder is None or state is None:
        return None
    try:
        if _comes_with(catalog_dir, folder) or _comes_with(catalog_dir, state):
            return None
    except FileNotFoundError:  # nobody knows where it is: the folder that the program was started in is gone
        return None
    secret = _secret(state)
    return None if secret is None else Cache(folder, catalog_dir, secret, of=of)


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
    return _home(environment, "XDG_CACHE_HOME", ".cache")


def _home(environment: Mapping[str, str], variable: str, usual: str) -> Path | None:
    """Herdbook's folder in one of those that the XDG standard names, by its variable and its usual place."""
    around = Path(environment.get(variable, ""))
    if not around.is_absolute():  # the standard says to ignore it then
        try:
            around = Path.home() / usual
        except RuntimeError:
            return None
    return around / "herdbook"


def _secret(folder: Path) -> bytes | None:
    """What the user's caches are sealed with, made when it is first needed; `None` where that cannot be."""
    path = folder / "cache-key"
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            with suppress(FileExistsError):
                _create(path, os.urandom(_SECRET_BYTES))
        with os.fdopen(os.open(path, OPEN_FLAGS), "rb") as file:
            status = os.fstat(file.fileno())
            own = _is_ours(status, stat.S_ISREG) and not (hasattr(os, "getuid") and status.st_mode & 0o077)
            secret = file.read(_SECRET_BYTES + 1) if own else b""
            return secret if len(secret) == _SECRET_BYTES else None
    return None


def _create(path: Path, content: bytes) -> None:
    """Make a file that is there whole or not at all.

    Raises:
        FileExistsError: it is there already.
        OSError: it cannot be made.
    """
    new = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        os.link(new, path)
    finally:
        new.unlink(missing_ok=True)


def _state() -> bytes:
    """What must be the same for a value to be read again: Herdbook's version, reader and schemas, and theirs.

    Raises:
        OSError: that cannot be found out.
    """
    state = hashlib.sha256(f"{__version__}\n{sys.version}\n".encode())
    own = Path(__file__).parent
    for pattern in _OWN:
        for path in _files(own, pattern) if "*" in pattern else [own / pattern]:
            state.update(hashlib.sha256(Path(path).read_bytes()).digest())
    # Told apart as Python tells whether what it compiled is stale.
    for pattern in _JUDGING:
        state.update(repr(_stamps(_files(own, pattern))).encode())
    for package in _PACKAGES:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations if spec is not None else None) or ():
            state.update(repr(_stamps(_files(folder, "*"))).encode())
    return state.digest()


def _files(folder: str | Path, pattern: str) -> "list[os.DirEntry[str]]":
    """What is in a folder, or in one below it, and ends in what stands behind an asterisk, in order."""
    below, _, ending = pattern.rpartition("*")
    with os.scandir(Path(folder) / below) as found:
        return sorted([item for item in found if item.name.endswith(ending)], key=attrgetter("name"))


def _stamps(files: "Iterable[os.DirEntry[str]]") -> list[tuple[str, int, int]]:
    found = [(file.path, file.stat()) for file in files if file.is_file()]
    return [(path, status.st_size, status.st_mtime_ns) for path, status in found]


def _is_ours(status: os.stat_result, is_type: Any) -> bool:
    """Tell whether something is of a type (a folder, say), the user's own, and writable to nobody else."""
    own = not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)
    return own and is_type(status.st_mode)


class _Opened:
    """A file of the cache that is ours, open as long as anybody may look at parts of it."""

    def __init__(self, path: Path) -> None:
        """Open it, and note that it was used.

        Raises:
            OSError: it cannot be read, or is not ours.
        """
        self._handle = os.open(path, OPEN_FLAGS)
        finalize(self, os.close, self._handle)
        status = os.fstat(self._handle)
        if not _is_ours(status, stat.S_ISREG) or status.st_size > MAX_BYTES:
            raise OSError(0, "it is not ours", path)
        self.size = status.st_size - _HEAD_BYTES
        self._length = 0
        if status.st_mtime < time.time() - 86_400:
            with suppress(OSError):
                os.utime(path)

    def head(self) -> tuple[bytes, int]:
        """The seal, and for how many bytes behind the first line it is.

        Raises:
            OSError: it cannot be read.
            ValueError: the first line says nothing of that.
        """
        line = _bytes_at(self._handle, 0, _HEAD_BYTES)
        self._length = int(line[_SEAL_BYTES:])
        if line[_SEAL_BYTES:] != _length_line(self._length) or self._length > self.size:
            raise ValueError("it is not what was written")
        return line[:_SEAL_BYTES], self._length

    def read(self, start: int, end: int, *, behind: bool = False) -> bytes:
        """The bytes between two places behind the first line, or behind what is sealed.

        Raises:
            OSError: they cannot be read.
        """
        first = _HEAD_BYTES + (self._length if behind else 0)
        return _bytes_at(self._handle, first + start, end - start)


def _length_line(length: int) -> bytes:
    """What stands behind the seal in the first line."""
    return f" {length:016}\n".encode()


def _bytes_at(handle: int, start: int, count: int) -> bytes:
    if hasattr(os, "pread"):
        found = os.pread(handle, count, start)
    else:
        os.lseek(handle, start, os.SEEK_SET)
        found = os.read(handle, count)
    return found


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
