"""Tests of the files that programs read."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from herdbook.entries import DatasetVersion, ModelVersion, Run
from herdbook.queries import impact as impacts
from herdbook.queries.answer import as_json
from herdbook.queries.asking import Found
from herdbook.queries.impact import impact
from herdbook.queries.trace import trace
from herdbook.site.api.answers import IN_A_FILE
from herdbook.site.chrome import Chrome
from site_samples import build_site, read, write_sample

OWN = Path(__file__).parents[3] / "catalog"
WHOLE = Path(__file__).parents[2] / "data" / "api"
RUNS = 230
CHAIN = 150


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, chrome: Chrome) -> Path:
    """The site of our own catalog."""
    return build_site(OWN, tmp_path_factory.mktemp("own") / "site", chrome).out


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog with something of everything, a dataset that many use, a long chain, and awkward names."""
    catalog = write_sample(tmp_path_factory.mktemp("sample"), runs=RUNS)
    chain = catalog / "runs" / "chain"
    chain.mkdir()
    for number in range(CHAIN):
        read = f"inputs: [{{run: link-{number - 1}/state}}]\n" if number else ""
        (chain / f"link-{number}.yaml").write_text(
            f"kind: run\nid: link-{number}\nexperiment: chain\ntype: training\nstatus: finished\n"
            f"outputs: [{{name: state}}]\n{read}"
        )
    for name in ("index", "clf", "clf.json", "a.md"):
        folder = catalog / "models" / name
        (folder / "versions").mkdir(parents=True)
        (folder / "model.yaml").write_text(
            f"kind: model\nname: {name}\ndescription: '<script>alert(1)</script>'\n"
        )
        (folder / "versions" / "1.yaml").write_text(
            f"kind: model-version\nmodel: {name}\nversion: 1\nrun: link-1\n"
            "uri: https://user:geheim@example.org/model\n"
        )
        (folder / "aliases.yaml").write_text(
            f"kind: aliases\nmodel: {name}\naliases:\n"
            '  index: [{version: 1, at: "2024-01-01T00:00:00Z", by: ana}]\n'
            '  gone: [{version: 1, at: "2024-01-01T00:00:00Z", by: ana},'
            ' {version: null, at: "2024-01-02T00:00:00Z", by: ana}]\n'
        )
    return catalog


@pytest.fixture(scope="module")
def site(sample: Path, tmp_path_factory: pytest.TempPathFactory, chrome: Chrome) -> Path:
    return build_site(sample, tmp_path_factory.mktemp("site") / "site", chrome).out


def load(path: Path) -> Any:
    return json.loads(path.read_bytes())


def api_files(site: Path) -> Iterator[tuple[str, Path]]:
    base = site / "api" / "v1"
    for path in sorted(base.rglob("*.json")):
        yield path.relative_to(base).as_posix(), path


def validators(site: Path) -> Mapping[str, jsonschema.Draft202012Validator]:
    """The validators of the published schemas, by their addresses."""
    base = "https://site.example/schema/"
    contents = {
        path.relative_to(site / "schema").as_posix(): load(path) for path in (site / "schema").rglob("*.json")
    }
    registry: Registry[Any] = Registry().with_resources(
        (base + name, DRAFT202012.create_resource(content)) for name, content in contents.items()
    )
    return {
        name: jsonschema.Draft202012Validator({"$ref": base + name}, registry=registry) for name in contents
    }


def schema_of(path: str) -> str:
    folder, _, name = path.rpartition("/")
    stem = name.removesuffix(".json").partition("~")[0]
    parts = folder.split("/")
    if path == "index.json":
        return "api/index.json"
    if parts[0] == "badges":
        return "api/badge.json"
    if stem in ("trace", "impact") and len(parts) > 1:
        return f"answers/{stem}.json"
    if stem == "index" and len(parts) == 1 and not name.startswith("index~.") and "~~" not in name:
        return "api/experiments.json" if parts[0] == "experiments" else "api/list.json"
    if parts[0] == "experiments":
        return "api/experiment.json"
    if len(parts) == 1:
        return {"models": "api/model.json", "datasets": "api/dataset.json", "runs": "api/run.json"}.get(
            parts[0], "api/endpoint.json"
        )
    return {
        ("models", "versions"): "api/model-version.json",
        ("models", "aliases"): "api/alias.json",
        ("datasets", "versions"): "api/dataset-version.json",
    }[parts[0], parts[2]]


@pytest.mark.parametrize("which", ["own", "site"])
def test_every_file_keeps_to_its_schema(which: str, request: pytest.FixtureRequest) -> None:
    site = request.getfixturevalue(which)
    known = validators(site)
    used = set()
    for name, path in api_files(site):
        known[schema_of(name)].validate(load(path))
        used.add(schema_of(name))
    assert used == {name for name in known if name.startswith(("api/", "answers/"))}


def test_the_published_schemas_are_schemas(own: Path) -> None:
    for path in (own / "schema").rglob("*.json"):
        jsonschema.Draft202012Validator.check_schema(load(path))


def test_the_index_leads_to_everything(own: Path) -> None:
    base = own / "api" / "v1"
    index = load(base / "index.json")
    for address in index["links"].values():
        assert (base / address).is_file()
    assert index["counts"]["runs"] == len(list((OWN / "runs").rglob("*.yaml")))
    filled = {
        "{model}": "mortgage-approval",
        "{alias}": "champion",
        "{dataset}": "mortgage-applications",
        "{run}": "mortgage-train-2",
        "{endpoint}": "mortgage-decisions",
        "{experiment}": "mortgage-approval",
        "{kind}": "runs",
    }
    for resource in index["resources"]:
        path = resource["template"]
        filled["{version}"] = "v2-train" if "dataset" in path else "2"
        for name, value in filled.items():
            path = path.replace(name, value)
        assert (base / path).is_file(), resource
        assert (base / resource["schema"]).is_file()


def test_answers_are_those_of_the_command_line(own: Path) -> None:
    records = read(OWN)
    entries: tuple[Run | ModelVersion | DatasetVersion, ...] = (
        *records.catalog.runs.values(),
        *records.catalog.versions.values(),
        *records.catalog.dataset_versions.values(),
    )
    for entry in entries:
        found = Found(entry.ref, entry)
        file = load(own / "api" / "v1" / folder_of(entry.ref) / "trace.json")
        assert file == as_json(trace(records, found))
        file = load(own / "api" / "v1" / folder_of(entry.ref) / "impact.json")
        assert file == as_json(impact(records, impacts.entry(records, found)))


def folder_of(ref: Any) -> str:
    return f"{ref.kind}/{ref.name}" + (f"/versions/{ref.version}" if ref.version is not None else "")


def test_a_long_answer_is_whole_in_several_files(site: Path, sample: Path) -> None:
    records = read(sample)
    version = records.catalog.dataset_versions["orders", "v2"]
    whole = as_json(impact(records, impacts.entry(records, Found(version.ref, version))))
    path = site / "api/v1/datasets/orders/versions/v2/impact.json"
    assert load(path) == {**whole, "affected": whole["affected"][:IN_A_FILE], "next": "impact~2.json"}
    found = []
    while True:
        part = load(path)
        found += part["affected"]
        if "next" not in part:
            break
        path = path.parent / part["next"]
    assert found == whole["affected"]
    assert len(found) > RUNS


def test_a_chain_of_any_length_costs_each_entry_the_same(site: Path) -> None:
    for number in (0, CHAIN // 2, CHAIN - 1):
        folder = site / f"api/v1/runs/link-{number}"
        assert sorted(path.name for path in folder.iterdir()) == ["impact.json", "trace.json"]
        steps, affected = load(folder / "trace.json"), load(folder / "impact.json")
        assert len(steps["steps"]) == min(number + 1, IN_A_FILE)
        assert (steps["depth"], steps["further"]) == ((None, 0) if number < IN_A_FILE else (IN_A_FILE - 1, 1))
        assert affected["depth"] == (None if CHAIN - number <= IN_A_FILE - 4 else affected["depth"])
        assert len(affected["affected"]) <= IN_A_FILE


def test_long_lists_are_cut_into_pages(site: Path, sample: Path) -> None:
    path, names = site / "api/v1/runs/index.json", []
    while True:
        page = load(path)
        names += [item["ref"] for item in page["items"]]
        assert len(page["items"]) <= 100
        if "next" not in page["links"]:
            break
        path = path.parent / page["links"]["next"]
    assert sorted(names) == sorted(str(run.ref) for run in read(sample).catalog.runs.values())
    assert page["total"] == len(names)


def test_awkward_names_meet_nothing_else(site: Path) -> None:
    models = site / "api/v1/models"
    assert load(models / "index.json")["total"] == 5
    for name, file, folder in (
        ("index", "index~.json", "index"),
        ("clf", "clf.json", "clf"),
        ("clf.json", "clf.json.json", "clf.json~"),
        ("a.md", "a.md.json", "a.md~"),
    ):
        assert load(models / file)["ref"] == f"models:/{name}"
        assert load(models / folder / "versions" / "1.json")["ref"] == f"models:/{name}/1"
        assert load(models / folder / "aliases" / "index~.json")["alias"] == "index"


def test_a_withdrawn_alias_says_so(site: Path) -> None:
    alias = load(site / "api/v1/models/clf/aliases/gone.json")
    assert (alias["version"], alias["ref"], alias["uri"]) == (None, None, "")
    assert [line["version"] for line in alias["history"]] == [1]
    assert load(site / "api/v1/badges/clf/gone.json")["message"] == "withdrawn"


def test_data_holds_no_secret_and_nothing_like_markup(site: Path) -> None:
    for _, path in api_files(site):
        text = path.read_bytes()
        assert b"geheim" not in text, path
        assert b"<" not in text, path
        assert text.isascii()
    twins = [*site.rglob("*.md"), site / "llms.txt"]
    assert len(twins) > RUNS
    for path in twins:
        assert "geheim" not in path.read_text(), path
        assert path.read_text().startswith("# ")


@pytest.mark.parametrize("path", sorted(WHOLE.rglob("*.json")), ids=lambda path: str(path.relative_to(WHOLE)))
def test_whole_files(site: Path, path: Path) -> None:
    assert load(site / "api/v1" / path.relative_to(WHOLE)) == load(path)
