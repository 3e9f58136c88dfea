"""What measuring says: whether a bound holds, how much longer others take, and the table in the README."""

from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks import published, rows
from benchmarks.cost import cleared, measure, put_aside
from benchmarks.rows import Measure, Peer

from conftest import CHECKOUT


def test_a_command_is_stopped_when_patience_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.cost.FOLDER", tmp_path)
    # One that has started another, which has to end as well.
    cost = measure(["sh", "-c", "sleep 60; true"], tmp_path, 0.3)
    assert not cost.whole
    assert 0.3 <= cost.wall < 60
    assert measure(["true"], tmp_path, 60).whole


def test_nothing_is_removed_before_all_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.cost.FOLDER", tmp_path)
    site = tmp_path / "site"
    for text in ("one", "two"):
        put_aside(site)
        site.mkdir()
        (site / "index.html").write_text(text)
    put_aside(site)
    assert sorted(path.read_text() for path in tmp_path.rglob("index.html")) == ["one", "two"]
    cleared()
    assert list(tmp_path.iterdir()) == []


def test_bounds_that_do_not_hold_are_told() -> None:
    measures = {10_000: {rows.CHECK: Measure(1.5, 2e8)}, rows.LARGE: {rows.CHECK: Measure(13, 2.1e9)}}
    (line,) = (line for line in rows.table(measures).splitlines() if rows.CHECK in line)
    _, _, small, medium, large, beside, _ = (cell.strip() for cell in line.split("|"))
    assert small == "not measured"
    assert medium == "1.50 s, 200 MB; at most 1.50 s"
    assert large == "13.0 s, 2.1 GB; at most 14.0 s, 2.0 GB, **exceeded**"
    assert beside.endswith("at least 15 times as long: not measured")


@pytest.mark.parametrize(
    ("row", "beside", "seconds", "note", "told"),
    [
        (rows.CHECK, rows.VALIDATOR, 20, "", "20 (20.0 s)"),
        (rows.CHECK, rows.VALIDATOR, 10, "", "10 (10.0 s), **missed**"),
        (rows.CHECK, rows.VALIDATOR, 9, "stopped", "more than 9.0 (9.00 s, stopped)"),
        (rows.CHECK_AGAIN, rows.STATUS, 0.5, "", "2.0 (0.50 s)"),
        (rows.CHECK_AGAIN, rows.STATUS, 0.2, "", "5.0 (0.20 s), **missed**"),
    ],
)
def test_what_stands_beside_is_put_in_relation(
    row: str, beside: rows.Beside, seconds: float, note: str, told: str
) -> None:
    measure = Measure(1, 1e6, peers={beside.name: Peer(seconds, note)})
    table = rows.table({1_000: {row: measure}, 10_000: {row: measure}})
    # No bound is set for the smallest size.
    assert f"{beside.title}: {told.replace(', **missed**', '')} at 1,000, {told} at 10,000 |" in table


def test_what_was_measured_is_kept_and_put_between_the_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "_KEPT", tmp_path / "measured.json")
    measure = Measure(1, 1e6, "the slowest", {"git": Peer(2, "stopped")})
    published.keep(1_000, "a machine", {rows.GATE: replace(measure, seconds=9)})
    published.keep(1_000, "a machine", {rows.GATE: measure})
    published.keep(10_000, "another one", {rows.GATE: measure})
    shown = published.shown()
    assert shown.startswith(
        "1,000 entries: a machine\n\n10,000 entries: another one\n\n| what | 1,000 entries |"
    )
    assert (
        "1.00 s, 1.0 MB (the slowest) | 1.00 s, 1.0 MB (the slowest); at most 0.80 s, **exceeded** |" in shown
    )
    readme = f"before\n{published.BEGIN}old\n{published.END}after\n"
    written = published.with_table(readme, shown)
    assert published.with_table(written, shown) == written
    assert written == f"before\n{published.BEGIN}\n{shown}\n{published.END}after\n"
    with pytest.raises(SystemExit, match="no place for the table"):
        published.with_table("before", shown)


def test_the_readme_shows_what_was_measured_in_every_row_at_every_size() -> None:
    _, _, rest = (CHECKOUT / "README.md").read_text().partition(published.BEGIN)
    shown = rest.partition(published.END)[0]
    header, _, *lines = (line for line in shown.splitlines() if line.startswith("|"))
    assert header == rows.table({}).splitlines()[0]
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines] == [row.what for row in rows.ROWS]
    sizes = ("1,000", "10,000", "100,000")
    assert all(f" {size} entries |" in header for size in sizes)
    assert [line for line in lines if "not measured" in line] == []
