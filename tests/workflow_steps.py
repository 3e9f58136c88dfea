"""Run the scripts of workflows as a runner does: the shell, the folder and the environment that it gives."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from command_line import HERDBOOK

SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def loaded(text: str) -> dict[str, Any]:
    """Read a workflow; `on` is a word there, not a yes."""
    value = yaml.load(text, yaml.BaseLoader)
    assert isinstance(value, dict)
    return value


def steps_of(definition: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The steps of a composite action, or of all jobs of a workflow, by their names."""
    if "runs" in definition:
        return {step["name"]: step for step in definition["runs"]["steps"]}
    return {step["name"]: step for job in definition["jobs"].values() for step in job["steps"]}


@dataclass(frozen=True, slots=True)
class Runner:
    """A runner with a checkout.

    Attributes:
        temp: its folder for files of the job.
        workspace: the checkout.
        expressions: what the expressions of the workflow stand for.
        environment: what the forge sets besides.
    """

    temp: Path
    workspace: Path
    expressions: Mapping[str, str]
    environment: Mapping[str, str]

    def run(self, definition: Mapping[str, Any], name: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the script of a step."""
        step = steps_of(definition)[name]
        given = {**definition.get("env", {}), **step.get("env", {})}
        assert "${{" not in step["run"], "what a stranger may have written stands only in `env:`"
        script = self.temp / "script.sh"
        script.write_text(step["run"])
        return subprocess.run(
            [*SHELL, script],
            cwd=self.workspace,
            env={
                **os.environ,
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_WORKSPACE": str(self.workspace),
                "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
                "GITHUB_OUTPUT": str(self.temp / "output"),
                "GITHUB_ACTIONS": "true",
                **self.environment,
                **{key: _EXPRESSION.sub(self._meant, value) for key, value in given.items()},
                **more,
            },
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def _meant(self, found: re.Match[str]) -> str:
        return self.expressions[found[1]]

    def with_herdbook(self, program: str | None = None) -> None:
        """Put herdbook where the install step puts it: this one, or a program of the test's own."""
        folder = self.temp / "herdbook" / "bin"
        folder.mkdir(parents=True)
        (folder / "herdbook").write_text(HERDBOOK.read_text() if program is None else program)
        # A link would be an environment of its own without what is installed in this one.
        (folder / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (folder / "python").chmod(0o755)
