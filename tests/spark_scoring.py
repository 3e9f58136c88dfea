"""Scores rows by a model of a catalog, once on local Spark and once without; for the Python of Spark."""

import json
import os
import sys

os.environ["PYSPARK_PYTHON"] = sys.executable

import mlflow.pyfunc
from pyspark.sql import SparkSession


def main() -> None:
    """Take the address of the model and the rows; say both answers."""
    uri, rows = sys.argv[1], json.loads(sys.argv[2])
    local = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
    }
    spark = SparkSession.builder.master("local[2]").config(map=local).getOrCreate()
    table = spark.createDataFrame([(index, *row) for index, row in enumerate(rows)], ["index", "a", "b"])
    predict = mlflow.pyfunc.spark_udf(spark, uri, result_type="long", env_manager="local")
    scored = table.repartition(2).withColumn("label", predict("a", "b")).orderBy("index").collect()
    alone = mlflow.pyfunc.load_model(uri).predict(rows)
    print(json.dumps({"spark": [row["label"] for row in scored], "alone": alone.tolist()}))
    spark.stop()


if __name__ == "__main__":
    main()
