"""Train a version of the model mortgage-approval.

python examples/mortgage-approval/train.py 1
"""

import argparse

import applications
import joblib
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import herdbook

SEED = 7
THRESHOLD = 0.3  # from this probability of denial on, an application is denied

LOGISTIC = {"algorithm": "logistic-regression", "features": "basic", "C": 1.0}
BOOSTING = {
    "algorithm": "gradient-boosting",
    "features": "with-insurance",
    "n_estimators": 150,
    "learning_rate": 0.05,
    "max_depth": 3,
    "min_samples_leaf": 10,
    "subsample": 0.7,
}
VERSIONS = {
    1: ("v1-train", LOGISTIC),
    2: ("v1-train", BOOSTING),
    3: ("v2-train", BOOSTING),
    4: ("v3-train", BOOSTING),
}

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("version", type=int, choices=VERSIONS)
version = parser.parse_args().version
dataset, params = VERSIONS[version]
settings = {name: value for name, value in params.items() if name not in ("algorithm", "features")}
columns = applications.FEATURES[params["features"]]

threadpool_limits(1)  # the same sums in the same order, everywhere
with herdbook.start_run(
    "mortgage-approval", run_id=f"mortgage-train-{version}", title=f"Train version {version}"
) as run:
    run.log_params({**params, "columns": columns, "threshold": THRESHOLD})
    run.log_seed("model", SEED)
    for split, role in ((dataset, "training"), ("v1-validation", "validation")):
        run.log_input(dataset=f"mortgage-applications/{split}", role=role, path=applications.path(split))
    train, validation = applications.read(dataset), applications.read("v1-validation")

    if params["algorithm"] == "logistic-regression":
        model = make_pipeline(StandardScaler(), LogisticRegression(random_state=SEED, **settings))
        model.fit(train[columns], train["denied"])
    else:
        model = GradientBoostingClassifier(random_state=SEED, **settings)
        model.fit(train[columns], train["denied"])
        stages = zip(
            model.staged_predict_proba(train[columns]),
            model.staged_predict_proba(validation[columns]),
            strict=True,
        )
        for step, (of_train, of_validation) in enumerate(stages, start=1):
            run.log_metric("train_log_loss", round(log_loss(train["denied"], of_train), 6), step)
            run.log_metric("val_log_loss", round(log_loss(validation["denied"], of_validation), 6), step)

    for prefix, table in (("train", train), ("val", validation)):
        denial = model.predict_proba(table[columns])[:, 1]
        run.log_metrics(
            {
                f"{prefix}_auc": round(roc_auc_score(table["denied"], denial), 6),
                f"{prefix}_accuracy": round(accuracy_score(table["denied"], denial >= THRESHOLD), 6),
                f"{prefix}_log_loss": round(log_loss(table["denied"], denial), 6),
            }
        )
    applications.MODELS.mkdir(exist_ok=True)
    path = applications.MODELS / f"mortgage-approval-{version}.joblib"
    joblib.dump({"model": model, "columns": columns, "threshold": THRESHOLD}, path)
    run.log_output("model", path)
