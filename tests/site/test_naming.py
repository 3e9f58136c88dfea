from pathlib import Path

import pytest

from herdbook.entries import Run
from herdbook.ref import Ref
from herdbook.site.naming import name_for_readers
from herdbook.source import SourceFile
from herdbook.tree import DirTree

HEX = "0123456789abcdef" * 2
UUID = "01234567-89ab-cdef-0123-456789abcdef"


def named(ref: Ref, title: str) -> str:
    value = {"kind": "run", "id": ref.name, "title": title}
    return name_for_readers(ref, Run(SourceFile(DirTree(Path()), "run.yaml"), value))


@pytest.mark.parametrize(
    ("ref", "title", "shown"),
    [
        (Ref.run(HEX), "brave-fox-7", "brave-fox-7 01234567"),
        (Ref.run(UUID), "brave-fox-7", "brave-fox-7 01234567"),
        (Ref.run(HEX, "model"), "brave-fox-7", "brave-fox-7 01234567/model"),
        (Ref.run(HEX), "a" * 30 + "b" * 30, "a" * 19 + "…" + "b" * 20 + " 01234567"),
        (Ref.run(HEX), "", HEX),
        (Ref.run(HEX), HEX, HEX),
        # A name that somebody chose is how they speak of it.
        (Ref.run("exp-47b"), "brave-fox-7", "exp-47b"),
        (Ref.run(HEX[:31]), "brave-fox-7", HEX[:31]),
    ],
)
def test_a_run_that_a_machine_named_is_known_by_its_title(ref: Ref, title: str, shown: str) -> None:
    assert named(ref, title) == shown


def test_other_entries_and_what_is_none_keep_their_names() -> None:
    assert name_for_readers(Ref.run(HEX), None) == HEX
    assert name_for_readers(Ref.dataset("orders", "v1"), None) == "orders/v1"
