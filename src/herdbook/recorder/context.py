"""What a run can find out by itself: the code, the environment, who and where."""

import functools
import getpass
import importlib.metadata
import json
import os
import platform
import re
import shlex
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from herdbook.masking import masked, masked_arguments


@dataclass(frozen=True, slots=True)
class Service:
    """What starts runs: the variable that betrays it, its name, and the variable with the job's id."""

    variable: str
    name: str
    job: str


_SERVICES = (
    Service("GITHUB_ACTIONS", "ci/github-actions", "GITHUB_RUN_ID"),
    Service("GITLAB_CI", "ci/gitlab-ci", "CI_JOB_ID"),
    Service("TF_BUILD", "ci/azure-pipelines", "BUILD_BUILDID"),
    Service("BUILDKITE", "ci/buildkite", "BUILDKITE_BUILD_ID"),
    Service("CIRCLECI", "ci/circleci", "CIRCLE_BUILD_NUM"),
    Service("JENKINS_URL", "ci/jenkins", "BUILD_TAG"),
    Service("BITBUCKET_BUILD_NUMBER", "ci/bitbucket-pipelines", "BITBUCKET_BUILD_NUMBER"),
    Service("AIRFLOW_CTX_DAG_ID", "airflow", "AIRFLOW_CTX_DAG_RUN_ID"),
    Service("KFP_RUN_ID", "kubeflow-pipelines", "KFP_RUN_ID"),
    Service("SLURM_JOB_ID", "slurm", "SLURM_JOB_ID"),
    Service("CI", "ci", "CI_JOB_ID"),
)


def service() -> Service | None:
    """Return the service that started this process; None when a person did."""
    return next((known for known in _SERVICES if os.environ.get(known.variable)), None)


def user() -> str:
    """Return the name of the user: ``HERDBOOK_USER``, or the account."""
    return os.environ.get("HERDBOOK_USER") or getpass.getuser()


def host() -> str:
    """Return the name of the machine: ``HERDBOOK_HOST``, or what it calls itself."""
    return os.environ.get("HERDBOOK_HOST") or platform.node()


def entry_file() -> Path | None:
    """Return the file that was started; None in a notebook, and for programs installed beside Python."""
    found = getattr(sys.modules.get("__main__"), "__file__", None)
    if found is None:
        return None
    path = Path(found).resolve()
    installed = {Path(folder).resolve() for folder in sysconfig.get_paths().values()} - {
        Path(sys.prefix).resolve()
    }
    return None if any(path.is_relative_to(folder) for folder in installed) else path


def command(root: Path | None) -> str:
    """Return the command line, without secrets and without the folders of this machine."""
    arguments = [portable(argument, root) for argument in sys.orig_argv[1:]]
    return shlex.join(["python", *masked_arguments(arguments)])


def portable(text: str, root: Path | None) -> str:
    """Return a text with its paths relative to the working folder, the work tree, or the home folder."""
    for folder, instead in ((_known(Path.cwd), ""), (root, ""), (_known(Path.home), "~/")):
        if folder is not None and folder != folder.parent:
            text = text.replace(f"{folder}{os.sep}", instead)
    return text


def _known(folder: Callable[[], Path]) -> Path | None:
    """A folder of this process; `None` where that was deleted meanwhile, or the account has none."""
    try:
        return folder()
    except (OSError, RuntimeError):
        return None


def environment() -> dict[str, Any]:
    """Return the Python version, the platform, the hardware and the installed packages."""
    return {
        "python": platform.python_version(),
        "platform": "-".join(filter(None, (platform.system(), platform.machine(), *platform.libc_ver()))),
        "requirements": list(requirements()),
        "hardware": hardware(),
    }


@functools.cache
def requirements() -> tuple[str, ...]:
    """Return the installed packages as pip writes them, sorted, but for those from a local folder."""
    found: dict[str, tuple[str, importlib.metadata.Distribution]] = {}
    # What stands first on the path is what is imported.
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), (name, distribution))
    return tuple(
        line for _, (name, installed) in sorted(found.items()) for line in _requirement(name, installed)
    )


def _requirement(name: str, distribution: importlib.metadata.Distribution) -> Iterator[str]:
    # https://packaging.python.org/en/latest/specifications/direct-url/
    source = json.loads(distribution.read_text("direct_url.json") or "{}")
    address = masked(source.get("url", ""))
    if not source:
        yield f"{name}=={distribution.version}"
    elif "vcs_info" in source:
        yield f"{name} @ {source['vcs_info']['vcs']}+{address}@{source['vcs_info']['commit_id']}"
    elif "archive_info" in source and not address.startswith("file:"):
        yield f"{name} @ {address}"


def hardware() -> str:
    """Return the number of processors and the size of the memory."""
    text = f"{os.cpu_count()} CPUs"
    if hasattr(os, "sysconf"):  # not on Windows
        text += f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB memory"
    return text


def resources_used() -> dict[str, float]:
    """Return the highest memory use of this process or a child of it, and its processor time so far."""
    used = {"cpu_seconds": round(time.process_time(), 2)}
    try:
        import resource
    except ImportError:  # Windows
        return used
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    unit = 1 if sys.platform == "darwin" else 1024
    return used | {"peak_memory_gb": round(peak * unit / 1e9, 3)}
