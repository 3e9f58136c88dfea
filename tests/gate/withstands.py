"""What is shown on the page "What the gate withstands", and whether it is what the tests found.

It is shipped as a file of the package. After a change of attacks, rules or messages, write it anew by running
all tests of the gate with HERDBOOK_WRITE_WITHSTANDS=1.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gate.attack import ATTACKS, GROUPS, Attack
from gate.scene import Outcome
from herdbook.rules import RULES
from herdbook.site.pages.withstands import FILE

WRITING = bool(os.environ.get("HERDBOOK_WRITE_WITHSTANDS"))
_HASH = re.compile(r"\b[0-9a-f]{7,40}\b")
_LONGEST = 320

found: dict[tuple[str, str], Mapping[str, Any]] = {}
"""What was found so far, by group and name; rules stand in the group `rules`."""


def recorded() -> Mapping[str, Any]:
    """What the package says of the gate."""
    whole: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return whole


def keep_or_compare(group: str, name: str, row: Mapping[str, Any]) -> None:
    """Hold a row against the one that the package shows, unless that is written anew."""
    found[group, name] = row
    if not WRITING:
        shown = [
            item
            for item in recorded()["rules" if group == "rules" else "attacks"]
            if _key(item) == (group, name)
        ]
        assert shown == [row], f"the page shows something else; see {__name__}"


def _key(item: Mapping[str, Any]) -> tuple[str, str]:
    return ("rules", item["rule"]) if "rule" in item else (item["group"], item["name"])


def row_of(attack: Attack, outcome: Outcome, folder: Path) -> Mapping[str, Any]:
    """What the page shows of an attack."""
    return {
        "group": attack.group,
        "name": attack.name,
        "title": attack.title,
        "code": outcome.code,
        "verdict": outcome.report.get("verdict", "ERROR"),
        "rules": list(outcome.rules),
        "said": _plain(_said(attack, outcome), folder) if outcome.code else attack.note,
    }


def _said(attack: Attack, outcome: Outcome) -> str:
    """The message that shows best what the gate made of it."""
    findings = outcome.report.get("findings", ())
    for finding in findings:
        if finding["rule"] in attack.finds and attack.says in f"{finding['message']} {finding['help']}":
            return str(finding["message"])
    messages = [finding["message"] for finding in findings if finding["rule"] in attack.finds]
    return str(
        next(iter([*outcome.report.get("errors", ()), *messages]), outcome.err.strip().split("\n")[-1])
    )


def _plain(said: str, folder: Path) -> str:
    """A message without what differs from run to run."""
    said = _HASH.sub(
        "<commit>", said.removeprefix("herdbook: ").removeprefix("Error: ").replace(str(folder), "…")
    )
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


def groups_shown() -> list[Mapping[str, str]]:
    """What the page says of the groups."""
    return [{"group": group, "title": title, "lead": lead} for group, (title, lead) in GROUPS.items()]


def write() -> None:
    """Write down what was found."""
    assert len(found) == len(ATTACKS) + len(RULES), (
        "to write it anew, all tests of the gate must run and pass"
    )
    attacks = [
        found[attack.group, attack.name] for group in GROUPS for attack in ATTACKS if attack.group == group
    ]
    rules = [found["rules", rule.ID] for rule in RULES]
    whole = {"groups": groups_shown(), "attacks": attacks, "rules": rules}
    FILE.write_text(f"{json.dumps(whole, indent=1, ensure_ascii=False)}\n", encoding="utf-8")
