import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.requirements import RequirementError, is_pinned, package, wanted

HASH = "sha256=" + "0" * 64


@pytest.mark.parametrize(
    ("line", "name", "version", "pinned"),
    [
        ("scikit-learn==1.4.2", "scikit-learn", "1.4.2", True),
        ("Scikit_Learn===1.4.2", "scikit-learn", "1.4.2", True),
        ("ruamel.yaml[jinja2] == 0.18", "ruamel-yaml", "0.18", True),
        ("numpy==2.0 ; python_version > '3'", "numpy", "2.0", True),
        ("numpy==2.0 --hash=sha256:abc", "numpy", "2.0", True),
        ("numpy==2.0  # why", "numpy", "2.0", True),
        ("numpy>=1,==2.0", "numpy", "2.0", True),
        ("numpy (==2.0)", "numpy", "2.0", True),
        ("numpy==2.*", "numpy", "", False),
        ("numpy>=2", "numpy", "", False),
        ("numpy", "numpy", "", False),
        (f"torch @ https://example.org/torch.whl#{HASH}", "torch", "", True),
        ("torch @ https://example.org/torch.whl", "torch", "", False),
        (f"git+https://example.org/x@{'a' * 40}", "", "", True),
        ("-e .", "", "", False),
        ("./wheels/x.whl", "", "", False),
        ("# a comment", "", "", True),
        ("--no-binary :all:", "", "", True),
        ("", "", "", False),
    ],
)
def test_lines_of_requirements(line: str, name: str, version: str, pinned: bool) -> None:
    assert package(line) == (name, version)
    assert is_pinned(line) is pinned


@pytest.mark.parametrize(
    ("text", "name", "meant", "not_meant"),
    [
        (
            "scikit-learn<1.5",
            "scikit-learn",
            ["1.4.2", "0.1"],
            ["1.5", "1.5.1", "2"],
        ),
        ("Scikit_Learn >= 1.3, < 1.5", "scikit-learn", ["1.3", "1.4.9"], ["1.2", "1.5"]),
        ("numpy==2.*", "numpy", ["2.0", "2.1.3"], ["1.9", "3"]),
        ("numpy!=2.0", "numpy", ["2.1"], ["2.0", "2.0.0"]),
        ("numpy~=2.1", "numpy", ["2.1", "2.9"], ["3.0", "2.0"]),
        ("numpy>=2.0rc1", "numpy", ["2.0rc2", "2.0"], ["2.0b1"]),
        ("numpy", "numpy", ["2.0", "", "no version"], []),
    ],
)
def test_versions_are_compared_as_pip_does(
    text: str, name: str, meant: list[str], not_meant: list[str]
) -> None:
    found, is_meant = wanted(text)
    assert found == name
    assert [is_meant(version) for version in meant] == [True] * len(meant)
    assert [is_meant(version) for version in not_meant] == [False] * len(not_meant)


def test_of_what_is_no_version_nothing_can_be_told() -> None:
    _, is_meant = wanted("numpy<2")
    assert [is_meant(version) for version in ("", "latest", "2024-07-custom build")] == [None] * 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("numpy=1", "'numpy=1' is no requirement: write a package"),
        ("", "'' is no requirement"),
        ("numpy<", "is no requirement"),
        ("numpy<two", "is no requirement"),
        ("numpy[x]", "says more than a package and its versions"),
        ("numpy<2; python_version < '3'", "says more than"),
        ("numpy @ https://example.org/numpy.whl", "says more than"),
        ("x" * 300 + "=", f"'{'x' * 77}...' is no requirement"),
    ],
)
def test_what_is_no_requirement_is_refused_in_words(text: str, complaint: str) -> None:
    with pytest.raises(RequirementError, match="such as") as caught:
        wanted(text)
    assert complaint in str(caught.value)


@given(st.text())
def test_any_line_has_a_name_and_a_version_or_not(line: str) -> None:
    name, version = package(line)
    assert name == name.lower()
    if version:
        assert name
        assert is_pinned(line.strip())
