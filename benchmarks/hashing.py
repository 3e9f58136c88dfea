"""How fast a file is hashed, beside `sha256sum`."""

import os
import time
from pathlib import Path

from benchmarks.cost import FOLDER, measure
from herdbook.digest import measure as measured

LEAST = 0.8
"""What part of the speed of `sha256sum` ours must be, on the same file in the same run."""
_SIZE = 2**29


def hashed(rounds: int) -> tuple[float, float]:
    """Hash a large file by turns; return both speeds in bytes per second, ours first."""
    file = FOLDER.resolve() / "hashed.bin"
    _fill(file)
    try:
        own, peer = [], []
        for _ in range(max(rounds, 3)):
            begun = time.perf_counter()
            measured(file)
            own.append(time.perf_counter() - begun)
            peer.append(measure(["sha256sum", file], FOLDER).wall)
    finally:
        file.unlink()
    return _SIZE / min(own), _SIZE / min(peer)


def _fill(file: Path) -> None:
    piece = os.urandom(2**20)
    with file.open("wb") as out:
        for _ in range(_SIZE // len(piece)):
            out.write(piece)
