import json

from hypothesis import given
from hypothesis import strategies as st

from herdbook.escaping.html import redact
from herdbook.ref import Ref
from herdbook.site.api.files import Writer, written
from herdbook.site.api.resources import Badge, VersionItem

TEXT = st.lists(
    st.one_of(
        st.sampled_from(
            ["https://", "me:pw@", "host", "?sig=", "token=", "&", ";", "#", "<", "</script>", " ", '"']
        ),
        st.text(max_size=3),
    ),
    max_size=8,
).map("".join)
DATA = st.recursive(
    TEXT | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
)


def clean(data: object) -> object:
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, list):
        return [clean(item) for item in data]
    if isinstance(data, dict):
        return {redact(key): clean(value) for key, value in data.items()}
    return data


@given(DATA)
def test_data_are_read_as_they_were_but_for_secrets(data: object) -> None:
    text = written(data)
    assert json.loads(text) == clean(data)
    assert text.isascii()
    assert b"<" not in text
    assert text.endswith(b"\n")


def test_addresses_are_relative_to_the_file_and_remembered() -> None:
    writer = Writer("api/v1/models/clf.json")
    links = {
        "page": writer.to("models/clf/index.html"),
        "version": writer.to("api/v1/models/clf/versions/7.json"),
    }
    item = VersionItem(Ref.model("clf", 7), 7, "", "", ("champion",), "none", False, links)
    file, scan = writer.file(item)
    assert file.path == "api/v1/models/clf.json"
    assert json.loads(file.data) == {
        "ref": "models:/clf/7",
        "version": 7,
        "label": "",
        "created_at": "",
        "aliases": ["champion"],
        "stage": "none",
        "recalled": False,
        "links": {"page": "../../../models/clf/index.html", "version": "clf/versions/7.json"},
    }
    assert scan.addresses == ("../../../models/clf/index.html", "clf/versions/7.json")


def test_a_badge_is_what_shields_io_reads() -> None:
    file, _ = Writer("b.json").file(Badge(1, "clf@champion", "v7", "brightgreen"))
    assert file.data == (
        b'{"schemaVersion": 1, "label": "clf@champion", "message": "v7", "color": "brightgreen"}\n'
    )
