"""What DVC keeps in git: files that DVC 3.67 wrote, and others by hand."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import CHECKOUT
from drafting import Brought, bring, empty
from herdbook.errors import HerdbookError
from herdbook.git import repository_around
from herdbook.importers.dvc import read_dvc
from repositories import commit, git, initialised

MADE = (CHECKOUT / "tests" / "data" / "dvc" / "repository.txt").read_text()
"""A repository that DVC and GTO wrote, as `git fast-export` has it; `make.sh` beside it says how."""
MD5 = "8c9563aa0d87a7e98288f19e28738c7e"


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return empty(tmp_path / "catalog")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    root = initialised(tmp_path / "shop")
    git(root, "fast-import", "--quiet", input=MADE)
    git(root, "remote", "add", "origin", "https://ana:secret@git.example.org/shop.git")
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return initialised(tmp_path / "repository")


def read(
    catalog: Path, root: Path, *revisions: str, all_tags: bool = False, all_experiments: bool = False
) -> Brought:
    found = read_dvc(repository_around(root), revisions, all_tags=all_tags, all_experiments=all_experiments)
    return bring(catalog, found)


def test_the_last_commit(catalog: Path, made: Path) -> None:
    brought = read(catalog, made, "main")
    assert brought.problems == ()
    found = brought.catalog
    split, train = sorted(found.runs.values(), key=lambda run: run.id)
    head = git(made, "rev-parse", "main")
    assert split.data["type"] == "preprocessing"
    assert train.data == {
        "kind": "run",
        "id": train.id,
        "experiment": "shop",
        "title": "train",
        "description": "Trains the trees.",
        "type": "training",
        "status": "finished",
        "code": {
            "repository": "https://git.example.org/shop.git",
            "commit": head,
            "entry_point": "train.py",
            "command": "python train.py",
        },
        "inputs": [
            {"dataset": "pictures/7e373e602116", "digest": "md5-dir:7e373e6021167ea7a4cc2ba6e1976246"},
            {"dataset": "train.csv/f5186df21414", "digest": "md5:f5186df214140c0885986388cd4223b6"},
            {"uri": "train.py", "digest": "md5:2e68511f408c1ddfb2c797fb421092a4"},
        ],
        "params": {"train.depth": 4, "train.name": "trees"},
        "metrics": {"auc": 0.8, "by.test.f1": 0.7},
        "outputs": [
            {
                "name": "metrics.json",
                "uri": "metrics.json",
                "digest": "md5:72776a4c98d1d80b2012cbab39742416",
                "size": 54,
            },
            {
                "name": "model.bin",
                "uri": "model.bin",
                "digest": "md5:9092a393e3281b65919899cec5e7f5d8",
                "size": 66,
            },
        ],
        "tags": {"git_commit": head, "dvc_stage": "train"},
        "imported_from": {
            "system": "dvc",
            "address": "https://git.example.org/shop.git",
            "run_id": train.id,
            "experiment": "shop",
        },
    }
    assert split.data["inputs"][0]["dataset"] == f"data-orders.csv/{MD5[:12]}"
    assert split.params == {"split.seed": 7, "split.share": 0.5}
    assert found.dataset_versions["train.csv", "f5186df21414"].data["produced_by"] == split.id
    orders = found.dataset_versions["data-orders.csv", MD5[:12]].data
    stored = f"s3://shop/dvc/files/md5/{MD5[:2]}/{MD5[2:]}"
    assert (orders["uri"], orders["digest"], orders["size"]) == (stored, f"md5:{MD5}", 29)
    assert found.datasets["data-orders.csv"].title == "data/orders.csv"
    assert found.models["churn"].data["description"] == "Who leaves"
    assert found.models["churn"].tags == {"labels": "trees", "meta": '{"framework": "none"}'}


def test_every_tagged_commit_and_what_is_the_same_in_them_once(catalog: Path, made: Path) -> None:
    brought = read(catalog, made, all_tags=True)
    assert len(brought.catalog.runs) == 4
    assert len(brought.catalog.versions_of_dataset("data-orders.csv")) == 2
    # Only a tag that is no annotated one leads to the third commit.
    assert "notes.csv" in brought.catalog.datasets
    pictures = brought.catalog.dataset_versions["pictures", "7e373e602116"]
    assert pictures.tags["git_commit"] == git(made, "rev-parse", "main~")
    assert read(catalog, made, "main", "main~").paths == []


def test_a_commit_that_is_not_there_is_refused(catalog: Path, made: Path) -> None:
    with pytest.raises(HerdbookError, match="there is no commit 'gone'"):
        read(catalog, made, "gone")


def test_older_formats(catalog: Path, root: Path) -> None:
    lock = f"""\
prepare:
  cmd: [python a.py, python b.py]
  deps: [{{path: raw.csv, md5: {MD5}}}, {{path: lib, md5: {MD5[::-1]}.dir}}]
  outs: [{{path: out.csv, md5: {MD5}}}]
"""
    commit(
        root,
        {
            "raw.csv.dvc": f"wdir: .\nmeta: {{a: 1}}\nouts: [{{path: raw.csv, md5: {MD5}, desc: Orders.}}]\n",
            "s3.dvc": "outs: [{path: 's3://shop/data.csv', etag: abc-2, size: 3}]\n",
            "sub/new.dvc": f"""\
deps: [{{path: a.csv, repo: {{url: 'https://me:pw@git.example.org/x.git', rev_lock: {"a" * 40}}}}}]
outs: [{{path: new, md5: {MD5}.dir}}]
""",
            "web.csv.dvc": "deps: [{path: 'https://example.org/w.csv'}]\n"
            f"outs: [{{path: web.csv, md5: {MD5}}}]\n",
            "dvc.lock": lock,
        },
    )
    brought = read(catalog, root, "HEAD")
    assert brought.problems == ()
    found = brought.catalog
    digests = {name: version.data["digest"] for (name, _), version in found.dataset_versions.items()}
    assert digests == {
        "raw.csv": f"md5-dos2unix:{MD5}",
        "s3-shop-data.csv": "etag:abc-2",
        "sub-new": f"md5-dir:{MD5}",
        "web.csv": f"md5-dos2unix:{MD5}",
        "out.csv": f"md5-dos2unix:{MD5}",
    }
    assert found.datasets["raw.csv"].description == "Orders."
    assert found.datasets["sub-new"].data["source"] == (
        f"Imported by DVC: a.csv of https://git.example.org/x.git at {'a' * 40}."
    )
    assert found.datasets["web.csv"].data["source"] == "Imported by DVC from https://example.org/w.csv."
    (run,) = found.runs.values()
    assert run.data["code"]["command"] == "python a.py\npython b.py"
    assert run.data["inputs"][1] == {"uri": "lib", "digest": f"md5-dir:{MD5[::-1]}"}


def test_a_stage_may_be_a_file_of_its_own(catalog: Path, root: Path) -> None:
    """As DVC wrote them before 1.0."""
    commit(
        root,
        {
            "train.dvc": f"cmd: python t.py\nouts: [{{path: model.pkl, md5: {MD5}, metric: false}}]\n",
            "evaluate.dvc": f"""\
cmd: python e.py
wdir: .
deps: [{{path: model.pkl, md5: {MD5}}}]
outs: [{{path: auc.json, md5: {MD5[::-1]}, cache: false, metric: true}}]
""",
            "auc.json": '{"auc": 0.5}',
        },
    )
    evaluate, train = sorted(read(catalog, root, "HEAD").catalog.runs.values(), key=lambda run: run.id)
    assert (evaluate.data["type"], train.data["type"]) == ("evaluation", "training")
    assert evaluate.data["inputs"] == [{"run": f"{train.id}/model.pkl", "digest": f"md5-dos2unix:{MD5}"}]
    assert evaluate.metrics == {"auc": 0.5}


def test_stages_that_evaluate_read_models_and_measure(catalog: Path, root: Path) -> None:
    commit(
        root,
        {
            "pipe/dvc.yaml": """\
metrics: [eval.toml]
plots: [curve.csv]
stages:
  train: {cmd: x, wdir: work}
  evaluate@a: {cmd: x, metrics: [m.json, {n.yaml: {cache: false}}, cached.json]}
artifacts: {other: {path: report.html, type: report}}
""",
            "pipe/dvc.lock": f"""\
schema: '2.0'
stages:
  train:
    cmd: x
    params: {{params.yaml: {{a: {{b: 1}}, l: [1, [2]]}}, other.json: {{a.b: null}}}}
    outs: [{{path: m.pkl, hash: md5, md5: {MD5}}}, {{path: ../m.pkl, hash: md5, md5: {MD5}}}]
  evaluate@a:
    cmd: x
    deps: [{{path: work/m.pkl, hash: md5, md5: {MD5}}}, {{path: work/m.pkl, hash: md5, md5: {MD5[::-1]}}}]
    outs:
    - {{path: m.json, md5: {MD5}}}
    - {{path: n.yaml, md5: {MD5}}}
    - {{path: eval.toml, md5: {MD5}}}
    - {{path: curve.csv, md5: {MD5}}}
    - {{path: cached.json, md5: {MD5}}}
""",
            "pipe/m.json": '{"auc": 0.5, "bad": NaN, "yes": true, "deep": {"x": 1}}',
            "pipe/n.yaml": "auc: 0.6\nworst: {loss: .inf, f1: .nan}\n",
            "pipe/eval.toml": "loss = 2",
            "pipe/curve.csv": "a,b\n",
        },
    )
    brought = read(catalog, root, "HEAD")
    assert brought.problems == (
        "pipe/m.json: metrics that are no finite numbers are left out: bad",
        "pipe/n.yaml: metrics that are no finite numbers are left out: worst.loss, worst.f1",
        "pipe/cached.json: what is measured there is left out: DVC keeps it, and not git; "
        "`cache: false` changes that",
    )
    evaluate, train = sorted(brought.catalog.runs.values(), key=lambda run: run.id)
    assert evaluate.data["experiment"] == "pipe"
    assert (evaluate.data["type"], train.data["type"]) == ("evaluation", "training")
    assert [output["name"] for output in train.data["outputs"]] == ["m.pkl", "m.pkl-2"]
    assert train.params == {"a.b": 1, "l": "[1, [2]]", "other.json:a.b": None}
    assert evaluate.data["inputs"][0] == {"run": f"{train.id}/m.pkl", "digest": f"md5:{MD5}"}
    assert evaluate.data["inputs"][1] == {"uri": "pipe/work/m.pkl", "digest": f"md5:{MD5[::-1]}"}
    assert evaluate.metrics == {"auc": 0.5, "deep.x": 1, "n.yaml:auc": 0.6, "loss": 2}
    assert brought.catalog.models == {}


def test_stages_of_a_template_measure_as_others_do(catalog: Path, root: Path) -> None:
    outs = (
        f"[{{path: m/%s.json, md5: {MD5}}}, {{path: m/%s.csv, md5: {MD5}}}, {{path: m/%s.pkl, md5: {MD5}}}]"
    )
    commit(
        root,
        {
            "dvc.yaml": """\
stages:
  train:
    foreach: [eu, us]
    do:
      cmd: train ${item}
      desc: Trains one region.
      outs: ["m/${item}.pkl"]
      metrics: [{"m/${item}.json": {cache: false}}]
      plots: [{"m/${item}.csv": {cache: false, x: step}}]
""",
            "dvc.lock": "schema: '2.0'\nstages:\n"
            + "".join(
                f"  train@{it}: {{cmd: train {it}, outs: {outs % (it, it, it)}}}\n" for it in ("eu", "us")
            ),
            "m/eu.json": '{"auc": 0.5}',
            "m/us.json": '{"auc": 0.6}',
        },
    )
    brought = read(catalog, root, "HEAD")
    assert {run.title: dict(run.metrics) for run in brought.catalog.runs.values()} == {
        "train@eu": {"auc": 0.5},
        "train@us": {"auc": 0.6},
    }
    assert {run.description for run in brought.catalog.runs.values()} == {"Trains one region."}
    assert brought.catalog.datasets == {}


def test_a_folder_of_a_repository_is_read_alone_and_by_its_whole_paths(catalog: Path, root: Path) -> None:
    tracked = f"outs: [{{path: x.csv, hash: md5, md5: {MD5}}}]\n"
    commit(root, {"a/x.csv.dvc": tracked, "b/x.csv.dvc": tracked})
    brought = read(catalog, root / "b", "HEAD")
    assert list(brought.catalog.datasets) == ["b-x.csv"]
    assert brought.catalog.dataset_versions["b-x.csv", MD5[:12]].data["uri"] == "b/x.csv"
    (problem,) = read(catalog, root / "gone", "HEAD").problems
    assert problem.startswith("gone/: there is no such folder in ")


def test_what_cannot_be_read_is_reported_and_the_rest_imported(catalog: Path, root: Path) -> None:
    outs = "outs: [{path: %s, hash: md5, md5: " + MD5 + "}]\n"
    (root / "link.dvc").symlink_to("/etc/passwd")
    made = commit(
        root,
        {
            "a.dvc": outs % "../../etc/passwd",
            "b.dvc": outs % "/etc/passwd",
            "c.dvc": "outs: [{path: c}, {path: [1]}, 3]\n",
            "d.dvc": "a: &x 1\nb: *x\n",
            "e.dvc": "- 1\n",
            "f.dvc": "# " + "x" * 1_100_000,
            "good.dvc": outs % "good",
            "odd.dvc": outs % "'\\0x'",
            "upper.dvc": f"outs: [{{path: upper, hash: md5, md5: {'Z' * 32}}}]\n",
            "dvc.yaml": "stages: {s: {metrics: [m.json]}}\nartifacts: {x: {type: model}, y: 3}\n",
            "dvc.lock": f"""\
schema: '2.0'
stages:
  bad: 3
  s:
    cmd: {{}}
    deps: 3
    params: []
    outs: [{{path: m.json, hash: md5, md5: {MD5}}}, {{path: [1]}}, {{path: {{}}}}]
""",
            "m.json": "[" * 5_000,
        },
    )
    brought = read(catalog, root, made)
    assert brought.is_loss
    assert "good" in brought.catalog.datasets
    reported = "\n".join(sorted(brought.problems))
    for expected in (
        "a.dvc: '../../etc/passwd' lies outside of the repository; it is left out",
        "b.dvc: '/etc/passwd' lies outside of the repository; it is left out",
        "c.dvc: 'c' has no digest; it is left out",
        "c.dvc: a path in it is no text; what lies there is left out",
        "d.dvc: it is left out: line 1, column 4: anchors",
        "e.dvc: it is left out: it is no mapping",
        "f.dvc: it is left out: line 1, column 1: the file is larger than 1024 KiB",
        "link.dvc: it is left out: it is a symbolic link",
        "dvc.lock: the stage 'bad' is no mapping; it is left out",
        "dvc.lock: a path in it is no text; what lies there is left out",
        "dvc.yaml: a path in it is no text",
        "m.json: its metrics are left out: ",
        "upper.dvc: digest is left out: ",
    ):
        assert expected in reported
    assert [run.title for run in brought.catalog.runs.values()] == ["s"]


def test_an_odd_number_or_character_costs_a_file_nothing_else(catalog: Path, root: Path) -> None:
    commit(
        root,
        {
            "dvc.lock": f"""\
schema: '2.0'
stages:
  train:
    cmd: python train.py
    params: {{params.yaml: {{seed: 18446744073709551616, limit: .inf, depth: 3, by: "a\u200bb"}}}}
    outs:
    - {{path: model.bin, hash: md5, md5: {MD5}, size: 99999999999999999999}}
    - {{path: metrics.yaml, hash: md5, md5: {MD5}, size: 9}}
""",
            "dvc.yaml": "stages: {train: {cmd: python train.py, metrics: [metrics.yaml]}}\n",
            "metrics.yaml": "auc: 0.5\nrows: 99999999999999999999\nworst: .nan\n",
        },
    )
    brought = read(catalog, root, "HEAD")
    assert brought.problems == ("metrics.yaml: metrics that are no finite numbers are left out: worst",)
    (run,) = brought.catalog.runs.values()
    assert run.params == {"seed": "18446744073709551616", "limit": "inf", "depth": 3, "by": "a\u200bb"}
    assert run.metrics == {"auc": 0.5, "rows": 1e20}
    assert {output.name: output.size for output in run.outputs} == {"model.bin": None, "metrics.yaml": 9}


def test_secrets_in_parameters_and_commands_stay_behind(catalog: Path, root: Path) -> None:
    cmd = "python train.py --api-key hunter2 --token-count 512"
    data = "{db: {password: hunter2, url: postgres://ana:hunter2@host/x}, token_count: 512}"
    lock = f"schema: '2.0'\nstages: {{train: {{cmd: {cmd}, params: {{params.yaml: {data}}}}}}}\n"
    commit(root, {"dvc.lock": lock, "dvc.yaml": f"stages: {{train: {{cmd: {cmd}}}}}\n"})
    brought = read(catalog, root, "HEAD")
    (run,) = brought.catalog.runs.values()
    assert run.params == {"db.password": "****", "db.url": "postgres://host/x", "token_count": 512}
    assert run.data["code"]["command"] == "python train.py --api-key **** --token-count 512"
    told = "dvc.lock: train: what is called like a password or a key is masked: params db.password"
    assert brought.problems == (told,)
    assert not brought.is_loss


def test_data_are_at_the_storage_that_dvc_pushes_them_to(catalog: Path, root: Path) -> None:
    one, other, made = MD5, "a1" * 16, "b2" * 16
    commit(
        root,
        {
            ".dvc/config": "[core]\n    remote = store\n['remote \"store\"']\n    url = s3://ana@shop/dvc\n"
            "['remote \"other\"']\n    url = gs://shop\n",
            "one.csv.dvc": f"outs: [{{path: one.csv, hash: md5, md5: {one}}}]\n",
            "two.dvc": f"outs: [{{path: two, hash: md5, md5: {other}.dir, remote: other}}]\n",
            "kept.csv.dvc": f"outs: [{{path: kept.csv, hash: md5, md5: {one}, push: false}}]\n",
            "theirs.csv.dvc": f"deps: [{{path: x, repo: {{url: 'https://example.org/x.git'}}}}]\n"
            f"outs: [{{path: theirs.csv, hash: md5, md5: {one}}}]\n",
            "dvc.yaml": "stages: {s: {cmd: make, outs: [{made.csv: {remote: other}}, plain.csv]}}\n",
            "dvc.lock": f"""\
schema: '2.0'
stages:
  s:
    cmd: make
    deps: [{{path: one.csv, hash: md5, md5: {one}}}]
    outs:
      - {{path: made.csv, hash: md5, md5: {made}}}
      - {{path: plain.csv, md5: {made}}}
""",
        },
    )
    brought = read(catalog, root, "HEAD")
    found = {dataset: entry.data["uri"] for (dataset, _), entry in brought.catalog.dataset_versions.items()}
    assert found == {
        "one.csv": f"s3://shop/dvc/files/md5/{one[:2]}/{one[2:]}",
        "two": f"gs://shop/files/md5/{other[:2]}/{other[2:]}.dir",
        "kept.csv": "kept.csv",
        "theirs.csv": "theirs.csv",
        "made.csv": f"gs://shop/files/md5/{made[:2]}/{made[2:]}",
        "plain.csv": f"s3://shop/dvc/{made[:2]}/{made[2:]}",
    }
    (run,) = brought.catalog.runs.values()
    assert [output.uri for output in run.outputs] == ["made.csv", "plain.csv"]
    commit(root, {".dvc/config": "[core\nremote\n"})
    (problem,) = read(empty(catalog.parent / "other"), root, "HEAD").problems
    assert problem.startswith(".dvc/config: what it says of remote storages is left out: ")


def test_experiments_are_read_where_they_are_asked_for(catalog: Path, root: Path) -> None:
    lock = "schema: '2.0'\nstages: {train: {cmd: python train.py, params: {params.yaml: {depth: %d}}}}\n"
    base = commit(root, {"dvc.lock": lock % 1})
    for depth, name in ((2, "puffy-daks"), (3, "gold-wand")):
        made = commit(root, {"dvc.lock": lock % depth})
        git(root, "update-ref", f"refs/exps/{base[:2]}/{base[2:]}/{name}", made)
        git(root, "reset", "-q", "--hard", base)
    git(root, "update-ref", "refs/exps/exec/EXEC_BASELINE", base)
    git(root, "update-ref", "refs/exps/stash", base)
    git(root, "symbolic-ref", "refs/exps/exec/EXEC_APPLY", f"refs/exps/{base[:2]}/{base[2:]}/gold-wand")
    (run,) = read(catalog, root, "HEAD").catalog.runs.values()
    assert (run.title, run.params) == ("train", {"depth": 1})
    brought = read(catalog, root, "HEAD", all_experiments=True)
    assert brought.problems == ()
    found = {
        run.title: (run.params["depth"], run.tags.get("dvc_experiment"))
        for run in brought.catalog.runs.values()
    }
    assert found == {
        "train": (1, None),
        "train (puffy-daks)": (2, "puffy-daks"),
        "train (gold-wand)": (3, "gold-wand"),
    }
    assert read(catalog, root, all_experiments=True).paths == []


def test_that_there_are_no_experiments_is_told(catalog: Path, root: Path) -> None:
    commit(root, {"a": "1"})
    brought = read(catalog, root, all_experiments=True)
    assert brought.problems == (
        "repository: there are no experiments in this copy of it; `dvc exp pull` fetches those of others",
    )
    assert not brought.is_loss


KEYS = (
    *(
        "path",
        "md5",
        "hash",
        "size",
        "outs",
        "deps",
        "params",
        "metrics",
        "stages",
        "artifacts",
        "type",
        "desc",
    ),
    *("labels", "meta", "wdir", "cmd", "repo", "url", "schema", "s", "remote", "push", "cloud"),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 9)
    | st.sampled_from(["a", "x.csv", "../x", MD5, "/", "", "a.dir"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(lock=VALUES, pipeline=VALUES, tracked=VALUES)
@settings(max_examples=25)
def test_no_file_breaks_the_reader(
    lock: object, pipeline: object, tracked: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("dvc")
    root = initialised(folder / "repository")
    stages = {"schema": "2.0", "stages": {"s": lock}}
    files = {
        "dvc.lock": stages,
        "dvc.yaml": {"stages": {"s": pipeline}, "artifacts": {"m": pipeline}},
        "x.dvc": tracked,
    }
    config = "[core]\nremote = a\n['remote \"a\"']\nurl = s3://a\nversion_aware = true\n"
    commit(root, {".dvc/config": config, **{name: json.dumps(value) for name, value in files.items()}})
    read(empty(folder / "catalog"), root, "HEAD")
