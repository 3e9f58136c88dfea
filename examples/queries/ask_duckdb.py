"""Ask exports with DuckDB: `python ask_duckdb.py EXPORTS QUERY.sql`, after `pip install duckdb`.

EXPORTS is a folder with an export of `herdbook export parquet` in each of its folders.
"""

import argparse
from pathlib import Path

import duckdb


def main() -> None:
    """Show the answer of a query, one row a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exports", type=Path)
    parser.add_argument("query", type=Path)
    arguments = parser.parse_args()
    with duckdb.connect() as connection:
        for name in sorted({path.stem for path in arguments.exports.glob("*/*.parquet")}):
            files = str(arguments.exports / "*" / f"{name}.parquet").replace("'", "''")
            connection.execute(
                f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{files}', union_by_name = true)"
            )
        answer = connection.execute(arguments.query.read_text(encoding="utf-8"))
        print(*(column[0] for column in answer.description), sep=" | ")
        while row := answer.fetchone():
            print(*("" if value is None else value for value in row), sep=" | ")


if __name__ == "__main__":
    main()
