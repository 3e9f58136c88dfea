"""register: the files that it writes, and what it refuses."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from conftest import CHECKOUT
from handwriting import WHEN, WHO, command, made, run, snapshots
from repositories import commit, git

SNAPSHOTS = CHECKOUT / "tests" / "data" / "writing" / "register.txt"
DESCRIPTION = CHECKOUT / "tests" / "data" / "mlmodel" / "columns.yaml"
MODEL = b"a model"
OUTPUT = '- {name: model, uri: s3://models/churn/2.pkl, digest: "sha256:%s", size: 1024}'
DIGEST = "02378fc99d318e920733a6cb5551a252410bf1bc403c321f64e6f5a44f9f62b1"


@pytest.fixture
def recorded(repository: Path) -> Path:
    """A repository with runs that nothing was registered of, and with an artifact of one of them."""
    digest = hashlib.sha256(MODEL).hexdigest()
    for name, text in {
        "train-3": '- {name: model, uri: s3://models/churn/3.pkl, digest: "sha256:%s", size: 2048}'
        % ("3" * 64),
        "train-4": f'- {{name: model, uri: out/4/model.pkl, digest: "sha256:{digest}"}}',
        "train-5": "- {name: model, uri: out/5}\n  - {name: scaler, uri: out/4/model.pkl}",
        "train-10": "- {name: table, uri: s3://x, dataset: orders/v2}",
        "train-6": OUTPUT % ("6" * 64),
        "train-7": "- {name: model}",
        "train-8": OUTPUT % ("8" * 64),
        "train-9": '- {name: model, uri: out/9.pkl, digest: "md5:%s"}' % ("9" * 32),
    }.items():
        lay_run(repository, name, text)
    (repository / "out/4").mkdir(parents=True)
    (repository / "out/4/model.pkl").write_bytes(MODEL)
    shutil.copy(DESCRIPTION, repository / "out/4/MLmodel")
    (repository / "out/4/requirements.txt").write_text("scikit-learn==1.4.2\nmlflow==2.19.0\n")
    tagless = repository / "catalog/runs/churn/train-6.yaml"
    tagless.write_text(
        tagless.read_text().replace(", git_commit: 0f4b1c3, triggered_by: ci/github-actions", "")
    )
    running = repository / "catalog/runs/churn/train-8.yaml"
    running.write_text(running.read_text().replace("status: finished", "status: failed\nerror: no disk"))
    late = repository / "catalog/models/late/model.yaml"
    late.parent.mkdir()
    late.write_text("kind: model\nname: late\nowner: ana\n")
    commit(repository, {}, "Record")
    return repository


def lay_run(repository: Path, name: str, output: str) -> None:
    text = (repository / "catalog/runs/churn/train-2.yaml").read_text()
    assert OUTPUT % DIGEST in text
    text = text.replace("train-2", name).replace(OUTPUT % DIGEST, output)
    (repository / f"catalog/runs/churn/{name}.yaml").write_text(text)


@pytest.mark.parametrize(
    ("line", "text"), [pytest.param(*part, id=part[0][:60]) for part in snapshots(SNAPSHOTS)]
)
def test_a_command_writes_its_files(recorded: Path, line: str, text: str) -> None:
    dry = run(recorded, *command(line), "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert git(recorded, "status", "--porcelain") == ""
    assert made(recorded, command(line)) == text + "\n"
    assert git(recorded, "diff", "--name-only") == ""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("register chrun --run train-3", "there is no models:/chrun in the catalog; did you mean models:"
         "/churn? If not, begin it with `herdbook new model chrun`"),
        ("register ../x --run train-3", "'models:/../x' is no reference: "),
        ("register churn/1 --run train-3", "'churn/1' is no model; name one"),
        ("register churn --run train-30", "there is no runs:/train-30 in the catalog; did you mean "),
        ("register churn --run models:/churn/1", "'models:/churn/1' is no run; name the one that made "),
        ("register churn --run evaluate-1", "runs:/evaluate-1 has no output that could be a model: it has "
         "none, and is finished; "),
        ("register churn --run train-5", "runs:/train-5 has several outputs: say which with --artifact (model"
         ", scaler)"),
        ("register churn --run train-5 --artifact table", "runs:/train-5 has no output 'table' that could be "
         "a model; it has model, scaler"),
        ("register churn --run train-10/table", "runs:/train-10 has no output 'table' that could be a model"),
        ("register churn --run train-5/model", "runs:/train-5/model does not exist: out/5 is nothing in this "
         "repository, and the run recorded no digest; put it there, "),
        ("register churn --run train-7", "runs:/train-7/model has no address; write its uri into "
         "runs/churn/train-7.yaml"),
        ("register churn --run train-3 --label 7", "'7' cannot be a label, "),
        ("register churn --run train-3 --label latest", "'latest' cannot be a label, "),
        ("register churn --run train-3 --label ../x", "models/churn/versions/3.yaml: label: "),
        ("register churn --run train-3 --mlmodel catalog/herdbook.yaml", "catalog/herdbook.yaml: it names no "
         "flavors; name a file that MLflow wrote with --mlmodel"),
    ],
)  # fmt: skip
def test_what_cannot_be_registered_is_said_in_a_line(recorded: Path, line: str, message: str) -> None:
    done = run(recorded, *command(line))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"herdbook: {message}")
    assert done.stderr.count("\n") == 1
    assert git(recorded, "status", "--porcelain") == ""


def test_an_artifact_that_is_not_what_the_run_made_is_refused(recorded: Path) -> None:
    (recorded / "out/4/model.pkl").write_bytes(b"another")
    done = run(recorded, *command("register churn --run train-4"))
    assert done.returncode == 2
    assert done.stderr.startswith(
        "herdbook: out/4/model.pkl is not what runs:/train-4/model was: the run recorded "
    )


def test_a_folder_is_registered_by_its_digest(recorded: Path) -> None:
    """As MLflow saves models: a folder that describes itself."""
    folder = recorded / "out/5"
    shutil.copytree(recorded / "out/4", folder)
    assert run(recorded, *command("register churn --run train-5/model")).returncode == 0
    version = (recorded / "catalog/models/churn/versions/3.yaml").read_text()
    listed = "".join(
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  ./{name}\n"
        for name in sorted(path.name for path in folder.iterdir())
    )
    assert f'digest: "sha256-dir:{hashlib.sha256(listed.encode()).hexdigest()}"\n' in version
    assert "flavors: [python_function, sklearn]\n" in version


def test_a_run_without_its_tags_is_refused_and_the_cure_named(recorded: Path) -> None:
    """Nobody minded so far: a run that nothing came of may lack what it likes, where its error is old."""
    words = command("register churn --run train-6")
    refused = run(recorded, *words)
    assert (refused.returncode, refused.stderr) == (1, "")
    for tag in ("git_commit", "triggered_by"):
        assert f'run train-6 lacks the tag "{tag}" [missing-lineage-tag]' in refused.stdout
    assert refused.stdout.endswith(
        "Give the run its tags: `herdbook tag set runs:/train-6 TAG VALUE`. Where it is on record "
        "without them, record it again.\n"
        "Nothing was written: the catalog would be worse. --force writes it all the same.\n"
    )
    assert git(recorded, "status", "--porcelain") == ""
    for tag, value in (("git_commit", "0f4b1c3"), ("triggered_by", "local/ana")):
        assert run(recorded, "tag", "set", "runs:/train-6", tag, value).returncode == 0
    assert run(recorded, *words).returncode == 0


def test_what_a_model_demands_besides_is_demanded_of_the_run(recorded: Path) -> None:
    model = recorded / "catalog/models/churn/model.yaml"
    model.write_text(model.read_text() + "policy: {required_tags: [ticket]}\n")
    done = run(recorded, *command("register churn --run train-3"))
    assert done.returncode == 1
    assert 'run train-3 lacks the tag "ticket"' in done.stdout


def test_a_failed_run_is_refused(recorded: Path) -> None:
    done = run(recorded, *command("register churn --run train-8"))
    assert done.returncode == 1
    assert "models:/churn/3 comes from run train-8, which failed [unfinished-run-registered]" in done.stdout


def test_an_artifact_is_registered_once(recorded: Path) -> None:
    done = run(recorded, *command("register models:/churn --run runs:/train-2/model"))
    assert (done.returncode, done.stdout) == (
        0,
        "runs:/train-2/model is registered already, as models:/churn/2.\n",
    )


def test_numbers_of_files_that_are_refused_are_taken(recorded: Path) -> None:
    (recorded / "catalog/models/churn/versions/3.yaml").write_text("kind: model-version\n")
    assert run(recorded, *command("register churn --run train-3")).returncode == 0
    assert (recorded / "catalog/models/churn/versions/4.yaml").is_file()


def test_what_no_card_says_may_be_written_in_either(recorded: Path) -> None:
    card = recorded / "catalog/models/churn/card.yaml"
    card.write_text(card.read_text().replace("caveats:", "notes:"))
    done = run(recorded, *command("register churn --run train-3"))
    assert "To be written in models/churn/card.yaml or models/churn/cards/3.yaml: caveats. " in done.stdout


def test_a_card_that_is_there_stays(recorded: Path) -> None:
    card = recorded / "catalog/models/churn/cards/3.yaml"
    card.write_text("kind: model-card\nmodel: churn\nversion: 3\ncaveats: None.\n")
    done = run(recorded, *command("register churn --run train-3 --format json"))
    assert [file["path"] for file in json.loads(done.stdout)["files"]] == [
        "catalog/models/churn/versions/3.yaml"
    ]
    assert card.read_text().endswith("caveats: None.\n")


def test_evaluations_that_are_recorded_are_named_in_the_card(recorded: Path) -> None:
    run_file = recorded / "catalog/runs/churn/evaluate-3.yaml"
    text = (recorded / "catalog/runs/churn/evaluate-2.yaml").read_text()
    run_file.write_text(
        text.replace("evaluate-2", "evaluate-3").replace("evaluates: churn/2", "evaluates: churn/3")
    )
    done = run(recorded, *command("register churn --run train-3"))
    assert done.returncode == 0
    assert "evaluation" not in done.stdout
    assert "\nevaluations: [evaluate-3]\n" in (recorded / "catalog/models/churn/cards/3.yaml").read_text()


def test_flavors_and_signature_are_those_that_the_run_recorded(recorded: Path) -> None:
    """The recorder's log_model writes them; nothing has to lie beside the artifact."""
    described = "flavors: [sklearn], signature: {inputs: [{name: x, type: double}], outputs: [{type: long}]}"
    lay_run(recorded, "train-11", f"- {{name: model, uri: s3://x, {described}}}")
    run(recorded, "register", "churn", "--run", "train-11", *WHO, *WHEN, "--force")
    written = (recorded / "catalog/models/churn/versions/3.yaml").read_text()
    assert "\nflavors: [sklearn]\n" in written
    assert "\n  inputs:\n    - {name: x, type: double}\n  outputs:\n    - {type: long}\n" in written
