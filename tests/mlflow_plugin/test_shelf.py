import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest

from herdbook.errors import HerdbookError, StorageError
from herdbook.mlflow_plugin.shelf import Kept, Part, Shelf, refusals
from mlflow_catalogs import ALIASES, put, written

LEDGER = "models/churn/aliases.yaml"


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return written(tmp_path)


@pytest.fixture
def later() -> Iterator[None]:
    """As if all files had been there for long."""
    now = time.time_ns()
    with mock.patch.object(time, "time_ns", return_value=now + 60_000_000_000):
        yield


def champion(shelf: Shelf) -> int | None:
    _, found = shelf.model("churn")
    return found.aliases["churn"].version_of("champion")


def test_a_change_is_seen_at_once_even_if_the_file_looks_the_same(catalog: Path) -> None:
    shelf = Shelf(catalog)
    assert champion(shelf) == 1
    before = (catalog / LEDGER).stat()
    put(catalog, LEDGER, ALIASES.replace("version: 1", "version: 2"))
    os.utime(catalog / LEDGER, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (catalog / LEDGER).stat().st_size == before.st_size
    assert champion(shelf) == 2


@pytest.mark.usefixtures("later")
def test_a_file_may_be_given_its_old_time(catalog: Path) -> None:
    """As programs do that copy files with their times."""
    shelf = Shelf(catalog)
    assert champion(shelf) == 1
    before = (catalog / LEDGER).stat()
    time.sleep(0.02)  # longer than a tick of the clock of the file system
    put(catalog, LEDGER, ALIASES.replace("version: 1", "version: 2"))
    os.utime(catalog / LEDGER, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert champion(shelf) == 2


@pytest.mark.usefixtures("later")
def test_only_what_changed_is_read_again(catalog: Path) -> None:
    kept = Kept(Part(catalog, ("models",)))
    first = kept.now()
    assert kept.now() is first
    put(catalog, LEDGER, ALIASES + "    # moved\n")
    second = kept.now()
    assert second.aliases["churn"] is not first.aliases["churn"]
    assert second.versions["churn", 1] is first.versions["churn", 1]
    (catalog / "models/churn/versions/1.yaml").unlink()
    assert set(kept.now().versions) == {("churn", 2)}


@pytest.mark.usefixtures("later")
def test_a_model_is_read_from_its_own_folder_only(catalog: Path) -> None:
    name, found = Shelf(catalog).model("churn")
    assert name == "churn"
    assert {source.path.split("/")[1] for source in found.sources} == {"churn"}
    assert not found.runs


def test_a_model_is_found_by_the_name_that_it_had_elsewhere(catalog: Path) -> None:
    name, found = Shelf(catalog).model("Who leaves / spring")
    assert name == "churn"
    assert found.versions_of("churn")
    assert Shelf(catalog).model("nobody")[0] == "nobody"
    assert Shelf(catalog).model("a\0b")[0] == "a\0b"


def test_a_run_comes_with_the_datasets_that_it_read(catalog: Path) -> None:
    run, found = Shelf(catalog).run("train-1")
    assert run is not None
    assert run.id == "train-1"
    assert set(found.dataset_versions) == {("orders", "v1")}
    assert Shelf(catalog).run("nobody")[0] is None
    assert Shelf(catalog).run("../shop/train-1")[0] is None
    assert Shelf(catalog).run("a\0b")[0] is None
    assert set(Shelf(catalog).runs().runs) == {"train-1"}


def test_links_are_not_followed(catalog: Path, tmp_path: Path) -> None:
    (catalog / "models" / "churn").rename(tmp_path / "elsewhere")
    (catalog / "models" / "churn").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="symbolic link"):
        Shelf(catalog).model("churn")
    assert not Shelf(catalog).models().versions


def test_no_catalog_is_an_error_that_says_so(tmp_path: Path) -> None:
    questions: tuple[Callable[[Shelf], object], ...] = (
        lambda shelf: shelf.model("churn"),
        lambda shelf: shelf.models(),
        lambda shelf: shelf.run("train-1"),
        lambda shelf: shelf.runs(),
    )
    for question in questions:
        with pytest.raises(HerdbookError, match="no such folder"):
            question(Shelf(tmp_path / "nothing"))


def test_a_file_that_is_refused_is_told(catalog: Path) -> None:
    put(catalog, LEDGER, "kind: aliases\nmodel: churn\n")
    _, found = Shelf(catalog).model("churn")
    assert "models/churn/aliases.yaml is refused: " in refusals(found, LEDGER)
    assert refusals(found, "models/churn/model.yaml") == ""
