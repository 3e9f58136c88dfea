"""What a command takes is held to what was recorded."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from benchmarks import guard
from benchmarks.instructions import counted

BEFORE = {"check": 1000, "gate": 200}


def test_what_grew_by_a_quarter_may_stay_and_what_grew_more_is_told() -> None:
    assert list(guard.complaints({"check": 1250, "gate": 10}, BEFORE, "3.11")) == []
    (told,) = guard.complaints({"check": 1300, "gate": 200}, BEFORE, "3.11")
    assert told.startswith("check: takes 1,300 million instructions, 30% more than the 1,000 in ")


def test_what_cannot_be_compared_is_told() -> None:
    (unknown,) = guard.complaints(BEFORE, {}, "3.99")
    assert "has no figures for Python 3.99" in unknown
    new, old = guard.complaints({"check": 1000, "build": 5}, BEFORE, "3.11")
    assert new.startswith("build: measured, but not recorded")
    assert old.startswith("gate: recorded, but no longer measured")


def test_instructions_are_those_that_a_command_takes() -> None:
    if shutil.which("valgrind") is None:
        if os.environ.get("HERDBOOK_REQUIRE_VALGRIND"):
            pytest.fail("there is no valgrind")
        pytest.skip("there is no valgrind")
    small, again, large = (
        counted([sys.executable, "-S", "-c", f"for _ in range({times}): pass"], Path(), {})
        for times in (1_000, 1_000, 1_000_000)
    )
    assert abs(again / small - 1) < 0.005
    assert large - small > 10_000_000
