"""The manifest of a site: the SHA-256 of every file, one line for each, so that few are exchanged quickly."""

import json
import re
from bisect import bisect_left
from collections.abc import Collection, Mapping
from typing import Final

from herdbook import __version__

MANIFEST: Final = "build-manifest.json"
_HEAD: Final = f'{{\n "herdbook": {json.dumps(__version__)},\n "files": {{\n'.encode()
_END: Final = b"\n }\n}\n"
_NOTHING: Final = _HEAD[:-1] + b"}\n}\n"
_BETWEEN: Final = b",\n"
_DIGEST: Final = 64 + len('"')
_PLAIN = re.compile(rb' *"([ !#-[\]-~]*)"')


class Manifest:
    """The digests of files by their paths, as JSON indented by one, in the order of the paths."""

    def __init__(self, content: bytes) -> None:
        """Take the manifest of a site that this version of Herdbook wrote.

        Raises:
            ValueError: it is none.
        """
        if content == _NOTHING:
            self._lines: list[bytes] = []
            return
        if not content.startswith(_HEAD) or not content.endswith(_END):
            raise ValueError("it is no manifest of this version")
        self._lines = content[len(_HEAD) : -len(_END)].split(_BETWEEN)

    @classmethod
    def of(cls, digests: Mapping[str, str]) -> "Manifest":
        """List some files."""
        made = cls(_NOTHING)
        made._lines = [_line(path, digests[path]) for path in sorted(digests)]
        return made

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def content(self) -> bytes:
        """The manifest as it is written."""
        return _HEAD + _BETWEEN.join(self._lines) + _END if self._lines else _NOTHING

    def digest(self, path: str) -> str:
        """The digest of a file; empty where it is not listed.

        Raises:
            ValueError: a line is not as it should be.
        """
        place = self._place(path)
        return self._lines[place][-_DIGEST:-1].decode() if self._has(place, path) else ""

    def changed(self, digests: Mapping[str, str], gone: Collection[str] = ()) -> "Manifest":
        """The same with some other digests, and without what is gone.

        Raises:
            ValueError: a line is not as it should be.
        """
        changed = Manifest(_NOTHING)
        changed._lines = list(self._lines)
        for path, digest in digests.items():
            place = changed._place(path)
            end = place + 1 if changed._has(place, path) else place
            changed._lines[place:end] = [_line(path, digest)]
        for path in gone:
            place = changed._place(path)
            if changed._has(place, path):
                del changed._lines[place]
        return changed

    def _place(self, path: str) -> int:
        return bisect_left(self._lines, path, key=_path)

    def _has(self, place: int, path: str) -> bool:
        return place < len(self._lines) and _path(self._lines[place]) == path


def _line(path: str, digest: str) -> bytes:
    return f'  {json.dumps(path)}: "{digest}"'.encode()


def _path(line: bytes) -> str:
    written = line[: -_DIGEST - len(': "')]
    plain = _PLAIN.fullmatch(written)
    if plain is not None:  # as nearly all are; JSON would take many times as long
        return plain[1].decode()
    path = json.loads(written)
    if not isinstance(path, str):
        raise ValueError("a line of the manifest has no path")
    return path
