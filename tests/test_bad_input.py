"""Every bad input ends in the finding that a user would expect, at the place where it is bad.

A case in `data/bad/*.yaml` has a `name`; the `text` of a file, or its `bytes` (written as Latin-1), and the
`path` at which it stands; or the `kind` of an entry, and in `text` what follows its first keys; or several
`files` by their paths. `finds` tells for each finding of form, in order, its rule, a piece of its message
and perhaps a piece of its help. The sign ⟦ marks the places of the findings and is taken out of the file;
without it, they stand at the beginning.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import yaml
from herdbook.check import check
from herdbook.opening import read_catalog
from herdbook.reports.json import report_json
from herdbook.reports.text import report_text
from herdbook.rules import RULES
from herdbook.tree import DirTree

DATA = Path(__file__).parent / "data" / "bad"
MARK = "⟦"
FORM = {rule.ID for rule in RULES if rule.FAMILY == "form"}

BEGINNINGS = {
    "catalog": ("herdbook.yaml", "kind: catalog\nname: shop\n"),
    "dataset": ("datasets/orders/dataset.yaml", "kind: dataset\nname: orders\n"),
    "dataset-version": (
        "datasets/orders/versions/v1.yaml",
        "kind: dataset-version\ndataset: orders\nversion: v1\n",
    ),
    "run": (
        "runs/churn/train-1.yaml",
        "kind: run\nid: train-1\nexperiment: churn\ntype: training\nstatus: finished\n",
    ),
    "model": ("models/churn/model.yaml", "kind: model\nname: churn\n"),
    "model-version": (
        "models/churn/versions/1.yaml",
        'kind: model-version\nmodel: churn\nrun: train-1\nuri: "s3://models/1"\n',
    ),
    "model-card": ("models/churn/card.yaml", "kind: model-card\nmodel: churn\n"),
    "aliases": ("models/churn/aliases.yaml", "kind: aliases\nmodel: churn\n"),
    "stages": ("models/churn/stages.yaml", "kind: stages\nmodel: churn\n"),
    "endpoint": ("endpoints/predict.yaml", "kind: endpoint\nname: predict\ntype: online\n"),
}

CASES: list[tuple[str, dict[str, Any]]] = [
    (f"{file.stem}: {case['name']}", case)
    for file in sorted(DATA.glob("*.yaml"))
    for case in yaml.safe_load(file.read_text())
]


def test_there_are_many_bad_inputs_and_each_has_a_name_of_its_own() -> None:
    assert len(dict(CASES)) == len(CASES) >= 300


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES])
def test_a_bad_input_is_found_where_it_is_bad(case: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    marks = list(lay(case, folder))
    report = check(read_catalog(DirTree(folder)), date(2026, 1, 1))
    found = [finding for finding in report.findings if finding.rule in FORM]
    places = [(finding.place.source.path, *place(finding.place.span)) for finding in found]
    assert [finding.rule for finding in found] == [rule for rule, *_ in case["finds"]], found
    assert places == (marks or [(path, 1, 1) for path, _, _ in places])
    for finding, (_, message, *helps) in zip(found, case["finds"], strict=True):
        assert message in finding.message
        assert all(help in finding.help for help in helps)
        assert finding.help.endswith((".", "?"))
    assert str(folder) in report_text(report)
    assert "Traceback" not in report_text(report) + report_json(report)


def lay(case: dict[str, Any], folder: Path) -> Iterator[tuple[str, int, int]]:
    """Write the files of a case; give the places of the marks."""
    encoding = "latin-1" if "bytes" in case else "utf-8"
    path, begin = BEGINNINGS.get(case.get("kind", ""), ("models/churn/model.yaml", ""))
    text = begin + case.get("text", "") + case.get("bytes", "")
    files = case.get("files") or {case.get("path", path): text}
    for path, text in sorted(files.items()):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        pieces = [piece.encode(encoding) for piece in text.split(MARK)]
        file.write_bytes(b"".join(pieces))
        for count in range(1, len(pieces)):
            before = b"".join(pieces[:count]).decode("utf-8-sig")
            yield path, before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


def place(span: Any) -> tuple[int, int]:
    return span.line, span.column
