"""Recalling data tells what depends on them."""

import json
from pathlib import Path

from handwriting import WHEN, WHO, run


def test_a_recall_tells_what_depends_on_the_data(repository: Path) -> None:
    done = run(repository, "recall", "orders/v2", "--reason", "wrong", *WHO, *WHEN)
    assert done.returncode == 0
    told = run(repository, "impact", "orders/v2").stdout
    assert done.stdout.startswith(
        "datasets:/orders/v2 is recalled.\nchanged: catalog/datasets/orders/versions/v2.yaml\n"
    )
    assert "errors that it did not find before" in done.stdout
    assert done.stdout.endswith(f"\n\n{told}")
    again = run(repository, "recall", "orders/v2", "--reason", "wrong", *WHO, *WHEN)
    assert (
        again.stderr
        == "herdbook: datasets:/orders/v2 was recalled already, at 2024-02-01T08:00:00Z by ana; if more is "
        "to be said of it, say it in datasets/orders/versions/v2.yaml\n"
    )


def test_programs_are_told_the_impact(repository: Path) -> None:
    words = ("recall", "orders/v2", "--reason", "wrong", *WHO, *WHEN)
    value = json.loads(run(repository, *words, "--format", "json").stdout)
    assert value["impact"] == json.loads(run(repository, "impact", "orders/v2", "--format", "json").stdout)
