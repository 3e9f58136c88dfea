import sys
import types
from collections.abc import Iterator
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
from herdbook import HerdbookWarning
from herdbook.errors import HerdbookError
from herdbook.reader import parse_yaml
from herdbook.recorder.models import described, signature
from herdbook.schema import validate

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


class Tensor:
    """As much of a tensor of PyTorch as is asked for."""

    def __init__(self, *shape: int, requires_grad: bool = True) -> None:
        self.shape = shape
        self.dtype = "torch.float32"
        self.requires_grad = requires_grad

    def numel(self) -> int:
        return int(np.prod(self.shape))


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A network of a stand-in for PyTorch, which is too large to be installed for tests."""
    torch = types.ModuleType("torch")

    class no_grad:
        def __enter__(self) -> None: ...
        def __exit__(self, *error: object) -> None: ...

    torch.no_grad = no_grad  # type: ignore[attr-defined]  # a module made for this test
    monkeypatch.setitem(sys.modules, "torch", torch)

    class Module:
        training = True

        def eval(self) -> None:
            self.training = False

        def train(self, mode: bool) -> None:
            self.training = mode

    Module.__module__, Module.__qualname__ = "torch.nn.modules.module", "Module"

    class Net(Module):
        def parameters(self) -> Iterator[Tensor]:
            yield Tensor(3, 4)
            yield Tensor(4, requires_grad=False)

        def forward(self, image: Tensor, mask: Tensor) -> Tensor:
            assert not self.training
            return Tensor(image.shape[0], 10)

        __call__ = forward

    return Net()


def test_a_network_of_pytorch_describes_itself(network: Any) -> None:
    known = described(network)
    assert known.flavor == "pytorch"
    assert known.params == {"model_class": "Net", "parameters": 16, "trainable_parameters": 12}
    assert signature(network, (Tensor(2, 28, 28), Tensor(2, 28))) == {
        "inputs": [
            {"name": "image", "type": "tensor(float32, [-1, 28, 28])"},
            {"name": "mask", "type": "tensor(float32, [-1, 28])"},
        ],
        "outputs": [{"type": "tensor(float32, [-1, 10])"}],
    }
    assert network.training


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
