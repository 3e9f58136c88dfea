import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.importers import uris
from herdbook.schema import schema

URI = re.compile(schema("run")["$defs"]["uri"]["pattern"].replace("$(?!\\n)", r"\Z"))


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("s3://bucket/a/b", "s3://bucket/a/b"),
        ("file:C:\\Users\\Ana B\\x", "file:C:/Users/Ana%20B/x"),
        ("https://ana:secret@example.com/x?a=b#c", "https://example.com/x?a=b#c"),
        ("abfss://models@acc.dfs.core.windows.net/1", "abfss://models@acc.dfs.core.windows.net/1"),
        (
            "https://acc.blob.core.windows.net/c/1?sp=r&sig=abc",
            "https://acc.blob.core.windows.net/c/1?sp=r&sig=****",
        ),
        ("s3://b/x?X-Amz-Signature=abc", "s3://b/x?X-Amz-Signature=****"),
        (" s3://b/é ", "s3://b/%C3%A9"),
        ("s3://b/100%25", "s3://b/100%25"),
        ("s3://b/\ud800", "s3://b/%3F"),
        ("", ""),
        ("s3://" + "x" * 3_000, ""),
    ],
)
def test_addresses_are_made_valid(uri: str, address: str) -> None:
    assert uris.address(uri) == address


@given(st.text())
def test_every_address_is_valid_or_none(text: str) -> None:
    found = uris.address(text)
    assert found == "" or URI.match(found)
