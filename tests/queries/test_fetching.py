from pathlib import Path

import pytest

from herdbook.entries import DatasetVersion
from herdbook.queries.fetching import Source, Way, way_to
from herdbook.source import SourceFile
from herdbook.tree import DirTree

SHA = "sha256:" + "0" * 64
FOLDER = "md5-dir:" + "0" * 32
SUMMED = "sha256-dir:" + "0" * 64


@pytest.mark.parametrize(
    ("uri", "digest", "way"),
    [
        ("data/orders.csv", SHA, Way(Source.REPOSITORY, "data/orders.csv")),
        ("./data//a%20b.csv", "", Way(Source.REPOSITORY, "data/a b.csv")),
        ("-rf", "", Way(Source.REPOSITORY, "-rf")),
        ("", SHA, Way(Source.HAND, "")),
        ("/etc/passwd", SHA, Way(Source.HAND, "")),
        ("../other/data.csv", SHA, Way(Source.HAND, "")),
        ("a/%2e%2e/%2e%2e/b", SHA, Way(Source.HAND, "")),
        ("~/data.csv", SHA, Way(Source.HAND, "")),
        (
            "s3://bucket/a%20b.csv",
            SHA,
            Way(Source.COMMAND, "x-a b.csv", True, ("aws", "s3", "cp", "s3://bucket/a b.csv", "x-a b.csv")),
        ),
        (
            "S3://bucket/folder/",
            FOLDER,
            Way(
                Source.COMMAND,
                "x-folder",
                True,
                ("aws", "s3", "cp", "--recursive", "S3://bucket/folder/", "x-folder"),
            ),
        ),
        (
            "gs://bucket/a",
            SHA,
            Way(Source.COMMAND, "x-a", True, ("gcloud", "storage", "cp", "gs://bucket/a", "x-a")),
        ),
        (
            "file:///data/a",
            SHA,
            Way(Source.COMMAND, "x-a", True, ("cp", "-R", "/data/a", "x-a")),
        ),
        (
            "dvc://data/raw",
            FOLDER,
            Way(Source.COMMAND, "data/raw", command=("dvc", "pull", "--", "data/raw")),
        ),
        ("data/raw", FOLDER, Way(Source.COMMAND, "data/raw", command=("dvc", "pull", "--", "data/raw"))),
        ("data/raw", SUMMED, Way(Source.REPOSITORY, "data/raw")),
        (
            "gs://bucket/raw",
            SUMMED,
            Way(
                Source.COMMAND,
                "x-raw",
                True,
                ("gcloud", "storage", "cp", "--recursive", "gs://bucket/raw", "x-raw"),
            ),
        ),
        ("dvc://../raw", FOLDER, Way(Source.HAND, "")),
        ("hf://datasets/x", SHA, Way(Source.HAND, "x-x", True)),
        ("pkg:pypi/a@1#a/b%20c.csv", SHA, Way(Source.PACKAGE, "a/b c.csv")),
    ],
)
def test_the_way_to_what_lies_at_an_address(uri: str, digest: str, way: Way) -> None:
    assert way_to(uri, digest, None, "x") == way


def test_the_web_is_read_without_wildcards() -> None:
    way = way_to("https://example.org/a[1-9].csv?x#y", SHA, None, "x")
    assert way.command[0] == "curl"
    assert "--globoff" in way.command
    assert way.command[-1] == "https://example.org/a[1-9].csv?x#y"


def imported(**origin: str) -> DatasetVersion:
    return DatasetVersion(SourceFile(DirTree(Path()), "x.yaml"), {"imported_from": origin})


def test_what_came_from_dvc_is_fetched_by_it() -> None:
    entry = imported(system="dvc")
    assert way_to("data/a.csv", "md5:" + "0" * 32, entry, "x").command == ("dvc", "pull", "--", "data/a.csv")
    entry = imported(system="dvc", repository="https://example.org/r", rev="v1")
    way = way_to("data/a.csv", "", entry, "x")
    assert (way.path, way.outside) == ("x-a.csv", True)
    assert way.command == (
        *("dvc", "get", "--rev", "v1", "--out", "x-a.csv", "--", "https://example.org/r", "data/a.csv"),
    )
