"""The repositories that attacks are tried on, made once."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from gate import withstands
from gate.records import endpoint, version
from gate.scene import edited, origin_with
from repositories import write
from rule_examples import EXAMPLE_CATALOG

GATE_DATA = Path(__file__).parents[1] / "data" / "gate"

_WORKFLOW = "on: {pull_request: {}}\njobs: {gate: {steps: [{run: herdbook gate}]}}\n"


def _catalog(folder: Path) -> Path:
    """The example catalog with people who have logins, a version 3 to promote, and one of recalled data."""
    shutil.copytree(EXAMPLE_CATALOG, folder)
    shutil.copytree(GATE_DATA, folder, dirs_exist_ok=True)
    orders = (folder / "datasets/orders/versions/v2.yaml").read_text()
    digest = f"sha256:{'5' * 64}"
    recall = {"at": "2024-01-20T08:00:00Z", "by": "bo", "reason": "rows of robots", "severity": "high"}
    changed = {"version": "v3", "uri": "s3://data/orders/v3.csv", "digest": digest, "produced_by": None}
    write(
        folder,
        {
            "datasets/orders/versions/v3.yaml": edited(orders, **changed, recall=recall),
            **version(3),
            **version(4, 0.84, dataset="orders/v3"),
            "endpoints/trial.yaml": endpoint("trial", "churn/3", environment="staging"),
            "../.github/workflows/lineage-gate.yml": _WORKFLOW,
            "../.github/CODEOWNERS": "* @bo-b\n",
            "../.gitattributes": "* text=auto\n",
            "../README.md": "A catalog.\n",
        },
    )
    return folder


@pytest.fixture(scope="session")
def origins(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Bare repositories: with declared and with verified approvals, untidy, and without any policy."""
    folder = tmp_path_factory.mktemp("origins")
    policy = (GATE_DATA / "herdbook.yaml").read_text()
    untidy = {
        # No digest in the data behind version 3, a model without a card, and a run that leads nowhere.
        "runs/churn/odd.yaml": "kind: run\nid: odd\nstatus: perhaps\n",
        "runs/churn/train-3.yaml": edited(
            version(3)["runs/churn/train-3.yaml"], inputs=[{"dataset": "orders/v9", "role": "training"}]
        ),
    }
    states: Mapping[str, Mapping[str, str | bytes | None]] = {
        "declared": {},
        "verified": {"herdbook.yaml": policy.replace("policy:\n", "policy:\n  approvals: verified\n")},
        "untidy": untidy,
        "bare-policy": {"herdbook.yaml": None},
    }
    found = {}
    for name, files in states.items():
        catalog = _catalog(folder / name / "catalog")
        write(catalog, files)
        found[name] = origin_with(folder / name, f"{name}.git")
    return found


@pytest.fixture(scope="session", autouse=True)
def written_down() -> Iterator[None]:
    """What the page shows is written when all was tried, if it is to be written anew."""
    yield
    if withstands.WRITING:
        withstands.write()
