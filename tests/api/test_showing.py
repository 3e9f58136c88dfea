from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import herdbook
from herdbook.api.showing import line, table
from rule_examples import EXAMPLE_CATALOG, case

ALLOWED = {"table", "caption", "code", "tr", "th", "td"}


class Tags(HTMLParser):
    """Notes each tag that a browser would see, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(), st.lists(st.tuples(st.text(), st.text() | st.lists(st.text()) | st.integers() | st.none())))
def test_no_text_becomes_html(name: str, facts: list[tuple[str, object]]) -> None:
    tags = Tags(table("run", name, facts))
    assert {tag for tag, _ in tags.seen} <= ALLOWED
    assert {names for _, names in tags.seen} <= {(), ("style",)}


@given(st.text(), st.lists(st.tuples(st.text(), st.text() | st.lists(st.text()))))
def test_a_line_is_a_line(name: str, facts: list[tuple[str, object]]) -> None:
    assert line("run", name, facts).isprintable()


def test_no_secret_of_an_address_shows() -> None:
    assert "hunter2" not in table("run", "r", [("uri", "https://me:hunter2@example.org/x")])


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u202eb"])
def test_entries_show_what_hostile_text_says_as_text(tmp_path: Path, text: str) -> None:
    quoted = text.replace('"', '\\"').replace("\u202e", "\\u202e")
    case(f'# runs/churn/train-2.yaml\ntitle: "{quoted}"\ntags: {{"{quoted}": "{quoted}"}}\n').lay(
        tmp_path / "c"
    )
    run = herdbook.load(tmp_path / "c").run("train-2")
    tags = Tags(run._repr_html_())
    assert {tag for tag, _ in tags.seen} <= ALLOWED
    assert "\u202e" not in run._repr_html_() + repr(run)


def test_what_is_shown_says_what_matters() -> None:
    catalog = herdbook.load(EXAMPLE_CATALOG)
    assert "model versions=2" in repr(catalog)
    version = catalog.model("churn").alias("champion")
    assert repr(version).startswith("<model version models:/churn/2, ")
    assert "run=train-2" in repr(version)
    assert repr(version.run.inputs[0]) == "<input datasets:/orders/v2, role=training>"
    assert "auc: 0.82" in Tags(version.run._repr_html_()).text
    for entry in (catalog, catalog.dataset("orders"), catalog.endpoint("predict"), catalog.model("churn")):
        assert Tags(entry._repr_html_()).seen[0] == ("table", ())
