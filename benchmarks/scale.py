"""Measure the rows of the table on a catalog of one size."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks import peers, rows
from benchmarks.changes import gated
from benchmarks.checking import rechecked
from benchmarks.cost import FOLDER, PROGRAMS, Cost, least_of, measure, put_aside
from benchmarks.pages import seen
from benchmarks.questions import Timed, asked
from benchmarks.rebuilding import rebuilt
from benchmarks.rows import Beside, Measure, Measures, Peer


def measured(catalog: Path, rounds: int, patience: float) -> Measures:
    """Measure each row; what stands beside is stopped after so many seconds of patience."""
    site = FOLDER / "rebuilt"
    put_aside(site)
    _say("check")
    check: list[str | Path] = [PROGRAMS / "herdbook", "check", "--catalog", "."]
    found = {rows.CHECK: _measure(least_of(rounds, partial(measure, check, catalog, HERDBOOK_CACHE="off")))}
    again, status = rechecked(catalog, rounds)
    found[rows.CHECK_AGAIN] = _measure(again)
    _say("questions and the gate")
    found[rows.QUESTION] = _slowest(asked(catalog, rounds, cold=False))
    found[rows.GATE] = _measure(next(gated(catalog, rounds, cold=False)).cost)
    _say("build")
    whole, changed = rebuilt(catalog, site, rounds)
    found[rows.BUILD] = _measure(whole)
    found[rows.BUILD_AGAIN] = _measure(changed)
    _say("pages in Chromium")
    opened = list(seen(site, rounds))
    if opened:  # or there is no Chromium on this system
        page, *searches = opened
        found[rows.PAGE] = Measure(page.seconds, page.bytes)
        slowest, largest = max(each.seconds for each in searches), max(each.bytes for each in searches)
        found[rows.SEARCH] = Measure(slowest, largest, "the worst of several")
    _say("what stands beside")
    validated = peers.validated(catalog, patience)
    _beside(found, rows.CHECK, rows.VALIDATOR, validated)
    _beside(found, rows.CHECK_AGAIN, rows.STATUS, status)
    for beside, pruned in ((rows.PRUNED, True), (rows.UNPRUNED, False)):
        cost, written, all_pages = peers.navigated(site, patience, pruned=pruned)
        note = f"when it was stopped with {written:,} of {all_pages:,} pages written"
        _beside(found, rows.BUILD, beside, cost, note)
    return found


def head() -> str:
    """The machine, the day, and the versions of what was measured."""
    try:
        told = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.partition(":")[2].strip() for line in told if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.machine()
    versions = {
        "Python": platform.python_version(),
        "Herdbook": version("herdbook"),
        "Material": version("mkdocs-material"),
        "MkDocs": version("mkdocs"),
        "PyYAML": version("pyyaml"),
        "check-jsonschema": version("check-jsonschema"),
        "git": _told("git", "version"),
        "Chromium": _told("chromium", "--version"),
    }
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    machine = f"{processor}, {os.cpu_count()} cores, {platform.system()}"
    return f"{machine}, on {datetime.now(UTC).date()}, with {named}"


def _told(*command: str) -> str:
    """What version a program says that it has."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "(not there)"
    return next((word for word in said.split() if word[0].isdigit()), said.strip())


def _measure(cost: Cost) -> Measure:
    return Measure(cost.wall, cost.peak)


def _slowest(questions: Iterable[Timed]) -> Measure:
    slowest = max(questions, key=lambda question: question.cost.wall)
    name = slowest.name.partition(",")[0]
    return Measure(slowest.cost.wall, slowest.cost.peak, f"the slowest, `{name}`")


def _beside(
    found: dict[str, Measure], row: str, beside: Beside, cost: Cost, stopped: str = "when it was stopped"
) -> None:
    ours = found[row]
    peer = Peer(cost.wall, "" if cost.whole else stopped)
    found[row] = Measure(ours.seconds, ours.bytes, ours.note, {**ours.peers, beside.name: peer})


def _say(what: str) -> None:
    print(f"{what} ...", file=sys.stderr)
