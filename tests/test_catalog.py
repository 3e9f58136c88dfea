"""Tests of reading a catalog and finding its entries."""

import json
import os
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook import cache
from herdbook.catalog import Catalog, read_catalog, reread
from herdbook.check import check
from herdbook.entries import Dataset, Endpoint, Model, ModelVersion, Run
from herdbook.errors import StorageError
from herdbook.ref import Ref
from herdbook.reports.json import report_json
from herdbook.reports.text import report_text
from herdbook.rules import RULES
from herdbook.tree import DirTree, TreeFile
from rule_examples import EXAMPLE_CATALOG

EXAMPLE = Path(__file__).parent / "data" / "example"
FORM = {rule.ID for rule in RULES if rule.FAMILY == "form"}
PATHS = ["herdbook.yaml", "models/m/model.yaml", "runs/e/r.yaml", "models/m/aliases.yaml", "x.yaml"]


def write(folder: Path, *entries: dict[str, Any]) -> Catalog:
    """Write entries where they belong, and read them."""
    for entry in entries:
        path = folder / where(entry)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(entry))
    catalog = read_catalog(DirTree(folder, "catalog"))
    assert catalog.findings == ()
    return catalog


def where(entry: dict[str, Any]) -> str:
    match entry["kind"]:
        case "run":
            return f"runs/{entry['experiment']}/{entry['id']}.yaml"
        case "dataset-version":
            return f"datasets/{entry['dataset']}/versions/{entry['version']}.yaml"
        case "model-version":
            return f"models/{entry['model']}/versions/{entry['version']}.yaml"
        case "aliases":
            return f"models/{entry['model']}/aliases.yaml"
        case "endpoint":
            return f"endpoints/{entry['name']}.yaml"
        case kind:
            return f"{kind}s/{entry['name']}/{kind}.yaml"


def run(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "run", "id": name, "experiment": "e", "type": "training", "status": "finished", **more}


def version(model: str, number: int, **more: Any) -> dict[str, Any]:
    return {"kind": "model-version", "model": model, "version": number, "run": "r", "uri": "u", **more}


def data(dataset: str, name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "dataset-version", "dataset": dataset, "version": name, **more}


def endpoint(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "endpoint", "name": name, "type": "batch", "serves": [{"model": "m/1"}], **more}


def aliases(model: str, **ledgers: list[tuple[int | None, str]]) -> dict[str, Any]:
    items = {
        alias: [{"version": number, "at": at, "by": "ada"} for number, at in ledger]
        for alias, ledger in ledgers.items()
    }
    return {"kind": "aliases", "model": model, "aliases": items}


@pytest.fixture(scope="module")
def example() -> Catalog:
    return read_catalog(DirTree(EXAMPLE, "catalog"))


def test_a_catalog_holds_the_entries_of_its_files(example: Catalog) -> None:
    files = list(EXAMPLE.rglob("*.yaml"))
    assert example.findings == ()
    assert len(list(example.entries())) == len(example.sources) == len(files)
    assert {entry.source.path for entry in example.entries()} == {
        path.relative_to(EXAMPLE).as_posix() for path in files
    }
    assert all(entry.source.path == entry.expected_path for entry in example.entries())
    assert example.file is not None


def test_every_entry_is_found_by_its_own_reference(example: Catalog) -> None:
    referred = [entry for entry in example.entries() if entry.ref is not None]
    assert len(referred) > 10
    for entry in referred:
        assert entry.ref is not None
        assert example.resolve(entry.ref) is entry
        assert example.resolve(Ref.parse(str(entry.ref))) is entry


def test_a_version_is_found_by_number_label_alias_and_as_the_latest(tmp_path: Path) -> None:
    catalog = write(
        tmp_path,
        version("m", 2),
        version("m", 9, label="1.0.0"),
        version("m", 10, label="beta"),
        version("m", 2147483647),
        version("n", 1, label="latest"),
        version("n", 2),
        aliases("m", champion=[(2, "2024-01-01T00:00:00Z"), (9, "2024-01-02T00:00:00Z")]),
        aliases("n", gone=[(3, "2024-01-01T00:00:00Z")], retired=[(None, "2024-01-01T00:00:00Z")]),
    )
    found = {
        text: catalog.resolve(Ref.parse(f"models:/{text}"))
        for text in [
            *[
                "m/2",
                "m/9",
                "m/2147483647",
                "m/1.0.0",
                "m/beta",
                "m/latest",
                "m/LATEST",
                "m@champion",
                "n/latest",
            ],
            *["m/02", "m/3", "m/Beta", "m/99999999999999999999", "m@absent", "n@gone", "n@retired"],
            *["o/latest", "o/1", "o@champion", "m"],
        ]
    }
    assert {text: entry.version for text, entry in found.items() if isinstance(entry, ModelVersion)} == {
        **{"m/2": 2, "m/9": 9, "m/1.0.0": 9, "m/beta": 10, "m/latest": 2147483647, "m/LATEST": 2147483647},
        "m/2147483647": 2147483647,
        **{"m@champion": 9, "n/latest": 1},
    }
    assert [entry.version for entry in catalog.versions_of("m")] == [2, 9, 10, 2147483647]


def test_an_output_is_found_at_its_run(tmp_path: Path) -> None:
    catalog = write(tmp_path, run("a", outputs=[{"name": "model"}]), run("b"))
    assert catalog.resolve(Ref.run("a", "model")) is catalog.runs["a"]
    assert catalog.resolve(Ref.run("a", "modell")) is None
    assert catalog.resolve(Ref.run("b", "model")) is None


def test_versions_of_a_dataset_stand_in_their_natural_order(tmp_path: Path) -> None:
    names = ["v10", "v9", "v2.1", "v2", "2024", "v2-rc", "a"]
    catalog = write(tmp_path, *(data("d", name) for name in names))
    assert [entry.version for entry in catalog.versions_of_dataset("d")] == [
        *["2024", "a", "v2", "v2-rc", "v2.1", "v9", "v10"]
    ]
    assert catalog.versions_of_dataset("absent") == ()
    assert catalog.versions_of("absent") == ()
    assert catalog.runs_of("absent") == ()


def test_runs_of_an_experiment_stand_newest_first(tmp_path: Path) -> None:
    starts = {"a": "2024-01-01T00:00:00Z", "b": "2024-01-01T00:00:00.5Z", "c": "2023-01-01T00:00:00Z"}
    catalog = write(tmp_path, run("d"), *(run(name, started_at=at) for name, at in starts.items()))
    assert [entry.id for entry in catalog.runs_of("e")] == ["b", "a", "c", "d"]
    assert list(catalog.experiments) == ["e"]


def test_what_was_imported_is_found_by_its_title(tmp_path: Path) -> None:
    imported = {"imported_from": {"system": "mlflow"}}
    catalog = write(
        tmp_path,
        {"kind": "model", "name": "m", "title": "Old", **imported},
        {"kind": "model", "name": "n", "title": "Own"},
        {"kind": "dataset", "name": "d", "title": "Old", **imported},
        endpoint("p", title="Old", **imported),
        run("r", title="Old", outputs=[{"name": "model"}], **imported),
        version("m", 1),
        data("d", "v1"),
        aliases("m", champion=[(1, "2024-01-01T00:00:00Z")]),
    )
    one = catalog.versions["m", 1]
    assert catalog.resolve(Ref.model("Old")) is catalog.models["m"]
    assert catalog.resolve(Ref.model("Old", 1)) is catalog.resolve(Ref.model("Old", alias="champion")) is one
    assert catalog.resolve(Ref.dataset("Old")) is catalog.datasets["d"]
    assert catalog.resolve(Ref.dataset("Old", "v1")) is catalog.dataset_versions["d", "v1"]
    assert catalog.resolve(Ref.endpoint("Old")) is catalog.endpoints["p"]
    assert catalog.resolve(Ref.run("Old", "model")) is catalog.runs["r"]
    assert catalog.resolve(Ref.model("Own")) is None
    assert catalog.resolve(Ref.model("Old", 2)) is None


def test_a_name_goes_before_a_title(tmp_path: Path) -> None:
    named = run("a")
    catalog = write(tmp_path, named, run("b", title="a", imported_from={"system": "mlflow"}))
    assert catalog.resolve(Ref.run("a")) is catalog.runs["a"]


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2023-12-31T23:59:59Z", None),
        ("2024-01-01T00:00:00Z", "1"),
        ("2024-01-01T00:00:00.4Z", "1"),
        ("2024-01-01T00:00:00.5Z", "2"),
        ("2024-01-01T00:00:00.51Z", "2"),
        ("2024-01-01T00:00:01Z", "2"),
        ("2024-02-01T00:00:00Z", None),
        ("2024-03-01T00:00:00Z", "3"),
        ("", None),
    ],
)
def test_an_alias_is_pinned_to_the_version_of_its_day(at: str, found: str | None, tmp_path: Path) -> None:
    times = ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5Z", "2024-02-01T00:00:00Z", "2024-02-02T00:00:00Z"]
    catalog = write(tmp_path, aliases("m", champion=list(zip([1, 2, None, 3], times, strict=True))))
    champion = Ref.model("m", alias="champion")
    assert catalog.pinned(champion, at) == (champion if found is None else Ref.model("m", found))
    for other in (Ref.model("m", 1), Ref.model("m", alias="absent"), Ref.model("n", alias="champion"), None):
        assert catalog.pinned(other, at) == other


@pytest.mark.parametrize(
    ("unknown", "near"),
    [
        ("models:/chrun", "models:/churn"),
        ("models:/churn/3", "models:/churn/2"),
        ("models:/churn@champoin", "models:/churn@champion"),
        ("models:/Churn@champion", "models:/churn@champion"),
        ("models:/chrun/2", "models:/churn/2"),
        ("datasets:/orders/v22", "datasets:/orders/v2"),
        ("datasets:/order/v1", "datasets:/orders/v1"),
        ("runs:/train1", "runs:/train-1"),
        ("runs:/train-2/modell", "runs:/train-2/model"),
        ("endpoints:/predcit", "endpoints:/predict"),
        ("runs:/zzz", ""),
        ("models:/zzz/1", ""),
    ],
)
def test_what_was_mistyped_is_guessed(unknown: str, near: str, example: Catalog) -> None:
    assert example.suggest(Ref.parse(unknown)) == near


def test_a_guess_is_made_among_all_names_and_soon(tmp_path: Path) -> None:
    names = [f"{kind}-{number:05}" for kind in ("alpha", "beta", "gamma") for number in range(20_000)]
    catalog = Catalog(runs=dict.fromkeys(names, None))  # type: ignore[arg-type]
    assert catalog.suggest(Ref.run("gama-19999")) == "runs:/gamma-19999"
    begun = time.process_time()
    for number in range(50):
        assert catalog.suggest(Ref.run(f"gamma-1{number:03}x"))
    assert time.process_time() - begun < 1


def test_a_reference_to_a_refused_file_is_told_from_one_to_nothing(tmp_path: Path) -> None:
    for path in (
        *["models/m/model.yaml", "models/m/versions/1.yaml", "models/m/aliases.yaml", "runs/e/r.yaml"],
        *["datasets/d/dataset.yaml", "datasets/d/versions/v.yaml", "endpoints/p.yaml"],
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("kind: [")
    catalog = read_catalog(DirTree(tmp_path))
    for text in [
        *["models:/m", "models:/m/1", "models:/m@any", "runs:/r", "runs:/r/o"],
        *["datasets:/d", "datasets:/d/v", "endpoints:/p"],
    ]:
        assert catalog.is_refused(Ref.parse(text)), text
        assert catalog.resolve(Ref.parse(text)) is None
    for text in ["models:/n", "models:/m/2", "runs:/s", "datasets:/d/w", "endpoints:/q"]:
        assert not catalog.is_refused(Ref.parse(text)), text


def test_entries_of_each_kind_are_of_their_type(example: Catalog) -> None:
    assert isinstance(example.resolve(Ref.model("churn")), Model)
    assert isinstance(example.resolve(Ref.dataset("orders")), Dataset)
    assert isinstance(example.resolve(Ref.run("train-1")), Run)
    assert isinstance(example.resolve(Ref.endpoint("predict")), Endpoint)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot read the folder"):
        read_catalog(DirTree(tmp_path / "gone"))


def test_an_empty_folder_is_an_empty_catalog(tmp_path: Path) -> None:
    catalog = read_catalog(DirTree(tmp_path))
    assert list(catalog.entries()) == []
    assert catalog.file is None
    assert check(catalog, date(2026, 1, 1)).entries == 0


def test_links_pipes_and_names_that_are_no_text_are_findings(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    (tmp_path / "secret.yaml").write_text("kind: model\nname: secret\n")
    (catalog / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (catalog / "loop").symlink_to(catalog)
    os.mkfifo(catalog / "pipe.yaml")
    (catalog / os.fsdecode(b"caf\xe9.yaml")).write_text("kind: model\nname: a\n")
    (catalog / os.fsdecode(b"\xff")).mkdir()
    (catalog / os.fsdecode(b"\xff") / "b.yaml").write_text("kind: model\nname: b\n")
    (catalog / "README.md").write_text("about")
    report = check(read_catalog(DirTree(catalog, "catalog")), date(2026, 1, 1))
    found = {finding.place.file: (finding.rule, finding.message) for finding in report.findings}
    unread = "the path holds a character that cannot be seen or is no text"
    assert {file: found[file] for file in found if file != "catalog/herdbook.yaml"} == {
        "catalog/link.yaml": ("unreadable-file", "it is a symbolic link"),
        "catalog/loop": ("unreadable-file", "it is a symbolic link"),
        "catalog/pipe.yaml": ("unreadable-file", "it is neither a file nor a folder"),
        "catalog/caf\\udce9.yaml": ("misplaced-file", unread),
        "catalog/\\udcff/b.yaml": ("misplaced-file", unread),
    }
    assert report.entries == 0
    (report_text(report) + report_json(report)).encode()


@pytest.mark.parametrize("every", [40, pytest.param(1, marks=pytest.mark.slow)])
def test_no_name_leads_out_of_the_catalog(every: int, shared_data: Path, tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    (catalog / "runs" / "e").mkdir(parents=True)
    (tmp_path / "secret.yaml").write_text("kind: model\nname: secret\n")
    naughty = json.loads((shared_data / "naughty-strings" / "blns.json").read_text())
    files = sorted(path for path in (shared_data / "path-traversal").rglob("*") if path.is_file())
    climbing = [line for file in files for line in file.read_text(errors="replace").splitlines()]
    texts = sorted({text for text in [*naughty, *climbing] if text})[::every]
    for number, text in enumerate(texts):
        name = json.dumps(text)
        (catalog / "runs" / "e" / f"{number}.yaml").write_text(
            f"kind: run\nid: {name}\nexperiment: {name}\ntype: training\nstatus: finished\nparent: {name}\n"
        )
    before = snapshot(tmp_path)
    report = check(read_catalog(DirTree(catalog, "catalog")), date(2026, 1, 1))
    flagged = {finding.place.source.path for finding in report.findings if finding.rule in FORM}
    assert flagged == {f"runs/e/{number}.yaml" for number in range(len(texts))}
    assert "secret" not in report_json(report)
    assert snapshot(tmp_path) == before


def snapshot(folder: Path) -> dict[Path, tuple[int, int, int]]:
    found = {path: path.stat() for path in folder.rglob("*")}
    return {path: (status.st_ino, status.st_size, status.st_mtime_ns) for path, status in found.items()}


FILES = st.dictionaries(
    st.sampled_from(PATHS),
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab1:/@.", max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["kind", "name", "model", "aliases", "id", "inputs", "policy", "tags", "at"]),
                inner,
            )
        ),
    ).map(lambda value: json.dumps(value).encode())
    | st.sampled_from([file.read_bytes() for file in sorted(EXAMPLE.rglob("*.yaml"))]),
)
"""Files at paths of a catalog: entries, other values, and what is no YAML."""


@given(FILES)
def test_any_catalog_ends_in_a_report(contents: dict[str, bytes]) -> None:
    report = check(read_catalog(Memory(contents)), date(2026, 1, 1))
    report_text(report)
    for finding in report.findings:
        assert finding.message
        assert finding.place.span.line >= 1


@given(FILES, FILES, st.sets(st.sampled_from(PATHS)))
def test_what_did_not_change_need_not_be_read_again(
    contents: dict[str, bytes], changed: dict[str, bytes], removed: set[str]
) -> None:
    after = {path: raw for path, raw in (contents | changed).items() if path not in removed}
    again = reread(read_catalog(Memory(contents)), Memory(after), changed.keys() | removed)
    assert told(again) == told(read_catalog(Memory(after)))


def told(catalog: Catalog) -> object:
    """What was found out about a catalog."""
    findings = [(each.rule, each.message, each.place.file, each.place.span) for each in catalog.findings]
    entries = [(entry.source.path, entry.kind, entry.data) for entry in catalog.entries()]
    return findings, [(source.path, repr(source.value)) for source in catalog.sources], entries


class Memory:
    """A tree of files in memory."""

    name = "catalog"

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents = contents

    def files(self) -> Any:
        return map(TreeFile, sorted(self.contents))

    def read(self, path: str) -> bytes:
        if path not in self.contents:
            raise FileNotFoundError(path)
        return self.contents[path]


def test_two_processes_read_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = (EXAMPLE_CATALOG / "runs/churn/prepare-1.yaml").read_text()
    for number in range(1_200):
        path = tmp_path / "runs" / "churn" / f"run-{number:04}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = run.replace("id: prepare-1", f"id: run-{number:04}").replace("minimum_orders: 1", "note: no")
        faults = {0: text + "x: 1\n", 1: text + "\tx", 2: "", 3: text.replace("note: no", f"note: {number}")}
        path.write_text(faults.get(number % 7, text))
    (tmp_path / "runs" / "churn" / "stray.txt").write_text("")

    memory = cache.Memory()
    shared = read_catalog(DirTree(tmp_path), memory)
    assert (
        told(read_catalog(DirTree(tmp_path))) == told(shared) == told(read_catalog(DirTree(tmp_path), memory))
    )
    monkeypatch.setattr("herdbook.catalog.can_share", lambda: False)
    assert told(read_catalog(DirTree(tmp_path))) == told(shared)
    assert not memory.is_empty
