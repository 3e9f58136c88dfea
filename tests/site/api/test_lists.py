"""Tests of lists of the API; that they have pages, and hold everything, is tested in ``test_api``."""

import json
from pathlib import Path

from herdbook.site.chrome import Chrome
from site_samples import build_site, write_sample


def test_an_experiment_has_its_runs_and_of_their_curves_the_end(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path / "catalog")
    folder = catalog / "runs" / "index"
    folder.mkdir()
    run = "kind: run\nid: {}\nexperiment: index\ntype: training\nstatus: finished\n{}"
    curve = "curves: {loss: [[2, 0.5], [0, 0.9], [2.5, 0.4]], none: []}\n"
    read_data = "inputs: [{dataset: orders/v2}, {dataset: orders/v9}]\n"
    (folder / "early.yaml").write_text(
        run.format("early", f'{curve}{read_data}started_at: "2024-01-01T00:00:00Z"\n')
    )
    (folder / "unknown.yaml").write_text(run.format("unknown", ""))
    text = ", ".join(f"t{number}: {'x' * 8_000}" for number in range(7))
    (folder / "long.yaml").write_text(
        run.format("long", f'started_at: "2024-01-02T00:00:00Z"\nparams: {{{text}}}\n')
    )
    base = build_site(catalog, tmp_path / "site", chrome).out / "api/v1/experiments"
    found = json.loads((base / "index~.json").read_text())
    assert found["began_at"] == "2024-01-01T00:00:00Z"
    assert [item["ref"] for item in found["runs"]] == ["runs:/long", "runs:/early", "runs:/unknown"]
    long, early, _ = found["runs"]
    assert (long["entry"], long["links"]) == (None, {"run": "../runs/long.json"})
    assert early["entry"]["curves"] == {"loss": [[2, 0.5], [2.5, 0.4]], "none": []}
    assert [item["ref"] for item in found["datasets"]] == ["datasets:/orders/v2"]
    (listed,) = (
        item
        for item in json.loads((base / "index.json").read_text())["items"]
        if item["experiment"] == "index"
    )
    assert (listed["began_at"], listed["runs"]) == ("2024-01-01T00:00:00Z", 3)
    assert listed["links"]["runs"] == "index~.json"
