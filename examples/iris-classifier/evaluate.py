"""Measure a version of the model iris-classifier on the flowers that it was not trained on.

python examples/iris-classifier/evaluate.py 1
"""

import argparse

import flowers
import joblib
from sklearn.metrics import accuracy_score, f1_score, log_loss
from threadpoolctl import threadpool_limits

import herdbook

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("version", type=int)
version = parser.parse_args().version

threadpool_limits(1)
with herdbook.start_run(
    "iris-evaluation",
    "evaluation",
    run_id=f"iris-evaluate-{version}",
    title=f"Evaluate version {version} on held-out flowers",
    evaluates=f"iris-classifier/{version}",
) as run:
    run.log_input(dataset="iris/fisher-1936", role="test", path=flowers.path())
    run.log_params({"test_share": flowers.TEST_SHARE})
    run.log_seed("split", flowers.SEED)
    _, test, _, species = flowers.read()
    model = joblib.load(flowers.MODELS / f"iris-classifier-{version}.joblib")
    probabilities = model.predict_proba(test)
    predicted = probabilities.argmax(axis=1)
    run.log_metrics(
        {
            "accuracy": round(accuracy_score(species, predicted), 6),
            "macro_f1": round(f1_score(species, predicted, average="macro"), 6),
            "log_loss": round(log_loss(species, probabilities), 6),
        }
    )
