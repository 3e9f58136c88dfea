from entry_samples import made
from herdbook.entries import Column, ModelVersion


def test_a_signature_names_inputs_and_outputs() -> None:
    signature = {"inputs": [{"name": "a", "type": "long"}], "outputs": [{"type": "double"}]}
    version = made(ModelVersion, {"model": "m", "version": 1, "run": "a", "uri": "b", "signature": signature})
    assert version.signature == ((Column("a", "long"),), (Column("", "double"),))


def test_what_is_left_out_is_empty() -> None:
    version = made(ModelVersion, {"model": "m", "version": 1, "run": "a", "uri": "b"})
    assert (version.signature, version.size, version.deprecated, version.version_label) == (
        None,
        None,
        None,
        "",
    )
