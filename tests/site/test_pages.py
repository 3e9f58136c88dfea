import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest

import yaml
from herdbook.rules import RULES
from herdbook.site.chrome import Chrome, Imprint
from site_samples import Elements, build_site, read, write_sample

HERE = "https://site.example/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chrome: Chrome) -> Path:
    folder = tmp_path_factory.mktemp("site")
    catalog = write_sample(folder, runs=230)
    with (catalog / "runs/churn/train-1.yaml").open("a") as file:
        file.write('description: "# Why\\n\\n### How"\nnotes: "# Then\\n\\n### Now"\n')
    build_site(catalog, folder / "out", chrome)
    return folder / "out"


@pytest.fixture(scope="module")
def pages(site: Path) -> Mapping[str, Elements]:
    return read_pages(site)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, chrome: Chrome) -> Path:
    """The site of the catalog that the examples recorded."""
    out = tmp_path_factory.mktemp("real") / "out"
    build_site(Path(__file__).parents[2] / "catalog", out, chrome)
    return out


def read_pages(site: Path) -> Mapping[str, Elements]:
    return {
        path.relative_to(site).as_posix(): Elements(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
    }


def test_every_link_leads_to_a_file_and_a_place_in_it(site: Path, pages: Mapping[str, Elements]) -> None:
    assert checked_links(site, pages) > 3000


def test_no_heading_skips_a_level(pages: Mapping[str, Elements]) -> None:
    for path, page in pages.items():
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[:1] == [1], path
        assert all(following <= level + 1 for level, following in pairwise(levels)), (path, levels)


def test_a_waiver_of_a_rule_that_there_is_not_keeps_no_site_from_being_built(
    tmp_path: Path, chrome: Chrome
) -> None:
    catalog = write_sample(tmp_path)
    with (catalog / "herdbook.yaml").open("a") as file:
        file.write("waivers:\n")
        for rule in ("older-rule", "missing-seed"):
            file.write(
                f"  - {{rule: {rule}, entry: runs:/train-1, owner: bo, reason: seen, until: '2099-01-01'}}\n"
            )
    build_site(catalog, tmp_path / "out", chrome)
    home = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "<code>older-rule</code> for" in home
    assert '<a href="rules/missing-seed.html">missing-seed</a> for' in home


def test_every_link_of_the_examples_leads_somewhere(real: Path) -> None:
    assert checked_links(real, read_pages(real)) > 1000


def checked_links(site: Path, pages: Mapping[str, Elements]) -> int:
    checked = 0
    for path, page in pages.items():
        for link in page.links():
            target, fragment = urldefrag(urljoin(HERE + path, link))
            if not target.startswith(HERE):
                continue
            name = target.removeprefix(HERE)
            assert (site / name).is_file(), f"{path} links to {link}"
            if fragment:
                assert fragment in pages[name].ids(), f"{path} links to {link}"
            checked += 1
    return checked


def test_every_page_is_reached_from_home_within_few_clicks(pages: Mapping[str, Elements]) -> None:
    distances = {"index.html": 0}
    level = ["index.html"]
    while level:
        following = []
        for path in level:
            for link in pages[path].links():
                name = urldefrag(urljoin(HERE + path, link))[0].removeprefix(HERE)
                if name in pages and name not in distances:
                    distances[name] = distances[path] + 1
                    following.append(name)
        level = following
    assert set(distances) == set(pages) - {"404.html"}
    assert max(distances.values()) <= 5


@pytest.mark.parametrize(
    "path",
    [
        "index.html",
        "models/index.html",
        "models/churn/index.html",
        "models/churn/1.html",
        "experiments/index.html",
        "experiments/churn/index.html",
        "runs/train-1.html",
        "runs/index~.html",
        "datasets/index.html",
        "datasets/orders/index.html",
        "datasets/orders/v1.html",
        "endpoints/index.html",
        "endpoints/predict.html",
        "rules/index.html",
        "rules/unknown-reference.html",
        "rules/what-the-gate-withstands.html",
        "404.html",
    ],
)
def test_there_is_a_page_of_every_kind(pages: Mapping[str, Elements], path: str) -> None:
    page = pages[path]
    assert sum(tag == "h1" for tag, _ in page.tags) == 1
    identifiers = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))


def test_what_is_behind_production_is_three_clicks_away(pages: Mapping[str, Elements]) -> None:
    assert "models/churn/2.html" in set(pages["index.html"].links())
    version = pages["models/churn/2.html"]
    assert {"../../datasets/orders/v2.html", "../../runs/train-2.html", "1.html"} <= set(version.links())
    assert "Trained on orders/v2 (training)" in version.text
    assert "Code 0f4b1c3d5e" in version.text
    assert "Parameter Value depth 2" in version.text


def test_recalled_data_are_told_wherever_they_matter(pages: Mapping[str, Elements]) -> None:
    assert "orders/v1 was recalled on 2024-02-01 by Bo (high)" in pages["index.html"].text
    assert "Model versions made from it: churn/1" in pages["index.html"].text
    assert "Version 1 comes from recalled data." in pages["models/churn/1.html"].text
    assert "The column orders was scaled twice." in pages["models/churn/1.html"].text
    assert "It is replaced by orders/v2" in pages["models/churn/1.html"].text
    assert "churn/1 rollback staging deprecated recalled data" in pages["endpoints/predict.html"].text
    touched = pages["datasets/orders/v1.html"].text
    assert "Recalled on 2024-02-01 by Bo (high). Replaced by orders/v2" in touched
    assert "1 endpoint predict" in touched
    assert "comes from recalled data" not in pages["models/churn/2.html"].text


def test_findings_stand_on_the_page_of_their_entry(pages: Mapping[str, Elements]) -> None:
    odd = pages["runs/odd.html"]
    assert "unknown-reference" in odd.text
    assert "../rules/unknown-reference.html" in set(odd.links())
    assert "churn/99" in odd.text
    assert "odd.yaml" in pages["rules/unknown-reference.html"].text
    assert "../runs/odd.html" in set(pages["rules/unknown-reference.html"].links())


def test_a_failed_run_says_why_and_shows_no_secret(site: Path, pages: Mapping[str, Elements]) -> None:
    failed = pages["runs/index~.html"]
    assert "This run failed." in failed.text
    assert "ValueError: no rows" in failed.text
    assert "geheim" not in (site / "runs/index~.html").read_text()
    assert "geheim" not in (site / "search/search_index.json").read_text()


def test_what_the_gate_withstands_stands_beside_the_rules(pages: Mapping[str, Elements]) -> None:
    page = pages["rules/what-the-gate-withstands.html"]
    assert "what-the-gate-withstands.html" in set(pages["rules/index.html"].links())
    assert "Weakening the policy" in page.text
    assert "Honest changes, which pass" in page.text
    assert {f"{rule.ID}.html" for rule in RULES} <= set(page.links())


def test_long_lists_have_pages(pages: Mapping[str, Elements]) -> None:
    first, second, third = (pages[f"experiments/long/index{part}.html"] for part in ("", "~2", "~3"))
    assert "index~2.html" in set(first.links())
    assert {"index.html", "index~3.html"} <= set(second.links())
    assert "101\N{EN DASH}200 of 230" in second.text
    assert "Next" not in third.text
    assert "experiments/long/index~4.html" not in pages
    assert "101\N{EN DASH}200 of 232" in pages["datasets/orders/v2~2.html"].text
    assert "v2~2.html" in set(pages["datasets/orders/v2.html"].links())


def test_pages_keep_to_the_policy_of_the_site(pages: Mapping[str, Elements]) -> None:
    for path, page in pages.items():
        for tag, attributes in page.tags:
            assert tag not in {"style", "iframe", "object", "embed", "base"}, path
            assert not any(name.startswith("on") or name == "style" for name in attributes), (path, tag)


def test_pages_speak_of_options_only_beside_a_command(site: Path, pages: Mapping[str, Elements]) -> None:
    answers = [path for path in pages if "~impact" in path or "~against-" in path]
    told = {path: (site / path).with_suffix(".md").read_text(encoding="utf-8") for path in answers}

    assert any("more." in text for text in told.values())
    assert not [path for path, text in told.items() if "lists them all" in text]


def test_the_schemas_are_published(site: Path) -> None:
    assert '"$schema"' in (site / "schema" / "run.json").read_text()


def test_an_empty_catalog_has_a_site(tmp_path: Path, chrome: Chrome) -> None:
    (tmp_path / "catalog").mkdir()
    build_site(tmp_path / "catalog", tmp_path / "out", chrome)
    home = Elements((tmp_path / "out" / "index.html").read_text())
    assert "No endpoint is in production." in home.text


def test_an_experiment_is_found_by_the_name_that_it_had_elsewhere(tmp_path: Path, chrome: Chrome) -> None:
    run = {"kind": "run", "id": "r1", "experiment": "Orders-fraud", "type": "training", "status": "finished"}
    came_from = {"system": "mlflow", "experiment": "Orders / fraud (neu)"}
    file = tmp_path / "catalog/runs/Orders-fraud/r1.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump({**run, "imported_from": came_from}))
    build_site(tmp_path / "catalog", tmp_path / "out", chrome)
    found = json.loads((tmp_path / "out/search/search_index.json").read_text())["docs"]
    tags = next(doc["tags"] for doc in found if doc["location"] == "experiments/Orders-fraud/index.html")
    assert tags == ["Orders-fraud", "Orders / fraud (neu)"]
    listed, own = (
        (tmp_path / f"out/experiments/{path}").read_text() for path in ("index.html", "Orders-fraud/index.md")
    )
    assert ' title="Orders / fraud (neu)">Orders-fraud</a>' in listed
    assert "Imported from the experiment Orders / fraud (neu)." in own


ATTACK = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{7*7}} [x](javascript:alert(1)) <http://a@b.c>"
)
FREE = {
    "description",
    "reason",
    "owner",
    "user",
    "error",
    "task",
    "uri",
    "type",
    "name",
    "role",
    "intended_use",
}


def attacked(value: object, *route: str) -> object:
    """Put the attack into every text that may be any text."""
    if isinstance(value, dict):
        return {key: attacked(item, *route, key) for key, item in value.items()}
    if isinstance(value, list):
        return [attacked(item, *route) for item in value]
    if route[-1:] == ("uri",):
        return "javascript:alert(1)"
    named = route[-2:] == ("outputs", "name") or (len(route) == 1 and route[-1] in {"name", "type"})
    return ATTACK if isinstance(value, str) and route[-1:] and route[-1] in FREE and not named else value


def test_text_of_the_catalog_is_never_markup(tmp_path: Path, chrome: Chrome) -> None:
    catalog = write_sample(tmp_path)
    for file in catalog.rglob("*.yaml"):
        value = attacked(yaml.safe_load(file.read_text()))
        assert isinstance(value, dict)
        value |= {"title": ATTACK, "notes": ATTACK, "tags": {ATTACK: ATTACK, **value.get("tags", {})}}
        if value["kind"] == "run":
            value["params"] = {ATTACK: ATTACK}
            value["metrics"] = {ATTACK: 0.5}
        file.write_text(json.dumps(value))
    assert read(catalog).catalog.findings == ()
    build_site(catalog, tmp_path / "out", chrome)
    scripts = chrome.missing_page(Imprint("S")).data.count(b"<script")
    seen = 0
    for path in (tmp_path / "out").rglob("*.html"):
        text = path.read_text()
        seen += text.count("&lt;script&gt;alert(1)")
        page = Elements(text)
        assert sum(tag == "script" for tag, _ in page.tags) == scripts, path
        assert sum(tag == "img" for tag, _ in page.tags) == 2, path
        assert not any("onerror" in attributes for _, attributes in page.tags), path
        assert not any(link.startswith("javascript") for link in page.links()), path
        assert "'49" not in page.text, path
    assert seen > 500


BUILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from site_samples import build_site
build_site(Path(sys.argv[2]), Path(sys.argv[3]))
"""


def test_the_same_catalog_gives_the_same_bytes_everywhere(tmp_path: Path) -> None:
    catalog = write_sample(tmp_path)
    hashes = set()
    for number, environment in enumerate(
        (
            {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"},
            {"PYTHONHASHSEED": "2", "TZ": "America/Lima", "LC_ALL": "C"},
        )
    ):
        out = tmp_path / f"out{number}"
        subprocess.run(
            [sys.executable, "-c", BUILD, str(Path(__file__).parents[1]), str(catalog), str(out)],
            env={**os.environ, **environment},
            cwd="/",
            check=True,
        )
        digest = hashlib.sha256()
        for path in sorted(out.rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(out).as_posix().encode() + b"\0" + path.read_bytes())
        hashes.add(digest.hexdigest())
    assert len(hashes) == 1


def test_a_version_tells_what_differs_from_the_one_before(pages: Mapping[str, Elements]) -> None:
    version = pages["models/churn/2.html"].text
    assert "What differs from version 1" in version
    for said in (
        "auc rose by 0.01, which is better",
        "churn/2 is compared with churn/1",
        "whose place it took as champion",
        "The training data orders/v1 -> orders/v2",
        "rows: 10,000 -> 20,000",
        "The parameter depth 1 -> 2",
    ):
        assert said in version
    links = pages["models/churn/2.html"].links()
    assert any(link.endswith("2~against-1.html") for link in links)
    assert "What differs" not in pages["models/churn/1.html"].text


def test_the_story_of_the_mortgage_model_is_three_clicks_away(real: Path) -> None:
    pages = read_pages(real)
    home = set(pages["index.html"].links())
    in_force = "models/mortgage-approval/2.html"
    assert {in_force, "models/mortgage-approval/3.html"} <= home
    behind = set(pages[in_force].links())
    assert {
        "../../datasets/mortgage-applications/v1-train.html",
        "../../runs/mortgage-train-2.html",
        "../../runs/mortgage-evaluate-2.html",
    } <= behind
    for words in (
        "algorithm gradient-boosting",
        "Code ",
        "Trained on mortgage-applications/v1-train (training) "
        "Also read mortgage-applications/v1-validation (validation) Code",
    ):
        assert words in pages[in_force].text
    recalled = pages["models/mortgage-approval/3.html"].text
    assert "Version 3 comes from recalled data. mortgage-applications/v2-train was recalled" in recalled
