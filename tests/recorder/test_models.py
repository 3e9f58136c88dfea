import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import herdbook
from foreign import python_of
from herdbook import HerdbookWarning
from herdbook.digest import measure
from herdbook.errors import HerdbookError
from herdbook.recorder.models import described, signature
from herdbook.schema import validate
from herdbook.yaml.reader import parse_yaml

TABLE = pd.DataFrame(
    {"amount": [1.0, 2.0, 3.0, 4.0], "count": [1, 0, 1, 0], "known": [True, False, True, True]}
)
LABELS = np.array([0, 1, 0, 1])
INPUTS = [
    {"name": "amount", "type": "double"},
    {"name": "count", "type": "long"},
    {"name": "known", "type": "boolean"},
]


def test_a_model_of_scikit_learn_describes_itself() -> None:
    model = LogisticRegression(C=0.5, random_state=7).fit(TABLE, LABELS)
    known = described(model)
    assert (known.flavor, known.seed) == ("sklearn", 7)
    assert known.params["model_class"] == "LogisticRegression"
    assert known.params["C"] == 0.5
    assert signature(model, TABLE) == {"inputs": INPUTS, "outputs": [{"type": "long"}]}


def test_a_pipeline_tells_of_its_parts() -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.25)).fit(TABLE, LABELS)
    known = described(model)
    assert known.params["logisticregression__C"] == 0.25
    assert known.params["standardscaler"] == "StandardScaler"
    assert known.seed is None


def test_arrays_have_columns_as_well() -> None:
    model = LinearRegression().fit(TABLE.to_numpy(dtype=float), np.stack([LABELS, LABELS], axis=1))
    assert signature(model, TABLE.to_numpy(dtype=float)) == {
        "inputs": [{"name": f"input_{index}", "type": "double"} for index in range(3)],
        "outputs": [{"type": "double"}, {"type": "double"}],
    }
    named = LinearRegression().fit(TABLE, LABELS)
    array = TABLE.to_numpy(dtype=np.float32)
    with pytest.warns(UserWarning, match="valid feature names"):
        found = signature(named, array)
    assert found["inputs"][0] == {"name": "amount", "type": "float"}


def test_a_model_of_xgboost_describes_itself() -> None:
    model = xgboost.XGBClassifier(n_estimators=2, max_depth=3, random_state=3).fit(TABLE, LABELS)
    known = described(model)
    assert (known.flavor, known.seed) == ("xgboost", 3)
    assert known.params["max_depth"] == 3
    assert None not in known.params.values()
    assert signature(model, TABLE)["inputs"] == INPUTS


def test_a_booster_of_xgboost_describes_itself() -> None:
    data = xgboost.DMatrix(TABLE, LABELS)
    model = xgboost.train({"max_depth": 3, "objective": "binary:logistic", "eta": 0.5}, data, 2)
    known = described(model)
    assert known.flavor == "xgboost"
    assert known.params["num_boost_round"] == 2
    assert known.params["objective"] == "binary:logistic"
    assert float(known.params["learning_rate"]) == 0.5
    assert known.names == ("amount", "count", "known")
    assert signature(model, TABLE) == {"inputs": INPUTS, "outputs": [{"type": "float"}]}


def test_rows_may_be_lists() -> None:
    rows = TABLE.to_numpy(dtype=float).tolist()
    found = signature(LinearRegression().fit(rows, LABELS), rows)
    assert found["inputs"] == [{"name": f"input_{index}", "type": "double"} for index in range(3)]


def networks(asked: str, folder: Path) -> Any:
    """What networks.py says in the environment of PyTorch."""
    done = subprocess.run(
        [python_of("pytorch"), Path(__file__).with_name("networks.py"), asked],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.mark.foreign
def test_networks_of_pytorch_describe_themselves(tmp_path: Path) -> None:
    image, mask, rows = "float32, [-1, 3, 5]", "bool, [-1, 5]", "float32, [-1, 4]"
    expected: dict[str, tuple[str, int, int, list[tuple[str, str]], list[tuple[str, str]]]] = {
        "net": ("Net", 58, 18, [("amounts", rows)], [("", "float32, [-1, 2]")]),
        "images": ("Sequential", 20, 20, [("input", "float32, [-1, 1, 8, 8]")], [("", "float32, [-1, 72]")]),
        "sequences": (
            *("LSTM", 220, 220, [("input", "float32, [-1, 6, 4]")]),
            [("", "float32, [-1, 6, 5]"), ("", "float32, [-1, 2, 5]"), ("", "float32, [-1, 2, 5]")],
        ),
        "whole numbers": ("Embedding", 30, 30, [("input", "int64, [-1, 7]")], [("", "float32, [-1, 7, 3]")]),
        "several": ("Made", 0, 0, [("image", image), ("mask", mask)], [("", "float32, [-1, 5]")]),
        "named": ("Made", 0, 0, [("mask", mask), ("image", image)], [("logits", image)]),
        "a switch": ("Made", 0, 0, [("image", image)], [("mean", image), ("spread", "float64, [-1, 3, 5]")]),
        "a number": ("Made", 0, 0, [("image", image)], [("", "float32, []")]),
        "scripted": ("Net", 58, 18, [("amounts", rows)], [("", "float32, [-1, 2]")]),
        "traced": ("Net", 58, 18, [("input_0", rows)], [("", "float32, [-1, 2]")]),
        "in parallel": ("DataParallel", 58, 18, [("input_0", rows)], [("", "float32, [-1, 2]")]),
    }

    def tensors(stated: list[tuple[str, str]]) -> list[dict[str, str]]:
        return [{**({"name": name} if name else {}), "type": f"tensor({kind})"} for name, kind in stated]

    assert networks("describe", tmp_path) == {
        case: [
            "pytorch",
            {"model_class": name, "parameters": count, "trainable_parameters": trained},
            {"inputs": tensors(inputs), "outputs": tensors(outputs)},
        ]
        for case, (name, count, trained, inputs, outputs) in expected.items()
    }


@pytest.mark.foreign
def test_a_network_that_pytorch_trains_is_recorded(catalog: Path) -> None:
    said = networks("train", catalog.parent)
    value = parse_yaml((catalog / "runs/nets/first.yaml").read_bytes()).value
    assert validate("run", value) == ()
    assert value["status"] == "finished"
    assert value["params"] == {
        **{"lr": 0.5, "shape": [30, 4], "layers": 2, "device": "cpu"},
        **{"model_class": "Net", "parameters": 58, "trainable_parameters": 18},
    }
    assert value["seeds"] == {"torch": 7}
    steps, losses = zip(*value["curves"]["loss"], strict=True)
    assert steps == (0, 1, 2, 3, 4)
    assert list(losses) == said["losses"]
    assert losses[0] > losses[-1] == value["metrics"]["loss"]
    (output,) = value["outputs"]
    assert output["digest"] == measure(catalog.parent / "model.pt").digest
    assert output["flavors"] == ["pytorch"]
    assert output["signature"]["inputs"] == [{"name": "amounts", "type": "tensor(float32, [-1, 4])"}]
    assert any(line.startswith("torch==") for line in value["environment"]["requirements"])
    # What was frozen stays frozen, and what was training goes on.
    assert said["training"] == [True, False, True, True]


def test_what_is_no_model_is_said() -> None:
    with pytest.raises(HerdbookError, match="a dict is no model of scikit-learn, XGBoost or PyTorch"):
        described({})


def test_a_model_is_recorded_with_its_parameters_and_its_signature(catalog: Path) -> None:
    Path("model.bin").write_bytes(b"abc")
    model = LogisticRegression(C=0.5, random_state=7).fit(TABLE, LABELS)
    with herdbook.start_run("e", run_id="first") as run:
        run.log_model(model, "model", "model.bin", uri="s3://models/model.bin", example=TABLE)
    value = parse_yaml((catalog / "runs/e/first.yaml").read_bytes()).value
    assert validate("run", value) == ()
    (output,) = value["outputs"]
    assert (output["name"], output["uri"], output["size"]) == ("model", "s3://models/model.bin", 3)
    assert output["flavors"] == ["sklearn"]
    assert output["signature"] == {"inputs": INPUTS, "outputs": [{"type": "long"}]}
    assert value["seeds"] == {"model": 7}
    assert value["params"]["C"] == 0.5
    assert value["params"]["model_class"] == "LogisticRegression"


def test_a_model_that_cannot_be_described_is_an_output_all_the_same(catalog: Path) -> None:
    Path("model.bin").write_bytes(b"abc")
    unfitted = LogisticRegression()
    with herdbook.start_run("e", run_id="first") as run:
        with pytest.warns(HerdbookWarning, match="signature of model unfitted: .*not fitted"):
            run.log_model(unfitted, "unfitted", "model.bin", uri="s3://models/a", example=TABLE)
        with pytest.warns(HerdbookWarning, match="model other: a object is no model"):
            run.log_model(object(), "other", "model.bin", uri="s3://models/b", example=TABLE)
    value = parse_yaml((catalog / "runs/e/first.yaml").read_bytes()).value
    assert [output["name"] for output in value["outputs"]] == ["unfitted", "other"]
    assert all("signature" not in output for output in value["outputs"])
