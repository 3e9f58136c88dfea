"""Tests of putting the parts of a site together."""

import errno
import json
import os
import re
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from herdbook import schema, sharing
from herdbook.errors import HerdbookError, StorageError
from herdbook.site.build import build
from herdbook.site.chrome import Chrome
from herdbook.site.layout import WasmEngine
from herdbook.site.links import DeadLinkError
from herdbook.site.page import File
from herdbook.site.templates import shipped
from herdbook.site.write import Draft, Written
from site_samples import build_site, read, write_sample


def test_the_site_of_a_catalog_holds_the_schemas(tmp_path: Path, chrome: Chrome) -> None:
    result = build_site(write_sample(tmp_path), tmp_path / "site", chrome)
    folder = result.out / "schema"
    published = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    assert published == {kind: schema.schema(kind) for kind in schema.KINDS}
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"answers", "api"}


def test_the_page_for_dead_links_begins_at_the_folder_that_the_catalog_states(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    (catalog / "herdbook.yaml").write_text("kind: catalog\nname: sample\nurl: https://example.com/herd/\n")
    result = build_site(catalog, tmp_path / "site")
    assert 'href="/herd/index.html"' in (result.out / "404.html").read_text()


def test_a_folder_of_others_is_not_built_into(tmp_path: Path, chrome: Chrome) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "thesis.txt").write_text("the only copy")
    with pytest.raises(HerdbookError, match="not written by herdbook build"):
        build_site(write_sample(tmp_path), tmp_path / "site", chrome)
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["thesis.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")
def test_two_processes_make_the_site_that_one_makes(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path, runs=40)
    alone = build_site(catalog, tmp_path / "alone", chrome)
    shared = build_site(catalog, tmp_path / "shared", chrome, share=True)
    assert shared == replace(alone, out=shared.out)
    assert contents(shared.out) == contents(alone.out)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")
def test_later_copies_know_the_layouts_that_earlier_ones_made(
    tmp_path: Path, chrome: Chrome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def output(engine: WasmEngine, text: str) -> str:
        with (tmp_path / "laid-out").open("a") as file:
            print(repr(text), file=file)
        return original(engine, text)

    original = WasmEngine.output
    monkeypatch.setattr(WasmEngine, "output", output)
    monkeypatch.setattr(sharing, "_STRETCH", 16)
    build_site(write_sample(tmp_path, runs=40), tmp_path / "site", chrome, share=True)
    times = Counter((tmp_path / "laid-out").read_text().splitlines())
    # Two copies that work at the same time may both meet a graph for the first time.
    assert 1 <= max(times.values()) <= 2


@pytest.mark.parametrize("share", [False, True])
def test_a_page_that_fails_leaves_the_old_site(tmp_path: Path, chrome: Chrome, share: bool) -> None:
    catalog = write_sample(tmp_path, runs=40)
    (tmp_path / "templates" / "pages").mkdir(parents=True)
    (tmp_path / "templates" / "pages" / "run.html").write_text("{{ run.id }}{{ nothing_of_this_name }}")
    out = build_site(catalog, tmp_path / "site", chrome).out
    before = contents(out)
    with pytest.raises(HerdbookError, match=r"template pages/run\.html, for the page runs/"):
        build(read(catalog), out, templates=tmp_path / "templates", chrome=chrome, share=share)
    assert contents(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalog", "site", "templates"]


DEAD = {
    '<a href="nowhere.html">a</a>': "links to nowhere.html, but there is no runs/nowhere.html",
    '<a href="#nowhere">a</a>': "links to #nowhere, but it has no place nowhere",
    '<a href="../models/index.html#nowhere">a</a>': "links to ../models/index.html#nowhere, but models/",
    '<svg><a href="nowhere.html"><path/></a></svg>': "links to nowhere.html",
    '<img src="../assets/nowhere.svg" alt="">': "links to ../assets/nowhere.svg",
    '<p aria-labelledby="nowhere">a</p>': "names an id nowhere that it does not have",
    '<p id="once">a</p><p id="once">b</p>': "gives the id once more than once",
    '<p id="__search">a</p>': "gives the id __search more than once",
}


@pytest.mark.parametrize("dead", DEAD)
def test_a_dead_link_leaves_the_old_site_and_names_the_template(
    tmp_path: Path, chrome: Chrome, dead: str
) -> None:
    catalog = write_sample(tmp_path)
    template = tmp_path / "templates" / "pages" / "run.html"
    template.parent.mkdir(parents=True)
    template.write_text(
        "{% include 'herdbook/pages/run.html' %}{% if run.id == 'train-1' %}" + dead + "{% endif %}"
    )
    out = build_site(catalog, tmp_path / "site", chrome).out
    before = contents(out)
    with pytest.raises(DeadLinkError) as raised:
        build(read(catalog), out, templates=tmp_path / "templates", chrome=chrome)
    assert f"runs/train-1.html {DEAD[dead]}" in str(raised.value)
    assert f"template: {template}" in str(raised.value)
    assert contents(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalog", "site", "templates"]


def test_a_dead_link_of_the_frame_is_told(tmp_path: Path) -> None:
    template = tmp_path / "templates" / "chrome" / "main.html"
    template.parent.mkdir(parents=True)
    ours = (shipped() / "chrome" / "main.html").read_text()
    template.write_text(ours.replace('"models/index.html"', '"models/index.htm"'))
    with pytest.raises(
        DeadLinkError,
        match=re.escape(f"no models/index.htm (nearest: models/index.html; template: {template}"),
    ):
        build(read(write_sample(tmp_path)), tmp_path / "site", templates=tmp_path / "templates")


def test_a_link_in_prose_to_nothing_is_no_link(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path)
    links = ("models/churn/1.html", "models/churn/9.html", "rules/no.html", "index.html", "index.html#no")
    text = " ".join(f"[a]({address})" for address in links)
    with (catalog / "runs/churn/odd.yaml").open("a") as file:
        file.write(f'description: "{text}"\n')
    result = build_site(catalog, tmp_path / "site", chrome)
    page = (result.out / "runs" / "odd.html").read_text()
    assert re.findall(r'href="([^"]*)" rel="noreferrer"', page) == [
        "../models/churn/1.html",
        "../index.html",
        "../index.html#no",
    ]
    assert result.warnings == (
        "dead link in prose of the catalog: runs/odd.html links to ../index.html#no, "
        "but index.html has no place no.",
    )


@pytest.mark.parametrize("share", [False, True])
def test_a_full_disk_leaves_the_old_site(
    tmp_path: Path, chrome: Chrome, monkeypatch: pytest.MonkeyPatch, share: bool
) -> None:
    def put(draft: Draft, file: File) -> Written:
        if file.path == "runs/long-30.html":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return original(draft, file)

    catalog = write_sample(tmp_path, runs=40)
    out = build_site(catalog, tmp_path / "site", chrome).out
    before, original = contents(out), Draft.put
    monkeypatch.setattr(Draft, "put", put)
    with pytest.raises(StorageError, match="make room on the disk"):
        build(read(catalog), out, chrome=chrome, share=share)
    assert contents(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalog", "site"]


@pytest.mark.parametrize("share", [False, True])
def test_graphs_that_cannot_be_drawn_are_told_once(
    tmp_path: Path, chrome: Chrome, monkeypatch: pytest.MonkeyPatch, share: bool
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    records = read(write_sample(tmp_path, runs=40))
    result = build(records, tmp_path / "site", chrome=chrome, renderer="dot", share=share)
    assert result.warnings == (
        "there is no dot on the PATH: install Graphviz, or build with --graphviz wasm",
    )


def contents(site: Path) -> dict[str, bytes]:
    return {
        path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()
    }
