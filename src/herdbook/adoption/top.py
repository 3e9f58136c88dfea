"""The top of a repository, where alone forges look for their files."""

from pathlib import Path

from herdbook.errors import HerdbookError
from herdbook.git import left_out
from herdbook.tree import top_around

_LOOKED_AT = (
    ".github",
    ".gitlab",
    ".gitlab-ci.yml",
    "azure-pipelines.yml",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    ".gitattributes",
    ":(glob)**/herdbook.yaml",
)


def top_elsewhere(folder: Path) -> tuple[Path, str] | None:
    """Return the top of the repository that a folder is in, and its path from there; `None` if it is the top.

    `None` as well where there is no repository.
    """
    real = folder.resolve()
    top = top_around(real)
    return None if top is None or top == real else (top, real.relative_to(top).as_posix())


def require_top(folder: Path) -> None:
    """Make sure that what is found in a folder, and written there, is what a forge finds in the repository.

    Raises:
        HerdbookError: the folder lies below the top of a repository, has no files because the repository is
            bare, or git left some of those files out of it.
    """
    if (elsewhere := top_elsewhere(folder)) is not None:
        raise HerdbookError(
            f"{folder}: this is {elsewhere[1]} in the repository {elsewhere[0]}, and forges look for CI "
            "files and CODEOWNERS only at its top; run this there"
        )
    if not (folder / ".git").exists() and (folder / "HEAD").is_file() and (folder / "objects").is_dir():
        raise HerdbookError(
            f"{folder}: this is a repository without files that are checked out; run this in a clone of it"
        )
    if absent := left_out(folder, *_LOOKED_AT):
        raise HerdbookError(
            f"{folder}: git left {absent[0]} out of this sparse checkout, so that it would be taken for "
            "missing; check it out with `git sparse-checkout add`, or all with `git sparse-checkout disable`"
        )
