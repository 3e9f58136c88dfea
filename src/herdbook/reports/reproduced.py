"""What the script of a reproduction checks with. It goes into the script as it stands here.

It runs alone, with the Python of the reproduction (3.7 or later) and what that has installed:

    digest PATH DIGEST         does a file or a folder have the digest?
    package URI PATH DIGEST    does a file inside an installed package have it?
    record EXPECTED FOLDER     does the run that was recorded in a folder have the expected numbers?

The exit code is 0 for yes, 1 for no, and 3 where it cannot be told; what is wrong is on standard error.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import math
import os
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import IO, Any


class UnknownError(Exception):
    """It cannot be told whether something is as expected."""


def check_digest(path: str, digest: str) -> str:
    """Say what is wrong with a file or a folder; nothing if it has the digest."""
    algorithm, _, expected = digest.partition(":")
    place = Path(path)
    if not place.exists():
        return f"{path} is not there"
    if algorithm == "md5-dir":
        found = [_digest_of_folder(place)]
    elif algorithm == "sha256-dir":
        found = [_digest_of_list(place)]
    elif algorithm == "md5-dos2unix":  # DVC left binary files as they are
        found = [_digest_of_file(place, algorithm), _digest_of_file(place, "md5")]
    else:
        found = [_digest_of_file(place, algorithm)]
    return "" if expected in found else f"{path} has the digest {algorithm}:{found[0]}, not {digest}"


def check_package(uri: str, path: str, digest: str) -> str:
    """Say what is wrong with a file inside an installed package; nothing if it has the digest."""
    algorithm, _, expected = digest.partition(":")
    steps = path.split("/")
    for folder in map(Path, sys.path):
        for count in range(len(steps), 0, -1):
            file = folder.joinpath(*steps[:count])
            if file.is_file():
                with _opened(file, "/".join(steps[count:])) as content:
                    found = _digest(content, algorithm)
                return "" if found == expected else f"{uri} has the digest {algorithm}:{found}, not {digest}"
    return f"{uri}: no installed package has the file {path}"


def check_record(expected: dict[str, Any], folder: str) -> str:
    """Say in what the record of a new run differs from the expected one; nothing if it does not."""
    found = _recorded(expected, Path(folder))
    wrong = []
    for what in ("params", "seeds"):
        wanted, now = expected[what], found.get(what) or {}
        for name in sorted({*wanted, *now}):
            if not _alike(wanted.get(name), now.get(name), expected["tolerance"]):
                wrong.append(f"{what} {name}: {wanted.get(name)!r} on record, {now.get(name)!r} now")
    slices = {json.dumps(item["by"], sort_keys=True): item["metrics"] for item in found.get("slices") or ()}
    places = [("metrics", expected["metrics"], found.get("metrics") or {})]
    for item in expected["slices"]:
        by = json.dumps(item["by"], sort_keys=True)
        places.append((f"slice {by}", item["metrics"], slices.get(by) or {}))
    for what, wanted, now in places:
        for name, value in sorted(wanted.items()):
            if not _alike(value, now.get(name), expected["tolerance"]):
                wrong.append(f"{what} {name}: {value!r} on record, {now.get(name)!r} now")
    return "\n".join(wrong)


def _digest(file: IO[bytes], algorithm: str) -> str:
    """Hash a file; `md5-dos2unix` takes every line end for a line feed, as DVC 2 did."""
    if algorithm not in ("sha256", "md5", "md5-dos2unix"):
        raise UnknownError(f"a digest of the kind {algorithm} is not one of the content")
    found = hashlib.sha256() if algorithm == "sha256" else hashlib.md5()
    kept = b""
    for piece in iter(lambda: file.read(1 << 20), b""):
        data = kept + piece
        kept = b""
        if algorithm == "md5-dos2unix":
            kept = b"\r" if data.endswith(b"\r") else b""  # a line end may be cut in two
            data = data[: len(data) - len(kept)].replace(b"\r\n", b"\n")
        found.update(data)
    found.update(kept)
    return found.hexdigest()


def _digest_of_file(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return _digest(file, algorithm)


def _digest_of_folder(path: Path) -> str:
    """Hash a folder as DVC does: the MD5 of a list of its files, each with its own MD5."""
    files = sorted(
        (inner.relative_to(path).as_posix(), inner) for inner in path.rglob("*") if inner.is_file()
    )
    listed = [{"md5": _digest_of_file(inner, "md5"), "relpath": name} for name, inner in files]
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode()).hexdigest()


def _digest_of_list(path: Path) -> str:
    """Hash a folder as `herdbook dataset add` does: the SHA-256 of what `sha256sum` lists of its files."""
    files = sorted(
        (os.fsencode(inner.relative_to(path).as_posix()), inner)
        for inner in path.rglob("*")
        if inner.is_file()
    )
    lines = (_digest_of_file(inner, "sha256").encode() + b"  ./" + name + b"\n" for name, inner in files)
    return hashlib.sha256(b"".join(lines)).hexdigest()


def _opened(file: Path, member: str) -> IO[bytes]:
    """Open a file, or a member of the archive that it is."""
    if not member:
        return file.open("rb")
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            return io.BytesIO(packed.read(member))
    with tarfile.open(file) as archive:
        content = archive.extractfile(member)
        return io.BytesIO(content.read() if content is not None else b"")


def _recorded(expected: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Read the record that a run left in a folder."""
    files = list(folder.joinpath("runs", expected["experiment"]).glob("*.yaml"))
    chosen = [file for file in files if file.stem == expected["id"]] or files
    if len(chosen) != 1:
        raise UnknownError(
            f"the command recorded {len(chosen) or 'no'} runs of {expected['experiment']} with "
            "herdbook.start_run, so there is no one to compare with"
        )
    try:
        # Not as a statement: herdbook itself reads YAML in one place only, and this is not part of it.
        value = importlib.import_module("yaml").safe_load(chosen[0].read_text(encoding="utf-8"))
    except ImportError as error:
        raise UnknownError(f"the Python of the run has no PyYAML to read {chosen[0]} with") from error
    if not isinstance(value, dict):
        raise UnknownError(f"{chosen[0]} is no record of a run")
    return value


def _alike(value: Any, now: Any, tolerance: float) -> bool:
    """Tell whether two values are the same; numbers may differ in how their last digits came about."""
    if value == now:
        return True
    try:
        return math.isclose(float(value), float(now), rel_tol=tolerance, abs_tol=tolerance)
    except (TypeError, ValueError, OverflowError):
        return False


def main(arguments: list[str]) -> int | str:
    """Check one thing; return what is wrong, or an exit code."""
    try:
        if arguments[0] == "digest":
            return check_digest(*arguments[1:]) or 0
        if arguments[0] == "package":
            return check_package(*arguments[1:]) or 0
        expected = json.loads(Path(arguments[1]).read_text(encoding="utf-8"))
        return check_record(expected, arguments[2]) or 0
    except (UnknownError, OSError, KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        os.write(2, f"{error}\n".encode("utf-8", "backslashreplace"))
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
