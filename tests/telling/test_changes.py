import json
import re
from datetime import date
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from diff_cases import FOLDER, HEAD, asked, catalogs
from herdbook.queries.changes import changes
from herdbook.queries.records import Records
from herdbook.reports.answers import MOST_OF_A_COMMENT, document_markdown, document_text
from herdbook.telling.changes import tell_changes
from herdbook.telling.document import Document, Graph, plain

LINE = '{version: 2, at: "2024-01-15T08:00:00Z", by: ana}'


def told(folder: Path, text: str) -> Document:
    return tell_changes(asked(folder, text))


@pytest.mark.parametrize(
    ("case", "lead"),
    [
        ("nothing", "Nothing in the catalog differs."),
        (
            "promotion",
            "1 model version and 1 run added; @champion of churn moves from version 1 to version 3; "
            "version 3 of churn moves to production; version 2 of churn moves from production to archived; "
            "@rollback of churn points to version 1. This concerns what is in production: "
            "models:/churn@champion, models:/churn/3 and endpoints:/predict.",
        ),
        (
            "ledger-rewritten",
            "@edited of churn points to no version, no longer to version 1; "
            "@reordered of churn moves from version 1 to version 2; "
            "@gone of churn points to no version, no longer to version 1; 6 lines of ledgers rewritten.",
        ),
        (
            "ledger-deleted",
            "@champion of churn points to no version, no longer to version 2; "
            "version 2 of churn is in no stage any more, no longer in production; "
            "@rollback of churn points to no version, no longer to version 1; "
            "version 1 of churn is in no stage any more, no longer in staging; "
            "7 lines of ledgers rewritten. ",
        ),
        ("cards", "1 card added; 1 card removed; 1 card changed."),
        ("settings", "1 model added; 1 model and the file herdbook.yaml changed."),
        ("policy-gone", "The file herdbook.yaml removed."),
        (
            "recalls",
            "2 dataset versions changed; datasets:/orders/v1 is no longer recalled; "
            "datasets:/orders/v2 is recalled. This concerns what is in production: ",
        ),
        ("moved-run", "1 run changed. This concerns what is in production: "),
        (
            "refused",
            "Version 1 of other moves to production; 2 files cannot be read.",
        ),
    ],
)
def test_the_answer_in_one_sentence(case: str, lead: str, tmp_path: Path) -> None:
    document = told(tmp_path, (FOLDER / f"{case}.yaml").read_text())
    said = plain(document.lead)
    assert said == lead or (lead.endswith(" ") and said.startswith(lead))


def test_lines_without_a_move_are_counted(tmp_path: Path) -> None:
    text = f"""\
# head
# models/churn/aliases.yaml
aliases:
  champion:
    - {{version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo], reason: first release, evidence: [runs:/evaluate-1]}}
    - {{version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo], reason: better AUC, evidence: [runs:/evaluate-2]}}
    - {LINE}
  rollback:
    - {{version: 1, at: "2024-01-15T08:00:00Z", by: ana}}
"""  # noqa: E501  # lines of the example as they stand there
    document = told(tmp_path, text)
    assert plain(document.lead) == "1 line added to ledgers."
    assert [section.title for section in document.sections] == ["Also added to ledgers"]
    row = r"models:/churn @champion +models:/churn/2 +2024-01-15 08:00 +ana +nobody"
    assert re.search(row, document_text(document))


def test_what_held_only_for_a_while_is_told_beside_what_moves(tmp_path: Path) -> None:
    text = """\
# models/churn/aliases.yaml
aliases:
  champion: [{version: 1, at: "2024-01-12T08:00:00Z", by: ana}]
# models/churn/stages.yaml
transitions: [{version: 1, stage: staging, at: "2024-01-12T08:00:00Z", by: ana}]
# head
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana}
    - {version: null, at: "2024-01-13T08:00:00Z", by: ana, reason: it failed}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana}
# models/churn/stages.yaml
transitions:
  - {version: 1, stage: staging, at: "2024-01-12T08:00:00Z", by: ana}
  - {version: 2, stage: production, at: "2024-01-15T08:00:00Z", by: ana}
  - {version: 1, stage: staging, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}
"""
    said = document_text(told(tmp_path, text)).partition("Also added to ledgers\n")[2]
    rows = [re.split(r"  +", line.strip()) for line in said.partition("\n\n")[0].splitlines()[2:]]
    assert rows == [
        ["models:/churn @champion", "none", "2024-01-13 08:00", "ana", "nobody", "it failed"],
        ["models:/churn stage staging", "models:/churn/1", "2024-01-15 08:00", "ana", "bo"],
    ]


def test_a_file_that_can_be_read_again_is_said_to(tmp_path: Path) -> None:
    text = """\
# endpoints/predict.yaml, whole
kind: endpoint
# endpoints/other.yaml, whole
kind: endpoint
# head
# endpoints/predict.yaml, deleted
# endpoints/other.yaml, deleted
"""
    assert plain(told(tmp_path, text).lead) == "2 files can be read again, or are gone."


def test_settings_and_lines_of_ledgers_are_not_told_twice(tmp_path: Path) -> None:
    text = """\
# head
# herdbook.yaml
title: Example
policy: {approvers: [bo]}
# models/churn/model.yaml
owner: bo
policy: {required_tags: [team]}
"""
    changed = document_text(told(tmp_path, text)).partition("Changed\n")[2]
    assert changed.splitlines() == [
        "  herdbook.yaml",
        "  └── title added: Example",
        "  models:/churn",
        "  └── owner: ana -> bo",
    ]


HOSTILE = (
    "<img src=x onerror=alert(1)> [x](javascript:alert(1)) ``` @everyone #1 https://evil.example\n"
    "%%{init: {}}%%\n---\n| a | b |\n| - | - |\n::error::x\n<!-- x"
)


def test_what_a_change_says_becomes_nothing_but_text(tmp_path: Path) -> None:
    said, line = json.dumps(HOSTILE), json.dumps(" ".join(HOSTILE.split()))
    text = f"""\
# head
# models/churn/aliases.yaml
aliases:
  champion:
    - {{version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo], reason: {said}}}
    - {{version: 1, at: "2024-01-20T08:00:00Z", by: ana, approved_by: [bo], reason: {said}}}
# models/churn/model.yaml
title: {line}
description: {said}
# models/churn/card.yaml
limitations: {said}
# runs/churn/train-2.yaml
params: {{depth: {said}}}
inputs:
  - {{uri: "s3://x/](https://evil.example)%22%7Cend;style:#x;", role: {line}}}
# datasets/orders/versions/v1.yaml
title: {line}
recall: {{at: "2024-01-20T08:00:00Z", by: ana, reason: {said}, severity: high}}
# datasets/new/dataset.yaml, whole
kind: dataset
name: new
title: {line}
"""
    base, head = catalogs(tmp_path, text)
    assert head.findings == ()
    answer = changes(Records(base, date(2024, 2, 1)), Records(head, date(2024, 2, 1)), (HOSTILE, HOSTILE))
    document = tell_changes(answer)
    markdown = MarkdownIt("commonmark", {"html": True, "linkify": True}).enable(
        ["table", "strikethrough", "linkify"]
    )
    tokens = [
        inner
        for token in markdown.parse(document_markdown(document))
        for inner in (token, *(token.children or ()))
    ]
    assert not {"html_block", "html_inline", "image", "link_open", "hr", "em_open"} & {
        token.type for token in tokens
    }
    assert [token.info for token in tokens if token.type == "fence"] == ["mermaid"]
    assert {token.content for token in tokens if token.type == "inline" and token.map} >= {"What", "Kind"}
    for line in document_text(document).splitlines():
        assert line.isprintable()
        assert not line.lstrip().startswith("::")


def test_a_large_change_fits_into_a_comment(tmp_path: Path) -> None:
    def runs(value: str) -> str:
        params = "".join(f"  p{number}: {value * 190}\n" for number in range(20))
        return "".join(
            f"# runs/churn/long-{number}.yaml, whole\n"
            f"kind: run\nid: long-{number}\nexperiment: churn\ntype: training\nstatus: failed\n"
            f"inputs:\n  - {{dataset: orders/v1}}\nparams:\n{params}"
            for number in range(40)
        )

    document = told(tmp_path, f"{runs('x')}{HEAD}{runs('y')}")
    assert len(document_markdown(document)) > 3 * MOST_OF_A_COMMENT
    short = document_markdown(document, most=MOST_OF_A_COMMENT)
    assert MOST_OF_A_COMMENT - 10_000 < len(short) <= MOST_OF_A_COMMENT
    assert "- all of Lineage\n" in short
    assert short.endswith("- To see it: `herdbook diff base head --format json`\n")
    assert any(isinstance(block, Graph) for section in document.sections for block in section.blocks)
