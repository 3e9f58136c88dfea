"""Under which names runs are recorded; how they are resumed is tested in ``test_recovery``."""

from pathlib import Path

import pytest

import herdbook
from herdbook import HerdbookWarning
from herdbook.opening import read_catalog
from herdbook.ref import is_name
from herdbook.tree import DirTree
from herdbook.yaml.reader import parse_yaml

pytestmark = pytest.mark.usefixtures("catalog")


def test_default_ids_say_what_and_when_and_differ() -> None:
    one, other = (herdbook.start_run("orders-fraud").run_id for _ in range(2))
    assert one != other
    assert one.startswith("orders-fraud-20")
    assert is_name(one)


def test_a_run_that_exists_is_never_overwritten(catalog: Path) -> None:
    with herdbook.start_run("e", run_id="x") as run:
        run.set_tag("which", "first")
    with (
        pytest.warns(HerdbookWarning, match="There is a run x"),
        herdbook.start_run("f", run_id="x") as second,
    ):
        pass
    assert second.run_id != "x"
    assert (catalog / "runs" / "f" / f"{second.run_id}.yaml").is_file()
    late = herdbook.start_run("e", run_id="y")
    (catalog / "runs/e/y.yaml").write_text("mine")
    with pytest.warns(HerdbookWarning, match="The run y is not in the catalog"), late:
        pass
    assert (catalog / "runs/e/y.yaml").read_text() == "mine"


def test_names_that_differ_in_case_only_are_one(catalog: Path) -> None:
    with herdbook.start_run("Orders", run_id="exp.1"):
        pass
    with (
        pytest.warns(HerdbookWarning, match=r"There is a run exp\.1 in the catalog already"),
        pytest.warns(HerdbookWarning, match="experiment: orders is called Orders in the catalog"),
        herdbook.start_run("orders", run_id="EXP.1") as second,
    ):
        pass
    assert second.run_id.startswith("EXP.1-")
    assert {path.parent.name for path in catalog.glob("runs/*/*.yaml")} == {"Orders"}
    assert read_catalog(DirTree(catalog)).findings == ()


def test_names_that_cannot_be_files_are_changed(catalog: Path) -> None:
    with pytest.warns(HerdbookWarning) as caught, herdbook.start_run("../e f", "train", run_id="con"):
        pass
    assert [str(warning.message).partition(":")[0] for warning in caught] == ["experiment", "run_id", "type"]
    (path,) = catalog.glob("runs/*/*.yaml")
    run = parse_yaml(path.read_bytes()).value
    assert (run["experiment"], run["id"], run["type"]) == ("e-f", "run-id-con", "training")
