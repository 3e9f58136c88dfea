"""The remote storages that DVC is told of in ``.dvc/config``, and where in them it keeps data.

Only what is in git is known, and of that only what others can reach: a storage in a folder of somebody's
machine is none.
"""

import configparser
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from herdbook.importers.uris import address

CONFIG = ".dvc/config"
_SECTION = re.compile(r"""['"]?remote "(?P<name>.*)"['"]?""")
_DIGEST = re.compile(r"(?P<top>[0-9a-f]{2})(?P<rest>[0-9a-f]{30}(?:\.dir)?)")
_MOST_STEPS = 8
_TRUE = frozenset({"true", "yes", "on", "1"})


@dataclass(frozen=True, slots=True)
class _Remote:
    """A storage: its address, and whether it keeps files by their names, as people know them."""

    url: str
    is_by_name: bool


@dataclass(frozen=True, slots=True)
class Config:
    """What a configuration says of storages: which one is meant if none is named, and the options of each."""

    default: str = ""
    remotes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def remote(self, name: str) -> _Remote | None:
        """A storage, if others can reach it; its address may begin with the name of another one."""
        ends: list[str] = []
        is_by_name = False
        for _ in range(_MOST_STEPS):
            stated = self.remotes.get(name)
            if stated is None:
                return None
            is_by_name |= any(_is_true(stated.get(option, "")) for option in ("version_aware", "worktree"))
            url = stated.get("url", "")
            if not url.startswith("remote://"):
                found = _address("/".join([url.rstrip("/"), *reversed(ends)]))
                return _Remote(found, is_by_name) if found else None
            name, _, end = url.removeprefix("remote://").partition("/")
            if end.strip("/"):
                ends.append(end.strip("/"))
        return None


class Remotes:
    """The storages of a commit.

    Args:
        read: gives the configuration of a folder, if it has one.
    """

    def __init__(self, read: Callable[[str], Config | None]) -> None:
        self._read = read
        self._configs: dict[str, Config | None] = {}

    def stored(self, path: str, stated: Mapping[str, Any], about: Mapping[str, Any]) -> str:
        """Where data are kept; empty where no storage that others can reach is said to have them.

        Args:
            path: where they lie in the repository.
            stated: what DVC has recorded of them.
            about: what people say about how they are kept.
        """
        if "://" in path or about.get("cache") is False or about.get("push") is False:
            return ""
        folder, config = self._around(posixpath.dirname(path))
        named = about.get("remote")
        name = named if isinstance(named, str) else config.default
        remote = config.remote(name)
        if remote is None:
            return ""
        if remote.is_by_name:
            inside = posixpath.relpath(path, folder) if folder else path
            return f"{remote.url}/{quote(inside)}{_version(stated, name)}"
        found = _DIGEST.fullmatch(str(stated.get("md5")))
        if found is None:
            return ""
        # Since its third version, DVC keeps what has an honest digest apart.
        top = "files/md5/" if stated.get("hash") == "md5" else ""
        return f"{remote.url}/{top}{found['top']}/{found['rest']}"

    def _around(self, folder: str) -> tuple[str, Config]:
        """The nearest folder around another one that DVC was started in, and what it is told there."""
        while True:
            if folder not in self._configs:
                self._configs[folder] = self._read(folder)
            config = self._configs[folder]
            if config is not None:
                return folder, config
            if not folder:
                return "", Config()
            folder = posixpath.dirname(folder)


def parse_config(raw: bytes) -> Config:
    """What a configuration says.

    Raises:
        ValueError: it cannot be read.
    """
    parser = configparser.ConfigParser(interpolation=None, strict=False, delimiters=("=",))
    try:
        parser.read_string(raw.decode())
    except configparser.Error as error:
        raise ValueError(" ".join(str(error).split())) from error
    remotes = {
        match["name"]: {key: _unquoted(value) for key, value in parser.items(section)}
        for section in parser.sections()
        if (match := _SECTION.fullmatch(section))
    }
    return Config(_unquoted(parser.get("core", "remote", fallback="")), remotes)


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def _is_true(value: str) -> bool:
    return value.lower() in _TRUE


def _version(stated: Mapping[str, Any], remote: str) -> str:
    """Which version of a file is meant, where a storage keeps all of them."""
    cloud = stated.get("cloud")
    known = cloud.get(remote) if isinstance(cloud, Mapping) else None
    version = known.get("version_id") if isinstance(known, Mapping) else None
    return f"?versionId={quote(version, safe='')}" if isinstance(version, str) and version else ""


def _address(url: str) -> str:
    """An address without who may go there; empty for folders of a machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if len(parts.scheme) < 2 or parts.scheme == "file" or not parts.netloc:
        return ""
    return address(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}")
