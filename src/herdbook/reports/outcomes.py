"""What came of a command that changes files, for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from herdbook.check import Report
from herdbook.planning.carrying_out import Outcome, diff_of
from herdbook.planning.formatting import Formatting
from herdbook.queries.answer import Answer, as_json
from herdbook.reports.json import finding_json
from herdbook.reports.jsontext import json_text
from herdbook.storing import Write


def outcome_json(outcome: Outcome, folder: str, answers: Mapping[str, Answer]) -> str:
    """Write an outcome as JSON, with answers to it.

    It has the keys ``said``, ``refused``, ``files``, ``diff``, ``findings`` and ``objections``.

    Args:
        outcome: what came of the command.
        folder: the folder of the catalog in the repository; nothing is its top.
        answers: answers that belong to it, by the names that they are to have.
    """
    return json_text(
        {
            "said": outcome.plan.said,
            "refused": outcome.refused,
            **_changes(outcome.writes, outcome.report, folder),
            "objections": [finding_json(finding) for finding in outcome.objections],
            **{name: as_json(answer) for name, answer in answers.items()},
        }
    )


def formatting_json(formatting: Formatting, said: str, folder: str) -> str:
    """Write what laying out files came to as JSON: ``{"said", "files", "diff", "findings", "errors"}``.

    Args:
        formatting: what it came to.
        said: the same as a sentence.
        folder: the folder of the catalog in the repository; nothing is its top.
    """
    changes = _changes(formatting.writes, formatting.report, folder)
    return json_text({"said": said, **changes, "errors": list(formatting.report.errors)})


def _changes(writes: Sequence[Write], report: Report, folder: str) -> dict[str, Any]:
    prefix = f"{folder}/" if folder else ""
    return {
        "files": [
            {
                "path": f"{prefix}{write.path}",
                "new": write.before is None,
                **({"moved_from": f"{prefix}{write.moved_from}"} if write.moved_from else {}),
            }
            for write in writes
        ],
        "diff": "".join(f"{line}\n" for line in diff_of(writes, folder)),
        "findings": [finding_json(finding) for finding in report.findings],
    }
