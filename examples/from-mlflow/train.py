"""Train a model as many do: MLflow keeps the run in a database, registers the model, names the champion."""

import mlflow
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.set_experiment("iris")
flowers, kinds = load_iris(return_X_y=True, as_frame=True)

with mlflow.start_run():
    model = LogisticRegression(max_iter=500).fit(flowers, kinds)
    mlflow.log_param("max_iter", 500)
    mlflow.log_metric("accuracy", model.score(flowers, kinds))
    mlflow.sklearn.log_model(
        model,
        name="model",
        registered_model_name="iris",
        input_example=flowers.head(3),
        serialization_format="cloudpickle",
        pip_requirements=["scikit-learn"],
    )

mlflow.MlflowClient().set_registered_model_alias("iris", "champion", "1")
