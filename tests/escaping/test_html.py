import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from herdbook.escaping.html import link, printed, redact, safe_href, visible

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


def test_what_cannot_be_seen_is_written_out() -> None:
    assert visible("a\u202eb\u200bc\x07\x85\ufeff") == "a\\u202eb\\u200bc\\x07\\x85\\ufeff"
    assert visible("lone \ud800 surrogate") == "lone \\ud800 surrogate"
    assert visible("\U000e0041") == "\\U000e0041"


def test_plain_text_stays_as_it_is() -> None:
    text = "Größe 10 µm\n\tعربى 日本語 👍 naïve"
    assert visible(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0646\u062f",  # Persian: reads
        "\u06f1\u06f0\u200c\u0647\u0627",  # Persian: tens
        "\u0915\u094d\u200d\u0937 \u0d28\u0d4d\u200d",  # Hindi and Malayalam letters
        "\U0001f469\u200d\U0001f4bb \U0001f9d1\U0001f3fd\u200d\U0001f52c",  # at a computer, in a laboratory
        "\U0001f3f3\ufe0f\u200d\U0001f308 \u26f9\ufe0f\u200d\u2640\ufe0f",  # a flag, a sport
    ],
)
def test_joiners_that_shape_what_stands_around_them_stay(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("a\u200cb", "1\u200d2", "\u200d", "\u0627\u200c", "\u0627\u200c\u200c\u0627", "\u0627\u200c a"),
        *("\u061c\u200c\u0627", "\U0001f469\u200d", "\U0001f469\u200da", "a\ufe0f\u200d\U0001f4bb"),
    ],
)
def test_joiners_that_nobody_sees_are_written_out(text: str) -> None:
    assert not set(visible(text)) & set("\u200c\u200d")


@given(st.text("\u0627\u06cc\u061c\u200c\u200d\u094d\u0915\ufe0f\U0001f469\u2640a "))
def test_no_two_joiners_stand_together(text: str) -> None:
    shown = visible(text)
    assert not re.search("[\u200c\u200d]{2}", shown)
    assert visible(shown) == shown


@given(st.text())
def test_visible_text_can_be_encoded_and_steers_nothing(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert not set(shown) & set(BIDI + "\x00\x1b\u200b\u2028")
    assert visible(shown) == shown


@given(st.text())
def test_escaped_text_is_one_text_node(text: str) -> None:
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.tags = 0
            self.text = ""

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.tags += 1

        def handle_data(self, data: str) -> None:
            self.text += data

    reader = Reader()
    shown = visible(text)
    reader.feed(str(escape(shown)))
    reader.close()
    assert (reader.tags, reader.text.replace("\r", "")) == (0, shown.replace("\r", ""))


ADDRESSES = [
    ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
    ("http://localhost:5000/", "http://localhost:5000/"),
    ("HTTPS://EXAMPLE.org", "HTTPS://EXAMPLE.org"),
    ("mailto:risk@example.org", "mailto:risk@example.org"),
    ("models/clf/7.html", "../../models/clf/7.html"),
    ("models/clf/7.html#metrics", "../../models/clf/7.html#metrics"),
    ("#metrics", "#metrics"),
    ("javascript:alert(1)", None),
    ("http://www.%3Cscript%3E.com", None),  # no browser knows such a host
    ("JaVaScRiPt:alert(1)", None),
    (" javascript:alert(1)", None),
    ("java\nscript:alert(1)", None),
    ("\x01javascript:alert(1)", None),
    ("javascript&colon;alert(1)", None),
    ("data:text/html,<script>alert(1)</script>", None),
    ("vbscript:x", None),
    ("file:///etc/passwd", None),
    ("blob:https://example.org/1", None),
    ("s3://bucket/key", None),
    ("//evil.example/x", None),
    ("/\\evil.example", None),
    ("\\\\evil.example", None),
    ("/absolute", None),
    ("../outside", None),
    ("a/../../outside", None),
    ("a/%2e%2e/%2e%2e/outside", None),
    ("a/%252e%252e/x", None),
    ("https://user:pass@example.org/", None),
    ("https://user@example.org/", None),
    ("https://example.org/x?X-Amz-Signature=abc", None),
    ("https://example.org/x?sv=1&sig=abc", None),
    ("https://example.org/x?access_token=abc", None),
    ("https:/example.org", None),
    ("https:example.org", None),
    ("https://", None),
    ("https://exa mple.org", None),
    ("https://example.org\\@evil.example", None),
    ("https://example.org/\u202e", None),
    ('https://example.org/"onmouseover="alert(1)', None),
    ("mailto:a@b.c?body=<script>", None),
    ("", None),
]


@pytest.mark.parametrize(("address", "href"), ADDRESSES)
def test_what_may_be_a_link(address: str, href: str | None) -> None:
    assert safe_href(address, "../../") == href


@given(
    st.text()
    | st.builds(
        lambda scheme, rest: f"{scheme}:{rest}",
        st.sampled_from(["javascript", "data", "http", ""]),
        st.text(),
    )
)
def test_every_link_leads_to_the_web_to_mail_or_into_the_site(address: str) -> None:
    href = safe_href(address)
    if href is not None:
        target = urlsplit(urljoin("https://site.example/herd/x/", href))
        assert target.scheme in {"http", "https", "mailto"}
        if not re.match("(?i)https?:|mailto:", href):
            assert target.netloc == "site.example"
            assert target.path.startswith("/herd/x/")


SECRETS = [
    ("s3://AKIA:wJalr@bucket/key", "s3://***@bucket/key"),
    ("postgresql://me:pw@db/x and https://a:b@c.d/", "postgresql://***@db/x and https://***@c.d/"),
    ("https://a@b@host/x", "https://***@host/x"),
    ("https://h/x?X-Amz-Signature=12ab&y=1", "https://h/x?X-Amz-Signature=***&y=1"),
    ("https://h/x?sv=2024&sig=a%2Fb", "https://h/x?sv=2024&sig=***"),
    ("https://h/x?token=abc#frag", "https://h/x?token=***#frag"),
    ("git@github.com:org/repo.git", "git@github.com:org/repo.git"),
    ("see mail me@example.org", "see mail me@example.org"),
    ("https://h/~me@work/x", "https://h/~me@work/x"),
]


@pytest.mark.parametrize(("text", "shown"), SECRETS)
def test_secrets_in_addresses_are_not_shown(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert redact(shown) == shown
    assert printed(text) == escape(shown)


def test_a_link_shows_its_address_and_what_is_no_link_is_text() -> None:
    assert link("https://example.org/a&b") == Markup(
        '<a href="https://example.org/a&amp;b" rel="noreferrer">https://example.org/a&amp;b</a>'
    )
    assert link("s3://k:s@bucket/<x>") == Markup("<code>s3://***@bucket/&lt;x&gt;</code>")
    assert link("data/orders.parquet") == Markup("<code>data/orders.parquet</code>")
    assert link("javascript:alert(1)", "click <me>") == Markup("click &lt;me&gt;")


def test_none_prints_nothing_and_markup_stays() -> None:
    assert printed(None) == ""
    assert printed(Markup("<b>\u200d</b>")) == Markup("<b>\u200d</b>")
    assert printed(7) == "7"


@given(st.one_of(st.text(), st.text("<&>\"'x\u200d "), st.floats(), st.integers(), st.none()))
def test_all_else_is_escaped_as_the_library_escapes(value: object) -> None:
    expected = "" if value is None else redact(visible(str(value)))
    assert printed(value) == escape(expected)
    assert printed(printed(value)) == printed(value)


def test_no_naughty_string_becomes_a_link_that_runs(shared_data: Path) -> None:
    strings = json.loads((shared_data / "naughty-strings" / "blns.json").read_text())
    for file in sorted((shared_data / "xss").glob("*.txt")):
        strings += file.read_text(errors="replace").splitlines()
    assert len(strings) > 1000
    for text in strings:
        href = safe_href(text)
        assert href is None or re.match(r"(?i)https?://|mailto:|[#a-z0-9._~-]+$|[a-z0-9._~/%#-]+$", href), (
            text
        )
        assert "<" not in link(text).replace("<code>", "").replace("</code>", "").replace("</a>", "").replace(
            "<a href=", ""
        )
