import re
from datetime import date
from pathlib import Path

import pytest

from herdbook.catalog import Catalog
from herdbook.check import Verdict
from herdbook.entries import Run
from herdbook.finding import Severity
from herdbook.importers.mlflow.lineage import run_named
from herdbook.opening import read_catalog
from herdbook.run_gate import LineageError, judge_run, require_lineage
from herdbook.tree import DirTree
from mlflow_runs import mlflow_run
from rule_examples import EXAMPLE_CATALOG, case

TODAY, LATER = date(2024, 4, 1), date(2100, 1, 1)
TRAIN_2 = (EXAMPLE_CATALOG / "runs/churn/train-2.yaml").read_text()
COMMIT = "0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d"
TAGS = {"dataset_version": "orders_v2", "git_commit": "0f4b1c3", "triggered_by": "ci/github-actions"}


def catalog_with(folder: Path, fragment: str = "") -> Catalog:
    case(fragment).lay(folder / "catalog")
    return read_catalog(DirTree(folder / "catalog"))


def errors(catalog: Catalog, run: Run, **options: object) -> set[tuple[str, str]]:
    report = judge_run(catalog, run, LATER, **options)  # type: ignore[arg-type]  # the cases name them
    return {
        (finding.rule, ".".join(map(str, finding.place.route)))
        for finding in report.findings
        if finding.severity is Severity.ERROR
    }


@pytest.mark.parametrize(
    ("fragment", "found"),
    [
        ("", set()),
        ("tags: {dataset_version: orders_v2}", {("missing-lineage-tag", "tags.git_commit"),
                                                ("missing-lineage-tag", "tags.triggered_by")}),
        ("tags: {dataset_version: TODO, git_commit: 0f4b1c3, triggered_by: me}",
         {("missing-lineage-tag", "tags.dataset_version")}),
        ("tags: {dataset_version: orders_v1, git_commit: 0f4b1c3, triggered_by: me}",
         {("tag-contradicts-lineage", "tags.dataset_version")}),
        ("inputs: []", {("missing-input", "inputs")}),
        ("status: running", {("unfinished-run-registered", "status")}),
        ("status: failed\nerror: The disk was full.", {("unfinished-run-registered", "status")}),
        ("type: evaluation\nevaluates: churn/2", {("unfinished-run-registered", "type")}),
        ("code: {entry_point: train.py}", {("missing-run-context", "code")}),
        (f"code: {{commit: {COMMIT}, dirty: true}}", {("dirty-commit", "code.dirty")}),
        ('ended_at: "2024-01-12T07:00:00Z"', {("impossible-time", "ended_at")}),
    ],
)  # fmt: skip
def test_a_run_is_judged_as_if_a_version_came_from_it(
    tmp_path: Path, fragment: str, found: set[object]
) -> None:
    """The run has no version yet, so that a check of the catalog lets it off."""
    parts = re.split(r"^(?=\w)", TRAIN_2.replace("train-2", "train-3"), flags=re.MULTILINE)
    replaced = {line.partition(":")[0] for line in fragment.split("\n")}
    text = "".join(part for part in parts if part.partition(":")[0] not in replaced)
    catalog = catalog_with(tmp_path, f"# runs/churn/train-3.yaml, whole\n{text}{fragment}\n")
    assert catalog.findings == ()
    assert errors(catalog, catalog.runs["train-3"]) == found


def test_findings_are_about_the_run_alone(tmp_path: Path) -> None:
    catalog = catalog_with(tmp_path, "# runs/churn/train-1.yaml\ntags: {}\n")
    assert judge_run(catalog, catalog.runs["train-2"], TODAY).verdict is Verdict.PASS
    report = judge_run(catalog, catalog.runs["train-1"], TODAY)
    assert {finding.place.source.path for finding in report.findings} == {"runs/churn/train-1.yaml"}
    assert all(
        item.place.source.path.startswith("models/")
        for finding in report.findings
        for item in finding.related
    )


def test_the_policy_of_the_model_may_require_more(tmp_path: Path) -> None:
    catalog = catalog_with(tmp_path, "# models/other/model.yaml, whole\nkind: model\nname: other\n"
                           "policy: {required_tags: [ticket]}\n")  # fmt: skip
    run = catalog.runs["train-2"]
    assert errors(catalog, run) == set()
    assert errors(catalog, run, model="other") == {("missing-lineage-tag", "tags.ticket")}
    assert errors(catalog, run, model="other", required_tags=["git_commit"]) == set()
    assert errors(catalog, run, required_tags=["ticket", "team"]) == {
        ("missing-lineage-tag", "tags.ticket"),
        ("missing-lineage-tag", "tags.team"),
    }


def test_the_policy_of_a_model_counts_only_where_it_is_named(tmp_path: Path) -> None:
    catalog = catalog_with(
        tmp_path, "# models/any/model.yaml, whole\nkind: model\nname: any\npolicy: {required_tags: [team]}\n"
    )
    run = catalog.runs["train-2"]
    assert errors(catalog, run) == set()
    assert errors(catalog, run, model="any") == {("missing-lineage-tag", "tags.team")}


def test_a_waiver_of_the_catalog_excuses(tmp_path: Path) -> None:
    waiver = "{rule: missing-lineage-tag, entry: runs:/train-1, owner: ana, reason: old, until: 2030-01-01}"
    catalog = catalog_with(
        tmp_path,
        f"# runs/churn/train-1.yaml\ntags: {{dataset_version: orders_v1, git_commit: 0f4b1c3}}\n"
        f"# herdbook.yaml\nwaivers: [{waiver}]\n",
    )
    assert judge_run(catalog, catalog.runs["train-1"], TODAY).verdict is Verdict.WAIVED


def test_a_run_of_mlflow_is_judged_by_its_tags_its_code_and_its_end(tmp_path: Path) -> None:
    catalog = catalog_with(tmp_path)
    sound = mlflow_run(
        tmp_path / "mlruns", {**TAGS, "mlflow.user": "ana", "mlflow.source.git.commit": COMMIT}
    )
    assert errors(catalog, run_named(catalog, str(sound))) == set()
    tags = {("missing-lineage-tag", "tags.dataset_version"), ("missing-lineage-tag", "tags.triggered_by")}
    failed = mlflow_run(tmp_path / "mlruns", {"git_commit": "of Tuesday"}, "FAILED")
    assert errors(catalog, run_named(catalog, str(failed))) == {
        ("unfinished-run-registered", "status"),
        *tags,
    }
    bare = mlflow_run(tmp_path / "mlruns", {"git_commit": "of Tuesday"}, "RUNNING")
    # It is registered from as if it had ended.
    assert errors(catalog, run_named(catalog, str(bare))) == {("missing-run-context", ""), *tags}
    with pytest.raises(LineageError, match='lacks the tag "triggered_by"') as caught:
        require_lineage(catalog, run_named(catalog, str(bare)), LATER)
    assert caught.value.missing_tags == ("dataset_version", "triggered_by")
    require_lineage(catalog, run_named(catalog, str(sound)), LATER)
