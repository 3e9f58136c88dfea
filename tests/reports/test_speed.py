import time
from pathlib import Path

import pytest

from herdbook.check import Report
from herdbook.finding import Finding, Place, Severity
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from hostile_reports import waived
from report_samples import FORMS


@pytest.mark.parametrize("ending", FORMS)
def test_twenty_five_thousand_findings_are_written_in_a_few_seconds(ending: str, tmp_path: Path) -> None:
    found = []
    for index in range(100):
        (tmp_path / f"{index:03}.yaml").write_text("".join(f"key{line}: value\n" for line in range(250)))
        source = SourceFile(DirTree(tmp_path, "catalog"), f"{index:03}.yaml")
        found += [
            Finding(
                "placeholder-text",
                list(Severity)[line % 3],
                f"key{line} says nothing: TODO #{line}",
                Place(source, (f"key{line}",)),
                "Write what is known, or that it is not known.",
            )
            for line in range(250)
        ]
    report = Report(100, tuple(found), (waived(found[0]),), tuple(found[:50]))
    begun = time.process_time()
    written = FORMS[ending](report)
    assert time.process_time() - begun < 6
    assert written
