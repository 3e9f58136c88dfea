"""Answers of every kind about the example catalog; `python tests/answer_samples.py` writes all forms down.

What is written down is read before it is committed: the tests only hold that nothing changed.
"""

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from diff_cases import HEAD, catalogs
from herdbook.git import Commit, FileHistory, FolderState, Version
from herdbook.opening import read_catalog
from herdbook.queries import impact
from herdbook.queries.answer import Answer
from herdbook.queries.asking import find
from herdbook.queries.changes import CatalogChanges, changes
from herdbook.queries.history import Evidence, history
from herdbook.queries.records import Records
from herdbook.queries.resolve import resolve
from herdbook.queries.status import status
from herdbook.queries.trace import trace
from herdbook.reports.answers import answer_json, document_markdown, document_text
from herdbook.telling.changes import tell_changes
from herdbook.telling.document import Document
from herdbook.telling.history import tell_history
from herdbook.telling.impact import tell_impact
from herdbook.telling.resolve import tell_resolution
from herdbook.telling.status import tell_status
from herdbook.telling.trace import tell_trace
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG

FOLDER = Path(__file__).parent / "data" / "answers"

# As the file was before its last line was added, and with a line that said something else.
EARLIER = """\
kind: aliases
model: churn
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, reason: first release, evidence: [runs:/evaluate-1]}
"""
ENDPOINT = "kind: endpoint\nname: predict\ntype: online\nserves: [{model: churn@champion, traffic: 100}]\n"
# What the example catalog was before version 2 was trained, registered and promoted.
BEFORE_PROMOTION = (FOLDER.parent / "changes" / "before-promotion.yaml").read_text()
# A change that recalls data, writes a ledger anew, removes what is served, and eases the policy for all that.
HARM = (FOLDER.parent / "changes" / "harm.yaml").read_text()


def changed(before: str, after: str) -> CatalogChanges:
    """What differs between the example catalog with some changes and with others."""
    with tempfile.TemporaryDirectory() as folder:
        _, base = catalogs(Path(folder) / "base", HEAD + before)
        _, head = catalogs(Path(folder) / "head", HEAD + after)
        day = date(2024, 2, 1)
        return changes(Records(base, day), Records(head, day), ("main", "HEAD"))


def example() -> Records:
    """The example catalog, as of the day of the examples."""
    return Records(read_catalog(DirTree(EXAMPLE_CATALOG, "catalog")), date(2024, 2, 1))


def evidence() -> Evidence:
    """What a repository with the example catalog could hold."""
    path = "models/churn/aliases.yaml"
    first = Commit("1" * 40, "Ana", "2024-01-12T09:00:00Z", "Release churn (#3)")
    second = Commit("2" * 40, "Bo", "2024-01-15T08:20:00Z", "Merge pull request #12 from ana/promote-2")
    versions = (Version(first, EARLIER.encode()), Version(second, (EXAMPLE_CATALOG / path).read_bytes()))
    endpoints = FolderState(first, {"predict.yaml": ENDPOINT.encode()})
    stages = "models/churn/stages.yaml"
    staged = Version(first, (EXAMPLE_CATALOG / stages).read_bytes())
    ledgers = {path: FileHistory(versions, complete=True), stages: FileHistory((staged,), complete=True)}
    return Evidence(ledgers, endpoints)


def samples() -> Mapping[str, tuple[Answer, Document]]:
    """An answer of each kind, by name, with how it is told."""
    records = example()
    catalog = records.catalog
    traced = trace(records, find(catalog, "churn@champion"))
    affected = impact.impact(records, impact.named(records, "datasets:/orders"))
    judged = status(records, find(catalog, "endpoints:/predict"))
    past = history(records, find(catalog, "models:/churn"), evidence=evidence())
    then = history(
        records, find(catalog, "models:/churn"), "champion", "2024-01-13T23:59:59.999999Z", evidence()
    )
    resolved = resolve(records, find(catalog, "churn@champion"))
    promoted, harmed = changed(BEFORE_PROMOTION, ""), changed("", HARM)
    return {
        "trace": (traced, tell_trace(traced)),
        "impact": (affected, tell_impact(affected)),
        "status": (judged, tell_status(judged)),
        "history": (past, tell_history(past)),
        "history-at": (then, tell_history(then)),
        "resolve": (resolved, tell_resolution(resolved)),
        "changes": (promoted, tell_changes(promoted)),
        "changes-harm": (harmed, tell_changes(harmed)),
    }


def forms(answer: Answer, document: Document) -> Mapping[str, str]:
    """All that an answer is written as, by the ending of its file."""
    return {
        "txt": document_text(document),
        "md": document_markdown(document),
        "json": answer_json(answer),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for sample, (answer, document) in samples().items():
        for ending, text in forms(answer, document).items():
            (FOLDER / f"{sample}.{ending}").write_text(text)
