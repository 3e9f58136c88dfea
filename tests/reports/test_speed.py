from functools import partial
from pathlib import Path

import pytest

from herdbook.check import Report
from herdbook.finding import Finding, Place, Severity
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from hostile_reports import waived
from report_samples import FORMS
from work import steps


def report(folder: Path, files: int, lines: int) -> Report:
    """Something to say about every line of some files."""
    folder.mkdir()
    found = []
    for index in range(files):
        path = folder / f"{index:03}.yaml"
        path.write_text("".join(f"key{line}: value\n" for line in range(lines)))
        source = SourceFile(DirTree(folder, "catalog"), path.name)
        found += [
            Finding(
                "placeholder-text",
                list(Severity)[line % 3],
                f"key{line} says nothing: TODO #{line}",
                Place(source, (f"key{line}",)),
                "Write what is known, or that it is not known.",
            )
            for line in range(lines)
        ]
    return Report(files, tuple(found), (waived(found[0]),), tuple(found[:50]))


@pytest.mark.parametrize("ending", FORMS)
def test_the_work_grows_with_the_findings_alone(ending: str, tmp_path: Path) -> None:
    # The longer a file is, the more it would cost to read it anew for each of its lines.
    write, cost = FORMS[ending], []
    for name, files, lines in (("first", 1, 10), ("small", 10, 10), ("large", 20, 60)):
        cost.append(steps(partial(write, report(tmp_path / name, files, lines))))
    assert cost[2] < 12 * cost[1]
