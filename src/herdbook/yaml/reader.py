"""Read YAML: the one reader for everything that Herdbook reads.

Bytes -> size, encoding and forbidden characters -> a guard against what YAML can do beyond plain data
(anchors, aliases, merge keys, tags, second documents, depth, size) -> plain values with the types of the
YAML 1.2 core schema. Editors and other tools therefore read what Herdbook reads.

Where the layout is the usual one, the values are read line by line; they are those that the parser leads to.
"""

import re

from herdbook.tree import MAX_BYTES
from herdbook.yaml.lines import read_lines
from herdbook.yaml.parsed import Parsed, refusal, span_after

# What a reviewer cannot see, or sees elsewhere than a parser does: controls, line ends that only some readers
# know, zero-width and bidirectional characters, selectors, tag characters, halves of surrogate pairs.
FORBIDDEN_CHARACTERS = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    r"\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
FORBIDDEN = rf"[{FORBIDDEN_CHARACTERS}]|\r(?!\n)"
"""A pattern of what no file may hold. It is compiled where it is needed: most files are plain ASCII."""
_COMMON_BYTES = bytes(range(0x20, 0x7F)) + b"\t\n"
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?\r?$", re.MULTILINE)
# What the C parser takes, but YAML 1.2 does not: other readers refuse it, or read something else. Nearly no
# file holds even a sign of it, so that it is looked for in a second pass.
_COMMENT_AFTER_TEXT = re.compile(r"#(?<!\s#)(?<!\A#)")
_UNUSUAL = re.compile(
    r"""^\ *\t                             # indentation with a tab
    | [\[{,]\s*\?                          # a question mark inside brackets or braces
    | ["'\]}\[{,|>+\-0-9:?]\#              # a comment right after what does not end in any text
    | \\(?:0 | x00 | u0000 | U00000000)    # an escaped NUL
    """,
    re.MULTILINE | re.VERBOSE,
)


def parse_yaml(raw: bytes, *, bounded: bool = True) -> Parsed:
    """Read one YAML document.

    Args:
        raw: the bytes of the document.
        bounded: whether numbers have to be finite and, whole ones, fit into 64 bits, as all of a catalog do;
            what other programs wrote may hold any, and one of them is no reason to lose the others.

    Returns:
        Its value: dict with str keys, list, str, int (64 bits, if bounded), float (finite, if bounded), bool,
        None.

    Raises:
        YamlError: the bytes are not YAML, or more than plain data.
    """
    text = _decode(raw)
    known = read_lines(text)
    if known is None:
        from herdbook.yaml.events import load

        parsed = load(text, bounded=bounded)
    else:
        parsed = Parsed(known)
    if ("\t" in text or "?" in text or "\\" in text or _COMMENT_AFTER_TEXT.search(text)) and _UNUSUAL.search(
        text
    ):
        from herdbook.yaml.events import look_closer

        look_closer(text)
    return parsed


def _decode(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise refusal(
            f"the file is larger than {MAX_BYTES // 1024} KiB",
            "Keep data elsewhere and refer to it by uri and digest.",
        )
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:2]:
        raise refusal("the file is encoded in UTF-16 or UTF-32", "Save it as UTF-8.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8").removeprefix("\ufeff")
        raise refusal(
            f"byte {error.start} (0x{raw[error.start]:02x}) is not UTF-8",
            "Save the file as UTF-8.",
            span_after(before),
        ) from error
    text = text.removeprefix("\ufeff")
    if text.endswith(" ") and not text.rpartition("\n")[2].strip(" "):
        text += "\n"  # the C parser overlooks a last line of blanks that does not end
    if raw.translate(None, _COMMON_BYTES):
        _refuse_forbidden(text)
    # Refused before they are parsed: the C parser compares each with all before it. (One character is found
    # many times as fast as two.)
    if "%" in text and ("\n%" in text or text.startswith("%")):
        before = "" if text.startswith("%") else text[: text.index("\n%") + 1]
        raise refusal("directives (%YAML, %TAG) are not allowed", "Delete the line.", span_after(before))
    if any(sign in text and 7 * sign in text for sign in "<=>|"):
        marker = _CONFLICT.search(text)
        if marker is not None:
            raise refusal(
                "a merge conflict was left in the file",
                "Decide which side holds and delete the marker lines.",
                span_after(text[: marker.start()]),
            )
    return text


def _refuse_forbidden(text: str) -> None:
    found = re.search(FORBIDDEN, text)
    if found is not None:
        code = ord(found[0])
        what = (
            "a carriage return without a line feed" if code == 13 else f"the invisible character U+{code:04X}"
        )
        raise refusal(
            f"the file holds {what}, which reviewers and readers see differently",
            'Delete it, or write it as an escape in double quotes, such as "\\u200d".',
            span_after(text[: found.start()]),
            rule="forbidden-character",
        )
