r"""Prose says something.

Why: a placeholder looks like an answer in every list and passes every check for presence; "TODO" under known
biases is worse than an honest "not examined". Text without a single letter or digit is no text, whatever
invisible characters it holds; nor is TODO, TBD, FIXME, n/a, "...", "[More Information Needed]" or lorem
ipsum. In a longer text, TODO, TBD and FIXME in capitals count where they begin or end a line or stand first
in brackets.

Read are the sections of cards, descriptions, notes, contacts, licences and sources, and the reasons of
assignments, transitions, recalls, deprecations and waivers.

Bad:

```yaml
# models/churn/card.yaml
known_biases: TBD  # <- here
caveats: "\u200b"  # <- here
limitations: |  # <- here
  It knows nothing of complaints.

  - TODO: ask the service team
ethical_considerations: "[More Information Needed]"  # <- here
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo], reason: "..."}  # <- here
```

Good:

```yaml
# models/churn/card.yaml
known_biases: Not examined; a study is planned for the summer.
caveats: None.
limitations: It sorts the TODO lists of customers, too.
```
"""

import re
from collections.abc import Iterator
from typing import Any

from herdbook.entries import CARD_SECTIONS, NOTHING, Entry
from herdbook.finding import Finding, Severity
from herdbook.formats import clipped
from herdbook.rules.context import Context
from herdbook.rules.text import is_blank, is_placeholder
from herdbook.source import Route

ID, FAMILY, SEVERITY = "placeholder-text", "cards", Severity.ERROR

_EVERYWHERE = ("description", "notes")
_FIELDS = {
    "model-card": (*CARD_SECTIONS, "licence", "contact", *_EVERYWHERE),
    "model": ("task", "owner", "licence", "contact", *_EVERYWHERE),
    "dataset": ("source", "owner", "licence", "contact", "known_biases", "personal_data", *_EVERYWHERE),
}
_ANSWER = re.compile(r"(?:none|nothing|unknown|not known)\W*", re.IGNORECASE)
_LEFT_OPEN = re.compile(
    r"(?:^[ \t>*#+\[(-]*|[\[(])(?:TODO|TBD|FIXME)\b"
    r"|\b(?:TODO|TBD|FIXME)[.:!]?$"
    r"|(?i:\[more information needed\]|\blorem ipsum\b)",
    re.MULTILINE,
)


def check(context: Context) -> Iterator[Finding]:
    """Report each text that holds a place instead of saying something."""
    for entry in context.catalog.entries():
        for route, text in _texts(entry):
            said = _fault(text)
            if said:
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{_name(route)} {said}",
                    entry.at(*route),
                    "Write what is known, or that it is not known; or delete the field.",
                )


def _texts(entry: Entry) -> Iterator[tuple[Route, str]]:
    for field in _FIELDS.get(entry.kind, _EVERYWHERE):
        if field in entry.data:
            yield (field,), entry.data[field]
    for route, item in _reasoned(entry):
        if "reason" in item:
            yield (*route, "reason"), item["reason"]


def _reasoned(entry: Entry) -> Iterator[tuple[Route, Any]]:
    """What carries a reason in an entry."""
    data = entry.data
    match entry.kind:
        case "dataset-version":
            yield ("recall",), data.get("recall", NOTHING)
        case "model-version":
            yield ("deprecated",), data.get("deprecated", NOTHING)
        case "aliases":
            for alias, lines in data["aliases"].items():
                yield from ((("aliases", alias, index), line) for index, line in enumerate(lines))
        case "stages":
            yield from ((("transitions", index), line) for index, line in enumerate(data["transitions"]))
        case "catalog":
            yield from ((("waivers", index), waiver) for index, waiver in enumerate(data.get("waivers", ())))


def _fault(text: str) -> str:
    if is_blank(text):
        return "is blank"
    if not any(character.isalnum() for character in text):
        return "holds no word"
    if is_placeholder(text) and not _ANSWER.fullmatch(text.strip()):
        return f"only holds a place: {_line_of(text)}"
    open_end = _LEFT_OPEN.search(text)
    return f"is not finished: {_line_of(text[open_end.start() :])}" if open_end is not None else ""


def _line_of(text: str) -> str:
    return clipped(next(line for line in text.splitlines() if line.strip()).strip())


def _name(route: Route) -> str:
    return str(route[-1])
