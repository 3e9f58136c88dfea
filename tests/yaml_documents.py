"""Documents as people write them: comments, blank lines and odd layouts, wherever YAML allows them."""

from typing import Any

from hypothesis import strategies as st

from herdbook.yaml.reader import parse_yaml

FAR = "\n" + " " * 20
"""Goes on in another line, further in than anything else."""

comments = st.sampled_from(["", "", "  # why", "   #", " # a: b", " # 'it'", ' # {"a": [1]} - x'])
lines_between = st.sampled_from(
    ["", "", "", "\n", "# a line of its own\n", "    # further in\n", "\n\n# x: y\n"]
)
names = st.sampled_from(
    ["a", "b", "tags", "reason", "by", "version", "aliases", '"quoted key"', "'it''s'", "1.5x", "é"]
)
plain_texts = st.sampled_from(
    [
        "word",
        '"in quotes"',
        "'single ''quotes'''",
        "7",
        "-1.5",
        "true",
        "null",
        "~",
        "a b:c",
        '"# no comment"',
        "'no: mapping'",
        "http://x/y#z",
        '"tab\\tand \\u200b"',
        "2024-01-01",
        "12:30",
        "",
        "0x1F",
        "3e-4",
        f'"over two{FAR}lines\\n\\\n{FAR} # no comment"',
        f"'over two{FAR}lines'",
        f"over two{FAR}lines#x",
    ]
)
gaps = st.sampled_from(["", "", "", " ", FAR, f"  # why{FAR}", f" # a{FAR}# b, c{FAR}", f"\n{FAR}"])


@st.composite
def flows(draw: st.DrawFn, depth: int = 0) -> str:
    """A value as it can stand inside brackets and braces."""
    kind = draw(st.integers(0, 2 if depth < 2 else 0))
    first, last = draw(gaps), draw(gaps)
    if kind == 0:
        return draw(plain_texts.filter(lambda text: text != ""))
    members = draw(st.lists(flows(depth + 1), max_size=3))
    commas = [draw(gaps) + "," + (draw(gaps) or " ") for _ in members[1:]]
    if kind == 1:
        return f"[{first}{_joined(members, commas)}{last}]"
    keys = draw(st.lists(names, min_size=len(members), max_size=len(members), unique=True))
    pairs = [f"{key}:{draw(gaps) or ' '}{member}" for key, member in zip(keys, members, strict=True)]
    return f"{{{first}{_joined(pairs, commas)}{last}}}"


def _joined(members: list[str], commas: list[str]) -> str:
    return "".join(part for pair in zip(members, [*commas, ""], strict=False) for part in pair)


@st.composite
def blocks(draw: st.DrawFn, indent: str = "", depth: int = 0, in_list: bool = False) -> str:
    """The lines of a mapping or a list, with comments and blank lines where YAML allows them."""
    step = indent + draw(st.sampled_from(["  ", "    ", "   "]))
    is_list = depth > 0 and draw(st.booleans())
    text = ""
    keys = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    for place, key in enumerate(keys):
        head = "-" if is_list else draw(st.sampled_from([f"{key}:", f"{key}:", f"? {key}\n{indent}:"]))
        text += (indent if place or not in_list else "") + head
        kind = draw(st.integers(0, 4 if depth < 3 else 2))
        if kind <= 1:
            value = draw(plain_texts if kind else flows())
            text += draw(st.sampled_from(["", "", f"\n{step}# of it\n{step}"])) if value else ""
            text += f" {value}{draw(comments)}\n" if value else f"{draw(comments)}\n"
        elif kind == 2:
            mark = draw(st.sampled_from(["|", "|-", ">", ">-", "|+"]))
            prose = draw(
                st.lists(st.sampled_from(["prose", "# text", "- text", "a: b", "", "  deep"]), max_size=3)
            )
            text += f" {mark}\n{step}first\n" + "".join(f"{step}{line}\n" if line else "\n" for line in prose)
        elif is_list and draw(st.booleans()):
            text += " " + draw(blocks(indent + "  ", depth + 1, in_list=True))
        else:
            text += draw(comments) + "\n" + draw(lines_between) + draw(blocks(step, depth + 1))
        text += draw(lines_between)
    return text


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    text = (
        draw(st.sampled_from(["", "# top\n\n", "---\n"]))
        + draw(blocks())
        + draw(st.sampled_from(["", "", "kind: aliases\n", "kind: run  # a run\n", "kind: nothing\n"]))
        + draw(st.sampled_from(["", "# end"]))
    )
    text = text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))
    return draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + text.encode()


def places(value: Any, route: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    found = [(route, value)]
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for step, member in members:
        found += places(member, (*route, step))
    return found


def read(raw: bytes) -> Any:
    """What a document says."""
    return parse_yaml(raw).value
