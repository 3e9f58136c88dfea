"""build and serve, as they are installed."""

import re
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from command_line import HERDBOOK, herdbook
from repositories import initialised
from rule_examples import EXAMPLE_CATALOG


def test_build_says_how_much_and_where(tmp_path: Path) -> None:
    done = herdbook("build", "--catalog", str(EXAMPLE_CATALOG), "--out", "out", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    pages = len(list((tmp_path / "out").rglob("*.html"))) - 1  # 404.html is no page
    assert done.stdout == f"Built {pages} pages in out: open out/index.html\n"
    assert "churn" in (tmp_path / "out" / "index.html").read_text()


def test_build_says_how_many_pages_a_change_reached(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    shutil.copytree(EXAMPLE_CATALOG, catalog)
    kept = {"HERDBOOK_CACHE": str(tmp_path / "cache"), "CI": ""}
    first = herdbook("build", cwd=tmp_path, **kept)
    again = herdbook("build", cwd=tmp_path, **kept)
    assert again.stdout == first.stdout.replace(" in site:", " in site, 0 of them anew:")
    with min(catalog.glob("runs/*/*.yaml")).open("a") as file:
        file.write("notes: Looked at again.\n")
    changed = re.search(r", (\d+) of them anew", herdbook("build", cwd=tmp_path, **kept).stdout)
    assert changed is not None
    assert int(changed[1]) > 0


@pytest.mark.parametrize(
    ("here", "typed", "is_repository"),
    [("ml", "catalog", True), ("work", None, True), ("work", "../ml/catalog", False), ("work", None, False)],
)
def test_a_site_names_files_by_their_place_in_the_repository(
    here: str, typed: str | None, is_repository: bool, tmp_path: Path
) -> None:
    root = tmp_path / "private"
    shutil.copytree(EXAMPLE_CATALOG, root / "ml" / "catalog")
    (root / "work").mkdir()
    if is_repository:
        initialised(root)
    (broken,) = root.glob("ml/catalog/endpoints/*.yaml")
    broken.write_text("kind: endpoint\n")
    out = tmp_path / "site"
    done = herdbook(
        "build", "--catalog", typed or str(root / "ml/catalog"), "--out", str(out), cwd=root / here
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = b"\n".join(contents(out).values()).decode(errors="replace")
    assert "private" not in told
    assert "../catalog" not in told
    prefix = "ml/" if is_repository else ""
    for named in ("datasets/orders/versions/v1.yaml", f"endpoints/{broken.name}"):
        assert set(re.findall(rf"[^\s>\"`]*catalog/{named}", told)) == {f"{prefix}catalog/{named}"}


def contents(site: Path) -> dict[str, bytes]:
    files = (path for path in site.rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


def test_shards_are_merged_into_the_site_that_build_builds(tmp_path: Path) -> None:
    catalog = ("--catalog", str(EXAMPLE_CATALOG))
    whole = herdbook("build", *catalog, "--out", "whole", cwd=tmp_path)
    shards = [herdbook("build", *catalog, "--shard", f"{number}/2", cwd=tmp_path) for number in (1, 2)]
    for number, done in enumerate(shards, 1):
        assert (done.returncode, done.stderr) == (0, "")
        said = rf"Built \d+ pages in shard-{number}, shard {number}/2 of the site: give all 2 to .*\n"
        assert re.fullmatch(said, done.stdout)
    merged = herdbook("merge-site", "shard-1", "shard-2", cwd=tmp_path)
    assert (merged.returncode, merged.stderr) == (0, "")
    assert merged.stdout == whole.stdout.replace("Built", "Merged").replace("whole", "site")
    assert contents(tmp_path / "site") == contents(tmp_path / "whole")
    # It is a site like any other.
    again = herdbook("build", *catalog, cwd=tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
    assert contents(tmp_path / "site") == contents(tmp_path / "whole")


def test_a_site_of_which_a_shard_is_missing_is_not_merged(tmp_path: Path) -> None:
    herdbook("build", "--catalog", str(EXAMPLE_CATALOG), "--shard", "1/2", cwd=tmp_path)
    done = herdbook("merge-site", "shard-1", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "herdbook: of 2 shards, 2/2 is missing: give the folders of all shards, each downloaded into its "
        "own; run a job of CI that failed again\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["shard-1"]


def test_a_shard_that_there_is_not_is_not_built(tmp_path: Path) -> None:
    done = herdbook("build", "--catalog", str(EXAMPLE_CATALOG), "--shard", "0/4", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--shard '0/4' is no part of a site: write K/N, such as 2/4" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_merging_tells_of_dead_links_in_prose(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    shutil.copytree(EXAMPLE_CATALOG, catalog)
    with (catalog / "datasets" / "orders" / "versions" / "v1.yaml").open("a") as file:
        file.write('notes: "[a](index.html#no)"\n')
    herdbook("build", "--shard", "1/1", cwd=tmp_path)
    done = herdbook("merge-site", "shard-1", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.startswith("warning: dead link in prose of the catalog: datasets/orders/v1.html links")


def test_build_leaves_the_files_of_others_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")
    done = herdbook("build", "--catalog", str(EXAMPLE_CATALOG), "--out", str(tmp_path))
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("options", [["--out", "catalog/site"], ["--out", "linked/site"], ["--shard", "1/2"]])
def test_build_writes_no_site_into_the_catalog(tmp_path: Path, options: list[str]) -> None:
    shutil.copytree(EXAMPLE_CATALOG, tmp_path / "catalog")
    (tmp_path / "linked").symlink_to("catalog")
    here, typed = (tmp_path / "catalog", ".") if "--shard" in options else (tmp_path, "catalog")
    before = contents(tmp_path / "catalog")
    done = herdbook("build", "--catalog", typed, *options, cwd=here)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"lies in the catalog {typed}, where all files are entries" in done.stderr
    assert contents(tmp_path / "catalog") == before


def test_build_without_a_catalog_says_what_is_missing(tmp_path: Path) -> None:
    done = herdbook("build", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "catalog: there is no such folder; name the catalog with --catalog DIR" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_serve_answers_and_builds_again_on_a_change(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    shutil.copytree(EXAMPLE_CATALOG, catalog)
    command: list[str | Path] = [HERDBOOK, "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
        assert address is not None
        assert "first words" not in page(address[0])
        model = catalog / "models" / "churn" / "model.yaml"
        # Moved there, as a file that is half written may be seen.
        (tmp_path / "new").write_text(
            model.read_text().replace("description: Tells", "description: first words. Tells")
        )
        (tmp_path / "new").rename(model)
        assert process.stdout.readline() == "Built again.\n"
        assert "first words" in page(address[0])
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def page(address: str) -> str:
    """The page of the example's model."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{address}models/churn/index.html") as answer:
                text: str = answer.read().decode()
                return text
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
