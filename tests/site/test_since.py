"""What a site was built from: notes are told from all else, whatever else changed since."""

from pathlib import Path

import pytest

from herdbook import memory
from herdbook.queries.records import Records
from herdbook.site.since import remarked, seen
from site_samples import read_again as read
from site_samples import write_sample

RUN, OTHER_RUN = "runs/churn/train-1.yaml", "runs/churn/odd.yaml"
DATA, ENDPOINT, MODEL = (
    "datasets/orders/versions/v2.yaml",
    "endpoints/predict.yaml",
    "models/churn/model.yaml",
)


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HERDBOOK_CACHE", str(tmp_path / "cache"))
    # The snapshot of so small a catalog is otherwise written with each change, and while its files are new.
    monkeypatch.setattr(memory, "_WORTH_WRITING", 1)
    monkeypatch.setattr(memory, "SETTLED", -60_000_000_000)
    return write_sample(tmp_path)


def note(catalog: Path, *paths: str, text: str = "Looked at.") -> None:
    for path in paths:
        file = catalog / path
        file.write_text(f"{file.read_text().partition('notes:')[0]}notes: {text}\n")


def found(before: Records, now: Records) -> list[str] | None:
    entries = remarked(seen(before), seen(now), now)
    return None if entries is None else sorted(entry.source.path for entry in entries)


def test_where_nothing_changed_nothing_is_found(catalog: Path) -> None:
    assert found(read(catalog), read(catalog)) == []


def test_notes_are_found_however_often_they_change(catalog: Path) -> None:
    first = read(catalog)
    note(catalog, RUN, DATA, ENDPOINT)
    second = read(catalog)
    assert found(first, second) == [DATA, ENDPOINT, RUN]
    assert found(second, first) == [DATA, ENDPOINT, RUN]
    note(catalog, RUN, text="Looked at again.")
    third = read(catalog)
    assert found(second, third) == [RUN]
    note(catalog, OTHER_RUN)
    assert found(third, read(catalog)) == [OTHER_RUN]
    assert found(third, read(catalog)) == [OTHER_RUN]


def rewritten(catalog: Path) -> None:
    file = catalog / RUN
    file.write_text(file.read_text().replace("user: ana", "user: bo"))


def added(catalog: Path) -> None:
    text = (catalog / RUN).read_text().replace("id: train-1", "id: train-9")
    (catalog / "runs/churn/train-9.yaml").write_text(text)


def removed(catalog: Path) -> None:
    (catalog / OTHER_RUN).unlink()


def refused(catalog: Path) -> None:
    (catalog / OTHER_RUN).write_text("kind: run\n")


def misplaced(catalog: Path) -> None:
    (catalog / OTHER_RUN).rename(catalog / "runs/churn/other.yaml")


def noted_at_a_model(catalog: Path) -> None:
    note(catalog, MODEL)


def noted_badly(catalog: Path) -> None:
    note(catalog, OTHER_RUN, text="TODO")


def unreadable(catalog: Path) -> None:
    (catalog / "runs/churn/broken.yaml").write_text("kind: [")


CHANGES = [rewritten, added, removed, refused, misplaced, noted_at_a_model, noted_badly, unreadable]


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_known_where_more_than_notes_changed(catalog: Path, change: object) -> None:
    assert callable(change)
    note(catalog, DATA)
    before = read(catalog)
    change(catalog)
    note(catalog, RUN)
    now = read(catalog)
    one, other = seen(before), seen(now)
    assert one is not None
    assert other is None or one.snapshot == other.snapshot
    assert found(before, now) is None


def test_nothing_is_known_of_another_snapshot(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read(catalog)
    monkeypatch.setattr(memory, "_WORTH_WRITING", 1_000_000)
    note(catalog, RUN)
    read(catalog)
    assert found(before, read(catalog)) is None


def test_nothing_is_known_of_a_catalog_that_goes_by_another_name(
    catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read(catalog)
    monkeypatch.chdir(catalog.parent)
    now = read(Path(catalog.name))
    assert seen(now) != seen(before)
    assert found(before, now) is None


def test_nothing_is_known_without_a_cache(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read(catalog)
    monkeypatch.setenv("HERDBOOK_CACHE", "off")
    assert seen(read(catalog)) is None
    assert found(before, read(catalog)) is None
