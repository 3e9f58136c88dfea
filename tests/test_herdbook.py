"""What `import herdbook` offers."""

import pytest

import herdbook
from herdbook import recorder


@pytest.mark.parametrize("name", ["start_run", "ActiveRun", "HerdbookWarning"])
def test_the_recorder_is_offered_by_the_package(name: str) -> None:
    assert getattr(herdbook, name) is getattr(recorder, name)


def test_other_names_are_missing_as_in_any_module() -> None:
    with pytest.raises(AttributeError, match="no attribute 'stop_run'"):
        herdbook.stop_run  # noqa: B018  reading it is the test
