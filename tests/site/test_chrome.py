import base64
import hashlib
import posixpath
import re
import socket
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import Markup

from herdbook.errors import HerdbookError
from herdbook.escaping.html import visible
from herdbook.site import chrome as chrome_module
from herdbook.site.chrome import Blank, Chrome, Imprint, build_chrome, run_builder, secured
from herdbook.site.links import THEME_WORKERS
from herdbook.site.page import Page, Section
from herdbook.site.paths import path_of_twin
from herdbook.site.templates import Templates
from site_samples import NASTY, PAGES, page


def alone(page: Page, site_name: str) -> str:
    """The page as the builder makes it when it renders nothing but this one."""
    templates = Templates()
    own = chrome_module._own_assets(templates)
    marks = {"site": escape(site_name), "trust": "Declared.", "policy": "POLICY-MARK"}
    title = escape(visible(page.title))
    twin = path_of_twin(page.path).rpartition("/")[2]
    blank = Blank(page.path, page.section, title, escape(page.description), str(page.body), twin)
    built = run_builder(templates, [blank], chrome_module._configuration(own, marks, "/"))
    return secured(built[page.path].decode(), "POLICY-MARK")


@pytest.mark.parametrize("sample", PAGES, ids=lambda sample: sample.path)
def test_a_page_is_byte_for_byte_what_the_builder_makes_of_it(chrome: Chrome, sample: Page) -> None:
    assert chrome.page(sample, Imprint("Our herd", "Declared.")).data.decode() == alone(sample, "Our herd")


def test_there_is_a_frame_for_every_section_and_depth(chrome: Chrome) -> None:
    assert len(chrome.skeletons) == len(Section) * 3
    for section in Section:
        deep = Page("a/b/c.html", "T", "D", section, Markup("<p>B</p>"))
        text = chrome.page(deep, Imprint("S")).data.decode()
        assert text.count("md-tabs__item--active") == 1
        assert '<a href="../../index.html" title="S"' in text


def test_the_policy_allows_exactly_the_scripts_inside_the_page(chrome: Chrome) -> None:
    for sample in PAGES:
        text = chrome.page(sample, Imprint("S")).data.decode()
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        allowed = set(re.findall(r"'sha256-([^']+)'", policy))
        inline = {
            base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
            for code in re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        }
        assert allowed == inline


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_text_of_the_catalog_adds_no_element_to_the_frame(chrome: Chrome) -> None:
    def tags(title: str, description: str, site: str) -> list[tuple[str, list[str]]]:
        parser = _Tags()
        sample = Page("models/index.html", title, description, Section.MODELS, Markup("<p>x</p>"))
        parser.feed(chrome.page(sample, Imprint(site, site)).data.decode())
        return [(tag, sorted(attributes)) for tag, attributes in parser.tags]

    assert tags(NASTY, NASTY, NASTY) == tags("t", "d", "s")


def test_nothing_in_the_frame_is_loaded_from_elsewhere(chrome: Chrome) -> None:
    for file in (chrome.page(PAGES[0], Imprint("S")), chrome.missing_page(Imprint("S"))):
        parser = _Tags()
        parser.feed(file.data.decode())
        for tag, attributes in parser.tags:
            assert not any(name.startswith("on") or name == "style" for name in attributes), tag
            for name in ("src", "href"):
                assert not re.match(r"(?i)[a-z]+:|//", attributes.get(name) or ""), attributes


def test_links_of_the_page_for_dead_links_hold_at_any_depth() -> None:
    text = build_chrome(Templates(), "/herdbook/").missing_page(Imprint("S")).data.decode()
    parser = _Tags()
    parser.feed(text)
    local = [a["href"] for tag, a in parser.tags if tag in {"a", "link"} and a.get("href")]
    assert local
    assert all(str(href).startswith(("/herdbook/", "#")) for href in local)


def test_assets_named_in_pages_are_there_and_no_more_than_needed(chrome: Chrome) -> None:
    text = chrome.page(PAGES[0], Imprint("S")).data.decode()
    named = set(re.findall(r'(?:src|href)="(assets/[^"]+)"', text))
    ((own, theme),) = re.findall(r'"search": "([^"?]+)\?([^"]+)"', text)
    named |= {own, posixpath.normpath(f"{posixpath.dirname(own)}/{THEME_WORKERS}{theme}")}
    assert named == {file.path for file in chrome.assets}


def test_the_builder_opens_no_socket_and_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "__init__", refuse)
    build_chrome(Templates())
    assert capfd.readouterr() == ("", "")


def test_two_builds_give_the_same_bytes(chrome: Chrome) -> None:
    again = build_chrome(Templates())
    assert again == chrome
    assert again.page(PAGES[1], Imprint("S")) == chrome.page(PAGES[1], Imprint("S"))


def test_a_broken_template_of_a_team_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "chrome").mkdir()
    (tmp_path / "chrome" / "main.html").write_text("{% extends 'base.html' %}{% block content %}")
    with pytest.raises(HerdbookError, match="frame of the pages cannot be built"):
        build_chrome(Templates(tmp_path))


def test_a_file_of_a_team_hides_ours(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "herdbook.css").write_text("body { color: red }")
    assets = {file.path: file.data for file in build_chrome(Templates(tmp_path)).assets}
    assert b"body { color: red }" in assets.values()
    assert any(path.startswith("assets/herdbook.") and path.endswith(".js") for path in assets)


def test_a_deeper_page_than_any_frame_is_a_mistake_of_ours(chrome: Chrome) -> None:
    with pytest.raises(KeyError):
        chrome.page(page("a/b/c/d.html", Section.MODELS), Imprint("S"))
