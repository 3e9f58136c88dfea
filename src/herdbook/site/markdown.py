"""Prose of the catalog as HTML: CommonMark and tables without raw HTML, then an allow-list.

Headings begin one level below what they stand under and skip none, tables look and scroll as all others do,
pictures become links, and links are http, https, mailto or relative to the site.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from herdbook.escaping.html import redact, safe_href, visible

HasPage = Callable[[str], bool]
"""Tells whether a page stands at a path of the site."""

# Longer prose is shown as it was written: at worst, Markdown takes time faster than the text grows.
LONGEST: Final = 65_536
_TAGS: Final = {
    *("p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h2", "h3", "h4", "h5", "h6", "div", "table", "thead", "tbody", "tr", "th", "td"),
}
_CLASSES: Final = {"div": {"hb-table-box"}, "table": {"hb-table"}, "th": {"hb-number"}, "td": {"hb-number"}}
_ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES: Final = {"http", "https", "mailto"}


@lru_cache(maxsize=4096)
def prose(text: str, root: str = "", has_page: HasPage | None = None, below: int = 2) -> Markup:
    """Return Markdown `text` as HTML.

    Args:
        text: what somebody wrote in the catalog.
        root: the way from the page to the top of the site; there, relative links begin.
        has_page: tells whether a page stands at a path; what leads to none is no link.
        below: the level of the heading that it stands under.
    """
    text = redact(visible(text))
    if len(text) > LONGEST:
        return Markup("<pre>{}</pre>").format(text)
    env: dict[str, object] = {"root": root, "has_page": has_page}
    tokens = _MARKDOWN.parse(text, env)
    used = sorted({token.tag for token in tokens if token.type == "heading_open"})
    env["levels"] = {tag: min(below + number, 6) for number, tag in enumerate(used, start=1)}
    rendered = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env)
    return Markup(
        nh3.clean(
            rendered,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            allowed_classes=_CLASSES,
            url_schemes=_SCHEMES,
            link_rel="noreferrer",
        )
    )


def plain(text: str, limit: int = 160) -> str:
    """Return the beginning of Markdown `text` in plain words, for descriptions and search."""
    blocks: list[str] = []
    for token in _MARKDOWN.parse(redact(visible(text[: 8 * limit]))):
        parts = token.children or ()
        blocks.append(
            "".join(
                part.content if part.type in {"text", "code_inline"} else " " * _breaks(part)
                for part in parts
            )
        )
        if sum(map(len, blocks)) > limit:
            break
    shown = " ".join(" ".join(blocks).split())
    return shown if len(shown) <= limit else shown[: limit - 1].rsplit(" ", 1)[0] + "…"


def _breaks(part: Token) -> bool:
    return part.type in {"softbreak", "hardbreak"}


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False}).enable(
        "table"
    )
    # Which links are kept is decided below, where the page is known.
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]  # markdown-it is configured so
    markdown.add_render_rule("link_open", _open_link)
    markdown.add_render_rule("image", _image)
    markdown.add_render_rule("table_open", _table)
    markdown.add_render_rule("table_close", _table)
    markdown.add_render_rule("th_open", _cell)
    markdown.add_render_rule("td_open", _cell)
    markdown.add_render_rule("heading_open", _heading)
    markdown.add_render_rule("heading_close", _heading)
    return markdown


def _open_link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    href = _href(tokens[index].attrs.get("href", ""), env)
    return "<a>" if href is None else f'<a href="{escape(href)}">'


def _href(address: object, env: EnvType) -> str | None:
    href, root, has_page = safe_href(str(address), env["root"]), env["root"], env["has_page"]
    if href is None or has_page is None or ":" in href or href.startswith("#"):
        return href
    path = unquote(href.partition("#")[0]).removeprefix(root)
    return href if has_page(path) else None


def _image(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    # The site loads no picture from elsewhere.
    token = tokens[index]
    href = _href(token.attrs.get("src", ""), env)
    text = escape(renderer.renderInlineAsText(token.children or [], options, env) or "picture")
    return str(text) if href is None else f'<a href="{escape(href)}">{text}</a>'


def _table(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    if tokens[index].nesting == 1:
        return '<div class="hb-table-box"><table class="hb-table">\n'
    return "</table></div>\n"


def _cell(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[index]
    to_the_right = token.attrs.get("style") == "text-align:right"
    return f'<{token.tag} class="hb-number">' if to_the_right else f"<{token.tag}>"


def _heading(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[index]
    level = env["levels"][token.tag]
    return f"<h{level}>" if token.nesting == 1 else f"</h{level}>\n"


_MARKDOWN: Final[Any] = _markdown()
