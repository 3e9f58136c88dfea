"""The print of a folder tells whether it is as it was left, whoever takes it."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from herdbook.site import prints
from herdbook.site.page import File
from herdbook.site.prints import changed_print, print_beside, print_of
from herdbook.site.write import update_site, write_site


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    write_site(folder, [File("index.html", b"home"), File("runs/first.html", b"run")])
    return folder


def rewritten(site: Path) -> None:
    (site / "index.html").write_text("HOME")


def added(site: Path) -> None:
    (site / "new.html").write_text("new")


def removed(site: Path) -> None:
    (site / "index.html").unlink()


def linked(site: Path) -> None:
    (site / "index.html").unlink()
    (site / "index.html").symlink_to("runs/first.html")


def moved(site: Path) -> None:
    (site / "runs").rename(site / "walks")


@pytest.mark.parametrize("touch", [rewritten, added, removed, linked, moved])
def test_a_folder_that_is_not_as_it_was_left_has_another_print(site: Path, touch: Any) -> None:
    before = print_of(site)
    assert before == print_of(site)
    touch(site)
    assert print_of(site) != before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process is copied")
@pytest.mark.parametrize("enough", [0, 1_000_000])
def test_the_print_of_a_large_site_is_taken_beside(
    site: Path, enough: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prints, "can_share", lambda: True)
    monkeypatch.setattr(prints, "_WORTH_SHARING", enough)
    expected = print_of(site)
    monkeypatch.setattr(prints, "print_of", lambda folder: os.getpid())
    taker = print_beside(site)()
    assert (taker == os.getpid()) == (enough > 0)
    monkeypatch.undo()
    assert print_beside(site)() == expected


def test_what_is_not_there_has_no_print(tmp_path: Path) -> None:
    assert print_beside(tmp_path / "nowhere")() is None


@pytest.mark.skipif(sys.platform == "win32", reason="there, sites are always written whole")
def test_the_print_follows_an_update(tmp_path: Path) -> None:
    out = tmp_path / "site"
    write_site(out, [File(f"page{number}.html", b"one") for number in range(5)])
    before = print_of(out)
    new = [File("page1.html", b"two"), File("page2.html", b"one"), File("deep/er/new.html", b"new")]
    _, stamps = update_site(out, lambda draft: draft.add_all(new), {"page1.html", "page2.html", "page3.html"})
    assert stamps.keys() == {"page1.html", "page3.html", "deep/er/new.html", "build-manifest.json"}
    assert changed_print(before, stamps) == print_of(out) != before
