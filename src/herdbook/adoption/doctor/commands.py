"""What the scripts of a job do with herdbook."""

import posixpath
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from herdbook.adoption.doctor.shell_script import Shell, passes_on

_PROGRAM = r"""herdbook(?:\.exe)?["']?(?:\s|\\\n)+"""
_GATE = re.compile(_PROGRAM + r"gate\b")
_CHECK = re.compile(_PROGRAM + r"(?:check|gate)\b")
_BUILD = re.compile(_PROGRAM + r"build\b")
_SAYING = re.compile(r"(?:echo|printf)\s")
_INSTALL = re.compile(r"\bpip3?\s+install\b(?P<rest>(?:[^\n\\]|\\\n?)*)")
_LOOSE = re.compile(r"""["']?herdbook(?:\[[\w,-]*\])?(?:["']?|[<>~!].*)""")
_VARIABLE = re.compile(r"""["']?\$(?P<brace>\{)?(?P<name>\w+)(?(brace)\})["']?""")
_CATALOG = re.compile(r"""--catalog(?:=|(?:\s|\\\n)+)(?P<word>"[^"\n]*"|'[^'\n]*'|\$\{\{.*?\}\}|[^\s"']+)""")
_ELSEWHERE = re.compile(r"\bcd\s+[^\s$\"']")
_OF_ENV = re.compile(r"\$\{\{\s*env\.(?P<name>\w+)\s*\}\}")
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)


FORGIVEN = "the script can pass though the gate refuses"
LET_IT_FAIL = (
    "Let the script fail where the gate does: take away the `||`, `&&`, `&`, `|`, `if`, `set +e`, `trap` or "
    "`exit` that hides its exit code, or end with `exit` and that code."
)


def without_comments(script: str) -> str:
    """Drop the lines of a script that are comments: what they hold does not run."""
    return _COMMENT.sub("", script)


def runs_gate(script: str) -> bool:
    """Tell whether a script runs the gate."""
    return _GATE.search(without_comments(script)) is not None


def forgives_gate(script: str, shell: Shell) -> bool:
    """Tell whether a script runs the gate and can pass though the gate refuses."""

    def is_gate(command: str) -> bool:
        return _GATE.search(command) is not None and not _SAYING.match(command)

    return not passes_on(script, is_gate, shell)


def catalogs_judged(script: str, variables: Mapping[str, str]) -> frozenset[str] | None:
    """The folders of the catalogs that a script, which runs the gate, names; `None` where nobody can tell.

    Args:
        script: the script.
        variables: what the variables of the job hold.
    """
    bare = without_comments(script)
    if _ELSEWHERE.search(bare):
        return None
    named = []
    for match in _CATALOG.finditer(bare):
        word = match["word"].strip("\"'")
        variable = _VARIABLE.fullmatch(word) or _OF_ENV.fullmatch(word)
        folder = variables.get(variable["name"], "") if variable is not None else word
        if not folder or "$" in folder:
            return None
        named.append(posixpath.normpath(folder))
    return frozenset(named or ["catalog"])


def checks(script: str) -> bool:
    """Tell whether a script checks the catalog, or runs the gate."""
    return _CHECK.search(without_comments(script)) is not None


def builds(script: str) -> bool:
    """Tell whether a script builds the site."""
    return _BUILD.search(without_comments(script)) is not None


def builds_unchecked(scripts: Iterable[str]) -> bool:
    """Tell whether scripts, one after the other, build the site before anything has checked the catalog."""
    for script in map(without_comments, scripts):
        built, checked = _BUILD.search(script), _CHECK.search(script)
        if built is not None:
            return checked is None or checked.start() > built.start()
        if checked is not None:
            return False
    return False


def installs_loosely(script: str, variables: Mapping[str, str] = MappingProxyType({})) -> bool:
    """Tell whether a script installs whatever version of herdbook is the newest.

    Args:
        script: the script.
        variables: what the variables of the job hold.
    """
    for word in _installed(script):
        named = _VARIABLE.fullmatch(word)
        if _LOOSE.fullmatch(variables.get(named["name"], "") if named else word):
            return True
    return False


def installs_from_checkout(script: str) -> bool:
    """Tell whether a script installs what is in the folder that was checked out."""
    return any(word.strip("\"'") in (".", "./") for word in _installed(script))


def _installed(script: str) -> Iterable[str]:
    for match in _INSTALL.finditer(without_comments(script)):
        yield from match["rest"].replace("\\\n", " ").split()
