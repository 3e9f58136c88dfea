"""What `import herdbook` offers."""

import pytest

import herdbook
from herdbook import api, recorder


@pytest.mark.parametrize("name", ["start_run", "active_run", "ActiveRun", "HerdbookWarning"])
def test_the_recorder_is_offered_by_the_package(name: str) -> None:
    assert getattr(herdbook, name) is getattr(recorder, name)


@pytest.mark.parametrize("name", ["load", "Catalog", "assert_run_lineage", "LineageError", "RefusedError"])
def test_questions_and_changes_are_offered_by_the_package(name: str) -> None:
    assert getattr(herdbook, name) is getattr(api, name)


def test_other_names_are_missing_as_in_any_module() -> None:
    with pytest.raises(AttributeError, match="no attribute 'stop_run'"):
        herdbook.stop_run  # noqa: B018  reading it is the test


def test_errors_are_caught_by_the_name_that_the_package_gives_them() -> None:
    assert issubclass(herdbook.LineageError, herdbook.HerdbookError)
    assert issubclass(herdbook.RefusedError, herdbook.HerdbookError)
