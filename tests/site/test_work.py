"""Tests of the jobs of a site."""

from pathlib import Path

import pytest

from herdbook.opening import read_catalog
from herdbook.site.templates import Templates
from herdbook.site.work import Work, folder_of
from herdbook.tree import DirTree
from site_samples import read, write_sample


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("https://example.com/herd/book", "/herd/book/"),
        ("https://example.com/herd/book/", "/herd/book/"),
        ("https://example.com", "/"),
        ("https://example.com/%22%3E/", "/"),
    ],
)
def test_the_folder_of_the_site_is_the_one_that_the_catalog_states(
    tmp_path: Path, url: str, folder: str
) -> None:
    (tmp_path / "herdbook.yaml").write_text(f"kind: catalog\nname: sample\nurl: {url}\n")
    catalog = read_catalog(DirTree(tmp_path))
    assert not catalog.findings
    assert folder_of(catalog) == folder


def test_jobs_have_paths_of_their_own_and_come_in_the_same_order_each_time(tmp_path: Path) -> None:
    work = Work(read(write_sample(tmp_path)), Templates(), "wasm")
    paths = [job.path for job in work.jobs()]
    assert len(set(paths)) == len(paths)
    assert paths == [job.path for job in work.jobs()]


def test_a_job_makes_the_file_at_its_path(tmp_path: Path) -> None:
    work = Work(read(write_sample(tmp_path)), Templates(), "wasm")
    for job in work.jobs():
        made = job.make()
        first = made.page.path if made.page is not None else made.files[0][0].path
        assert first == job.path


def test_jobs_about_an_entry_are_among_all_jobs(tmp_path: Path) -> None:
    work = Work(read(write_sample(tmp_path)), Templates(), "wasm")
    everything = {job.path: job.sources for job in work.jobs()}
    about = {job.path: job.sources for run in work.book.catalog.runs.values() for job in work.jobs_about(run)}
    assert about
    assert about.items() <= everything.items()
