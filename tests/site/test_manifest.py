"""The manifest: what is exchanged in it makes the manifest that is written from nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.site.manifest import Manifest

PATHS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
FILES = st.dictionaries(PATHS, DIGESTS, max_size=8)


@given(FILES)
def test_a_manifest_is_json_and_is_read_again(files: dict[str, str]) -> None:
    content = Manifest.of(files).content
    told = json.loads(content)["files"]
    assert (told, list(told)) == (files, sorted(files))
    again = Manifest(content)
    assert again.content == content
    assert len(again) == len(files)
    assert {path: again.digest(path) for path in files} == files


@given(FILES, FILES, st.sets(PATHS))
def test_what_is_exchanged_makes_the_same_manifest(
    files: dict[str, str], others: dict[str, str], gone: set[str]
) -> None:
    left = {path: digest for path, digest in {**files, **others}.items() if path not in gone}
    before = Manifest.of(files)
    after = before.changed(others, gone)
    assert after.content == Manifest.of(left).content
    assert {path: after.digest(path) for path in {*files, *others, *gone}} == {
        path: left.get(path, "") for path in {*files, *others, *gone}
    }
    assert before.content == Manifest.of(files).content


@pytest.mark.parametrize("content", [b"", b"{}", b'{"files": {}}', Manifest.of({"a": 64 * "0"}).content[1:]])
def test_what_no_build_of_this_version_wrote_is_no_manifest(content: bytes) -> None:
    with pytest.raises(ValueError, match="no manifest"):
        Manifest(content)


def test_lines_without_a_path_are_none() -> None:
    digest = 64 * "0"
    whole = Manifest.of({"a": digest}).content
    for path in (b"7", b'"a'):
        with pytest.raises(ValueError):  # noqa: PT011  JSON's own words
            Manifest(whole.replace(b'"a"', path)).digest("a")
