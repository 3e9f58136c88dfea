from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from any_files import tree_of
from diff_cases import BASE, DAY, HEAD, PROMOTION, asked, catalogs, move
from herdbook.catalog import Catalog
from herdbook.entries import Aliases, DatasetVersion, Endpoint, ModelVersion, Run
from herdbook.queries.changes import changes
from herdbook.queries.metric_changes import Verdict
from herdbook.queries.records import Records
from herdbook.reports.answers import answer_json
from herdbook.rereading import reread
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from test_reach import catalog as generated_catalog
from test_reach import edits, generated
from work import steps


def test_nothing_differs(tmp_path: Path) -> None:
    answer = asked(tmp_path, "")
    assert not answer.differs
    assert (answer.edges, answer.live, answer.drawing.nodes) == ((), (), ())


def test_the_policy_of_the_base_judges(tmp_path: Path) -> None:
    eased = """\
# herdbook.yaml
policy:
  approvers: [bo]
  protected_aliases: {}
  metrics: {auc: {direction: lower, tolerance: 0.5}}
"""
    answer = asked(tmp_path, BASE + HEAD + PROMOTION + eased)
    champion = move(answer, "@champion")
    assert champion.protected
    assert champion.comparison is not None
    assert champion.comparison.metrics[0].verdict is Verdict.BETTER
    assert champion.comparison.metrics[0].tolerance == 0.005
    assert {setting.field.steps for setting in answer.settings} == {
        ("policy", "protected_aliases", "champion"),
        ("policy", "metrics", "auc", "direction"),
        ("policy", "metrics", "auc", "tolerance"),
    }


def test_without_a_policy_in_the_base_that_of_the_head_judges(tmp_path: Path) -> None:
    text = f"{BASE}{HEAD}{PROMOTION}"
    base, head = catalogs(tmp_path, text)
    bare = Catalog(**{**vars_of(base), "file": None})
    answer = changes(Records(bare, DAY), Records(head, DAY))
    comparison = move(answer, "@champion").comparison
    assert comparison is not None
    assert comparison.metrics[0].tolerance == 0.005


def test_another_judge_than_the_base_can_be_named(tmp_path: Path) -> None:
    base, head = catalogs(tmp_path, BASE + HEAD + PROMOTION)
    target = "# herdbook.yaml\npolicy: {metrics: {auc: {direction: higher, tolerance: 0.2}}}\n"
    _, judge = catalogs(tmp_path / "target", HEAD + target)
    answer = changes(Records(base, DAY, judge), Records(head, DAY))
    comparison = move(answer, "@champion").comparison
    assert comparison is not None
    assert (comparison.metrics[0].tolerance, comparison.metrics[0].verdict) == (0.2, Verdict.SAME)


def vars_of(catalog: Catalog) -> dict[str, Any]:
    return {name: getattr(catalog, name) for name in Catalog.__dataclass_fields__}


def test_what_depends_on_a_recall_is_counted(tmp_path: Path) -> None:
    text = """\
# head
# datasets/orders/versions/v1.yaml
recall: {at: "2024-01-20T08:00:00Z", by: ana, reason: leaked labels, severity: high, replaced_by: orders/v2}
"""
    answer = asked(tmp_path, text)
    (recall,) = answer.recalls
    assert (str(recall.dataset), recall.severity, str(recall.replaced_by)) == (
        "datasets:/orders/v1",
        "high",
        "datasets:/orders/v2",
    )
    assert recall.downstream is not None
    assert recall.downstream.counts == {"alias": 1, "endpoint": 1, "model-version": 1, "run": 3}
    assert recall.downstream.live == ("endpoints:/predict",)
    assert answer.live == ("endpoints:/predict",)


# Cost

SOURCE = SourceFile(DirTree(Path("catalog")), "a.yaml")


def chain(length: int, digest: str = "") -> Catalog:
    """Datasets, each made from the one before it, and at their end a run, a version and an endpoint."""
    names = [f"v{number}" for number in range(length)]
    more = {"digest": f"md5:{digest}"} if digest else {}
    data: list[dict[str, Any]] = [{"kind": "dataset-version", "dataset": "d", "version": names[0], **more}]
    data += [
        {"kind": "dataset-version", "dataset": "d", "version": name, "derived_from": [f"d/{before}"], **more}
        for before, name in pairwise(names)
    ]
    run = {
        "kind": "run",
        "id": "r",
        "experiment": "e",
        "type": "training",
        "status": "finished",
        "inputs": [{"dataset": f"d/{names[-1]}"}],
    }
    version = {"kind": "model-version", "model": "m", "version": 1, "run": "r", "uri": "u"}
    aliases = {"champion": [{"version": 1, "at": "2024-01-01", "by": "ana"}]}
    endpoint = {"kind": "endpoint", "name": "e", "type": "online", "serves": [{"model": "m@champion"}]}
    return Catalog(
        dataset_versions={("d", each["version"]): DatasetVersion(SOURCE, each) for each in data},
        runs={"r": Run(SOURCE, run)},
        versions={("m", 1): ModelVersion(SOURCE, version)},
        aliases={"m": Aliases(SOURCE, {"kind": "aliases", "model": "m", "aliases": aliases})},
        endpoints={"e": Endpoint(SOURCE, endpoint)},
    )


def pairs(length: int) -> Iterator[tuple[Catalog, Catalog]]:
    yield Catalog(), chain(length)
    yield chain(length), Catalog()
    yield chain(length), chain(length, "0" * 32)


@pytest.mark.parametrize("case", range(3), ids=["added", "removed", "changed"])
def test_the_work_grows_with_the_catalogs_alone(case: int) -> None:
    def told(length: int) -> None:
        base, head = list(pairs(length))[case]
        changes(Records(base, DAY), Records(head, DAY))

    told(10)
    small, large = (steps(partial(told, length)) for length in (150, 600))
    assert large < 4.5 * small


def test_a_large_change_is_told_in_bounds() -> None:
    answer = changes(Records(Catalog(), DAY), Records(chain(3_000), DAY))
    assert len(answer.added) == 3_004
    counted = [thing for thing in answer.added if thing.downstream is not None]
    assert len(counted) == 50
    assert len(answer.drawing.nodes) == 60
    assert answer.drawing.hidden > 2_900


@given(edits(), edits())
def test_where_a_change_can_reach_is_told_all_that_it_does(
    there: dict[str, Any], made: dict[str, Any]
) -> None:
    contents = {path: value for path, value in {**generated(), **there}.items() if value is not None}
    after = {path: value for path, value in {**contents, **made}.items() if value is not None}
    base = replace(reread(generated_catalog(), tree_of(contents), set(there)), origin=None)
    head = reread(base, tree_of(after), set(made))
    part, whole = (
        answer_json(changes(Records(base, DAY), Records(each, DAY)))
        for each in (head, replace(head, origin=None))
    )
    assert part == whole
