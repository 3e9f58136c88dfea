"""A small repository with a catalog, as MLflow's client is to read it."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

from herdbook.digest import measure_folder

ALIASES = """
    kind: aliases
    model: churn
    aliases:
      champion:
        - {version: 1, at: "2024-02-01T10:00:00Z", by: ana}
      gone:
        - {version: 2, at: "2024-02-01T10:00:00Z", by: ana}
        - {version: null, at: "2024-02-02T10:00:00Z", by: ana}
    """
FILES: Mapping[str, str] = {
    "herdbook.yaml": """
        kind: catalog
        name: small
        """,
    "models/churn/model.yaml": """
        kind: model
        name: churn
        title: Who leaves / spring
        imported_from: {system: mlflow}
        """,
    "models/churn/aliases.yaml": ALIASES,
    "models/churn/stages.yaml": """
        kind: stages
        model: churn
        transitions:
          - {version: 2, stage: staging, at: "2024-02-03T10:00:00Z", by: ana}
        """,
    "models/churn/versions/1.yaml": """
        kind: model-version
        model: churn
        version: 1
        label: 1.0.0
        run: train-1
        uri: artifacts/churn
        digest: "@"
        """,
    "models/churn/versions/2.yaml": """
        kind: model-version
        model: churn
        version: 2
        label: "Production"
        run: train-1
        uri: artifacts/churn
        """,
    "runs/shop/train-1.yaml": """
        kind: run
        id: train-1
        experiment: shop
        type: training
        status: finished
        started_at: "2024-02-01T09:00:00Z"
        ended_at: "2024-02-01T09:05:00Z"
        inputs: [{dataset: orders/v1, role: training}]
        curves: {loss: [[0, 0.7], [1, 0.5]]}
        metrics: {auc: 0.8}
        outputs:
          - {name: model, uri: artifacts/churn, digest: "@"}
          - {name: notes, uri: notes.txt}
          - {name: nowhere}
        """,
    "datasets/orders/versions/v1.yaml": """
        kind: dataset-version
        dataset: orders
        version: v1
        uri: s3://shop/orders.csv
        digest: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        """,
}


def written(root: Path, changed: Mapping[str, str] | None = None) -> Path:
    """Write the repository and its artifacts; return the folder of the catalog.

    Args:
        root: the folder, which is empty.
        changed: other texts for some files.
    """
    (root / ".git").mkdir(parents=True)
    artifact = root / "artifacts" / "churn"
    (artifact / "data").mkdir(parents=True)
    (artifact / "MLmodel").write_text("flavors: {}\n")
    (artifact / "data" / "weights.bin").write_bytes(bytes(range(256)))
    (root / "notes.txt").write_text("Trained twice.\n")
    digest = measure_folder(artifact).digest
    for path, text in {**FILES, **(changed or {})}.items():
        put(root / "catalog", path, text.replace("@", digest))
    return root / "catalog"


def put(catalog: Path, path: str, text: str) -> None:
    """Write a file of a catalog."""
    target = catalog / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(textwrap.dedent(text).lstrip("\n"))


def content(folder: Path) -> Mapping[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
