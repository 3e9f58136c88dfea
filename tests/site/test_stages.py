"""The pages of models and versions say what the production stage holds, and which stage is that of today."""

import re
from pathlib import Path

import pytest

from site_samples import Elements, build_site, write_sample

STAGES = """kind: stages
model: staged
transitions:
  - {version: 1, stage: staging, at: "2024-01-01T08:00:00Z", by: ana}
  - {version: 1, stage: production, at: "2024-01-02T08:00:00Z", by: ana, approved_by: [bo]}
  - {version: 2, stage: production, archive_existing: true, at: "2024-02-01T08:00:00Z", by: ana, reason: New}
"""
VERSION = "kind: model-version\nmodel: staged\nversion: {}\nrun: not-recorded\nuri: s3://models/staged\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    model = write_sample(folder) / "models/staged"
    (model / "versions").mkdir(parents=True)
    (model / "model.yaml").write_text("kind: model\nname: staged\n")
    (model / "stages.yaml").write_text(STAGES)
    for number in (1, 2):
        (model / f"versions/{number}.yaml").write_text(VERSION.format(number))
    build_site(folder / "catalog", folder / "out")
    return folder / "out/models/staged"


def section(page: Path, name: str) -> str:
    found = re.search(rf'<section [^>]*aria-labelledby="{name}">(.*?)</section>', page.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def lines_of_now(markup: str) -> list[str]:
    return [Elements(line).text for line in re.findall(r'<li class="hb-now">.*?</li>', markup, re.DOTALL)]


def test_what_the_production_stage_holds_is_in_force_and_nobody_approved_it(site: Path) -> None:
    shown = section(site / "index.html", "in-force")
    assert Elements(shown).text == (
        "In force Alias or stage Version Since Set by Approved by Why "
        "production stage version 2 production 2024-02-01 Ana nobody New"
    )
    assert 'href="#stages"' in shown


def test_of_the_history_what_holds_today_is_marked(site: Path) -> None:
    (now,) = lines_of_now(section(site / "index.html", "history"))
    assert "version 2 to production" in now


def test_a_version_that_another_one_archived_is_in_no_stage_of_its_history(site: Path) -> None:
    assert lines_of_now(section(site / "1.html", "approvals")) == []
    (now,) = lines_of_now(section(site / "2.html", "approvals"))
    assert now.startswith("production 2024-02-01")
