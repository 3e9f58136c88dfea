"""Reading a catalog again after a change: the same as reading all of it."""

from hypothesis import given
from hypothesis import strategies as st

from any_files import FILES, PATHS, told
from herdbook.opening import read_catalog
from herdbook.rereading import reread
from herdbook.tree import MemoryTree


@given(FILES, FILES, st.sets(st.sampled_from(PATHS)))
def test_what_did_not_change_need_not_be_read_again(
    contents: dict[str, bytes], changed: dict[str, bytes], removed: set[str]
) -> None:
    after = {path: raw for path, raw in (contents | changed).items() if path not in removed}
    again = reread(read_catalog(MemoryTree(contents)), MemoryTree(after), changed.keys() | removed)
    assert told(again) == told(read_catalog(MemoryTree(after)))
