"""Descriptions in files that people wrote: what is said is what is read, and all else stays."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from herdbook.catalog import Catalog
from herdbook.editing import edit
from herdbook.errors import HerdbookError
from herdbook.opening import read_catalog
from herdbook.planning.describing import describe
from herdbook.tree import DirTree, Overlay
from herdbook.yaml.reader import parse_yaml
from rule_examples import EXAMPLE_CATALOG

PATH = "models/churn/model.yaml"
WRITTEN = (
    b"kind: model   # as it says\nname: churn\n\ndescription: >-   \n  Will a customer\n  leave?\n\n\n"
    b"# who answers for it\nowner:   'ana'\ntags: {\n  a: b, # c\n}\n"
)


def catalog() -> Catalog:
    return read_catalog(Overlay(DirTree(EXAMPLE_CATALOG), {PATH: WRITTEN}))


CATALOG = catalog()


def keeps_its_word(text: str) -> bool:
    """Whether a description is written; then it is what is read, and nothing else changed."""
    plan = describe(CATALOG, "models:/churn", description=text)
    before = parse_yaml(WRITTEN).value
    try:
        raw = edit(WRITTEN, plan.edits.get(PATH, ()))
    except HerdbookError:
        return False
    after = parse_yaml(raw).value
    assert after.pop("description", "").rstrip() == text.rstrip()
    assert after == {key: value for key, value in before.items() if key != "description"}
    comments = (b"   # as it says\n", b"# who answers for it\nowner:   'ana'\ntags: {\n  a: b, # c\n}\n")
    assert all(comment in raw for comment in comments)
    return True


@given(st.text() | st.text(st.sampled_from("ab \n\t#:-'\"|>{}[]&*!%@`\\")))
def test_any_text_is_written_as_it_is_or_refused(text: str) -> None:
    assert keeps_its_word(text) or "\0" in text


def test_naughty_strings_are_written_as_they_are_or_refused(shared_data: Path) -> None:
    strings = json.loads((shared_data / "naughty-strings" / "blns.json").read_text())
    assert len(strings) > 400
    assert [text for text in strings if not keeps_its_word(text)] == []
