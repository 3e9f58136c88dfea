"""Rules about the code itself that no other tool holds."""

import ast
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from conftest import CHECKOUT
from herdbook.rules import FAMILIES, RULES, Rule
from herdbook.site.templates import shipped

SOURCE = CHECKOUT / "src" / "herdbook"
MODULES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))


def parsed(module: Path) -> ast.Module:
    return ast.parse((SOURCE / module).read_text())


def top_level(module: Path) -> set[str]:
    """The names of the functions and classes that a module defines."""
    return {
        node.name
        for node in parsed(module).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }


def module_name(rule: Rule) -> str:
    return cast("ModuleType", rule).__name__.rpartition(".")[2]


def test_every_rule_module_is_listed_once() -> None:
    in_folder = {path.stem for path in MODULES if path.parts[0] == "rules" and "check" in top_level(path)}
    listed = [module_name(rule) for rule in RULES]
    assert sorted(in_folder) == sorted(listed)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.ID)
def test_a_rule_is_named_after_its_module_and_documented(rule: Rule) -> None:
    assert module_name(rule).replace("_", "-") == rule.ID
    assert rule.FAMILY in FAMILIES
    assert re.match(r"[A-Z][^\n]*\.\n\nWhy: .+\n\nBad.+\n\nGood", rule.__doc__ or "", re.DOTALL)


def test_rules_are_listed_by_family() -> None:
    families = [FAMILIES.index(rule.FAMILY) for rule in RULES]
    assert families == sorted(families)


@pytest.mark.parametrize("module", [path for path in MODULES if path.parts[0] != "cli"], ids=str)
def test_only_the_command_line_prints(module: Path) -> None:
    talk = {"print", "sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}
    said = {
        ast.unparse(node) for node in ast.walk(parsed(module)) if isinstance(node, ast.Name | ast.Attribute)
    }
    assert not said & talk


def test_every_module_has_tests() -> None:
    """A module's tests stand at its place under tests/; a rule's tests are the examples in its docstring."""
    missing = []
    for module in MODULES:
        if module.parts[0] == "rules" or not top_level(module):
            continue
        tested = module.parent if module.name == "__init__.py" else module
        place = CHECKOUT / "tests" / tested.parent / f"test_{tested.stem}.py"
        if not place.is_file():
            missing.append(str(place.relative_to(CHECKOUT)))
    assert missing == []


def test_the_shipped_templates_are_those_of_the_wheel() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert shipped() == CHECKOUT / "site_templates"
    assert included == {"site_templates": "herdbook/site_templates"}
    assert list(shipped().rglob("*.html"))


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("herdbook", {"click", "jinja2", "jsonschema", "jsonschema_rs", "networkx", "yaml", "subprocess"}),
        ("herdbook.cli", {"jinja2", "jsonschema", "jsonschema_rs", "mkdocs", "networkx", "rich", "yaml"}),
    ],
)
def test_importing_is_cheap(module: str, heavy: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not heavy & set(loaded.split())


def test_every_requirement_is_pinned_once_and_exactly() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    needed = [*project["build-system"]["requires"], *project["project"]["dependencies"], *chain(*extras)]
    lines = [
        line for line in (CHECKOUT / "constraints.txt").read_text().splitlines() if not line.startswith("#")
    ]
    pinned = {}
    for line in lines:
        match = re.fullmatch(r"([\w.-]+)==([\w.]+)", line)
        assert match, line
        pinned[canonicalize_name(match[1])] = match[2]
    assert len(pinned) == len(lines)
    for requirement in map(Requirement, needed):
        if requirement.name != "herdbook":
            assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement
