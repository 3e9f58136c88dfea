"""Change catalog files: the text of one file, so that all that is not meant stays as it is, to the byte.

Comments, order, quotes, blank lines, line ends and a byte order mark are kept, for only the text of a value,
or the lines of a key, are replaced. Places come from the events of the one parser, new values from the one
writer, in the style of what stands around them.

Every edit is proved: the result is read again and must say what the old file said but for the intended
change. Where that fails, because the layout is an odd one, the smallest part of the file around the change
for which it does not fail is laid out anew, with all of its comments. What cannot be proved is refused.
"""

from collections.abc import Sequence
from typing import Any

from herdbook.editing.changes import Append as Append
from herdbook.editing.changes import Edit as Edit
from herdbook.editing.changes import EditError as EditError
from herdbook.editing.changes import Put as Put
from herdbook.editing.changes import Remove as Remove
from herdbook.editing.changes import Rename as Rename
from herdbook.editing.changes import edited as edited
from herdbook.editing.changes import named
from herdbook.editing.changes import same as same
from herdbook.editing.text import Text
from herdbook.remarks import comments_of
from herdbook.yaml.parsed import YamlError
from herdbook.yaml.reader import parse_yaml


def edit(raw: bytes, edits: Sequence[Edit]) -> bytes:
    """Make changes to a file, one after the other.

    Args:
        raw: The file.
        edits: What to change.

    Returns:
        The file with the changes; the very same bytes where it says all of that already.

    Raises:
        YamlError: The file cannot be read.
        DumpError: A value cannot be written.
        EditError: A route leads nowhere, or the change cannot be made without touching something else.
    """
    text = raw.decode("utf-8", "replace")
    value = parse_yaml(raw).value
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    for change in edits:
        wanted = edited(value, [change])
        if same(wanted, value):
            continue
        text = _changed(Text(text, value), change, wanted)
        value = wanted
    return (mark + text).encode()


def _changed(before: Text, change: Edit, wanted: Any) -> str:
    """Return the text of a file with a change.

    Raises:
        EditError: There is no such text that can be proved to say what is wanted.
    """
    text = before.with_change(change)
    problem = _problem(text, wanted)
    if problem is None:
        return text
    comments = comments_of(before.text)
    for text in before.laid_out_with(change, wanted):
        if _problem(text, wanted) is None and comments_of(text) == comments:
            return text
    raise EditError(
        f"{named(change.route)} cannot be changed without touching something else{problem}; change it by "
        "hand, or write it in a plainer layout first"
    )


def _problem(text: str, wanted: Any) -> str | None:
    """Why a text does not say what is wanted, in words to follow others; `None` where it does."""
    try:
        return None if same(parse_yaml(text.encode()).value, wanted) else ""
    except YamlError as error:
        return f" ({error.problems[0].message})"
