"""The record of a build: what is kept comes back, and nothing else is believed."""

import marshal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from herdbook.cache import cache_for
from herdbook.site.chrome import Chrome, Skeleton
from herdbook.site.page import Section
from herdbook.site.prints import print_of
from herdbook.site.record import (
    KeptLayouts,
    Piece,
    SiteRecord,
    load,
    save,
    state_of_building,
)
from herdbook.site.since import Seen
from herdbook.site.templates import Templates

STATE = bytes(16)
LAYOUTS: dict[str, list[Any]] = {"a name": [1.5, 2.0, [[0.1, 0.2]], [[0, 1, [[1.0, 2.0]], None]]]}
PACKED = {name: marshal.dumps(layout) for name, layout in LAYOUTS.items()}
SEEN = Seen(b"a name", {"runs/a.yaml": (b"1", b"2"), "gone.yaml": None}, b"the rest")
HOME = Skeleton(("<html>", "</html>"), ("body",))
CHROME = Chrome({(Section.HOME, 0): HOME}, Skeleton(("gone",), ()), (), {"lang": ["en"]})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HERDBOOK_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "site"
    (folder / "runs").mkdir(parents=True)
    (folder / "index.html").write_text("home")
    (folder / "runs" / "first.html").write_text("run")
    return folder


def record(site: Path) -> SiteRecord:
    made = {
        "index.html": Piece("k1", ("index.html", "index.md")),
        "runs/first.html": Piece("k2", ("runs/first.html",), b"entry"),
    }
    return SiteRecord(STATE, print_of(site), SEEN, made, PACKED, CHROME)


def test_what_is_saved_is_loaded(site: Path) -> None:
    save(site, record(site))
    assert load(site, STATE) == record(site)


def test_layouts_are_unpacked_as_they_were(site: Path) -> None:
    kept = KeptLayouts({**PACKED, "cut": PACKED["a name"][:-3], "other": marshal.dumps(7)})
    assert kept["a name"] == LAYOUTS["a name"]
    assert {name: kept.get(name) for name in kept} == {**LAYOUTS, "cut": None, "other": []}


def test_layouts_that_were_made_are_known_and_kept_first() -> None:
    kept = KeptLayouts(PACKED)
    kept.add({"new": [1.0]})
    assert {name: kept.get(name) for name in kept} == {**LAYOUTS, "new": [1.0]}
    assert len(kept) == 2
    assert list(kept.packed()) == ["new", "a name"]


def test_layouts_are_bounded() -> None:
    kept = KeptLayouts(PACKED)
    for number in range(3000):
        kept.add({f"{number}": [float(number)]})
    assert len(kept.packed()) == len(kept) - 1 < 1500
    assert "0" in kept.packed()
    assert "a name" not in kept.packed()


def test_another_state_or_folder_has_no_record(site: Path, tmp_path: Path) -> None:
    save(site, record(site))
    assert load(site, bytes(15) + b"1") is None
    (tmp_path / "other").mkdir()
    assert load(tmp_path / "other", STATE) is None
    assert load(tmp_path / "nowhere", STATE) is None


def test_nothing_is_kept_where_no_cache_is_wanted(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERDBOOK_CACHE", "off")
    save(site, record(site))
    assert load(site, STATE) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(field=st.sampled_from(["state", "print", "seen", "made", "layouts", "chrome"]), value=VALUES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_record_of_another_shape_is_no_record(site: Path, field: str, value: Any) -> None:
    save(site, record(site))
    cache = cache_for(site, of="site")
    assert cache is not None
    kept = marshal.loads(cache.read())
    kept[field] = value
    assert cache.write([marshal.dumps(kept)])
    found = load(site, STATE)
    assert found is None or found.state == STATE


def test_the_state_follows_the_templates(tmp_path: Path) -> None:
    plain = state_of_building(Templates(), "wasm", "/")
    assert plain == state_of_building(Templates(), "wasm", "/")
    assert plain != state_of_building(Templates(), "wasm", "/below/")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "run.html").write_text("one")
    one = state_of_building(Templates(tmp_path), "wasm", "/")
    (tmp_path / "pages" / "run.html").write_text("two")
    assert plain != one != state_of_building(Templates(tmp_path), "wasm", "/")
