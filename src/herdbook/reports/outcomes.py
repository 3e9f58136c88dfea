"""What came of a command that changes files, for programs."""

from collections.abc import Mapping

from herdbook.planning.carrying_out import Outcome
from herdbook.queries.answer import Answer, as_json
from herdbook.reports.json import finding_json, json_text


def outcome_json(outcome: Outcome, folder: str, answers: Mapping[str, Answer]) -> str:
    """Write an outcome as JSON: ``{"said", "refused", "files", "diff", "findings"}``, and answers to it.

    Args:
        outcome: what came of the command.
        folder: the folder of the catalog in the repository; nothing is its top.
        answers: answers that belong to it, by the names that they are to have.
    """
    return json_text(
        {
            "said": outcome.plan.said,
            "refused": outcome.refused,
            "files": [
                {"path": f"{folder}/{write.path}" if folder else write.path, "new": write.before is None}
                for write in outcome.writes
            ],
            "diff": "".join(f"{line}\n" for line in outcome.diff(folder)),
            "findings": [finding_json(finding) for finding in outcome.report.findings],
            **{name: as_json(answer) for name, answer in answers.items()},
        }
    )
