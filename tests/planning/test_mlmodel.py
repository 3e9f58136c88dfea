"""What MLflow writes beside a model."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import CHECKOUT
from herdbook.planning.mlmodel import Described, described
from herdbook.planning.plan import PlanError
from herdbook.schema import validate

DATA = CHECKOUT / "tests" / "data" / "mlmodel"


def test_what_mlflow_writes_of_columns() -> None:
    found = described((DATA / "columns.yaml").read_bytes(), "MLmodel")
    assert found.flavors == ("python_function", "sklearn")
    assert found.signature == {
        "inputs": [
            {"name": "customer", "type": "string"},
            {"name": "orders", "type": "array(object(amounts: array(double) (optional), item: string))"},
            {"name": "rates", "type": "map(double)"},
            {"name": "note", "type": "string (optional)"},
        ],
        "outputs": [{"type": "tensor(float32, [-1, 2])"}],
    }
    assert found.size == 2048
    assert found.tags == {"mlflow_version": "2.19.0", "model_uuid": "5b1d0c3e8f2a4d6b9c7e1f0a2b3c4d5e"}


def test_inputs_without_a_name_are_known_by_their_position() -> None:
    found = described((DATA / "tensors.yaml").read_bytes(), "MLmodel")
    assert found.signature == {
        "inputs": [{"name": "0", "type": "tensor(uint8, [-1, 28, 28])"}],
        "outputs": [],
    }
    assert found.size is None


@pytest.mark.parametrize("signature", ["", "signature: null\n", "signature: text\n", "signature: {}\n"])
def test_a_model_may_have_no_signature(signature: str) -> None:
    found = described(f"flavors: {{sklearn: {{}}}}\nmodel_size_bytes: true\n{signature}".encode(), "MLmodel")
    assert (found.signature, found.size, found.tags) == (None, None, {})


def test_an_odd_number_costs_a_description_nothing_else() -> None:
    raw = b"flavors: {a: {}}\nmodel_size_bytes: 99999999999999999999\nmetadata: {limit: .inf}\nrun_id: r\n"
    assert described(raw, "MLmodel") == Described(("a",), tags={}, run="r")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1", "MLmodel: it names no flavors; name a file that MLflow wrote with --mlmodel"),
        ("", "MLmodel: line 1, column 1: the file is empty"),
        ("flavors: [sklearn]", "MLmodel: it names no flavors"),
        ("a: &x 1\nb: *x", "MLmodel: line 1, column 4: "),
        ("!!python/object:os.system {}", "MLmodel: line 1, column 1: "),
        ("flavors: {a: 1}\nflavors: {b: 1}", "MLmodel: line 2, column 1: "),
        ("[" * 1000, "MLmodel: line 1, column 6[45]: "),
        ("a: '" + "x" * 1_100_000 + "'", "MLmodel: line 1, column 1: "),
    ],
)
def test_what_is_no_description_is_refused(text: str, message: str) -> None:
    with pytest.raises(PlanError, match=f"^{message}"):
        described(text.encode(), "MLmodel")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("7", "signature.inputs: it is no text"),
        ("'['", "signature.inputs: it is no JSON"),
        ("'" + "[" * 200_000 + "'", "signature.inputs: it is no JSON"),
        ("'[" + "9" * 5000 + "]'", "signature.inputs: it is no JSON"),
        ("'{}'", "signature.inputs: it is no list"),
        ("'[1]'", "signature.inputs.0: it is no type"),
        ("'[{\"type\": 1}]'", "signature.inputs.0: it is no type"),
        ('\'[{"type": "array"}]\'', "signature.inputs.0.items: it is no type"),
        ('\'[{"type": "tensor"}]\'', "signature.inputs.0: the tensor lacks"),
        ('\'[{"type": "tensor", "tensor-spec": {"dtype": "x"}}]\'', "signature.inputs.0: the tensor lacks"),
        ("'[" + '{"type": "map", "values": ' * 20 + "1" + "}" * 20 + "]'", r"signature.inputs.0.*values: it"),
    ],
)
def test_a_signature_that_cannot_be_read_is_refused(inputs: str, message: str) -> None:
    text = f"flavors: {{a: {{}}}}\nsignature: {{inputs: {inputs}}}\n"
    with pytest.raises(PlanError, match=f"^MLmodel: {message}"):
        described(text.encode(), "MLmodel")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("double"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "name", "items", "values", "properties", "required"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@given(JSON, st.lists(st.fixed_dictionaries({"type": st.text(max_size=5), "name": st.text(max_size=5)})))
def test_whatever_the_json_holds_it_is_read_or_refused(one: object, other: object) -> None:
    for value in (one, other):
        text = json.dumps({"flavors": {"a": {}}, "signature": {"inputs": json.dumps(value)}})
        with suppress(PlanError):
            found = described(text.encode(), "MLmodel")
            assert found.signature is None or set(found.signature) == {"inputs", "outputs"}


def test_what_is_read_keeps_to_the_schema() -> None:
    value = {"kind": "model-version", "model": "m", "version": 1, "run": "r", "uri": "u"}
    for name in ("columns.yaml", "tensors.yaml"):
        found = described((DATA / name).read_bytes(), name)
        version = {**value, "flavors": list(found.flavors), "signature": found.signature, "tags": found.tags}
        assert validate("model-version", version) == ()
