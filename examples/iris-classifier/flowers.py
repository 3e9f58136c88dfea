"""The iris flowers of scikit-learn, and how they are split."""

from importlib.util import find_spec
from pathlib import Path

import pandas as pd
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent
MODELS = HERE / "models"
SEED = 42
TEST_SHARE = 0.4


def path() -> Path:
    """Return the table inside the installed package."""
    package = find_spec("sklearn")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "datasets" / "data" / "iris.csv"


def read() -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]:
    """Return measurements for training and test, then species for training and test."""
    iris = load_iris(as_frame=True)
    return tuple(
        train_test_split(
            iris.data, iris.target, test_size=TEST_SHARE, random_state=SEED, stratify=iris.target
        )
    )
