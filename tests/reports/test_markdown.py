import json
import re
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from herdbook.check import Report
from herdbook.finding import Finding, Related, Severity
from herdbook.ref import Ref
from herdbook.reports.answers import MOST_OF_A_COMMENT
from herdbook.reports.markdown import MARKER, report_markdown
from herdbook.telling.document import Code, Document, Items, Mention, Paragraph, Section, Verbatim
from hostile_reports import finding, naughty, place, reports, waived
from report_readers import LINKED_BY_FORGES
from report_samples import FILES

# The only HTML that we write: what folds, and what nobody sees.
OURS = re.compile(r"<!-- herdbook -->|<details>\n<summary>[\w ,]+</summary>|</details>")


def tokens(written: str) -> list[Token]:
    """The tokens of a comment as GitHub's dialect reads it, inner ones included."""
    reader = MarkdownIt("commonmark", {"html": True, "linkify": True})
    reader.enable(["table", "strikethrough", "linkify"])
    assert reader.linkify is not None
    reader.linkify.set({"fuzzy_link": False})
    return [inner for token in reader.parse(written) for inner in (token, *(token.children or ()))]


def counted(written: str) -> dict[str, int]:
    kinds = [
        "heading_open",
        "list_item_open",
        "bullet_list_open",
        "link_open",
        "html_block",
        "table_open",
        "fence",
    ]
    found = [token.type for token in tokens(written)]
    return {kind: found.count(kind) for kind in kinds}


def harmless(report: Report) -> None:
    written = report_markdown(report, "book", files=FILES, facts=(("Base", (Code("0f4b1c3"),)),))
    found = tokens(written)
    assert written.startswith(f"{MARKER}\n")
    assert not {
        "html_inline",
        "image",
        "s_open",
        "em_open",
        "hr",
        "blockquote_open",
        "table_open",
        "fence",
    } & {token.type for token in found}
    for token in found:
        if token.type == "html_block":
            assert OURS.fullmatch(token.content.strip())
        if token.type == "text":
            assert not LINKED_BY_FORGES.search(token.content)
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith(f"{FILES}/book/")


@given(reports())
@settings(max_examples=150)
def test_a_comment_links_our_places_and_nothing_else(report: Report) -> None:
    harmless(report)


def test_naughty_strings_stay_texts(shared_data: Path) -> None:
    plain = counted(report_markdown(naughty("x"), "book", files=FILES))
    for text in json.loads((shared_data / "naughty-strings" / "blns.json").read_text()):
        harmless(naughty(text))
        if text.strip():
            assert counted(report_markdown(naughty(text), "book", files=FILES)) == plain


@given(reports())
def test_text_changes_nothing_about_the_structure(report: Report) -> None:
    def calm(found: Finding) -> Finding:
        related = tuple(Related("m", place("x")) for _ in found.related)
        return finding(
            "m", "x", severity=found.severity, help="h" if found.help.split() else "", related=related
        )

    same = Report(
        report.entries,
        tuple(map(calm, report.findings)),
        tuple(waived(calm(item.finding)) for item in report.waived),
        tuple(map(calm, report.existing)),
        tuple("e" for _ in report.errors),
    )
    assert counted(report_markdown(report, files=FILES)) == counted(report_markdown(same, files=FILES))


def test_links_lead_to_the_line() -> None:
    path = "models/a b#c?d%e[1](2).yaml"
    written = report_markdown(Report(1, (finding(path=path, line=7),)), "book", files=FILES)
    (link,) = (token for token in tokens(written) if token.type == "link_open")
    assert link.attrs["href"] == f"{FILES}/{quote(f'book/{path}')}#L7"
    assert unquote(quote(path)) == path


def test_what_is_said_of_a_change() -> None:
    document = Document(
        ("What ", Mention(Ref.model("churn", 2)), " brings"),
        ("one alias moves",),
        sections=(
            Section("Moves", (Items((("@champion",),)),)),
            Section("Graph", (Verbatim("graph LR", "mermaid"),)),
        ),
    )
    written = report_markdown(
        Report(3, (finding("new"),), existing=(finding("old"),)),
        documents=(document,),
        facts=(("Base", (Code("abc"),)), ("Head", ("pull request",))),
        address=lambda mention: "https://book.example/churn",
    )
    assert (
        written
        == """\
<!-- herdbook -->

## Herdbook: FAIL

**1 error, 1 existing in 3 entries**

Base: `abc` · Head: pull request

### Errors

- `x.yaml:1:1` new (`dirty-commit`)

<details>
<summary>1 finding from before this change, not counted against it</summary>

- `x.yaml:1:1` old (`dirty-commit`)

</details>

## What [models:/churn/2](https://book.example/churn) brings

**one alias moves**

### Moves

- `@champion`

### Graph

```mermaid
graph LR
```
"""
    )


def test_many_related_places_are_counted() -> None:
    related = tuple(Related(f"r{number}", place("y.yaml")) for number in range(8))
    written = report_markdown(Report(1, (finding(related=related),)))
    assert written.count("  - see `y.yaml:1:1`") == 5
    assert written.endswith("\n  - see 3 more places\n")


def flood(number: int, severity: Severity = Severity.ERROR, text: str = "x" * 200) -> tuple[Finding, ...]:
    return tuple(finding(f"{severity} {index} {text}", severity=severity) for index in range(number))


SECTIONS = tuple(Section(f"s{index}", (Paragraph(("y" * 900,)),)) for index in range(50))
LONG = Document(("Diff",), ("much",), sections=SECTIONS)


@pytest.mark.parametrize("documents", [(), (LONG,)])
def test_a_comment_is_never_longer_than_forges_take(documents: tuple[Document, ...]) -> None:
    old = flood(500)
    mixed = [*flood(500), *flood(500, Severity.WARNING), *flood(500, Severity.NOTE)]
    report = Report(9, tuple(mixed), tuple(map(waived, old)), old, ("e" * 5000,) * 9)
    written = report_markdown(report, documents=documents)
    assert MOST_OF_A_COMMENT * 0.9 < len(written) <= MOST_OF_A_COMMENT
    assert written.splitlines()[-1].startswith("_Left out for want of room: ")
    assert written.count("<details>") == written.count("</details>")


def test_what_matters_least_is_left_out() -> None:
    report = Report(9, (*flood(100), *flood(300, Severity.NOTE)), existing=flood(300, text="old"))
    written = report_markdown(report)
    kept, old = written.count("- `x.yaml:1:1` note"), written.count(" old (`dirty-commit`)")
    assert written.partition("<details>")[0].count("- `x.yaml:1:1` error") == 100
    assert 0 < kept < 300
    assert old < 10
    assert written.endswith(f"\n_Left out for want of room: {300 - kept} notes, {300 - old} existing._\n")


def test_findings_leave_room_for_documents_and_later_sections_go_first() -> None:
    written = report_markdown(Report(9, flood(1000)), documents=(LONG,))
    kept = [section.title for section in SECTIONS if f"### {section.title}\n" in written]
    assert kept == [section.title for section in SECTIONS[: len(kept)]]
    assert 20 < len(kept) < 50
    first = len(kept)
    names = ", ".join(f"s{index}" for index in range(first, first + 5))
    assert f": {1000 - written.count('error ')} errors, {names}, {45 - first} further sections._" in written
    assert 20_000 < len(written.split("## Diff")[0]) < 31_000


def test_a_section_that_is_too_long_gives_way_to_those_behind_it() -> None:
    def section(title: str, length: int) -> Section:
        return Section(title, (Verbatim("z" * length, "mermaid"),))

    document = Document(("Diff",), ("lead",), sections=(section("Graph @ana", 70_000), section("Moves", 10)))
    written = report_markdown(Report(0, ()), documents=(document,))
    assert "### Moves" in written
    assert written.endswith("\n_Left out for want of room: Graph `@ana`._\n")


def test_one_long_text_does_not_hide_the_rest() -> None:
    long = "`|@x" * 50_000
    found = finding(long, f"{'p' * 5000}.yaml", help=long, related=(Related(long, place("y.yaml")),) * 20)
    written = report_markdown(Report(1, (found, finding("the other"))), files=FILES)
    assert "the other" in written
    assert "Left out" not in written


def test_a_comment_begins_with_its_mark_even_without_anything() -> None:
    assert report_markdown(Report(0, ())) == (
        "<!-- herdbook -->\n\n## Herdbook: PASS\n\n**no findings in 0 entries**\n"
    )
