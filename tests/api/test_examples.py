"""The examples in the docstrings are run against the catalog of this repository."""

import doctest

import pytest

from conftest import CHECKOUT
from herdbook.api import loading


def test_the_examples_print_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    found = doctest.testmod(loading, optionflags=doctest.ELLIPSIS)
    assert found.attempted > 20
    assert found.failed == 0
