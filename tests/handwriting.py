"""A repository with a catalog that people formatted by hand, and commands that change it."""

import shlex
import subprocess
from pathlib import Path
from shutil import copytree

from command_line import herdbook
from conftest import CHECKOUT
from repositories import git, initialised
from rule_examples import EXAMPLE_CATALOG

CASES = CHECKOUT / "tests" / "data" / "writing" / "commands.txt"
"""Files as people wrote them, then commands, each with the diff that it makes."""
WHO = ("--by", "ana")
WHEN = ("--at", "2024-02-01T08:00:00Z")
APPROVED = ("--approved-by", "bo", "--evidence", "evaluate-1")


def parts() -> list[tuple[str, str]]:
    """The parts of the file of cases: their headings and texts; the first holds the files."""
    found = [part.partition("\n") for part in CASES.read_text().split("\n=== ")[1:]]
    return [(name, text) for name, _, text in found]


def written_by_hand(root: Path) -> Path:
    """Make a repository with the catalog."""
    initialised(root)
    copytree(EXAMPLE_CATALOG, root / "catalog")
    current = root
    for file in ("\n" + parts()[0][1]).split("\n# ")[1:]:
        path, _, text = file.partition("\n")
        if path.endswith(".yaml"):
            current = root / "catalog" / path
            current.write_text(text + "\n")
        else:
            with current.open("a") as behind:
                behind.write(f"# {path}\n{text}" + ("\n" if text else ""))
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Write by hand")
    return root


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the repository."""
    return herdbook(*words, cwd=root)


def command(line: str) -> list[str]:
    """The words of a command; where one acts in it, it is Ana, at a time that is known."""
    words = shlex.split(line)
    return words if words[0] in ("tag", "waive", "describe", "card") else [*words, *WHO, *WHEN]


def snapshots(file: Path) -> list[tuple[str, str]]:
    """The commands in a file of cases, each with what it says and the whole of the files that it writes."""
    found = [part.partition("\n") for part in file.read_text().removesuffix("\n").split("\n=== ")[1:]]
    return [(line, text) for line, _, text in found]


def made(root: Path, words: list[str]) -> str:
    """What a command says, and, below +++, the whole of the files that it writes."""
    done = run(root, *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    paths = [line.partition(": ")[2] for line in done.stdout.splitlines() if line.startswith("written: ")]
    return done.stdout + "".join(f"+++ {path}\n{(root / path).read_text()}" for path in paths)
