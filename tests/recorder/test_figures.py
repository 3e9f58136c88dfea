import hashlib
import subprocess
from pathlib import Path
from typing import Any

import matplotlib as mpl
import plotly.graph_objects as go
import pytest
from PIL import Image

import herdbook
from herdbook import HerdbookWarning
from herdbook.errors import HerdbookError
from herdbook.recorder.figures import save
from herdbook.schema import validate
from herdbook.yaml.reader import parse_yaml

mpl.use("agg")


def plot() -> Any:
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([0, 1], [1, 0])
    return figure


@pytest.mark.parametrize(
    ("name", "make", "begins"),
    [
        ("roc.png", plot, b"\x89PNG"),
        ("roc.svg", plot, b"<?xml"),
        ("roc.html", lambda: go.Figure(go.Scatter(y=[1, 0])), b"<!doctype html>"),
        ("sample.jpg", lambda: Image.new("RGB", (2, 2)), b"\xff\xd8"),
        ("report.txt", lambda: "precision: \u00bd\n", "precision: \u00bd\n".encode()),
        ("raw.bin", lambda: b"\x00\x01", b"\x00\x01"),
    ],
)
def test_figures_are_kept_as_files_and_recorded_by_reference(
    catalog: Path, name: str, make: Any, begins: bytes
) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    with herdbook.start_run("e", run_id="first") as run:
        run.log_figure(make(), name)
    raw = Path(f"figures/first/{name}").read_bytes()
    assert raw.startswith(begins)
    value = parse_yaml((catalog / "runs/e/first.yaml").read_bytes()).value
    assert value["outputs"] == [
        {
            "name": name,
            "uri": f"figures/first/{name}",
            "digest": f"sha256:{hashlib.sha256(raw).hexdigest()}",
            "size": len(raw),
        }
    ]
    assert validate("run", value) == ()


def test_a_figure_can_lie_elsewhere(catalog: Path, tmp_path: Path) -> None:
    with herdbook.start_run("e", run_id="first") as run:
        run.log_figure("x", "a.txt", folder=tmp_path / "store", uri="s3://figures/a.txt")
    value = parse_yaml((catalog / "runs/e/first.yaml").read_bytes()).value
    assert value["outputs"][0]["uri"] == "s3://figures/a.txt"
    assert (tmp_path / "store" / "a.txt").read_text() == "x"


@pytest.mark.parametrize("name", ["../a.txt", "a/b.txt", "", "con", ".hidden", "a\n.txt"])
def test_a_figure_lies_nowhere_else_than_in_its_folder(catalog: Path, tmp_path: Path, name: str) -> None:
    with (
        herdbook.start_run("e", run_id="first") as run,
        pytest.warns(HerdbookWarning, match="cannot be the name"),
    ):
        run.log_figure("x", name)
    assert not (tmp_path / "figures").exists()


def test_what_is_no_figure_is_said_and_nothing_is_overwritten(tmp_path: Path) -> None:
    with pytest.raises(HerdbookError, match="a int is no figure"):
        save(3, tmp_path / "a.png")
    save("first", tmp_path / "a.txt")
    with pytest.raises(HerdbookError, match="is there already"):
        save("second", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "first"


def test_a_figure_that_cannot_be_drawn_fails_no_run(catalog: Path) -> None:
    with herdbook.start_run("e", run_id="first") as run:
        with pytest.warns(HerdbookWarning, match="log_figure: "):
            run.log_figure(plot(), "roc.nonsense")
        run.log_param("depth", 3)
    value = parse_yaml((catalog / "runs/e/first.yaml").read_bytes()).value
    assert "outputs" not in value
