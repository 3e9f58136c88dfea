"""Shards of a site, merged: the site of a build on one machine, or a sentence that says what is wrong."""

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from benchmarks import generate

from herdbook import __version__
from herdbook.errors import HerdbookError, StorageError
from herdbook.queries.records import Records
from herdbook.site.build import build, build_shard
from herdbook.site.chrome import Chrome, build_chrome
from herdbook.site.links import DeadLinkError, Passed
from herdbook.site.manifest import MANIFEST
from herdbook.site.merging import MergeResult, merge
from herdbook.site.page import File
from herdbook.site.search import INDEX, MOST_IN_ONE, SEPARATOR
from herdbook.site.shard import NOTES, Heading, Notes, Part, Shard
from herdbook.site.templates import Templates, shipped
from site_samples import read, write_sample


def contents(site: Path) -> dict[str, bytes]:
    files = (path for path in site.rglob("*") if not path.is_dir())
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


def build_shards(
    records: Records, folder: Path, of: int, chrome: Chrome | None, **options: Any
) -> list[Path]:
    shards = [Shard(number, of) for number in range(1, of + 1)]
    out = {shard: folder / f"shard-{shard.number}-of-{of}" for shard in shards}
    for shard in shards:
        build_shard(records, out[shard], shard, chrome=chrome, **options)
    return list(out.values())


def small(folder: Path) -> Records:
    """Something of everything, with findings."""
    return read(write_sample(folder))


def large(folder: Path) -> Records:
    """As many pages as have their index in pieces."""
    return read(write_sample(folder, runs=MOST_IN_ONE))


def generated(folder: Path) -> Records:
    """Long lineage, no findings."""
    generate.write(200, folder / "catalog")
    return read(folder / "catalog")


def circling(folder: Path) -> Records:
    """Runs that came of each other, of which nothing can be told in order."""
    catalog = write_sample(folder)
    for run, other in (("one", "two"), ("two", "one")):
        (catalog / f"runs/churn/{run}.yaml").write_text(
            f"kind: run\nid: {run}\nexperiment: churn\ntype: training\nstatus: finished\n"
            f'started_at: "2024-03-01T08:00:00Z"\ninputs: [{{run: {other}/model}}]\n'
            "outputs: [{name: model, uri: a.bin}]\n"
        )
    records = read(catalog)
    assert records.cyclic
    return records


@pytest.mark.parametrize(
    ("catalog", "numbers"),
    [
        (small, (1, 2, 3, 7)),
        (large, (3,)),
        (generated, (2,)),
        (circling, (2,)),
        pytest.param(large, (1, 2, 7), marks=pytest.mark.slow),
        pytest.param(generated, (1, 3, 7), marks=pytest.mark.slow),
    ],
)
def test_a_merged_site_is_that_of_one_machine(
    tmp_path: Path, chrome: Chrome, catalog: Callable[[Path], Records], numbers: tuple[int, ...]
) -> None:
    records = catalog(tmp_path)
    whole = build(records, tmp_path / "whole", chrome=chrome)
    expected = contents(whole.out)
    assert ("pieces" in json.loads(expected[INDEX])["config"]) == (whole.pages > MOST_IN_ONE)
    for of in numbers:
        folders = build_shards(records, tmp_path, of, chrome)
        written = [contents(folder).keys() - {MANIFEST, NOTES} for folder in folders]
        assert sum(map(len, written)) == len(set().union(*written)), "each file is made once"
        told: list[int] = []
        # In which order they are given is all the same.
        merged = merge(folders[1:] + folders[:1], tmp_path / "merged", told.append)
        assert contents(merged.out) == expected
        assert merged == MergeResult(merged.out, whole.pages, whole.files, whole.warnings)
        assert told == list(range(1, whole.pages + 1))


@pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")
def test_two_processes_make_the_shard_that_one_makes(tmp_path: Path, chrome: Chrome) -> None:
    records = read(write_sample(tmp_path, runs=40))
    alone = build_shard(records, tmp_path / "alone", Shard(2, 3), chrome=chrome)
    shared = build_shard(records, tmp_path / "shared", Shard(2, 3), chrome=chrome, share=True)
    assert shared == replace(alone, out=shared.out)
    assert contents(shared.out) == contents(alone.out)


def test_a_merged_site_is_built_into_again(tmp_path: Path, chrome: Chrome) -> None:
    records = small(tmp_path)
    merged = merge(build_shards(records, tmp_path, 2, chrome), tmp_path / "site")
    before = contents(merged.out)
    build(records, merged.out, chrome=chrome)
    assert contents(merged.out) == before


# What stands in the page of every run, or of one.
DEAD = {
    "a page that is not there": '<a href="nowhere.html">a</a>',
    "a place that a page of another shard does not have": '<a href="../models/index.html#nowhere">a</a>',
    "a place that is only on some pages": '{% if run.id != "odd" %}<a href="odd.html#only">a</a>{% endif %}',
    "an id that is not there": '<p aria-labelledby="nowhere">a</p>',
    "an id that is there twice": '{% if run.id == "odd" %}<p id="a">a</p><p id="a">b</p>{% endif %}',
    "several": '<a href="{{ run.id }}-of-nowhere.html#x">a</a><a href="../../{{ run.id }}.html">a</a>',
}


@pytest.mark.parametrize("dead", DEAD)
def test_dead_links_are_told_as_one_machine_tells_them(tmp_path: Path, dead: str) -> None:
    records, templates = small(tmp_path), tmp_path / "templates"
    (templates / "pages").mkdir(parents=True)
    ours = (shipped() / "pages" / "run.html").read_text()
    (templates / "pages" / "run.html").write_text(f"{ours}{DEAD[dead]}")
    chrome = build_chrome(Templates(templates))
    with pytest.raises(DeadLinkError) as by_one:
        build(records, tmp_path / "site", templates=templates, chrome=chrome)
    shards = build_shards(records, tmp_path, 3, chrome, templates=templates)
    with pytest.raises(DeadLinkError) as by_many:
        merge(shards, tmp_path / "site")
    assert str(by_many.value) == str(by_one.value)
    assert not (tmp_path / "site").exists()


def test_dead_links_in_prose_are_told_as_one_machine_tells_them(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path)
    for run in ("odd", "index"):
        with (catalog / f"runs/churn/{run}.yaml").open("a") as file:
            file.write(f'description: "[a](index.html#{run}), [b](models/churn/1.html#no)"\n')
    whole = build(read(catalog), tmp_path / "whole", chrome=chrome)
    assert len(whole.warnings) == 3
    merged = merge(build_shards(read(catalog), tmp_path, 3, chrome), tmp_path / "merged")
    assert merged.warnings == whole.warnings
    assert contents(merged.out) == contents(whole.out)


EXPIRING = "waivers: [{rule: digest-conflict, owner: bo, reason: none, until: 2024-06-01, entry: runs:/odd}]"


def other_catalog(folder: Path) -> Records:
    with (folder / "catalog" / "runs" / "churn" / "odd.yaml").open("a") as file:
        file.write("notes: Looked at again.\n")
    return read(folder / "catalog")


def other_day(folder: Path) -> Records:
    return Records(read(folder / "catalog").catalog, date(2024, 6, 2))


def other_templates(folder: Path) -> Records:
    (folder / "templates").mkdir()
    (folder / "templates" / "unused.html").write_text("")
    return read(folder / "catalog")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (other_catalog, "were built from different states of the catalog"),
        (other_day, "were built from different states of the catalog"),
        (other_templates, "were built with different Pythons, packages, templates or --graphviz"),
    ],
)
def test_shards_that_followed_from_different_things_are_refused(
    tmp_path: Path, chrome: Chrome, change: Callable[[Path], Records], message: str
) -> None:
    catalog = write_sample(tmp_path)
    with (catalog / "herdbook.yaml").open("a") as file:
        file.write(f"{EXPIRING}\n")
    one, two = tmp_path / "one", tmp_path / "two"
    build_shard(read(catalog), one, Shard(1, 2), chrome=chrome)
    build_shard(read(catalog), two, Shard(2, 2), chrome=chrome)
    assert merge([one, two], tmp_path / "site").pages
    templates = tmp_path / "templates"
    records = change(tmp_path)
    build_shard(records, two, Shard(2, 2), chrome=chrome, templates=templates if templates.exists() else None)
    with pytest.raises(HerdbookError, match=message):
        merge([one, two], tmp_path / "site")


# Shards made by hand: two of a site with three pages, and what belongs to none.

HEADING = Heading(Shard(1, 2), 4, __version__, "b", "c", "/", {"separator": SEPARATOR})


@dataclass
class Made:
    """Shards as they lie in folders, and where the site goes."""

    folders: list[Path]
    out: Path

    def merge(self) -> MergeResult:
        return merge(self.folders, self.out)


Job = tuple[str, Passed, str]


def page(name: str, *links: str) -> Job:
    entry = {"location": f"{name}.html", "title": name, "text": "", "tags": ["t"]}
    links_of = tuple((link, "") for link in links)
    return name, Passed(f"{name}.html", frozenset([name]), links_of), json.dumps(entry)


JOBS: list[Job] = [
    page("a", "b.html#b", "d.txt"),
    page("c", "a.html"),
    page("b", "c.html"),
    ("d", Passed("d.txt"), ""),
]


def lay(folder: Path, files: list[File]) -> None:
    """Write files with their manifest, as `write_site` does, but without waiting for the disk."""
    digests = {file.path: hashlib.sha256(file.data).hexdigest() for file in files}
    for file in [*files, File(MANIFEST, json.dumps({"herdbook": __version__, "files": digests}).encode())]:
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.path).write_bytes(file.data)


def write_shard(
    folder: Path,
    number: int,
    jobs: list[Job] = JOBS,
    *,
    skip: int | None = None,
    **fields: Any,
) -> Path:
    """Write a shard of what the jobs make, but for the one to `skip`."""
    heading = replace(HEADING, shard=Shard(number, 2), jobs=len(jobs))
    heading, notes, files = replace(heading, **fields), Notes(), {}
    for job, (text, passed, entry) in enumerate(jobs):
        if heading.shard.has(job) and job != skip:
            files[passed.path] = File(passed.path, text.encode())
            notes.add(Part(job, (passed,), entry))
    lay(folder, [*files.values(), notes.file(heading)])
    return folder


def both(folder: Path, **fields: Any) -> Made:
    folders = [write_shard(folder / f"shard-{number}", number, **fields) for number in (1, 2)]
    return Made(folders, folder / "site")


def test_shards_made_by_hand_are_merged(tmp_path: Path) -> None:
    made = both(tmp_path)
    result = made.merge()
    assert result == MergeResult(made.out, 3, 6, ())
    written = contents(made.out)
    assert written.keys() == {"a.html", "b.html", "c.html", "d.txt", ".nojekyll", MANIFEST, INDEX}
    assert [entry["location"] for entry in json.loads(written[INDEX])["docs"]] == [
        "a.html",
        "c.html",
        "b.html",
    ]


def test_a_shard_may_have_nothing_to_do(tmp_path: Path) -> None:
    folders = [write_shard(tmp_path / f"{number}", number, shard=Shard(number, 6)) for number in range(1, 7)]
    assert merge(folders, tmp_path / "site").pages == 3


def change(folder: Path, path: str, text: str, *, listed: bool = False) -> None:
    """Write a file of a shard anew; in its manifest only if it is to be `listed`."""
    (folder / path).write_text(text)
    if listed:
        relist(folder)


def relist(folder: Path) -> None:
    """Write the manifest of a shard for what is in it now."""
    lay(folder, [File(path, data) for path, data in contents(folder).items() if path != MANIFEST])


def rehead(shard: Path, **fields: Any) -> None:
    """Write another heading for the notes of a shard."""
    first, rest = (shard / NOTES).read_text().split("\n", 1)
    change(shard, NOTES, f"{json.dumps(json.loads(first) | fields)}\n{rest}", listed=True)


def link(folder: Path, path: str) -> None:
    """Move a file of a shard, or a folder of it, elsewhere, and let a link lead there."""
    elsewhere = folder.parent / "elsewhere"
    (folder / path).rename(elsewhere)
    (folder / path).symlink_to(elsewhere)


def remake(made: Made, number: int, **fields: Any) -> None:
    shutil.rmtree(made.folders[number - 1])
    write_shard(made.folders[number - 1], number, **fields)


def replaced(job: int, **fields: Any) -> list[Job]:
    """The jobs, with another file for one of them."""
    text, passed, entry = JOBS[job]
    path = fields.get("path", passed.path)
    entry = entry.replace(passed.path, path)
    return [*JOBS[:job], (text, passed._replace(**fields), entry), *JOBS[job + 1 :]]


def deep(made: Made) -> None:
    """Let the page of the second shard stand in a folder."""
    remake(made, 2, jobs=replaced(2, path="x/y/b.html"))


def around(made: Made) -> None:
    """Let a page of the first shard, made later than that, have the name of the folder."""
    jobs = [*replaced(2, path="x/y/b.html"), ("e", Passed("x"), ""), ("f", Passed("f.txt"), "")]
    for number in (1, 2):
        remake(made, number, jobs=jobs)


def forge(made: Made, path: str) -> None:
    """Let the notes of the second shard name another file than it has."""
    text = (made.folders[1] / NOTES).read_text()
    change(made.folders[1], NOTES, text.replace('"b.html"', json.dumps(path)), listed=True)


def unlist(folder: Path, path: str) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["files"][path]
    change(folder, MANIFEST, json.dumps(manifest))


def put(made: Made, out: Path) -> None:
    """Let the site go elsewhere."""
    made.out = out


Damage = Callable[[Made], object]

REFUSED: dict[str, tuple[Damage | list[Damage], str]] = {
    # What was given
    "no folder": (
        lambda made: made.folders.append(made.out / "no"),
        r"site/no is no shard of a site, it has no",
    ),
    "a folder of others": (
        lambda made: made.folders.append(made.out.parent),
        rf"is no shard of a site, it has no {MANIFEST}: give the folders",
    ),
    "a whole site": (
        lambda made: (made.folders[1] / NOTES).unlink(),
        rf"shard-2 is no shard of a site, it has no {NOTES}",
    ),
    "one is missing": (
        lambda made: made.folders.pop(),
        r"of 2 shards, 2/2 is missing: give the folders of all",
    ),
    "many are missing": (
        [lambda made: rehead(made.folders[0], of=9), lambda made: rehead(made.folders[1], of=9)],
        r"of 9 shards, 3/9, 4/9, 5/9, 6/9, 7/9 and 2 more are missing",
    ),
    "one is given twice": (
        lambda made: made.folders.append(made.folders[0]),
        r"shard-1 and .*shard-1 are both shard 1/2: give each shard once",
    ),
    "two are the same one": (
        lambda made: made.folders.append(write_shard(made.out.parent / "again", 2)),
        r"shard-2 and .*again are both shard 2/2",
    ),
    "the site in a shard": (
        lambda made: put(made, made.folders[0] / "site"),
        r"the site .*site would lie in one folder with the shard .*shard-1: give a folder apart",
    ),
    "the site in place of a shard": (
        lambda made: put(made, made.folders[1]),
        r"the site .*shard-2 would lie in one folder with the shard",
    ),
    "a shard in the site": (
        lambda made: put(made, made.out.parent),
        r"would lie in one folder with the shard",
    ),
    # Shards of different sites
    "another version of all": (
        [
            lambda made: rehead(made.folders[0], herdbook="0.0.1"),
            lambda made: rehead(made.folders[1], herdbook="0.0.1"),
        ],
        rf"shard-1 was built by Herdbook 0\.0\.1, and this is {re.escape(__version__)}: merge with",
    ),
    "another version of one": (
        lambda made: rehead(made.folders[1], herdbook="99"),
        r"shard-2 was built by Herdbook 99, and this is",
    ),
    "another form": (
        lambda made: rehead(made.folders[1], form=2),
        rf"{NOTES} is in form 2, which this Herdbook \(.*\) does not read: merge with the version",
    ),
    "another number of shards": (
        lambda made: rehead(made.folders[1], of=3),
        r"shard-1 is shard 1/2, and .*shard-2 is shard 2/3: build all shards with the same number",
    ),
    "another state of the catalog": (
        lambda made: rehead(made.folders[1], catalog="d"),
        r"shard-1 and .*shard-2 were built from different states of the catalog: build all",
    ),
    "other templates": (
        lambda made: rehead(made.folders[1], building="d"),
        r"were built with different Pythons, packages, templates or --graphviz: build all shards in the same",
    ),
    "another number of jobs": (
        lambda made: rehead(made.folders[1], jobs=5),
        r"shard-1 and .*shard-2 do not belong to the same site: build all shards again",
    ),
    "another folder on the server": (lambda made: rehead(made.folders[1], folder="/a/"), r"do not belong to"),
    "other settings of search": (
        lambda made: rehead(made.folders[1], search={"separator": SEPARATOR, "lang": ["de"]}),
        r"do not belong to the same site",
    ),
    "a pattern for search": (
        lambda made: rehead(made.folders[1], search={"separator": "(a*)*b"}),
        rf"{NOTES} has settings of search that no Herdbook {re.escape(__version__)} writes: download it",
    ),
    # Files of a shard
    "a page is missing": (
        lambda made: (made.folders[1] / "b.html").unlink(),
        r"shard-2 lacks b\.html, which its build wrote there: download it again, or build all shards again",
    ),
    "a folder is missing": (
        [deep, lambda made: shutil.rmtree(made.folders[1] / "x")],
        r"shard-2 lacks x/y/b\.html, which its build wrote there",
    ),
    "a page is changed": (
        lambda made: change(made.folders[1], "b.html", "<script>"),
        r"shard-2/b\.html is not as herdbook build --shard wrote it \(it has been changed\): download",
    ),
    "a page is a link": (
        lambda made: link(made.folders[1], "b.html"),
        r"shard-2/b\.html is not as herdbook build --shard wrote it \(it is no plain file\)",
    ),
    "a folder is a link": (
        [deep, lambda made: link(made.folders[1], "x/y")],
        r"shard-2/x/y/b\.html is not as .* \(x/y is no plain folder\)",
    ),
    "the folder of a folder is a link": (
        [deep, lambda made: link(made.folders[1], "x")],
        r"\(x is no plain folder\)",
    ),
    "a page is a pipe": (
        [
            lambda made: (made.folders[1] / "b.html").unlink(),
            lambda made: os.mkfifo(made.folders[1] / "b.html"),
        ],
        r"b\.html is not as .* \(it is no plain file\)",
    ),
    "a page is not listed": (
        lambda made: unlist(made.folders[1], "b.html"),
        r"shard-2/b\.html is not as .* \(it has been changed\)",
    ),
    "a page too many": (
        lambda made: change(made.folders[1], "more.html", "more", listed=True),
        r"shard-2 holds more\.html, which came of no job",
    ),
    # Notes and manifests
    "notes are cut": (
        lambda made: change(made.folders[1], NOTES, "{}"),
        rf"{NOTES} is not as herdbook build --shard wrote it \(it has been changed\): download it again",
    ),
    "notes are empty": (
        lambda made: change(made.folders[1], NOTES, "", listed=True),
        rf"{NOTES} is not as .* \(Expecting value",
    ),
    "notes are a link": (
        lambda made: link(made.folders[1], NOTES),
        rf"{NOTES} is not as .*it is no plain file",
    ),
    "notes are a folder": (
        [lambda made: (made.folders[1] / NOTES).unlink(), lambda made: (made.folders[1] / NOTES).mkdir()],
        rf"{NOTES} is not as .*it is no plain file",
    ),
    "a line is none": (
        lambda made: change(
            made.folders[1], NOTES, f"{(made.folders[1] / NOTES).read_text()}x\n", listed=True
        ),
        rf"{NOTES} is not as herdbook build --shard wrote it \(line 4: Expecting value",
    ),
    "a line too many": (
        [
            lambda made: remake(made, 2, jobs=[*JOBS, *map(page, "efgh")]),
            lambda made: rehead(made.folders[1], jobs=4),
        ],
        rf"shard-2/{NOTES} goes on after the last job: download it again",
    ),
    "a job is missing": (
        lambda made: remake(made, 2, skip=2),
        r"shard-2 does not say what came of job 2: download it again, or build all shards again",
    ),
    "the last job is missing": (
        lambda made: remake(made, 2, skip=3),
        r"shard-2 does not say what came of job 3",
    ),
    "a manifest is none": (
        lambda made: change(made.folders[1], MANIFEST, "[" * 100_000),
        rf"{MANIFEST} is not as .*it is nested too deeply",
    ),
    "a manifest lists nothing": (
        lambda made: change(made.folders[1], MANIFEST, '{"files": {"a": 1}}'),
        rf"{MANIFEST} is not as .*it lists no files",
    ),
    # Paths
    "a path leads out": (
        lambda made: forge(made, "../b.html"),
        rf"{NOTES} is not as .*line 2: the path '\.\./b\.html' leads out of the site",
    ),
    "a path is absolute": (
        lambda made: forge(made, "/etc/passwd"),
        r"the path '/etc/passwd' leads out of the site",
    ),
    "both hold a page": (
        lambda made: remake(made, 2, jobs=replaced(2, path="a.html")),
        r"both .*shard-1 and .*shard-2 made a\.html, which can come of one job only",
    ),
    "a shard holds a page twice": (
        lambda made: remake(made, 2, jobs=replaced(2, path="d.txt")),
        r"two jobs of .*shard-2 made d\.txt",
    ),
    "a page in a page": (
        lambda made: remake(made, 2, jobs=replaced(2, path="a.html/b.html")),
        r"a\.html is a file and a folder, one of them in .*shard-2",
    ),
    "a page around pages": (
        around,
        r"x is a file and a folder, one of them in .*shard-1",
    ),
    "a page in place of the index": (
        lambda made: remake(made, 2, jobs=replaced(2, path="search/a.html")),
        r"shard-2 holds search/a\.html, which only a merge makes",
    ),
    "a page in place of its folder": (
        lambda made: remake(made, 2, jobs=replaced(2, path="search")),
        r"search is a file and a folder",
    ),
    "a page in place of the manifest": (
        lambda made: forge(made, MANIFEST),
        rf"shard-2 holds {MANIFEST}, which only a merge makes",
    ),
    "a page in place of what the merge adds": (
        lambda made: remake(made, 2, jobs=replaced(2, path=".nojekyll")),
        r"shard-2 holds \.nojekyll, which only a merge makes",
    ),
    # Links
    "a dead link to another shard": (
        lambda made: remake(made, 2, jobs=replaced(2, links=(("c.html#d", "the built-in x.html"),))),
        r"the site has 1 dead link and was not written\. b\.html links to c\.html#d, but",
    ),
    "a fault that one shard found": (
        lambda made: remake(made, 2, jobs=replaced(2, faults=("b.html is odd.",))),
        r"the site has 1 dead link and was not written\. b\.html is odd\.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_whole_site_is_refused_and_leaves_the_old_site(tmp_path: Path, case: str) -> None:
    damage, message = REFUSED[case]
    made = both(tmp_path)
    lay(made.out, [File("old.html", b"old")])
    before = contents(made.out)
    old = made.out
    for step in damage if isinstance(damage, list) else [damage]:
        step(made)
    with pytest.raises(HerdbookError, match=message) as raised:
        made.merge()
    assert raised.value.exit_code == 2
    assert contents(old) == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    made = both(tmp_path)
    forge(made, f"{'b' * 300}.html")
    with pytest.raises(
        StorageError, match=r"b\.html cannot be read: File name too long; allow reading it, or "
    ):
        made.merge()
