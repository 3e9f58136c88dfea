import json

from hypothesis import given
from hypothesis import strategies as st

from herdbook.reports.jsontext import json_text
from report_readers import runner_commands

plain = st.recursive(
    st.none() | st.integers() | st.text() | st.sampled_from(["##[group]", "::error::x", "##vso[task.x]"]),
    lambda values: st.lists(values) | st.dictionaries(st.text() | st.just("##[a]"), values),
)


@given(plain)
def test_what_is_written_means_the_same_and_no_runner_obeys_it(value: object) -> None:
    written = json_text(value)
    assert json.loads(written) == value
    assert runner_commands(written) == []
    assert "##[" not in written
    assert "##vso[" not in written
