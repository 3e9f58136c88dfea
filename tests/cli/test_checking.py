"""check, rules, explain and schema, as they are installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from herdbook.rules import RULES
from rule_examples import EXAMPLE_CATALOG, case

HERDBOOK = Path(sys.executable).with_name("herdbook")

BROKEN = """\
# runs/churn/train-1.yaml
tags: {dataset_version: orders_v1, git_commit: 0f4b1c3}
# models/churn/card.yaml
caveats: TODO
"""


def herdbook(
    *arguments: str | Path, cwd: Path = EXAMPLE_CATALOG, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HERDBOOK, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder with a catalog in it that has an error in a run and one in a card."""
    case(BROKEN).lay(tmp_path / "catalog")
    return tmp_path


def test_a_sound_catalog_passes() -> None:
    done = herdbook("check", "--catalog", ".")
    assert (done.returncode, done.stdout, done.stderr) == (0, "PASS: no findings in 18 entries\n", "")


def test_the_catalog_is_looked_for_in_the_folder_called_catalog(broken: Path) -> None:
    done = herdbook("check", cwd=broken)
    assert done.returncode == 1
    assert done.stdout.startswith("catalog/models/churn/card.yaml:")
    assert done.stdout.endswith("\nFAIL: 2 errors in 18 entries\n")
    assert done.stderr == ""


def test_findings_as_json(broken: Path) -> None:
    done = herdbook("check", "--format", "json", cwd=broken)
    value = json.loads(done.stdout)
    assert done.returncode == 1
    assert (value["verdict"], value["entries"], value["waived"]) == ("FAIL", 18, [])
    assert [(item["file"], item["rule"]) for item in value["findings"]] == [
        ("catalog/models/churn/card.yaml", "placeholder-text"),
        ("catalog/runs/churn/train-1.yaml", "missing-lineage-tag"),
    ]


def test_findings_that_are_no_errors_pass(broken: Path) -> None:
    rules = "{placeholder-text: note, missing-lineage-tag: warning}"
    case(f"# herdbook.yaml\npolicy: {{approvers: [bo], rules: {rules}}}\n{BROKEN}").lay(broken / "mild")
    done = herdbook("check", "--catalog", "mild", cwd=broken)
    assert done.returncode == 0
    assert done.stdout.endswith("\nPASS: 1 warning, 1 note in 18 entries\n")


@pytest.mark.parametrize(
    ("paths", "cwd", "files"),
    [
        (["catalog/runs"], ".", ["runs/churn/train-1.yaml"]),
        (["catalog/runs/churn/train-1.yaml"], ".", ["runs/churn/train-1.yaml"]),
        (["runs/churn/train-1.yaml"], ".", ["runs/churn/train-1.yaml"]),
        (["catalog/models/", "catalog/runs"], ".", ["models/churn/card.yaml", "runs/churn/train-1.yaml"]),
        (["catalog/datasets"], ".", []),
        (["catalog"], ".", ["models/churn/card.yaml", "runs/churn/train-1.yaml"]),
        (["."], ".", ["models/churn/card.yaml", "runs/churn/train-1.yaml"]),
        (["churn/card.yaml"], "catalog/models", ["models/churn/card.yaml"]),
        (["../models/churn/card.yaml"], "catalog/runs", ["models/churn/card.yaml"]),
    ],
)
def test_paths_choose_what_is_shown(paths: list[str], cwd: str, files: list[str], broken: Path) -> None:
    done = herdbook("check", "--catalog", broken / "catalog", "--format", "json", *paths, cwd=broken / cwd)
    value = json.loads(done.stdout)
    prefix = f"{broken / 'catalog'}/"
    assert [item["file"].removeprefix(prefix) for item in value["findings"]] == files
    assert done.returncode == (1 if files else 0)


def test_a_path_that_is_not_there_is_no_pass(broken: Path) -> None:
    (broken / "outside.yaml").write_text("kind: run")
    for path in ("catalog/runs/typo.yaml", "outside.yaml", "../catalog/nothing"):
        done = herdbook("check", path, cwd=broken)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"herdbook: {path}: there is no such file in catalog\n"


def test_links_inside_the_catalog_are_found_but_not_followed(broken: Path) -> None:
    (broken / "catalog" / "runs" / "loop").symlink_to("loop")
    done = herdbook("check", "catalog/runs/loop", cwd=broken)
    assert done.returncode == 1
    assert done.stdout.startswith("catalog/runs/loop:1:1: error: it is a symbolic link [unreadable-file]")


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    done = herdbook("check", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "herdbook: catalog: there is no such folder; name the catalog with --catalog DIR\n"
    (tmp_path / "catalog").write_text("")
    assert herdbook("check", cwd=tmp_path).returncode == 2


def test_a_hostile_name_on_the_command_line_is_shown_as_text(tmp_path: Path) -> None:
    done = herdbook("check", "--catalog", "\x1b[31m##[group]\u202e", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(r"herdbook: \x1b[31m#\x23[group]\u202e: there is no such folder")


@pytest.mark.parametrize(
    "arguments",
    [("check", "--format", "xml"), ("check", "--nothing"), ("nothing",), ("explain",), ("schema",)],
)
def test_wrong_usage_is_explained(arguments: tuple[str, ...]) -> None:
    done = herdbook(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: " in done.stderr
    assert "Traceback" not in done.stderr


def test_all_rules_are_listed_with_their_first_line() -> None:
    done = herdbook("rules")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == len(RULES) + len({rule.FAMILY for rule in RULES})
    for rule in RULES:
        title = (rule.__doc__ or "").partition("\n")[0]
        assert [line for line in lines if line.split()[:2] == [rule.ID, rule.SEVERITY] and title in line]


def test_a_rule_is_explained_by_its_page() -> None:
    done = herdbook("explain", "recalled-ancestor")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("recalled-ancestor (registry, error)\n\nNothing in force descends from")
    for heading in ("Why:", "Bad:", "Good:"):
        assert f"\n{heading}" in done.stdout


@pytest.mark.parametrize(
    ("rule", "hint"),
    [("recaled-ancestor", "did you mean recalled-ancestor?"), ("song", "`herdbook rules` lists them all")],
)
def test_an_unknown_rule_is_pointed_out(rule: str, hint: str) -> None:
    done = herdbook("explain", rule)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"herdbook: there is no rule '{rule}': {hint}\n"


def test_a_schema_is_printed() -> None:
    done = herdbook("schema", "run")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["properties"]["kind"]["const"] == "run"


def test_an_unknown_kind_is_pointed_out() -> None:
    done = herdbook("schema", "song")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'song'" in done.stderr
    assert "dataset-version" in done.stderr


COMMANDS = [
    ("check", "--catalog", "."),
    ("rules",),
    ("explain", "missing-card"),
    ("schema", "run"),
    ("--help",),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_a_reader_that_goes_away_is_no_fault(arguments: tuple[str, ...]) -> None:
    running = subprocess.Popen(
        [HERDBOOK, *arguments],
        cwd=EXAMPLE_CATALOG,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert running.stdout is not None
    running.stdout.close()  # as `head` does when it has seen enough
    assert running.stderr is not None
    said = running.stderr.read()
    assert (running.wait(timeout=60), said) == (141, "")
    running.stderr.close()


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_a_closed_standard_output_is_no_fault(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", HERDBOOK, *arguments],
        cwd=EXAMPLE_CATALOG,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_standard_output_does_not_hide_the_verdict(broken: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$1" check >&- 2>&-', "sh", HERDBOOK], cwd=broken, timeout=60, check=False
    )
    assert done.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_a_full_disk_is_said_to_be_full(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [HERDBOOK, *arguments],
            cwd=EXAMPLE_CATALOG,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (3, "herdbook: input/output: No space left on device\n")


def test_what_the_terminal_cannot_show_is_escaped(broken: Path) -> None:
    case("# runs/churn/train-1.yaml\n日本: 1\n").lay(broken / "far")
    done = herdbook("check", "--catalog", "far", cwd=broken, PYTHONIOENCODING="latin-1")
    assert done.returncode == 1
    assert r'unknown key "\u65e5\u672c"' in done.stdout
    assert "fault" not in done.stderr


def test_the_version_is_told() -> None:
    done = herdbook("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("herdbook ")


HEAVY = (
    "yaml",
    "networkx",
    "jsonschema",
    "jsonschema_rs",
    "rich",
    "mkdocs",
    "jinja2",
    "graphviz",
    "markdown_it",
)


@pytest.mark.parametrize("arguments", [None, [], ["--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str] | None) -> None:
    call = "pass" if arguments is None else f"sys.argv[1:] = {arguments!r}; herdbook.cli.main()"
    program = f"""
import sys
import herdbook.cli
try:
    {call}
except SystemExit:
    pass
print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=60, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"
