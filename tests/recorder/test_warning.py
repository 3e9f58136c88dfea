import warnings

import pytest

from herdbook.recorder.run import start_run
from herdbook.recorder.warning import HerdbookWarning, attempt, never_fails


@never_fails
def divide(number: int) -> None:
    _ = 1 // number


def test_what_is_raised_becomes_a_warning_with_the_reason() -> None:
    with pytest.warns(
        HerdbookWarning, match=r"^divide: integer division or modulo by zero\. It was not recorded\.$"
    ):
        divide(0)


def test_what_cannot_be_found_out_is_none_and_a_warning() -> None:
    assert attempt("the answer", lambda: 42) == 42
    with pytest.warns(HerdbookWarning, match="^the answer: integer division"):
        assert attempt("the answer", lambda: 1 // 0) is None


def test_a_warning_stands_at_the_line_of_the_user(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERDBOOK_CATALOG", str(tmp_path))
    run = start_run("e")
    with pytest.warns(HerdbookWarning) as caught:
        run.log_metric("loss", float("nan"), step=3)
    assert str(caught[0].message) == "metric loss: nan at step 3 is not finite. Such values are not recorded."
    assert caught[0].filename == __file__


def test_who_wants_errors_gets_errors() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(HerdbookWarning):
            divide(0)
        with pytest.raises(HerdbookWarning):
            attempt("the answer", lambda: 1 // 0)
