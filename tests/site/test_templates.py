from pathlib import Path

import pytest

from herdbook.errors import HerdbookError
from herdbook.site.templates import Templates, shipped
from herdbook.telling.document import Corner, Graph


def overlay(folder: Path, **files: str) -> Templates:
    for name, text in files.items():
        (folder / f"{name}.html").write_text(text)
    return Templates(folder)


def test_what_a_template_prints_is_escaped_and_visible(tmp_path: Path) -> None:
    templates = overlay(
        tmp_path, x="<p>{{ text }}|{{ nothing }}|{{ url('models/a.html') }}|{{ prose('*a* <b>') }}</p>"
    )
    shown = templates.render("x.html", "runs/r.html", text="<b>\u202e s3://k:geheim@b", nothing=None)
    assert shown == ("<p>&lt;b&gt;\\u202e s3://***@b||../models/a.html|<p><em>a</em> &lt;b&gt;</p>\n</p>")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n{% if %}", "template x.html, line 2: "),
        ("{{ unknown }}", "template x.html, for the page a.html: 'unknown' is undefined"),
        ("{% extends 'no.html' %}", "template no.html is missing"),
    ],
)
def test_a_faulty_template_is_a_message(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(HerdbookError, match=message):
        overlay(tmp_path, x=text).render("x.html", "a.html")


def test_a_template_of_a_team_can_extend_ours(tmp_path: Path) -> None:
    templates = overlay(
        tmp_path, macros="{% import 'herdbook/macros.html' as ours %}mine {{ ours.empty('x') }}"
    )
    assert templates.render("macros.html", "a.html").split() == ["mine", "<p", 'class="hb-empty">x</p>']


def test_macros_are_called_as_jinja_calls_them(tmp_path: Path) -> None:
    macros = (
        "{% macro a(x, y='d') %}<{{ x }} {{ y }} {{ caller() if caller is defined }}>{% endmacro %}"
        "{% for n in range(2) %}{% set m = n %}{{ a(m, y='&') }}{% call a('c') %}{{ url(p) }}{% endcall %}"
        "{% endfor %}{% autoescape false %}{{ a('<') is escaped }}{% endautoescape %}"
    )
    text = overlay(tmp_path, x=macros).render("x.html", "a/x.html", p="b/c.html")
    assert text == "<0 &amp; ><c d ../b/c.html><1 &amp; ><c d ../b/c.html>False"


def test_a_folder_that_is_not_there_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(HerdbookError, match="is no folder of templates"):
        Templates(tmp_path / "none")


def test_files_come_from_both_folders(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "herdbook.css").write_text("mine")
    (tmp_path / "assets" / "extra.js").write_text("more")
    files = dict(Templates(tmp_path).files("assets"))
    assert files["herdbook.css"] == b"mine"
    assert files["extra.js"] == b"more"
    assert files["herdbook.js"] == (shipped() / "assets" / "herdbook.js").read_bytes()


def test_a_heading_breaks_at_underscores_and_stays_text(tmp_path: Path) -> None:
    page = overlay(tmp_path, x="{{ name | breakable }}").render("x.html", "index.html", name="a_<b>_\u202e")
    assert page == "a_<wbr>&lt;b&gt;_<wbr>\\u202e"


def test_a_drawing_in_an_answer_leaves_no_trace_on_a_page(tmp_path: Path) -> None:
    text = "{% import 'telling.html' as told with context %}<p>{{ told.block(graph) }}</p>"
    graph = Graph((Corner("x", "run", "added"),), ())
    page = overlay(tmp_path, x=text).render("x.html", "a.html", graph=graph)
    assert page == "<p></p>"
