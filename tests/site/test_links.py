from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from herdbook.site.links import (
    _ATTRIBUTES,
    DeadLinkError,
    LinkCheck,
    Passed,
    Scan,
    scan_frame,
    scan_markdown,
    scan_markup,
    scan_style,
)
from herdbook.site.markdown import prose
from herdbook.site.templates import shipped
from herdbook.site.twins import markdown_of
from site_samples import Elements

BITS = st.sampled_from([*"<>\"'=&; #/ab()`\n", " href=", "id=", "<a ", "url(#", "](", "```"])
TEXT = st.lists(BITS, max_size=12).map("".join)


def site(**pages: str) -> LinkCheck:
    """A check to which small pages were shown; ``a__b`` stands for ``a/b.html``."""
    check = LinkCheck()
    for name, markup in pages.items():
        check.add(f"{name.replace('__', '/')}.html", ("pages/some.html", scan_markup(markup)))
    return check


def complaint(check: LinkCheck) -> str:
    with pytest.raises(DeadLinkError) as raised:
        check.verify()
    return str(raised.value)


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        (
            '<a href="runs/b.html">b</a>',
            "links to runs/b.html, but there is no runs/b.html (nearest: runs/a.html;",
        ),
        ('<a href="runs/a.html#no">b</a>', "links to runs/a.html#no, but runs/a.html has no place no"),
        (
            '<a href="#plcae">b</a><p id="place">',
            "links to #plcae, but it has no place plcae (nearest: place;",
        ),
        ('<a href="../index.html">b</a>', "links to ../index.html, which leads out of the site"),
        ('<a href="/no.html">b</a>', "links to /no.html, but there is no no.html"),
        ('<a href="runs/">b</a>', "links to runs/, but there is no runs/ (nearest: runs/a.html;"),
        ('<a\nhref = "no.html">b</a>', "links to no.html"),
        ("<a href='no.html'>b</a>", "links to no.html"),
        ("<a class=x href=no.html>b</a>", "links to no.html"),
        ('<A HREF="no.html">b</A>', "links to no.html"),
        ('<a title="a > b" href="no.html">b</a>', "links to no.html"),
        ('<a title="a < b" href="no.html">b</a>', "links to no.html"),
        ('<a title=\'say "x"\' href="no.html">b</a>', "links to no.html"),
        ('<a href="runs&#47;no.html">b</a>', "links to runs/no.html"),
        ('<a href="no.html?x=1#a">b</a>', "links to no.html?x=1#a, but there is no no.html"),
        ('<img src="no.svg" alt="">', "links to no.svg"),
        ('<img srcset="index.html 1x, no.svg 2x" alt="">', "links to no.svg"),
        ('<svg><a xlink:href="no.html"><path/></a></svg>', "links to no.html"),
        ('<svg><a href="no.html"><path/></a></svg>', "links to no.html"),
        ('<svg><use href="#no"/></svg>', "links to #no"),
        ('<svg><path fill="url(#no)"/></svg>', "names an id no that it does not have"),
        ('<tr data-href="no.html">', "links to no.html"),
        ('<a class="x" title="y" href="no.html">b</a>', "links to no.html"),
        ('<a title="y"href="no.html">b</a>', "links to no.html"),
        ("<a title='\"' href=\"no.html\" class='\"'>b</a>", "links to no.html"),
        ('<a class="x"/href="no.html">b</a>', "links to no.html"),
        ('<a id=><a href="no.html">b</a>', "links to no.html"),
        ('<p title="<a b"><a href="no.html">b</a> "', "links to no.html"),
        ('<!-- a --><a href="no.html">b</a><!-- c -->', "links to no.html"),
        ('<script src="no.js">let a = "<a href=b>";</script>', "links to no.js"),
        ('<svg><path class="x" d="M0" filter="url(#no)"/></svg>', "names an id no that it does not have"),
        ('<section aria-labelledby="no">', "names an id no that it does not have"),
        ('<p id="a">b</p><p aria-describedby="a no">', "names an id no that it does not have"),
        ('<label for="no">', "names an id no that it does not have"),
        ('<td headers="no">', "names an id no that it does not have"),
        ('<p id="a">b</p><p id="a">', "gives the id a more than once"),
    ],
)
def test_a_dead_link_is_told(markup: str, said: str) -> None:
    message = complaint(site(index=markup, runs__a="<p id='yes'>"))
    assert message.startswith("the site has 1 dead link and was not written. index.html ")
    assert said in message
    assert message.endswith("template: pages/some.html).")


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="runs/a.html">b</a>',
        '<a href="./runs/../runs/a.html#yes">b</a>',
        '<a href="runs/a.html#%79es">b</a>',
        '<a href="/runs/a.html#yes">b</a>',
        '<a href="#own">b</a><p id="own">',
        '<a href="#">b</a>',
        '<a href="https://example.org/no.html">b</a>',
        '<a href="//example.org/no.html">b</a>',
        '<a href="mailto:a@example.org">b</a>',
        '<img src="data:image/png;base64,AAAA">',
        '<!-- <a href="no.html"> -->',
        "<script>let a = '<a href=\"no.html\">';</script>",
        '<p>&lt;a href="no.html"&gt;</p>',
        '<p>an href="no.html" in words</p>',
        '<p title="href=no.html id=own" id="own">',
        '<p class="<a href=no.html>">',
        """<p title='<a href="no.html">'>""",
        '<p class="id" data-id="own" data-id="own">',
        '<svg><path fill="none" stroke="url(#own)"/><path id="own"/></svg>',
    ],
)
def test_what_is_no_dead_link_is_let_pass(markup: str) -> None:
    assert site(index=markup, runs__a="<p id='yes'>").verify() == ()


def test_a_link_may_come_before_what_it_leads_to() -> None:
    assert site(a='<a href="x/b.html#c">', x__b='<p id="c"><a href="../a.html">').verify() == ()


def test_what_is_answered_is_not_kept() -> None:
    check = LinkCheck()
    for number in range(1000):
        check.add(f"{number}.html", ("pages/some.html", Scan((f"{number + 1}.html",), ids=("a", "b"))))
    check.add("1000.html")
    assert len(check._open) == 0
    assert len(check._shared) == 2


def test_dead_links_of_prose_are_told_and_no_fault_of_the_templates() -> None:
    body = prose("See [that](runs/no.html), [this](index.html#no) and [us](https://example.org/no).", "../")
    check = LinkCheck()
    check.add("index.html")
    check.add("runs/a.html", ("pages/run.html", scan_markup(body)))
    assert check.verify() == (
        "dead link in prose of the catalog: runs/a.html links to ../runs/no.html, but there is no "
        "runs/no.html (nearest: runs/a.html).",
        "dead link in prose of the catalog: runs/a.html links to ../index.html#no, but index.html has no "
        "place no.",
    )


def test_templates_answer_for_an_address_that_prose_has_too() -> None:
    markup = prose("[a](no.html)") + Markup('<a href="no.html">b</a>')
    assert "links to no.html" in complaint(site(index=markup))


def test_many_dead_links_are_counted_and_the_first_are_told() -> None:
    message = complaint(site(index="".join(f'<a href="no-{number}.html">' for number in range(2_000))))
    assert message.startswith("the site has 2,000 dead links")
    assert message.count(" links to ") == 5
    assert message.endswith(" And 1,995 more.")


def test_parts_of_a_page_share_its_ids() -> None:
    check = LinkCheck()
    frame, body = Scan(ids=("top",), addresses=("#card",)), Scan(ids=("card",), addresses=("#top",))
    check.add("index.html", ("chrome/main.html", frame), ("pages/home.html", body))
    assert check.verify() == ()


def test_who_is_to_blame_is_named() -> None:
    check = LinkCheck(origin=lambda name: f"templates/{name}")
    check.add("a.html", ("chrome/main.html", Scan(addresses=("no.html",))), ("pages/run.html", Scan()))
    with pytest.raises(DeadLinkError, match=r"template: templates/chrome/main\.html\)\.$"):
        check.verify()


def test_the_page_for_dead_links_begins_at_the_top_of_the_site() -> None:
    check = LinkCheck("/herd/")
    check.add("404.html", ("chrome/404.html", Scan(("/herd/index.html", "/wiki", "/herd/no.html"))))
    check.add("index.html")
    message = complaint(check)
    assert "1 dead link" in message
    assert "there is no no.html" in message


def test_the_script_of_the_theme_follows_an_address_in_its_settings() -> None:
    frame = '<script id="__config" type="application/json">{"search": "../a.js", "base": ".."}</script>'
    assert scan_frame(frame).addresses == ("../a.js",)


def test_styles_load_things() -> None:
    assert scan_style("a{b:url(c.svg)}d{e:url( 'f.svg' )}g{h:url(\"i\")}").addresses == (
        "c.svg",
        "f.svg",
        "i",
    )


def test_markdown_links() -> None:
    text = "[a](b.md) [c\\](d)](e.md) \\[f\\](g.md) `[h](i.md)` \\`[j](k.md)\\`\n```\n[l](m.md)\n```"
    assert scan_markdown(text, {"k.md"}) == Scan(addresses=("b.md", "e.md"), prose=("k.md",))


@given(TEXT, TEXT, TEXT)
def test_text_of_the_catalog_in_a_twin_is_never_taken_for_a_link(text: str, code: str, block: str) -> None:
    body = Markup('<p>{}<code>{}</code><a href="x.html">z{}</a></p><pre>{}</pre>').format(
        text, code, text, block
    )
    assert scan_markdown(markdown_of(body)) == Scan(addresses=("x.md",))


@pytest.mark.parametrize("name", _ATTRIBUTES)
def test_no_attribute_that_leads_somewhere_is_passed_over(name: str) -> None:
    assert scan_markup(f'<p class="x" {name}="url(#no)">') != Scan()


ATTRIBUTES = st.lists(
    st.tuples(
        st.sampled_from([" ", "\n", "  "]),
        st.sampled_from(["class", "title", "d", "data-value", "href", "src"]),
        st.sampled_from(['"{}"', "'{}'"]),
        st.text("<>/= #a.", max_size=4),
    ),
    unique_by=lambda attribute: attribute[1],
)
TAGS = ATTRIBUTES.map(
    lambda given: "".join(f"{space}{name}={quoted.format(value)}" for space, name, quoted, value in given)
)


@given(st.lists(TAGS, max_size=3))
def test_attributes_are_found_as_a_parser_finds_them(tags: list[str]) -> None:
    markup = "".join(f"<p{tag}>a = " for tag in tags)
    assert set(scan_markup(markup).addresses) == set(filter(None, Elements(markup).links()))


@given(TEXT, TEXT)
def test_text_of_the_catalog_is_never_taken_for_a_link(text: str, title: str) -> None:
    markup = Markup('<p title="{}">{}<a href="x.html" id="y">z</a></p>').format(title, text)
    assert scan_markup(markup) == Scan(addresses=("x.html",), ids=("y",))


@given(TEXT)
def test_prose_holds_the_links_that_a_parser_finds(text: str) -> None:
    body = prose(text)
    found = scan_markup(body)
    assert [*found.addresses, *found.prose] == list(dict.fromkeys(Elements(body).links()))
    assert found.ids == ()


def test_links_are_found_as_a_parser_finds_them_in_our_own_templates() -> None:
    for path in sorted(Path(shipped()).rglob("*.html")):
        text = path.read_text()
        if "{" not in text:
            elements = Elements(text)
            found = scan_markup(text)
            assert list(found.addresses) == list(dict.fromkeys(elements.links())), path


def test_files_that_stay_are_there_with_their_places() -> None:
    asked: list[str] = []

    def ids_in(path: str) -> frozenset[str]:
        asked.append(path)
        return frozenset(["here"])

    check = LinkCheck(kept={"a.html", "b.html"}, ids_in=ids_in)
    check.add("c.html", ("t", Scan(("a.html", "b.html#here", "b.html#here"))))
    assert not check.verify()
    assert asked == ["b.html"]
    check.add("d.html", ("t", Scan(("b.html#there",))))
    with pytest.raises(DeadLinkError, match="has no place there"):
        check.verify()


NAMES = st.sampled_from(["a", "b", "c", "d/a", "d/b"])
PLACES = st.sampled_from(["", "#x", "#y"])
ADDRESSES = st.builds("{}.html{}".format, NAMES | st.just("../a") | st.just("none"), PLACES) | PLACES
SCANS = st.builds(
    Scan,
    st.lists(ADDRESSES, max_size=4).map(tuple),
    st.lists(st.sampled_from(["x", "y"]), max_size=2).map(tuple),
    st.lists(st.sampled_from(["x", "z"]), max_size=1).map(tuple),
    st.lists(ADDRESSES, max_size=2).map(tuple),
)
MAKERS = st.sampled_from(["", "pages/one.html", "pages/other.html"])
PARTS = st.lists(st.tuples(MAKERS, SCANS), min_size=1, max_size=2)


def verdict(check: LinkCheck) -> tuple[str, tuple[str, ...]]:
    try:
        return "", check.verify()
    except DeadLinkError as error:
        return str(error), ()


def named(passed: Passed) -> Passed:
    """With its templates as they are to be told."""
    return passed._replace(
        links=tuple((address, maker and f"the {maker}") for address, maker in passed.links)
    )


@given(st.dictionaries(NAMES, PARTS), st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_checks_of_parts_of_a_site_make_up_the_check_of_the_whole(
    pages: dict[str, list[tuple[str, Scan]]], places: list[int]
) -> None:
    whole, merged = LinkCheck(origin="the {}".format), LinkCheck()
    parts = [LinkCheck(origin="the {}".format) for _ in range(3)]
    for place, (name, scans) in zip(places, pages.items(), strict=False):
        told = whole.add(f"{name}.html", *scans)
        passed = parts[place].add(f"{name}.html", *scans)
        named = tuple((address, maker and f"the {maker}") for address, maker in passed.links)
        # The check of the whole says the same of a file as one that follows the parts.
        beyond = merged.add_passed(passed._replace(links=named))
        assert beyond == told._replace(
            links=tuple((address, maker and f"the {maker}") for address, maker in told.links)
        )
    assert verdict(merged) == verdict(whole)


@given(st.dictionaries(NAMES, PARTS), st.lists(st.integers(0, 1), min_size=5, max_size=5))
def test_a_check_ahead_knows_what_has_passed(
    pages: dict[str, list[tuple[str, Scan]]], places: list[int]
) -> None:
    whole, check = LinkCheck(origin="the {}".format), LinkCheck(origin="the {}".format)
    # Two processes each know what has passed when they begin, and what they do themselves.
    ahead = [check.ahead(), check.ahead()]
    for place, (name, scans) in zip(places, pages.items(), strict=False):
        told = whole.add(f"{name}.html", *scans)
        assert check.add_passed(ahead[place].add(f"{name}.html", *scans)) == told
    assert verdict(check) == verdict(whole)
