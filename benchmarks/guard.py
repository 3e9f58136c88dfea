"""Hold what commands take to what was recorded: `python -m benchmarks.guard`, and `--record` to record anew.

What they take of a catalog of 1,000 entries is counted in instructions, which do not depend on how fast or
busy the machine is, so that a slower command is told from a slower day. A build from nothing would take too
long under the count: it is that of 100 entries, and what 100 more add to it.
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import generate
from benchmarks.changes import branch, remark, repository_of
from benchmarks.cost import PROGRAMS, compiled, settled
from benchmarks.instructions import counted, ran
from benchmarks.questions import QUESTIONS

RECORDED = Path(__file__).with_name("recorded.json")
"""Millions of instructions by version of Python, then by what is done."""
MOST_GROWTH = 1.25
ENTRIES, SAMPLE = 1_000, 100
HERDBOOK = PROGRAMS / "herdbook"

_BUILD = ["build", "--out", "../site"]
_ONCE, _TWICE = (f"build, {times * SAMPLE} entries" for times in (1, 2))

Figures = Mapping[str, int]


def main() -> None:
    """Count and compare, or record."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.guard", description="Guard what commands take."
    )
    parser.add_argument("--record", action="store_true", help="record what they take now")
    recording = parser.parse_args().record
    recorded: dict[str, Figures] = json.loads(RECORDED.read_text())
    python = ".".join(platform.python_version_tuple()[:2])
    figures = measured()
    if recording:
        RECORDED.write_text(json.dumps({**recorded, python: figures}, indent=2) + "\n")
    known = recorded.get(python, {})
    print(compared(figures, known))
    faults = [] if recording else list(complaints(figures, known, python))
    if faults:
        sys.exit("\n".join(["", *faults, _REMEDY]))


_REMEDY = (
    "Make it take less again. Or, where it is worth that, record anew with `make bench-record` and commit "
    "benchmarks/recorded.json, with the reason in the message."
)


def complaints(figures: Figures, recorded: Figures, python: str) -> Iterator[str]:
    """Say what grew too much since it was recorded, and where there is no telling."""
    if not recorded:
        yield f"benchmarks/recorded.json has no figures for Python {python}, so nothing can be compared."
        return
    for name in sorted(figures.keys() ^ recorded.keys()):
        where = "recorded, but no longer measured" if name in recorded else "measured, but not recorded"
        yield f"{name}: {where} in benchmarks/recorded.json."
    for name, now in figures.items():
        before = recorded.get(name, now)
        if now > MOST_GROWTH * before:
            yield (
                f"{name}: takes {now:,} million instructions, {now / before - 1:.0%} more than the "
                f"{before:,} in benchmarks/recorded.json; {MOST_GROWTH - 1:.0%} more is the most."
            )


def compared(figures: Figures, recorded: Figures) -> str:
    """All figures, side by side with those recorded."""
    lines = [f"{'millions of instructions':<40}{'recorded':>10}{'now':>10}{'change':>9}"]
    for name, now in figures.items():
        before = recorded.get(name)
        change = f"{before:>10,}{now:>10,}{now / before - 1:>+9.1%}" if before else f"{'':>10}{now:>10,}"
        lines.append(f"{name:<40}{change}")
    return "\n".join(lines)


def measured() -> Figures:
    """Count the millions of instructions that each command takes."""
    compiled()
    with TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        catalog = Path(folder, "catalog")
        generate.write(ENTRIES, catalog)
        # What takes long comes first, so that both cores end at about the same time.
        works: list[Callable[[Path], Figures]] = [
            partial(_fresh, _TWICE, 2 * SAMPLE, _BUILD),
            partial(_fresh, _ONCE, SAMPLE, _BUILD),
            partial(_warm, catalog, {"build, one file changed": _BUILD}, remark),
            partial(_warm, catalog, {name: [name, *words] for name, words in QUESTIONS.items()}, None),
            partial(_fresh, "check, nothing cached", ENTRIES, ["check"]),
            partial(_warm, catalog, {"gate, one file changed": ["gate", "--base", "main"]}, branch),
            partial(_warm, catalog, {"check, one file changed": ["check"]}, remark),
        ]
        roots = [Path(folder, str(number), "root") for number in range(len(works))]
        figures = {name: count for found in pool.map(_done, works, roots) for name, count in found.items()}
    return {f"build, {SAMPLE} entries more": figures.pop(_TWICE) - figures[_ONCE], **figures}


def _done(work: Callable[[Path], Figures], root: Path) -> Figures:
    root.parent.mkdir()
    return work(root)


def _fresh(name: str, entries: int, words: list[str], root: Path) -> Figures:
    """Do something with a catalog of which nothing is known."""
    generate.write(entries, root / "catalog")
    return {name: _count(words, root, "off")}


def _warm(
    catalog: Path, commands: Mapping[str, list[str]], edit: Callable[[Path], object] | None, root: Path
) -> Figures:
    """Do things once more with a repository, after an edit."""
    repository_of(catalog, root)
    cache = str(root.parent / "cache")
    settled()
    for words in commands.values():
        ran([HERDBOOK, *words], root, _environment(root, cache))
    if edit is not None:
        edit(root)
    return {name: _count(words, root, cache) for name, words in commands.items()}


def _count(words: list[str], root: Path, cache: str) -> int:
    return round(counted([HERDBOOK, *words], root, _environment(root, cache)) / 1e6)


def _environment(root: Path, cache: str) -> dict[str, str]:
    """Nothing of the user's own: home, cache and its secret lie beside the folder."""
    return {"HOME": str(root.parent), "HERDBOOK_CACHE": cache}


if __name__ == "__main__":
    main()
