"""Ask exports with Spark: `spark-submit ask_spark.py EXPORTS QUERY.sql`.

EXPORTS is a folder that Spark can reach, with an export of `herdbook export parquet` in each of its folders.
"""

import argparse
from pathlib import Path

from pyspark.sql import SparkSession

TABLES = (
    *("datasets", "dataset_versions", "dataset_columns", "runs", "run_inputs", "run_outputs", "run_params"),
    *("run_seeds", "run_metrics", "run_usage", "run_curves", "run_slices", "models", "model_versions"),
    *("signatures", "cards", "measurements", "alias_assignments", "stage_transitions", "promotions"),
    *("endpoints", "endpoint_serves", "catalogs", "requirements", "tags", "edges", "lineage"),
)


def read_tables(session: SparkSession, exports: str) -> None:
    """Make the tables known to a session, by their names."""
    for name in TABLES:
        files = f"{exports}/*/{name}.parquet"
        session.read.option("mergeSchema", True).parquet(files).createOrReplaceTempView(name)


def main() -> None:
    """Show the answer of a query."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exports")
    parser.add_argument("query", type=Path)
    arguments = parser.parse_args()
    session = SparkSession.builder.appName("herdbook").getOrCreate()
    read_tables(session, arguments.exports)
    session.sql(arguments.query.read_text(encoding="utf-8")).show(1_000, truncate=False)
    session.stop()


if __name__ == "__main__":
    main()
