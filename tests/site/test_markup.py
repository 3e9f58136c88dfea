import pytest

from herdbook.site.markup import Child, children_of, class_of, descendants, parsed, text_of, value_of


def shown(child: Child) -> object:
    """A child with all that stands in it, read."""
    if isinstance(child, str):
        return child
    tag, attributes, inside = child
    return tag, attributes, [shown(each) for each in children_of(inside)]


@pytest.mark.parametrize(
    ("markup", "tree"),
    [
        ("", []),
        ("a &lt; b", ["a < b"]),
        ("<p>a <b>b</b></p>", [("p", "", ["a ", ("b", "", ["b"])])]),
        ('<div class="x"><p>a</p>b</div>c', [("div", ' class="x"', [("p", "", ["a"]), "b"]), "c"]),
        ('<a title="1 > 0">x</a>', [("a", ' title="1 > 0"', ["x"])]),
        ("<div>a<hr>b</div>", [("div", "", ["a", ("hr", "", []), "b"])]),
        ("<div><section>a</div>b", [("div", "", [("section", "", ["a"])]), "b"]),
        ("a</div>b", ["a", "b"]),
        ("<div>a", [("div", "", ["a"])]),
        ("<svg><text>a</text></svg>b<button>c</button>", ["b"]),
    ],
)
def test_markup_is_read_as_a_tree(markup: str, tree: object) -> None:
    assert [shown(child) for child in parsed(markup)] == tree


def test_values_of_attributes_are_found_by_their_whole_names() -> None:
    attributes = ' data-title="a" title="b &amp; c"'
    assert value_of(attributes, "title") == "b & c"
    assert value_of(attributes, "href") == ""


def test_what_stands_in_an_element_is_found_however_deep() -> None:
    (table,) = parsed("<table><tbody><tr class='a'><td>1</td></tr><tr><td><b>2</b></td></tr></tbody></table>")
    assert not isinstance(table, str)
    rows = descendants(table[2], ("tr",))
    assert [text_of(inside) for _, _, inside in rows] == ["1", "2"]
    assert [class_of(row) for row in descendants('<p class="x">a</p>', ("p",))] == ["x"]
