"""What holds for every command: usage, exit codes, and outputs that go nowhere."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from command_line import HERDBOOK, herdbook, lay_broken
from herdbook.cli import herdbook as program
from rule_examples import EXAMPLE_CATALOG, case


@pytest.mark.parametrize(
    "arguments",
    [("check", "--format", "xml"), ("check", "--nothing"), ("nothing",), ("explain",), ("schema",)],
)
def test_wrong_usage_is_explained(arguments: tuple[str, ...]) -> None:
    done = herdbook(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_is_named_like_its_function() -> None:
    def compare(command: click.Command, context: click.Context, words: tuple[str, ...]) -> None:
        if words:
            assert command.callback is not None
            assert command.callback.__name__ == f"{'_'.join(words).replace('-', '_')}_command"
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                compare(found, context, (*words, name))

    compare(program, click.Context(program), ())


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


def test_a_closed_standard_output_does_not_hide_the_verdict(tmp_path: Path) -> None:
    broken = lay_broken(tmp_path)
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
    assert (done.returncode, done.stderr) == (
        3,
        "herdbook: input/output: No space left on device; see to that, and run the command again\n",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no folder can be deleted there that somebody is in")
def test_where_this_folder_is_gone_there_is_no_catalog(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'rmdir "$PWD" && exec "$0" check'
    done = subprocess.run(
        ["sh", "-c", script, HERDBOOK],
        cwd=gone,
        env={**os.environ, "HERDBOOK_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "herdbook: catalog: there is no such folder; name the catalog with --catalog DIR\n",
    )


def test_what_the_terminal_cannot_show_is_escaped(tmp_path: Path) -> None:
    broken = lay_broken(tmp_path)
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
