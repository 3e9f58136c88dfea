"""The mortgage applications: columns, files, and which of them a model may see."""

from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
DATA = HERE / "data"
MODELS = HERE / "models"

# Names in the source, and here.
COLUMNS = {
    "dir": "debt_ratio",
    "hir": "housing_ratio",
    "lvr": "loan_to_value",
    "ccs": "credit_score",
    "mcs": "mortgage_credit_score",
    "pbcr": "bad_public_record",
    "dmi": "insurance_denied",
    "self": "self_employed",
    "single": "single",
    "uria": "unemployment_rate",
    "comdominiom": "condominium",
    "black": "black",
    "deny": "denied",
}
RATIOS = ["debt_ratio", "housing_ratio", "loan_to_value"]  # in percent
TARGET = "denied"

# Neither race nor marital status is ever given to a model; they only say whom it treats how.
BASIC = [
    "debt_ratio",
    "housing_ratio",
    "loan_to_value",
    "credit_score",
    "mortgage_credit_score",
    "bad_public_record",
    "self_employed",
    "unemployment_rate",
    "condominium",
]
FEATURES = {"basic": BASIC, "with-insurance": [*BASIC, "insurance_denied"]}


def path(version: str) -> Path:
    """Return the file of a version of the dataset mortgage-applications."""
    return DATA / f"mortgage-applications-{version}.csv"


def read(version: str) -> pd.DataFrame:
    """Read a version of the dataset mortgage-applications; the index is the row in the source."""
    return pd.read_csv(path(version), index_col="row")


def write(table: pd.DataFrame, version: str) -> Path:
    """Write a version of the dataset mortgage-applications, always to the same bytes."""
    DATA.mkdir(exist_ok=True)
    table.to_csv(path(version), index_label="row", lineterminator="\n")
    return path(version)
