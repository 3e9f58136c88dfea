import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import yaml
from conftest import CHECKOUT
from herdbook.adoption.doctor import Diagnosis, examine
from herdbook.adoption.doctor.by_hand import BY_HAND
from herdbook.adoption.doctor.commands import (
    builds_unchecked,
    catalogs_judged,
    forgives_gate,
    installs_loosely,
    runs_gate,
)
from herdbook.adoption.doctor.owners import Codeowners, pattern_matches
from herdbook.adoption.doctor.shell_script import Shell
from herdbook.adoption.initialising import FORGES, Setting, ci_files, plan, write
from rule_examples import EXAMPLE_CATALOG

CASES = yaml.safe_load((Path(__file__).parent / "data" / "doctor.yaml").read_text())
SCRIPTS = yaml.safe_load((Path(__file__).parent / "data" / "scripts.yaml").read_text())
# The shells of scripts.yaml: what doctor takes them for, and how they are run.
SHELLS = {
    "bash": (Shell(), ("bash", "--noprofile", "--norc", "-eo", "pipefail")),
    "sh": (Shell(pipefail=False), ("bash", "--noprofile", "--norc", "-e")),
    "plain": (Shell(errexit=False, pipefail=False), ("bash", "--noprofile", "--norc")),
}
POLICY = """\
kind: catalog
name: A register
people:
  risk-officer: {name: Risk Officer, logins: {github: risky, gitlab: risky}}
policy:
  approvals: verified
  approvers: [risk-officer]
"""


def sound(root: Path, forge: str) -> Path:
    """A repository that lacks nothing."""
    shutil.copytree(EXAMPLE_CATALOG, root / "catalog")
    (root / "catalog" / "herdbook.yaml").write_text(POLICY)
    write(
        root, plan(root, ci_files(forge, Setting(owners=("@my-org/risk",), requirement="herdbook==VERSION")))
    )
    return root


def found(diagnosis: Diagnosis, root: Path) -> list[list[str]]:
    """What is missing: which thing, in which file, and the line that is named."""
    told = []
    for lack in diagnosis.lacks:
        path, _, number = lack.where.partition(":")
        line = [(root / path).read_text().splitlines()[int(number) - 1].strip()] if number else []
        told.append([lack.id, path, *line])
    return sorted(told)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_one_fault_is_found_and_nothing_else(tmp_path: Path, case: dict[str, Any]) -> None:
    root = sound(tmp_path, case["forge"])
    for path in case.get("delete", []):
        shutil.rmtree(root / path) if (root / path).is_dir() else (root / path).unlink()
    for path, text in case.get("write", {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    if "replace" in case:
        path, old, new = case["replace"]
        text = (root / path).read_text()
        assert text.count(old) >= 1
        (root / path).write_text(text.replace(old, new, 1))
    if "pad" in case:
        path, size = case["pad"]
        text = (root / path).read_text()
        (root / path).write_text(text + "#" * (size - len(text)))
    if "link" in case:
        path, target = case["link"]
        (root / path).symlink_to(target)
    diagnosis = examine(root)
    assert found(diagnosis, root) == sorted(case["finds"])
    for lack in diagnosis.lacks:
        assert lack.help.endswith(".")
        assert not lack.what.endswith(".")


def test_every_kind_of_lack_is_in_the_table() -> None:
    source = "".join(path.read_text() for path in (CHECKOUT / "src/herdbook/adoption/doctor").glob("*.py"))
    tried = {lack for case in CASES for lack, *_ in case["finds"]}
    named = re.findall(r'(?:Lack|unreadable)\(\s*"([a-z-]+)"', source)
    assert tried == set(named)


@pytest.mark.parametrize("forge", FORGES)
def test_what_no_file_shows_is_always_said(tmp_path: Path, forge: str) -> None:
    diagnosis = examine(sound(tmp_path, forge))
    assert diagnosis.forges == (forge,)
    assert diagnosis.by_hand == tuple((forge, *setting) for setting in BY_HAND[forge])
    for what, why in BY_HAND[forge]:
        assert not what.endswith(".")
        assert why.endswith(".")


def test_without_ci_files_all_forges_are_told_of(tmp_path: Path) -> None:
    diagnosis = examine(tmp_path)
    assert diagnosis.forges == FORGES
    assert found(diagnosis, tmp_path) == [["no-catalog", "catalog/herdbook.yaml"], ["no-gate", "."]]


def test_this_project_lacks_only_verified_approvals() -> None:
    """The example catalog tells of approvals that no forge has seen."""
    assert found(examine(CHECKOUT), CHECKOUT) == [["approvals-declared", "catalog/herdbook.yaml"]]


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", "a", True),
        ("*", "a/b/c", True),
        ("*.yaml", "catalog/herdbook.yaml", True),
        ("*.yaml", "catalog/herdbook.yml", False),
        ("/catalog/", "catalog/models/m/model.yaml", True),
        ("/catalog/", "catalog", False),
        ("/catalog/", "other/catalog/x", False),
        ("catalog/", "other/catalog/x", True),
        ("catalog", "other/catalog/x", True),
        ("/catalog/*", "catalog/herdbook.yaml", True),
        ("/catalog/*", "catalog/models/m.yaml", False),
        ("/catalog/**", "catalog/models/m.yaml", True),
        ("catalog/models", "catalog/models/m.yaml", True),
        ("catalog/models", "other/catalog/models/m.yaml", False),
        ("**/models/*/aliases.yaml", "catalog/models/m/aliases.yaml", True),
        ("/catalog/models/*/aliases.yaml", "catalog/models/m/n/aliases.yaml", False),
        ("!/catalog/", "catalog/x", False),
        ("/", "catalog/x", False),
    ],
)
def test_patterns_of_codeowners(pattern: str, path: str, expected: bool) -> None:
    assert pattern_matches(pattern, path) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.yaml @ana", True),
        ("a.yaml ana@example.org", True),
        ("a.yaml @my-org/risk # why", True),
        ("a.yaml # @ana", False),
        ("# a.yaml @ana", False),
        ("a.yaml @", False),
        ("a.yaml", False),
        ("* @ana\na.yaml", False),
        ("a.yaml\n* @ana", True),
        ("a\\ b.yaml @ana", False),
        ("[Section]\na.yaml @ana", True),
    ],
)
def test_owners_of_a_file(text: str, expected: bool) -> None:
    assert Codeowners(text).guard("a.yaml") is expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("herdbook gate", True),
        ('"$venv/bin/herdbook" gate --strict', True),
        (".venv/bin/herdbook \\\n  gate", True),
        ("python -m x; herdbook gate --base a || exit 1", True),
        ("# herdbook gate", False),
        ("herdbook check", False),
        ("herdbook gateway", False),
        ("herdbook-gate", False),
    ],
)
def test_scripts_that_run_the_gate(script: str, expected: bool) -> None:
    assert runs_gate(script) is expected


def test_the_check_to_require_is_called_as_the_job_is(tmp_path: Path) -> None:
    root = sound(tmp_path, "github")
    workflow = root / ".github/workflows/lineage-gate.yml"
    workflow.write_text(workflow.read_text().replace("name: gate\n", "name: Lineage\n"))
    assert 'Require the status check "Lineage" on the default branch' in examine(root).by_hand[0][1]


@pytest.mark.parametrize("case", SCRIPTS, ids=lambda case: case["script"])
def test_scripts_that_shrug(case: dict[str, Any]) -> None:
    assert forgives_gate(case["script"], SHELLS[case["shell"]][0]) is case["forgives"]


@pytest.mark.parametrize(
    "case",
    [case for case in SCRIPTS if not case["script"].startswith("echo")],
    ids=lambda case: case["script"],
)
def test_scripts_that_shrug_do_so_where_they_are_run(case: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "herdbook").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "herdbook").chmod(0o755)
    script = case["script"].replace("${{ a || b }}", "1")
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        [*SHELLS[case["shell"]][1], "-c", script], check=False, cwd=tmp_path, env={"PATH": path, "x": "y"}
    )
    assert (done.returncode == 0) is case["forgives"]


@given(st.text(alphabet="ab \n;&|(){}<>\"'`$\\#!=") | st.text())
def test_any_script_is_looked_at(text: str) -> None:
    for shell, _ in SHELLS.values():
        forgives_gate(f"{text}\nherdbook gate", shell)
        forgives_gate(text.replace("a", "herdbook gate "), shell)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("herdbook gate", {"catalog"}),
        ("herdbook gate --catalog ./a/", {"a"}),
        ("herdbook gate --catalog='a b' && herdbook gate --catalog \\\n  c", {"a b", "c"}),
        ('herdbook gate --catalog "${FOLDER}"', {"models"}),
        ("herdbook gate --catalog ${{ env.FOLDER }}", {"models"}),
        ("herdbook gate --catalog ${{ matrix.catalog }}", None),
        ('for each in a b; do herdbook gate --catalog "$each"; done', None),
        ("cd team\nherdbook gate", None),
        ('cd "$HOME"\nherdbook gate --catalog .', {"."}),
    ],
)
def test_catalogs_that_a_script_has_judged(script: str, expected: set[str] | None) -> None:
    assert catalogs_judged(script, {"FOLDER": "models"}) == expected


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        (["herdbook check", "herdbook build"], False),
        (["herdbook check && herdbook build"], False),
        (["herdbook gate\nherdbook build"], False),
        (["herdbook build"], True),
        (["herdbook build", "herdbook check"], True),
        (["herdbook build && herdbook check"], True),
        (["# herdbook check\nherdbook build"], True),
        (["make site"], False),
    ],
)
def test_scripts_that_publish_unchecked(scripts: list[str], expected: bool) -> None:
    assert builds_unchecked(scripts) is expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("pip install herdbook", True),
        ("pip install 'herdbook>=1'", True),
        ("python -m pip install --quiet herdbook[mlflow]", True),
        ("pip install \\\n  herdbook", True),
        ("pip install $LOOSE", True),
        ('pip install "${LOOSE}"', True),
        ("pip install $EXACT", False),
        ("pip install $OTHER", False),
        ("pip install herdbook==1.0", False),
        ("pip install 'herdbook==1.0'", False),
        ("pip install git+https://forge.example/herdbook@abc", False),
        ("echo herdbook", False),
    ],
)
def test_scripts_that_install_any_version(script: str, expected: bool) -> None:
    assert installs_loosely(script, {"LOOSE": "herdbook>=1", "EXACT": "herdbook==1.0"}) is expected


_ODD = st.recursive(
    st.sampled_from(["", "push", "herdbook gate", "a/b@c", "0", "**", "true"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["on", "jobs", "steps", "run", "uses", "with", "if", "needs", "env", "x", "script", "<<"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def places_in(value: Any, route: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The routes to all values in a document."""
    yield route
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from places_in(item, (*route, key))


def changed(value: Any, route: tuple[Any, ...], new: Any) -> Any:
    if not route:
        return new
    copy = value.copy()
    copy[route[0]] = changed(value[route[0]], route[1:], new)
    return copy


@given(st.data())
def test_no_pipeline_is_too_odd_to_be_looked_at(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Something of any shape stands in the place of anything."""
    forge = data.draw(st.sampled_from(FORGES))
    files = ci_files(forge, Setting(owners=("@my-org/risk",)))
    path = data.draw(st.sampled_from([path for path in files if path.endswith(".yml")]))
    document = yaml.load(files[path], yaml.BaseLoader)
    route = data.draw(st.sampled_from(list(places_in(document))))
    root = tmp_path_factory.mktemp("odd")
    write(root, plan(root, {**files, path: yaml.safe_dump(changed(document, route, data.draw(_ODD)))}))
    for lack in examine(root).lacks:
        assert (root / lack.where.partition(":")[0]).exists() or lack.id.startswith("no-")
    shutil.rmtree(root)
