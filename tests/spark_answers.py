"""Ask local Spark, in an environment that has it: `python spark_answers.py EXPORTS`, with queries as JSON in.

What is printed is JSON: for each query its rows.
"""

import json
import sys

from ask_spark import read_tables  # beside the queries; PYTHONPATH says where
from pyspark.sql import SparkSession

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
}


def main() -> None:
    """Answer all queries in one session: starting one takes longer than they do."""
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
    }
    builder = SparkSession.builder.master("local[2]").appName("herdbook")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    read_tables(session, sys.argv[1])
    answers = {
        name: [row.asDict() for row in session.sql(query).collect()]
        for name, query in json.load(sys.stdin).items()
    }
    session.stop()
    print(json.dumps(answers, default=str))


if __name__ == "__main__":
    main()
