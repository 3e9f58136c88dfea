"""Train a version of the model iris-classifier.

python examples/iris-classifier/train.py 1
"""

import argparse

import flowers
import joblib
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import herdbook

VERSIONS = {
    1: ("logistic-regression", {"C": 1.0}),
    2: ("random-forest", {"n_estimators": 100, "max_depth": 4, "min_samples_leaf": 2}),
    3: ("gradient-boosting", {"n_estimators": 60, "learning_rate": 0.1, "max_depth": 2, "subsample": 0.8}),
}

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("version", type=int, choices=VERSIONS)
version = parser.parse_args().version
algorithm, settings = VERSIONS[version]

threadpool_limits(1)  # the same sums in the same order, everywhere
with herdbook.start_run(
    "iris", run_id=f"iris-train-{version}", title=f"Train version {version}: {algorithm}"
) as run:
    run.log_params({"algorithm": algorithm, **settings, "test_share": flowers.TEST_SHARE})
    run.log_seed("split", flowers.SEED)
    run.log_seed("model", flowers.SEED)
    run.log_input(dataset="iris/fisher-1936", role="training", path=flowers.path())
    train, _, species, _ = flowers.read()

    match algorithm:
        case "logistic-regression":
            model = make_pipeline(StandardScaler(), LogisticRegression(random_state=flowers.SEED, **settings))
        case "random-forest":
            model = RandomForestClassifier(random_state=flowers.SEED, **settings)
        case _:
            model = GradientBoostingClassifier(random_state=flowers.SEED, **settings)
    model.fit(train, species)
    if algorithm == "gradient-boosting":
        for step, stage in enumerate(model.staged_predict_proba(train), start=1):
            run.log_metric("train_log_loss", round(log_loss(species, stage), 6), step)
    run.log_metrics(
        {
            "train_accuracy": round(accuracy_score(species, model.predict(train)), 6),
            "train_log_loss": round(log_loss(species, model.predict_proba(train)), 6),
        }
    )
    flowers.MODELS.mkdir(exist_ok=True)
    path = flowers.MODELS / f"iris-classifier-{version}.joblib"
    joblib.dump(model, path)
    run.log_output("model", path)
