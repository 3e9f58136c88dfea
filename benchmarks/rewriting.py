"""Laying out all files of a catalog, and writing them as tables, beside what a user would pick."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import peers
from benchmarks.cost import FOLDER, PROGRAMS, Cost, least_of, measure, put_aside

_PATIENCE = 900


def rewritten(catalog: Path, rounds: int) -> Iterator[tuple[str, Cost]]:
    """Lay out and export a catalog that was never read before."""
    root = FOLDER / "rewrite"
    put_aside(root)
    shutil.copytree(catalog, root)
    herdbook = PROGRAMS / "herdbook"
    with TemporaryDirectory() as folder:
        out = Path(folder, "ours")
        own = partial(measure, HERDBOOK_CACHE="off")
        yield "herdbook fmt", least_of(rounds, partial(own, [herdbook, "fmt", "--catalog", "."], root))
        export: list[str | Path] = [herdbook, "export", "parquet", out, "--catalog", "."]
        yield "herdbook export parquet", least_of(rounds, partial(own, export, root))
        yield "PyYAML and pandas to Parquet", peers.frames(root, Path(folder, "theirs"), _PATIENCE)
        yield "ruamel.yaml, loaded and written", peers.round_trip(root, _PATIENCE)  # it changes the files
    put_aside(root)
