"""new, dataset add: the files that they write; and what new refuses."""

import json
import re
import shlex
from pathlib import Path

import pytest

from conftest import CHECKOUT
from handwriting import run
from repositories import commit, git

SNAPSHOTS = CHECKOUT / "tests" / "data" / "writing" / "new.txt"
COMMIT = "0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d"


def snapshots() -> list[tuple[str, str]]:
    """The commands, each with what it says and the whole of the files that it writes."""
    found = [part.partition("\n") for part in SNAPSHOTS.read_text().removesuffix("\n").split("\n=== ")[1:]]
    return [(command, text) for command, _, text in found]


def lay_data(repository: Path) -> None:
    """Commit data for `dataset add`."""
    table = "id,amount,code,day,paid\n1,2.50,007,2024-01-02,true\n2,NA,010,2024-01-03,false\n"
    users = '{"id": 1, "name": "Ada", "since": "2020-01-01"}\n{"id": 2, "name": "Bo"}\n'
    commit(
        repository,
        {
            "data/orders.csv": table,
            "data/users.jsonl": users,
            "data/parts/1.csv": table,
            "data/parts/.hidden": "x",
            "data/notes.txt": "Nothing to report.",
            "data/empty.csv": "",
        },
    )


def made(repository: Path, line: str) -> str:
    """What a command says, and the files that it writes."""
    done = run(repository, *shlex.split(line))
    assert done.returncode == 0
    assert all(line.startswith("note: ") for line in done.stderr.splitlines())
    lines = done.stdout.splitlines()
    paths = [path for path in (line.removeprefix("written: ") for line in lines) if path.endswith(".yaml")]
    assert git(repository, "diff", "--name-only") == ""
    assert sorted(git(repository, "ls-files", "--others").split()) == sorted(
        [*paths, "catalog/.herdbook/.gitignore", "catalog/.herdbook/lock"]
    )
    files = [f"+++ {path}\n{(repository / path).read_text()}" for path in paths]
    return "".join([*(f"{line}\n" for line in lines), *files])


@pytest.mark.parametrize(("line", "text"), [pytest.param(*part, id=part[0][:60]) for part in snapshots()])
def test_a_command_writes_its_files(repository: Path, line: str, text: str) -> None:
    lay_data(repository)
    dry = run(repository, *shlex.split(line), "--dry-run")
    assert dry.returncode == 0
    assert git(repository, "status", "--porcelain") == ""
    assert made(repository, line) == text + "\n"
    added = [line[1:] for line in dry.stdout.splitlines() if re.match(r"\+(?!\+\+ b/)", line)]
    assert "".join(f"{line}\n" for line in added) in re.sub(r"\+\+\+ .*\n", "", text + "\n")
    checked = run(repository, "check").stdout
    assert set(re.findall(r" error: .* \[([a-z-]+)\]", checked)) <= {"placeholder-text"}
    assert ("placeholder-text" in checked) == ("# Write what is TODO" in text)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("new dataset ../users", "'../users' cannot be the name of a dataset, for it is part of paths"),
        ("new model a/b", "'a/b' cannot be the name of a model, for it "),
        ("new model ''", "'' cannot be the name of a model, for it "),
        ("new endpoint COM1.x --serves churn/1", "'COM1.x' cannot be the name of an endpoint, for it "),
        ("new run x.. --experiment churn", "'x..' cannot be the name of a run, for it "),
        ("new run x --experiment caf\u00e9", "'caf\u00e9' cannot be the name of an experiment, for it "),
        ("new dataset orders", "datasets/orders/dataset.yaml is there already; take another name"),
        ("new model CHURN", "models/CHURN/model.yaml and models/churn/aliases.yaml differ only in the form"),
        ("new endpoint Predict --serves churn/1", "endpoints/Predict.yaml and endpoints/predict.yaml "),
        ("new run train-1 --experiment other", "the id train-1 is that of runs/churn/train-1.yaml already"),
        ("new run Train-1 --experiment other", "the id Train-1 is that of runs/churn/train-1.yaml already"),
        ("new run x --experiment Churn", "runs/Churn/x.yaml and runs/churn/evaluate-1.yaml differ only in "),
        ("new model x --section bugs=None.", "a card has no section 'bugs'; it has intended_use, out_of"),
        ("new model x --tag a", "--tag 'a' is no NAME=VALUE; write --tag name=value"),
        ("new model x --tag =a", "--tag '=a' is no NAME=VALUE; "),
        ("new model x --tag a=1 --tag a=2", "--tag gives 'a' twice; give it once"),
        ("new model x --title ' '", "models/x/model.yaml: title: "),
        ("new endpoint x --serves orders/v1", "there is no models:/orders/v1 in the catalog"),
        ("new endpoint x --serves churn", "'churn' is no version and no alias of a model; name one, "),
        ("new endpoint x --serves churn@nothing", "there is no models:/churn@nothing in the catalog"),
        ("new endpoint x --serves churn/1=much", "--serves: 'much' is no finite number; write one, "),
        ("new endpoint x --serves churn/1=101", "endpoints/x.yaml: serves.0.traffic: "),
        ("new run x --experiment e --input orders", "'orders' is nothing that a run reads; name a version"),
        ("new run x --experiment e --input predict", "'predict' is nothing that a run reads; "),
        ("new run x --experiment e --metric auc=nan", "--metric: 'nan' is no finite number; "),
        ("new run x --experiment e --seed a=1 --no-seeds", "--no-seeds says that nothing was drawn at "),
        ("new run x --experiment e --commit HEAD", "runs/e/x.yaml: code.commit: "),
        ("new run x --experiment e --evaluates churn/1", "runs/e/x.yaml: type: "),
        ("new run x --experiment e --type evaluation --evaluates churn", "'churn' is no version"),
    ],
)  # fmt: skip
def test_what_cannot_be_new_is_said_in_a_line(repository: Path, line: str, message: str) -> None:
    done = run(repository, *shlex.split(line))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"herdbook: {message}")
    assert done.stderr.count("\n") == 1
    assert git(repository, "status", "--porcelain") == ""


def test_a_run_takes_the_code_from_git_and_the_outputs_from_files(repository: Path) -> None:
    (repository / "out").mkdir()
    (repository / "out/my model.pkl").write_bytes(b"a model")
    (repository / "requirements.txt").write_text("# frozen\r\nscikit-learn==1.4.2\r\n\r\nnumpy==2.0.0\r\n")
    outputs = ("--output", "model=out/my model.pkl", "--requirements", "requirements.txt")
    words = ("new", "run", "train-9", "--experiment", "churn", "--input", "training=orders/v2")
    assert run(repository, *words, *outputs, "--user", "bo").returncode == 0
    text = (repository / "catalog/runs/churn/train-9.yaml").read_text()
    head = git(repository, "rev-parse", "HEAD")
    assert f'code: {{commit: "{head}", branch: main, dirty: false}}\n' in text
    assert "environment: {requirements: [scikit-learn==1.4.2, numpy==2.0.0]}\n" in text
    assert "uri: out/my%20model.pkl\n" in text
    assert "size: 7\n" in text
    assert f'tags: {{dataset_version: orders_v2, git_commit: "{head[:12]}", triggered_by: local/bo}}' in text


def test_a_run_without_lineage_is_refused_as_the_gate_would(repository: Path) -> None:
    done = run(repository, "new", "run", "train-9", "--experiment", "churn", "--commit", COMMIT)
    assert done.returncode == 1
    assert set(re.findall(r"\[([a-z-]+)\]", done.stdout)) == {"missing-input", "missing-lineage-tag"}
    assert git(repository, "status", "--porcelain") == ""


@pytest.mark.parametrize("option", ["--requirements", "--output"])
def test_a_file_that_cannot_be_read_is_said(repository: Path, option: str) -> None:
    given = "nothing.txt" if option == "--requirements" else "model=nothing.txt"
    done = run(repository, "new", "run", "x", "--experiment", "e", option, given)
    assert done.returncode == 3
    assert re.fullmatch(r"herdbook: nothing\.txt: cannot be read: .*\n", done.stderr)


def test_who_git_names_owns_what_is_new(repository: Path) -> None:
    git(repository, "config", "user.name", "Ana")
    said = run(repository, "new", "dataset", "users", "--format", "json")
    assert "owner" not in json.loads(said.stdout)["said"]
    assert "\nowner: ana\n" in (repository / "catalog/datasets/users/dataset.yaml").read_text()


def test_the_schemas_are_those_that_the_site_publishes(repository: Path) -> None:
    file = repository / "catalog/herdbook.yaml"
    file.write_text(
        file.read_text().replace("name: example", "name: example\nurl: https://example.org/book/")
    )
    assert run(repository, "new", "model", "late").returncode == 0
    for name in ("card", "model"):
        kind = "model-card" if name == "card" else name
        text = (repository / f"catalog/models/late/{name}.yaml").read_text()
        assert text.startswith(
            f"# yaml-language-server: $schema=https://example.org/book/schema/{kind}.json\n"
        )


def test_a_card_that_is_there_stays(repository: Path) -> None:
    (repository / "catalog/models/churn/model.yaml").unlink()
    git(repository, "commit", "-q", "-a", "-m", "Lose the model")
    refused = run(repository, "new", "model", "churn", "--section", "caveats=None.")
    assert refused.stderr.startswith("herdbook: models/churn/card.yaml is there already; write the sections ")
    assert run(repository, "new", "model", "churn", "--owner", "ana").returncode == 0
    assert git(repository, "status", "--porcelain") == "?? catalog/models/churn/model.yaml"


def test_what_the_gate_will_refuse_to_serve_is_said_at_once(repository: Path) -> None:
    for path in ("endpoints/predict", "models/churn/aliases", "models/churn/stages"):
        (repository / f"catalog/{path}.yaml").unlink()
    commit(repository, {})
    line = (
        "new",
        "endpoint",
        "nightly",
        "--serves",
        "churn/1",
        "--description",
        "Scores.",
        "--url",
        "s3://x",
    )
    program = json.loads(run(repository, *line, "--dry-run", "--format", "json").stdout)
    assert [(item["rule"], item["file"]) for item in program["objections"]] == [
        ("promotion-without-evidence", "catalog/endpoints/nightly.yaml")
    ]
    done = run(repository, *line)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == (
        "`herdbook gate` refuses this as it is: the endpoint nightly begins to serve models:/churn/1 without "
        "evidence: neither a protected alias nor the production stage holds it. Promote the version, or let "
        "the endpoint serve a protected alias."
    )
    commit(repository, {})
    judged = run(repository, "gate", "--base", "HEAD~1")
    assert (judged.returncode, "[promotion-without-evidence]" in judged.stdout) == (1, True)
    staged = run(repository, *line[:2], "other", *line[3:], "--environment", "staging")
    assert "gate" not in staged.stdout


def test_the_entry_point_of_a_run_is_told_from_the_top_of_the_repository(repository: Path) -> None:
    commit(repository, {"jobs/train.py": "", "jobs/deep/notes.txt": ""})
    (repository / "jobs/fresh.py").touch()
    told = {}
    for index, entry_point in enumerate(("../train.py", "../fresh.py", "jobs.train", "../absent.py")):
        line = f"new run r{index} --experiment e --entry-point {entry_point} --dry-run --force"
        done = run(repository / "jobs/deep", *line.split(), "--catalog", "../../catalog")
        assert (done.returncode, done.stderr) == (0, "")
        told[entry_point] = re.findall(r"^\+  (?:dirty|entry_point): (.*)$", done.stdout, re.M)
    assert told == {
        "../train.py": ["false", "jobs/train.py"],
        "../fresh.py": ["true", "jobs/fresh.py"],  # no commit holds it
        "jobs.train": ["false", "jobs.train"],
        "../absent.py": ["false", '"../absent.py"'],
    }
