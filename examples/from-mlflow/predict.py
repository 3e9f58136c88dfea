"""Load the champion from MLflow's own database and from the catalog, by the same words, and compare."""

import mlflow
from sklearn.datasets import load_iris

flowers, _ = load_iris(return_X_y=True, as_frame=True)
answers = []
for registry in ("sqlite:///mlflow.db", "herdbook:catalog"):
    mlflow.set_tracking_uri(registry)
    mlflow.set_registry_uri(registry)
    model = mlflow.pyfunc.load_model("models:/iris@champion")
    answers.append(model.predict(flowers).tolist())

print(f"{sum(a == b for a, b in zip(*answers, strict=True))} of {len(flowers)} predictions are the same.")
