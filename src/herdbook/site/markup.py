"""The markup of pages as a tree of what can be read on them: pictures, buttons and scripts are left out.

It is markup of our own making, in which catalog text stands escaped. So it is read quickly, and not as a
browser reads what anybody wrote. Elements are plain tuples, since a site has millions of them.
"""

import re
from collections.abc import Collection
from html import unescape
from typing import Final, TypeAlias

Element: TypeAlias = tuple[str, str, "Inside"]
"""A tag, its attributes as they were given, and what stands inside."""
Child: TypeAlias = "Element | str"
"""An element or a text."""
Inside: TypeAlias = "list[Child] | str"
"""Children; or the markup of a line or a row, which is read when it is written."""

_EMPTY: Final = frozenset(("br", "hr", "img", "input", "wbr", "col", "link", "meta"))
_GIVEN: Final = r"""[^>"']*+(?:"[^"]*+"[^>"']*+|'[^']*+'[^>"']*+)*+"""
_IN_A_LINE: Final = "a|abbr|b|br|button|code|del|em|i|s|small|span|strong|sub|sup|time|u|wbr"
_PARTS = re.compile(
    # What is left out,
    r"<(?:wbr>|(svg|button|form|label|select|script|style|template)(?=[\s>])[^<]*+(?:<(?!/\1>)[^<]*+)*+(?:</\1>)?"
    # or a line or a row: in it stand only cells and what may stand in a line, and nothing of its own kind;
    rf"|(t[rdh]|p|d[dt]|h[1-6]|li|summary|figcaption|{_IN_A_LINE})\b({_GIVEN})>"
    rf"([^<]*+(?:</?(?!\2\b)(?:t[dh]|{_IN_A_LINE})\b{_GIVEN}>[^<]*+)*+)</\2>"
    # or a tag; and the text behind it.
    rf"|(/?)([a-zA-Z][a-zA-Z0-9]*)({_GIVEN})>)([^<]*)"
)


def parsed(markup: str) -> list[Child]:
    """Read markup; what is closed twice, or never, ends with what it stands in."""
    inside: list[Child] = []
    root = inside
    path: list[tuple[str, list[Child]]] = []
    before = markup.partition("<")[0]
    if before:
        inside.append(unescape(before))
    for _, line, of_line, in_line, closing, tag, attributes, text in _PARTS.findall(markup):
        if line:
            inside.append((line, of_line, in_line))
        elif closing:
            if path and path[-1][0] == tag:
                _, inside = path.pop()
            elif any(outer == tag for outer, _ in path):
                while path[-1][0] != tag:
                    path.pop()
                _, inside = path.pop()
        elif tag:
            within: list[Child] = []
            inside.append((tag, attributes, within))
            if tag not in _EMPTY:
                path.append((tag, inside))
                inside = within
        if text:
            inside.append(unescape(text) if "&" in text else text)
    return root


def children_of(inside: Inside) -> list[Child]:
    """The elements and texts that stand in an element."""
    if not isinstance(inside, str):
        return inside
    if "<" in inside:
        return parsed(inside)
    return [unescape(inside)] if inside else []


def value_of(attributes: str, name: str) -> str:
    """The value of an attribute; empty where it is not given."""
    _, found, rest = attributes.partition(f' {name}="')
    return unescape(rest.partition('"')[0]) if found else ""


def class_of(element: Element) -> str:
    """The classes of an element, as they were given."""
    return value_of(element[1], "class")


def is_tag(child: Child, tag: str) -> bool:
    """Tell whether a child is an element with a tag."""
    return not isinstance(child, str) and child[0] == tag


def descendants(inside: Inside, tags: Collection[str]) -> list[Element]:
    """The elements with some tags, however deep; what stands in one of them is not looked into."""
    found: list[Element] = []
    for child in children_of(inside):
        if isinstance(child, str):
            continue
        if child[0] in tags:
            found.append(child)
        elif not isinstance(child[2], str):
            found += descendants(child[2], tags)
    return found


def text_of(inside: Inside) -> str:
    """All text that stands in an element."""
    return "".join([child if isinstance(child, str) else text_of(child[2]) for child in children_of(inside)])
