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


def talks(node: ast.AST) -> bool:
    """Tell whether code prints, or gets at the streams of the terminal."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
        return all(keyword.arg != "file" for keyword in node.keywords)
    return isinstance(node, ast.Attribute) and bool(
        re.fullmatch(r"sys\.(__)?std(out|err)(__)?", ast.unparse(node))
    )


@pytest.mark.parametrize(
    "module", [path for path in MODULES if path.parts[0] not in ("cli", "__main__.py")], ids=str
)
def test_only_the_command_line_prints(module: Path) -> None:
    assert [ast.unparse(node) for node in ast.walk(parsed(module)) if talks(node)] == []


def imported_by(module: Path) -> set[str]:
    """The modules that a module names where it imports, at its top or later."""
    found: set[str] = set()
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_few_modules_can_open_a_socket() -> None:
    network = {
        "socket",
        "ssl",
        "http.client",
        "http.server",
        "urllib.request",
        "ftplib",
        "smtplib",
        "asyncio",
    }
    found = {str(module) for module in MODULES if network & imported_by(module)}
    # addresses.py only makes paths of file: URLs; reading a published catalog is what published.py is for.
    plugin = {"mlflow_plugin/addresses.py", "mlflow_plugin/published.py"}
    assert found == {"adoption/reviews.py", "importers/mlflow/connection.py", "site/serve.py", *plugin}


def is_tested(module: Path) -> bool:
    """Tell whether tests stand at the module's place, or at that of a package around it.

    What a package itself defines is also tested by any test inside its folder.
    """
    tests = CHECKOUT / "tests"
    if module.name == "__init__.py" and any((tests / module.parent).glob("test_*.py")):
        return True
    around = [module.with_suffix(""), *module.parents[:-1]]
    return any((tests / place.parent / f"test_{place.name}.py").is_file() for place in around)


def test_every_module_that_does_something_has_tests() -> None:
    """A rule is left out: its tests are the examples in its docstring."""
    doing = [
        path for path in MODULES if any(isinstance(node, ast.FunctionDef) for node in ast.walk(parsed(path)))
    ]
    assert [str(path) for path in doing if path.parts[0] != "rules" and not is_tested(path)] == []


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
        ("herdbook.checked", {"click", "jsonschema_rs", "networkx", "rich", "yaml", "subprocess"}),
        ("herdbook.checked", {"herdbook.diff", "herdbook.approvals"}),
        ("herdbook.telling.impact", {"click", "jsonschema_rs", "networkx", "rich", "yaml", "subprocess"}),
        ("herdbook.mlflow_plugin", {"click", "jsonschema", "jsonschema_rs", "mlflow", "networkx", "yaml"}),
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
