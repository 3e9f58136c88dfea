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


@pytest.mark.parametrize(
    ("macro", "call", "text"),
    [
        ("a(x, y='d')", "a('&', 'e')", "(&amp;|e|)"),
        ("a(x, y='d')", "a('&')", "(&amp;|d|)"),
        ("a(x, y='d')", "a(y='e', x='&')", "(&amp;|e|)"),
        ("a(x, y='d', caller=none)", "a('&', 'e')", "(&amp;|e|)"),
        ("a(x, y='d', caller=none)", "a('&', 'e', m)", "(&amp;|e|&lt;)"),
    ],
)
def test_a_macro_takes_what_it_is_given(tmp_path: Path, macro: str, call: str, text: str) -> None:
    lines = (
        f"{{% macro {macro} %}}({{{{ x }}}}|{{{{ y }}}}|{{{{ caller() if caller }}}}){{% endmacro %}}"
        f"{{% macro m() %}}{{{{ '<' }}}}{{% endmacro %}}{{{{ {call} }}}}"
    )
    if "caller" not in macro:
        lines = lines.replace("caller() if caller", "caller() if caller is defined")
    assert overlay(tmp_path, x=lines).render("x.html", "a.html") == text


@pytest.mark.parametrize(
    ("macro", "call", "text"),
    [
        ("{{ x }}{{ varargs }}{{ kwargs }}", "{{ a(1, 2, b=3) }}", "1(2,){&#39;b&#39;: 3}"),
        ("{{ x }}{{ varargs }}", "{{ a(1) }}", "1()"),
        ("{{ x }}{{ varargs }}{{ caller() }}", "{% call a(1, 2) %}<{% endcall %}", "1(2,)<"),
        ("{{ x }}{{ kwargs }}", "{{ a(1) }}", "1{}"),
    ],
)
def test_a_macro_is_given_all_that_is_left(tmp_path: Path, macro: str, call: str, text: str) -> None:
    lines = f"{{% macro a(x) %}}{macro}{{% endmacro %}}{call}"
    assert overlay(tmp_path, x=lines).render("x.html", "a.html") == text


def test_a_macro_can_name_its_block(tmp_path: Path) -> None:
    lines = "{% macro a(x, caller=none) %}{{ x }}{{ caller() }}{% endmacro %}{% call a(1) %}<{% endcall %}"
    assert overlay(tmp_path, x=lines).render("x.html", "a.html") == "1<"


@pytest.mark.parametrize("call", ["a(1, 2)", "a(1, b=2)"])
def test_a_macro_refuses_what_it_does_not_take(tmp_path: Path, call: str) -> None:
    templates = overlay(tmp_path, x="{% macro a(x) %}{% endmacro %}{{ " + call + " }}")
    with pytest.raises(HerdbookError, match=r"template x\.html, for the page a\.html: macro 'a' takes n"):
        templates.render("x.html", "a.html")


@pytest.mark.parametrize("fault", ["1 + 'a'", "1 // 0", "[][5:'a']", "'%d' % 'a'"])
def test_a_fault_of_a_team_s_template_is_told_with_its_name(tmp_path: Path, fault: str) -> None:
    templates = overlay(tmp_path, x="{{ " + fault + " }}")
    with pytest.raises(HerdbookError, match=r"template x\.html, for the page a\.html: .+"):
        templates.render("x.html", "a.html")


def test_a_macro_without_its_block_says_so(tmp_path: Path) -> None:
    templates = overlay(tmp_path, x="{% macro a() %}{{ caller() }}{% endmacro %}{{ a() }}")
    with pytest.raises(HerdbookError, match="No caller defined"):
        templates.render("x.html", "a.html")


def test_a_page_makes_the_modules_that_its_templates_import_once(tmp_path: Path) -> None:
    templates = overlay(
        tmp_path,
        m="{% set made = numbers.pop() %}{% macro a() %}{{ made }}{{ url(p) }}{% endmacro %}",
        n="{% import 'm.html' as m with context %}{% macro b() %}{{ m.a() }}{% endmacro %}",
        x="{% import 'm.html' as m with context %}{{ m.a() }} "
        "{% import 'n.html' as n with context %}{{ n.b() }}",
    )
    numbers = [1, 2, 3]
    assert templates.render("x.html", "a.html", p="b.html", numbers=numbers) == "3b.html 3b.html"
    assert templates.render("x.html", "c/a.html", p="b.html", numbers=numbers) == "2../b.html 2../b.html"


def test_a_module_sees_what_was_set_before_it_was_imported(tmp_path: Path) -> None:
    templates = overlay(
        tmp_path,
        m="{% macro a() %}{{ tone }}{% endmacro %}",
        x="{% for tone in '<>' %}{% import 'm.html' as m with context %}{{ m.a() }}{% endfor %}",
    )
    assert templates.render("x.html", "a.html") == "&lt;&gt;"


def test_a_choice_without_an_alternative_prints_nothing(tmp_path: Path) -> None:
    text = "{{ '<' if some }}|{{ '<' | safe if some }}|{{ '<' if not some }}|{{ (('<' if some) ~ '>') }}"
    assert overlay(tmp_path, x=text).render("x.html", "a.html", some=False) == "||&lt;|&gt;"


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
