"""Every rule stays linear on catalogs in which everything is wrong."""

from collections.abc import Callable
from datetime import date

import pytest

from herdbook.lineage import Lineage
from herdbook.opening import read_catalog
from herdbook.policy import Policy
from herdbook.registry import Registry
from herdbook.rules import RULES, Rule
from herdbook.rules.context import Context
from herdbook.tree import MemoryTree
from work import bounded, steps

SMALL, TIMES = 100, 4

Files = dict[str, str]


def context(files: Files) -> Context:
    catalog = read_catalog(MemoryTree({path: text.encode() for path, text in files.items()}))
    assert catalog.findings == ()
    lineage, registry, policy = Lineage.of(catalog), Registry.of(catalog), Policy.of(catalog)
    return Context(catalog, lineage, registry, policy, date(2024, 2, 1), RULES)


def circle(size: int) -> Files:
    """Dataset versions that descend from each other in one circle, all with one digest that nobody noted."""
    return {
        f"datasets/d/versions/{number}.yaml": f"kind: dataset-version\ndataset: d\nversion: '{number}'\n"
        f"derived_from: [d/{(number + 1) % size}]\nuri: s3://d\ndigest: 'md5:{number % 7:032x}'\n"
        for number in range(size)
    }


def runs(size: int) -> Files:
    """Runs with a wrong value in every field, and references that almost fit."""
    return {
        f"runs/e/run-{number:05}.yaml": f"kind: run\nid: run-{number:05}\nexperiment: e\ntype: training\n"
        "status: finished\nstarted_at: '2042-01-01T00:00:00Z'\nended_at: '2041-01-01T00:00:00Z'\n"
        f"parent: run-x{number:04}\n"
        f"code: {{dirty: true, commit: '{number:040x}', command: 'python https://a:b@c'}}\n"
        "environment: {requirements: [numpy, pandas>=2]}\n"
        f"inputs: [{{dataset: d/v{number}}}, {{uri: 'data:,x'}}, "
        f"{{run: run-{number:05}/a, digest: 'etag:x'}}]\n"
        "outputs: [{name: a, dataset: d/1, digest: 'etag:y'}]\n"
        f"tags: {{git_commit: ffffff, dataset_version: d_v{number + 1}}}\n"
        for number in range(size)
    } | circle(2)


def versions(size: int) -> Files:
    """Versions of one model that all came from one failed run and lie at one address."""
    run = "kind: run\nid: r\nexperiment: e\ntype: evaluation\nstatus: failed\ncode: {dirty: true}\n"
    return {"runs/e/r.yaml": run} | {
        f"models/m/versions/{number}.yaml": f"kind: model-version\nmodel: m\nversion: {number}\nrun: r\n"
        f"output: o{number}\nuri: s3://m\ndigest: 'md5:{number % 7:032x}'\n"
        "created_at: '2042-01-01T00:00:00Z'\n"
        for number in range(1, size + 1)
    }


def policy(size: int) -> Files:
    """A policy of names that nobody knows."""
    people = "".join(f"  person-{number}: {{name: P}}\n" for number in range(size))
    approvers = ", ".join(f"persom-{number}" for number in range(size))
    rules = "".join(f"    missing-sead-{number}: error\n" for number in range(size))
    waivers = "".join(
        f"  - {{rule: missing-sead, entry: runs/e/run-{number}.yml, owner: persn-{number}, reason: x, "
        "until: 2023-01-01}\n"
        for number in range(size)
    )
    text = f"kind: catalog\nname: c\npeople:\n{people}policy:\n  approvers: [{approvers}]\n  rules:\n{rules}"
    return {"herdbook.yaml": f"{text}waivers:\n{waivers}"}


ALMOST_ADDRESSES = ("://", "x", "y:", "token", "?&", "?token=", "@")


def addresses(size: int) -> Files:
    """Long texts that almost are addresses with a credential in them."""
    texts = [f"a://b@c= a://{text * (size // len(text))}" for text in ALMOST_ADDRESSES]
    words = f"{'d_' * size}+{'1-' * size}+{'v1 ' * size}"[:7000]
    return {
        f"runs/e/r{number}.yaml": f"kind: run\nid: r{number}\nexperiment: e\ntype: training\n"
        f"status: finished\nnotes: '{text}'\ninputs: [{{dataset: d/1}}]\n"
        f"tags: {{dataset_version: '{words}'}}\n"
        for number, text in enumerate(texts)
    } | circle(2)


def ledger(size: int) -> Files:
    """One model of many versions, all in force, on recalled data, with cards that claim too much."""
    numbers = range(1, size + 1)
    time = "at: '2024-01-01T00:00:00Z', by: persn-1"
    moves = ("true", "false")
    lines = "".join(
        f"    - {{version: {number}, {time}, approved_by: [persn-{number}], reason: TODO}}\n"
        for number in numbers
    )
    aliases = "".join(f"  a{number}:\n    - {{version: {number}, {time}}}\n" for number in numbers)
    stages = "".join(
        f"  - {{version: {number}, stage: production, archive_existing: {moves[number % 2]}, {time}}}\n"
        for number in numbers
    )
    serves = "".join(f"  - {{model: m@a{number}, traffic: 1}}\n" for number in numbers)
    names = ", ".join(f"e-{number}" for number in numbers)
    data = ", ".join(f"d/{number - 1}" for number in numbers)
    card = f"kind: model-card\nmodel: m\nevaluations: [{names}]\ndatasets: [{data}]\nmetrics: {{auc: 1}}\n"
    measured = "metrics: {auc: 0.1, f1: 0.2}\nslices: [{by: {g: 1}, count: 1, metrics: {auc: 0.1}}]\n"
    policy = (
        "metrics: {auc: {direction: higher, bound: 0.9}}\n  protected_aliases: {champion: {approvals: 2}}\n"
    )
    files = {
        "herdbook.yaml": f"kind: catalog\nname: c\npeople: {{person-1: {{name: P}}}}\npolicy:\n  {policy}",
        "models/m/model.yaml": "kind: model\nname: m\npolicy: {required_slices: [age, sex]}\n",
        "models/m/aliases.yaml": f"kind: aliases\nmodel: m\naliases:\n  champion:\n{lines}{aliases}",
        "models/m/stages.yaml": f"kind: stages\nmodel: m\ntransitions:\n{stages}",
        "models/m/card.yaml": card,
        "endpoints/e.yaml": f"kind: endpoint\nname: e\ntype: online\nserves:\n{serves}",
    }
    for number in numbers:
        files[f"models/m/versions/{number}.yaml"] = (
            f"kind: model-version\nmodel: m\nversion: {number}\nrun: t-{number}\nuri: s3://m\n"
            "deprecated: {at: '2024-01-01T00:00:00Z', by: p, reason: x}\n"
        )
        files[f"models/m/cards/{number}.yaml"] = (
            f"kind: model-card\nmodel: m\nversion: {number}\nevaluations: [e-{number}, e-1]\n"
            "metrics: {f1: 1}\n"
        )
        files[f"runs/e/t-{number}.yaml"] = (
            f"kind: run\nid: t-{number}\nexperiment: e\ntype: training\nstatus: finished\n"
            f"inputs: [{{dataset: d/{number - 1}}}]\n"
        )
        files[f"runs/e/e-{number}.yaml"] = (
            f"kind: run\nid: e-{number}\nexperiment: e\ntype: evaluation\nstatus: finished\n"
            f"evaluates: m/{number}\ninputs: [{{dataset: d/0}}]\n{measured}"
        )
        files[f"datasets/d/versions/{number - 1}.yaml"] = (
            f"kind: dataset-version\ndataset: d\nversion: '{number - 1}'\n"
            "recall: {at: '2024-01-01T00:00:00Z', by: p, reason: TODO, severity: low}\n"
        )
    return files


def outputs(size: int) -> Files:
    """A run of many outputs, each of which another run read and became a version of a model."""
    names = [f"o{number}" for number in range(1, size + 1)]
    listed = ", ".join(f"{{name: {name}, uri: 's3://o'}}" for name in names)
    files = {
        "runs/e/r.yaml": f"kind: run\nid: r\nexperiment: e\ntype: training\nstatus: finished\n"
        f"outputs: [{listed}]\n"
    }
    for number, name in enumerate(names, 1):
        files[f"runs/e/{name}.yaml"] = (
            f"kind: run\nid: {name}\nexperiment: e\ntype: training\nstatus: finished\n"
            f"inputs: [{{run: r/{name}, digest: 'etag:x'}}]\ntags: {{dataset_version: d_v{number}}}\n"
        )
        files[f"models/m/versions/{number}.yaml"] = (
            f"kind: model-version\nmodel: m\nversion: {number}\nrun: r\noutput: {name}\n"
            "uri: s3://m\ndigest: 'etag:y'\n"
        )
    return files


@pytest.mark.parametrize(
    "make", [circle, runs, versions, policy, addresses, ledger, outputs], ids=lambda make: make.__name__
)
def test_cost_grows_no_faster_than_the_catalog(make: Callable[[int], Files]) -> None:
    first, small, large = (context(make(size)) for size in (2, SMALL, SMALL * TIMES))
    too_much = {}
    for rule in RULES:
        list(rule.check(first))
        costs = [cost(rule, judged) for judged in (small, large)]
        if costs[1] > 1.2 * TIMES * costs[0]:
            too_much[rule.ID] = costs
    assert too_much == {}


def test_long_texts_are_judged_at_once() -> None:
    # Going through one of them again from each of its letters takes seconds only, as long as they may be.
    judged = context(addresses(60_000))
    with bounded():
        for rule in RULES:
            for _ in range(10):
                list(rule.check(judged))


def cost(rule: Rule, judged: Context) -> int:
    return steps(lambda: list(rule.check(judged)))
