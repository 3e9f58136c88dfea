"""What stands beside values is found, and found to belong to the right one."""

import re

from hypothesis import given

from herdbook.dump import Remark
from herdbook.remarks import comments_of, remarks_of
from yaml_documents import documents, places, read

TEXT = """\
# top
a: 1  # one

# of b
b:  # two
  c: 3
    # further in
  # end of b
d: # three
  [x, # four
   # of y
   y
   # end of d
  ]
e: |  # five
  text # no comment
# end"""


def test_each_comment_belongs_to_a_value() -> None:
    found = {route: remark for route, remark in remarks_of(TEXT).items() if remark != Remark()}
    assert found == {
        (): Remark(above=("# top",), below=("# end",)),
        ("a",): Remark(behind="# one"),
        ("b",): Remark(above=("", "# of b"), behind="# two", below=("# further in", "# end of b")),
        ("d",): Remark(behind="# three", below=("# end of d",)),
        ("d", 0): Remark(behind="# four"),
        ("d", 1): Remark(above=("# of y",)),
        ("e",): Remark(behind="# five", block=("|", "text # no comment")),
    }
    assert comments_of(TEXT) == sorted(re.findall("#.*[a-z]", TEXT.replace("text # no comment", "")))


@given(documents())
def test_whatever_has_remarks_is_there(raw: bytes) -> None:
    text = raw.decode().removeprefix("\ufeff")
    routes = {route for route, _ in places(read(raw))}
    assert set(remarks_of(text)) <= routes


@given(documents())
def test_no_comment_is_overlooked(raw: bytes) -> None:
    """Comments that are lines of their own are known by sight, unless they are text."""
    text = raw.decode().removeprefix("\ufeff")
    found = comments_of(text)
    prose = "\n".join(value for _, value in places(read(raw)) if isinstance(value, str))
    for line in text.splitlines():
        if re.fullmatch(" *#.*", line) and line.strip() not in prose and "# no comment" not in line:
            assert line.strip() in found
            found.remove(line.strip())
