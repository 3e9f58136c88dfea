"""A build into a folder that was built before makes the same site, byte for byte, as a build from nothing."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from herdbook import memory
from herdbook.entries import DatasetVersion, Endpoint, Entry, Run
from herdbook.errors import HerdbookError
from herdbook.ref import Ref
from herdbook.site import lists
from herdbook.site.chrome import Chrome
from herdbook.site.keys import Keys
from herdbook.site.layout import WasmEngine
from herdbook.site.page import Source
from herdbook.site.publication import BuildResult
from herdbook.site.templates import Templates
from herdbook.site.work import Work
from random_edits import RandomEdits
from site_samples import build_site, read, write_sample

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all is built each time")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("HERDBOOK_CACHE", str(folder))
    return folder


def contents(site: Path) -> dict[str, bytes]:
    files = (path for path in site.rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one snapshot of a catalog be used on and on, as that of a large one is."""
    monkeypatch.setattr(memory, "_WORTH_WRITING", 1)
    monkeypatch.setattr(memory, "SETTLED", -60_000_000_000)


def built(catalog: Path, out: Path, chrome: Chrome, *, remembered: bool = False) -> BuildResult | str:
    try:
        return build_site(catalog, out, chrome, remembered=remembered)
    except HerdbookError as error:
        return str(error)


def built_whole(catalog: Path, out: Path, chrome: Chrome) -> BuildResult | str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HERDBOOK_CACHE", "off")
        return built(catalog, out, chrome)


def change(catalog: Path) -> None:
    with (catalog / "runs" / "churn" / "train-1.yaml").open("a") as file:
        file.write("notes: Looked at again.\n")


def assert_whole(tmp_path: Path, chrome: Chrome) -> None:
    """Assert that the site is what a build from nothing makes."""
    built_whole(tmp_path / "catalog", tmp_path / "whole", chrome)
    assert contents(tmp_path / "site") == contents(tmp_path / "whole")


def edited(tmp_path: Path, chrome: Chrome, seed: int, steps: int) -> int:
    """Edit a catalog step by step, and build it twice each time; tell how many pages were not drawn."""
    catalog = write_sample(tmp_path)
    edits = RandomEdits(catalog, seed)
    build_site(catalog, tmp_path / "site", chrome, remembered=True)
    spared = 0
    for _ in range(steps):
        said = [edits.once() for _ in range(edits.random.choice([1, 1, 2]))]
        updated = built(catalog, tmp_path / "site", chrome, remembered=True)
        whole = built_whole(catalog, tmp_path / "whole", chrome)
        if isinstance(updated, str) or isinstance(whole, str):
            assert updated == whole, said
            continue
        assert updated.warnings == whole.warnings, said
        assert (updated.pages, updated.files) == (whole.pages, whole.files), said
        assert contents(updated.out) == contents(whole.out), said
        spared += updated.pages - updated.drawn
    return spared


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("seed", range(3))
def test_edits_at_random_make_the_same_site_as_a_build_from_nothing(
    tmp_path: Path, chrome: Chrome, seed: int
) -> None:
    assert edited(tmp_path, chrome, seed, 4) > 0


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("seed", range(2))
def test_edits_at_random_keep_lists_of_many_pages_whole(
    tmp_path: Path, chrome: Chrome, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PAGE_LENGTH", 2)
    edited(tmp_path, chrome, seed, 4)
    assert len([*(tmp_path / "site").rglob("*~2.json")]) > 3


def test_shares_that_move_to_another_page_are_drawn_there(
    tmp_path: Path, chrome: Chrome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PAGE_LENGTH", 2)
    catalog = write_sample(tmp_path)

    def serve(name: str, *traffic: int) -> None:
        lines = ["kind: endpoint", f"name: {name}", "type: batch", "serves:"]
        lines += [f"  - {{model: churn/1, traffic: {share}}}" for share in traffic]
        (catalog / "endpoints" / f"{name}.yaml").write_text("\n".join([*lines, ""]))

    serve("zone-1", 100)
    serve("zone-2", 10, 20, 30, 40)
    serve("zone-3", 50, 50)
    build_site(catalog, tmp_path / "site", chrome, remembered=True)
    serve("zone-1", 50, 50)
    serve("zone-3", 100)
    build_site(catalog, tmp_path / "site", chrome, remembered=True)
    assert_whole(tmp_path, chrome)


def test_a_file_that_names_another_model_concerns_that_of_its_folder(tmp_path: Path, chrome: Chrome) -> None:
    file = write_sample(tmp_path) / "models/churn/model.yaml"
    file.write_text(file.read_text().replace("name: churn", "name: other"))
    build_site(tmp_path / "catalog", tmp_path / "site", chrome, remembered=True)
    file.unlink()
    build_site(tmp_path / "catalog", tmp_path / "site", chrome, remembered=True)
    assert_whole(tmp_path, chrome)


@pytest.mark.slow
@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_edits_at_random_make_the_same_site(tmp_path: Path, chrome: Chrome, seed: int) -> None:
    edited(tmp_path, chrome, seed, 20)


def test_only_what_a_change_reaches_is_drawn(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path, runs=40)
    first = build_site(catalog, tmp_path / "site", chrome)
    assert first.drawn == first.pages
    again = build_site(catalog, tmp_path / "site", chrome)
    assert (again.drawn, again.pages) == (0, first.pages)
    change(catalog)
    assert 0 < build_site(catalog, tmp_path / "site", chrome).drawn < first.pages / 2


def note(file: Path, notes: str) -> None:
    file.write_text(f"{file.read_text().partition('notes:')[0]}{notes and f'notes: {notes}'}\n")


@pytest.mark.usefixtures("snapshot")
def test_of_notes_nothing_but_their_page_is_looked_at(
    tmp_path: Path, chrome: Chrome, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = write_sample(tmp_path)
    runs = [catalog / f"runs/churn/{name}.yaml" for name in ("train-1", "index")]
    others = [catalog / "datasets/orders/versions/v2.yaml", catalog / "endpoints/predict.yaml"]
    build_site(catalog, tmp_path / "site", chrome, remembered=True)
    keys_of = Keys.of
    with monkeypatch.context() as patch:
        # A look at all is what makes a build of a large catalog slow.
        patch.setattr(Keys, "of", None)
        for notes in ("Looked at.", f"See [that run](../../{'runs/train-1.html'}).", ""):
            for file in (*runs, *others):
                note(file, notes)
                updated = build_site(catalog, tmp_path / "site", chrome, remembered=True)
                assert updated.drawn == 1
            note(runs[0], f"{notes} Once more.")
            note(others[0], f"{notes} Once more.")
            assert build_site(catalog, tmp_path / "site", chrome, remembered=True).drawn == 2
            with monkeypatch.context() as whole:
                whole.setattr(Keys, "of", keys_of)
                assert_whole(tmp_path, chrome)
        assert build_site(catalog, tmp_path / "site", chrome, remembered=True).drawn == 0
    change(catalog)
    others[0].write_text(others[0].read_text().replace("rows: ", "rows: 1"))
    assert build_site(catalog, tmp_path / "site", chrome, remembered=True).drawn > 2
    assert_whole(tmp_path, chrome)


def test_a_file_that_is_refused_draws_no_more_than_showed_it(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path, runs=40)
    run = catalog / "runs" / "lone" / "one.yaml"
    run.parent.mkdir()
    right = "kind: run\nid: one\nexperiment: lone\ntype: training\nstatus: killed\n"
    right += 'started_at: "2024-01-20T08:00:00Z"\n'
    run.write_text(right)
    for number in range(100):
        served = f"kind: endpoint\nname: e{number}\ntype: batch\nserves:\n  - model: churn/1\n"
        (catalog / "endpoints" / f"e{number}.yaml").write_text(served)
    build_site(catalog, tmp_path / "site", chrome)
    for text in (f"{right}unheard_of: 1\n", f"{right}- [\n", right):
        run.write_text(text)
        updated = build_site(catalog, tmp_path / "site", chrome)
        assert updated.drawn < updated.pages / 2
        assert_whole(tmp_path, chrome)


@pytest.mark.parametrize(
    "path",
    [
        "datasets/orders/versions/v1.yaml",
        "herdbook.yaml",
        "models/churn/aliases.yaml",
        "models/churn/card.yaml",
        "runs/churn/evaluate-2.yaml",
        "runs/churn/train-1.yaml",
    ],
)
def test_why_a_file_is_refused_is_told_wherever_it_matters(tmp_path: Path, chrome: Chrome, path: str) -> None:
    file = write_sample(tmp_path) / path
    right = file.read_text()
    for wrong in ("unheard_of: 1", "unknown: 1"):
        file.write_text(f"{right}\n{wrong}\n")
        build_site(tmp_path / "catalog", tmp_path / "site", chrome)
    assert_whole(tmp_path, chrome)


@pytest.mark.usefixtures("snapshot")
def test_what_the_check_says_of_notes_is_told_wherever_it_matters(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path)
    (catalog / "herdbook.yaml").unlink()
    build_site(catalog, tmp_path / "site", chrome, remembered=True)
    for file in sorted((catalog / "runs").rglob("*.yaml")):
        note(file, "TODO")
        build_site(catalog, tmp_path / "site", chrome, remembered=True)
        assert_whole(tmp_path, chrome)


def test_every_file_that_shows_notes_is_known(tmp_path: Path) -> None:
    records = read(write_sample(tmp_path, runs=120))
    work = Work(records, Templates(), "wasm")
    jobs = list(work.jobs())

    def resolved(source: Source) -> Entry | None:
        return records.catalog.resolve(source) if isinstance(source, Ref) else None

    for entry in records.catalog.entries():
        if isinstance(entry, Run | DatasetVersion | Endpoint):
            showing = [job.path for job in jobs if entry in map(resolved, job.sources)]
            assert sorted(job.path for job in work.jobs_about(entry)) == sorted(showing)


def test_what_is_added_and_deleted_comes_and_goes(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path, runs=40)
    build_site(catalog, tmp_path / "site", chrome)
    run = catalog / "runs" / "other" / "new.yaml"
    run.parent.mkdir()
    run.write_text((catalog / "runs/churn/train-1.yaml").read_text().replace("id: train-1", "id: new"))
    run.write_text(run.read_text().replace("experiment: churn", "experiment: other"))
    added = build_site(catalog, tmp_path / "site", chrome)
    assert (added.out / "runs" / "new.html").is_file()
    assert added.drawn < added.pages
    run.unlink()
    run.parent.rmdir()
    taken = build_site(catalog, tmp_path / "site", chrome)
    assert taken.drawn < taken.pages
    assert not (taken.out / "runs" / "new.html").exists()
    assert not (taken.out / "experiments" / "other").exists()
    assert_whole(tmp_path, chrome)


def test_what_reads_from_a_hub_is_not_drawn_again_when_something_else_does(
    tmp_path: Path, chrome: Chrome
) -> None:
    catalog = write_sample(tmp_path, runs=180)
    build_site(catalog, tmp_path / "site", chrome)
    text = (catalog / "runs/long/long-7.yaml").read_text()
    (catalog / "runs/long/new.yaml").write_text(text.replace("id: long-7", "id: new"))
    updated = build_site(catalog, tmp_path / "site", chrome)
    assert updated.drawn < updated.pages / 3
    assert_whole(tmp_path, chrome)


def test_a_site_that_was_touched_is_built_anew(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path)
    first = build_site(catalog, tmp_path / "site", chrome)
    whole = contents(first.out)
    page = first.out / "runs" / "train-1.html"
    page.write_bytes(page.read_bytes().replace(b"train", b"brain"))
    again = build_site(catalog, tmp_path / "site", chrome)
    assert again.drawn == again.pages
    page.unlink()
    assert contents(build_site(catalog, tmp_path / "site", chrome).out) == whole


def test_files_of_others_are_refused_as_ever(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path)
    build_site(catalog, tmp_path / "site", chrome)
    (tmp_path / "site" / "thesis.txt").write_text("the only copy")
    with pytest.raises(HerdbookError, match="did not write"):
        build_site(catalog, tmp_path / "site", chrome)


def test_what_was_made_from_itself_is_built_anew_each_time(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path)
    version = catalog / "datasets" / "orders" / "versions" / "v2.yaml"
    version.write_text(f"{version.read_text()}derived_from: [orders/v2]\n")
    build_site(catalog, tmp_path / "site", chrome)
    again = build_site(catalog, tmp_path / "site", chrome)
    assert again.drawn == again.pages


def test_graphs_of_a_known_shape_are_not_laid_out_again(
    tmp_path: Path, chrome: Chrome, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = write_sample(tmp_path)
    build_site(catalog, tmp_path / "site", chrome)
    change(catalog)

    def fail(self: WasmEngine, text: str) -> str:
        raise AssertionError("a graph was laid out")

    monkeypatch.setattr(WasmEngine, "output", fail)
    updated = build_site(catalog, tmp_path / "site", chrome)
    assert updated.drawn > 0
    monkeypatch.undo()
    assert_whole(tmp_path, chrome)


def test_another_template_draws_all(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path)
    build_site(catalog, tmp_path / "site", chrome)
    (tmp_path / "templates" / "pages").mkdir(parents=True)
    (tmp_path / "templates" / "pages" / "endpoint.html").write_text("<h1>{{ endpoint.name }}</h1>")
    other = build_site(catalog, tmp_path / "site", chrome, templates=tmp_path / "templates")
    assert other.drawn == other.pages


def test_what_a_teams_template_shows_of_others_follows_them(tmp_path: Path, chrome: Chrome) -> None:
    catalog, templates = write_sample(tmp_path), tmp_path / "templates"
    (templates / "pages").mkdir(parents=True)
    told = """<h1>{{ endpoint.name }}</h1>{{ book.catalog.runs["train-1"].text("notes") }}"""
    (templates / "pages" / "endpoint.html").write_text(told)
    build_site(catalog, tmp_path / "site", chrome, templates=templates)
    change(catalog)
    updated = build_site(catalog, tmp_path / "site", chrome, templates=templates)
    assert 0 < updated.drawn < updated.pages
    assert b"Looked at again." in (updated.out / "endpoints" / "predict.html").read_bytes()


@pytest.mark.parametrize("damage", ["cut", "emptied", "foreign", "turned", "unreadable"])
def test_a_record_that_cannot_be_trusted_is_not(
    tmp_path: Path, chrome: Chrome, cache: Path, damage: str
) -> None:
    catalog = write_sample(tmp_path)
    build_site(catalog, tmp_path / "site", chrome)
    change(catalog)
    (record,) = cache.iterdir()
    content = record.read_bytes()
    match damage:
        case "cut":
            record.write_bytes(content[: len(content) // 2])
        case "emptied":
            record.write_bytes(b"")
        case "foreign":
            build_site(catalog, tmp_path / "other", chrome)
            (other,) = set(cache.iterdir()) - {record}
            record.write_bytes(other.read_bytes())
        case "turned":
            middle = len(content) // 2
            record.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        case "unreadable":
            record.unlink()
            record.mkdir()
    updated = build_site(catalog, tmp_path / "site", chrome)
    assert updated.drawn == updated.pages
    assert_whole(tmp_path, chrome)


BUILDER = """
import sys
from pathlib import Path
from herdbook import memory
from herdbook.site.chrome import build_chrome
from herdbook.site.layout import WasmEngine
from herdbook.site.templates import Templates
from herdbook.site.work import Work
from site_samples import build_site

print("ready", flush=True)
memory._WORTH_WRITING = 1
memory.SETTLED = -60_000_000_000
build_site(Path(sys.argv[1]), Path(sys.argv[2]), None, remembered=True)
"""


def killed(tmp_path: Path, chrome: Chrome, kills: int) -> None:
    catalog = write_sample(tmp_path)
    build_site(catalog, tmp_path / "site", chrome, remembered=True)
    edits = RandomEdits(catalog, 5)
    moments = random.Random(7)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for _ in range(kills):
        path = sorted(catalog.glob("runs/*/*.yaml"))[0]
        path.write_text(f"{path.read_text().partition('notes:')[0]}notes: seen {edits.random.random()}\n")
        command = [sys.executable, "-c", BUILDER, str(catalog), str(tmp_path / "site")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(moments.uniform(0.1, 1.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        for name, data in contents(tmp_path / "site").items():
            if name.endswith(".html"):
                assert data.rstrip().endswith(b"</html>")
            if name.endswith(".json"):
                json.loads(data)
        build_site(catalog, tmp_path / "site", chrome, remembered=True)
        assert_whole(tmp_path, chrome)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "catalog", "site", "whole"]


@pytest.mark.usefixtures("snapshot")
def test_a_killed_build_is_resumed_to_the_same_bytes(tmp_path: Path, chrome: Chrome) -> None:
    killed(tmp_path, chrome, 3)


@pytest.mark.slow
@pytest.mark.usefixtures("snapshot")
def test_builds_killed_many_times_are_resumed_to_the_same_bytes(tmp_path: Path, chrome: Chrome) -> None:
    killed(tmp_path, chrome, 60)
