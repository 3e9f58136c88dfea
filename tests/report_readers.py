"""What those who receive reports make of them: ports of the rules that they publish."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

# What the forges say that they link, looked for as they do it: in the text that is shown outside of code.
LINKED_BY_FORGES = re.compile(
    r"(?:^|[^A-Za-z0-9_])@[A-Za-z0-9_]"  # @name, @team/name
    r"|#[0-9]|(?:^|[^A-Za-z0-9_])GH-[0-9]"  # #1, owner/repository#1, GH-1
    r"|(?:^|[^A-Za-z0-9_])[0-9a-f]{7,40}(?:$|[^A-Za-z0-9_])"  # commits, alone and behind owner@
    r"|[!&%$][0-9]|(?:^|[^A-Za-z0-9_])[~%][A-Za-z0-9_\"]"  # of GitLab: !1, &1, %1, $1, ~label, %"milestone"
    r"|\[(?:issue|work_item|epic|snippet|vulnerability|feature_flag):",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Command:
    """A command that GitHub's runner found in a log."""

    name: str
    properties: dict[str, str]
    data: str


_COMMANDS = frozenset(
    [
        "error",
        "warning",
        "notice",
        "debug",
        "group",
        "endgroup",
        "add-mask",
        "add-path",
        "set-env",
        "set-output",
        "save-state",
        "echo",
        "add-matcher",
        "remove-matcher",
        "stop-commands",
        "internal-set-repo-path",
        "section",
        "command",
    ]
)
_OF_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_OF_PROPERTIES = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_OF_OLD_FORM = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))


def runner_commands(output: str) -> list[Command]:
    """The commands in an output: ``::name key=value::data`` begins a line, ``##[name]data`` is anywhere."""
    return [
        found for line in re.split(r"\r\n|\r|\n", output) if (found := _new_form(line) or _old_form(line))
    ]


def _new_form(line: str) -> Command | None:
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, said = line[2:end].partition(" ")
    if name not in _COMMANDS:
        return None
    return Command(
        name, _properties(said.strip(), ",", _OF_PROPERTIES), _unescaped(line[end + 2 :], _OF_DATA)
    )


def _old_form(line: str) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, said = line[start + 3 : end].partition(" ")
    if name not in _COMMANDS:
        return None
    return Command(name, _properties(said, ";", _OF_OLD_FORM), _unescaped(line[end + 1 :], _OF_OLD_FORM))


def _properties(said: str, separator: str, escapes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    pairs = (part.split("=", 1) for part in said.split(separator) if part)
    return {pair[0]: _unescaped(pair[1], escapes) for pair in pairs if len(pair) == 2 and all(pair)}


def _unescaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for written, meant in escapes:
        text = text.replace(written, meant)
    return text


def sarif_message(text: str) -> tuple[str, list[str]]:
    """What a viewer shows of a SARIF message, and the links in it (SARIF 2.1.0, 3.11.6)."""
    links = [match[0] for match in re.finditer(r"(?<!\\)(?:\\\\)*\[(?:\\.|[^\]\\])*\]\([^)]*\)", text)]
    return re.sub(r"\\([\\\[\]])", r"\1", text), links


def gitlab_problems(issues: Any) -> Iterator[str]:
    """What GitLab would not take of a code quality report, by its documentation and its own schema."""
    if not isinstance(issues, list):
        yield "it is no list"
        return
    marks = [issue.get("fingerprint") for issue in issues]
    if len(set(marks)) != len(marks):
        yield "a fingerprint stands for two"
    for issue in issues:
        for key in ("description", "check_name", "fingerprint", "severity"):
            if not isinstance(issue.get(key), str) or not issue[key]:
                yield f"{key} is no text"
        if issue["severity"] not in {"info", "minor", "major", "critical", "blocker"}:
            yield f"{issue['severity']} is no severity"
        path, begin = issue["location"]["path"], issue["location"]["lines"]["begin"]
        if not isinstance(path, str) or path.startswith(("/", "./")):
            yield f"{path} is not relative to the repository"
        if type(begin) is not int or begin < 1:
            yield f"{begin} is no line"


# Of each element: the attributes that it must have, those that it may have, and the elements in it.
_JUNIT: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def junit_problems(root: ElementTree.Element) -> Iterator[str]:
    """What Jenkins' schema of JUnit's XML does not allow, and counts that are not those of what is there."""
    for element in root.iter():
        needed, allowed, within = _JUNIT[element.tag]
        if not needed <= set(element.keys()) <= needed | allowed:
            yield f"{element.tag} has the attributes {sorted(element.keys())}"
        if not {child.tag for child in element} <= within:
            yield f"{element.tag} holds {[child.tag for child in element]}"
        if len(element) and (element.text or "").strip():
            yield f"{element.tag} holds text: {element.text}"
        if element.tag in {"testsuites", "testsuite"}:
            for key, found in _counted(element).items():
                if key in element.attrib and int(element.attrib[key]) != found:
                    yield f"{key} of {element.get('name')} is not {found}"
        if element.tag == "testcase" and sum(child.tag in _ENDS for child in element) > 1:
            yield f"{element.get('name')} ends in two ways"


_ENDS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def _counted(element: ElementTree.Element) -> dict[str, int]:
    ends = {plural: len(element.findall(f".//testcase/{tag}")) for tag, plural in _ENDS.items()}
    return {"tests": len(element.findall(".//testcase")), **ends}
