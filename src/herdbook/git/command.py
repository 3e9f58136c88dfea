"""Run git: nothing that a repository's own configuration names is run, nothing is fetched unasked."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from herdbook.errors import HerdbookError

SECONDS = 20
_SECONDS_ONLINE = 120
LARGEST_FILE = 1_048_576
# Nothing that a repository's own configuration names is run, nothing waits for a person, nothing is written.
_COMMAND = (
    "git",
    "--no-pager",
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
)
_NO_REPOSITORY = ("not a git repository", "must be run in a work tree")
_CURE = "see to that, and run the command again"
_FETCH_ALL = "this clone lacks what git needs; clone without --filter (actions/checkout: without `filter`)"
_PARTIAL = ("promisor remote", "lazy fetching disabled")
_NOTHING_THERE = ("ambiguous argument 'HEAD'", "bad revision 'HEAD'", "Not a valid object name")


class GitError(HerdbookError):
    """Git is there but did not answer."""


def git_text(folder: Path, *arguments: str, failing_is_empty: bool = False) -> str | None:
    """Run git; None when there is no git or no repository."""
    answer = _run(folder, *arguments, failing_is_empty=failing_is_empty)
    return None if answer is None else answer.decode("utf-8", "surrogateescape")


def git_bytes(folder: Path, *arguments: str, input: bytes | None = None) -> bytes:
    """Run git in a repository; nothing where git has no answer, such as before the first commit."""
    return _run(folder, "--no-replace-objects", "-c", "log.follow=false", *arguments, input=input) or b""


def fetch_commit(folder: Path, commit: str, server: str = "", header: str = "") -> None:
    """Fetch a commit from where a clone came from, with all that it needs, without giving it a name.

    How the server is reached is up to the clone's configuration: it must be one that the user or CI made.

    Args:
        folder: where git is started.
        commit: its full hash.
        server: the address of a server that wants to see a header.
        header: that header, in place of those that the clone is configured to send; other processes do not
            see it.

    Raises:
        GitError: the server does not give it, or git fails.
    """
    headers = ("", header) if header else ()  # an empty one takes back those before it
    online = {"GIT_ALLOW_PROTOCOL": "file:http:https:ssh", "GIT_CONFIG_COUNT": str(len(headers))}
    for index, sent in enumerate(headers):
        online[f"GIT_CONFIG_KEY_{index}"] = f"http.{server}/.extraheader"
        online[f"GIT_CONFIG_VALUE_{index}"] = sent
    unseen = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    _run(folder, "fetch", *unseen, "--upload-pack=git-upload-pack", "origin", commit, online=online)


def _run(
    folder: Path,
    *arguments: str,
    failing_is_empty: bool = False,
    input: bytes | None = None,
    online: Mapping[str, str] | None = None,
) -> bytes | None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # What a partial clone lacks is not fetched: that would start programs, and open sockets.
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
    environment |= {"LC_ALL": "C", "GIT_GRAFT_FILE": f"{os.devnull}/none", **(online or {})}
    command = next(word for word in arguments if word[0] != "-" and "=" not in word)
    try:
        done = subprocess.run(
            [*_COMMAND, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL if input is None else None,
            input=input,
            capture_output=True,
            timeout=SECONDS if online is None else _SECONDS_ONLINE,
            check=False,
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, subprocess.SubprocessError) as error:
        raise GitError(f"git {command} in {folder}: {error}; {_CURE}") from error
    complaint = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == 0:
        return done.stdout
    if any(sign in complaint for sign in _NO_REPOSITORY):
        return None
    if failing_is_empty or any(sign in complaint for sign in _NOTHING_THERE):
        return b""
    # What git complains of fills several lines, and a message of ours is one.
    why = " ".join(complaint.split()) or f"exit code {done.returncode}"
    cure = _FETCH_ALL if any(sign in complaint for sign in _PARTIAL) else _CURE
    raise GitError(f"git {command} in {folder} failed: {why}; {cure}")


def contents_of(root: Path, names: Sequence[str]) -> list[bytes | None]:
    """The contents of objects; `None` for what is no file, is missing, or is larger than any file we read."""
    if not names:
        return []
    asked = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    sizes = git_bytes(root, "cat-file", "--batch-check=%(objecttype) %(objectsize)", input=asked).split(b"\n")
    small = [size.startswith(b"blob ") and int(size[5:]) <= LARGEST_FILE for size in sizes[: len(names)]]
    wanted = [name for name, fits in zip(names, small, strict=True) if fits]
    asked = "".join(f"{name}\n" for name in wanted).encode("utf-8", "surrogateescape")
    answer = git_bytes(root, "cat-file", "--batch=%(objectsize)", input=asked) if wanted else b""
    found: list[bytes | None] = []
    at = 0
    for fits in small:
        if not fits:
            found.append(None)
            continue
        end = answer.index(b"\n", at)
        size = int(answer[at:end])
        found.append(answer[end + 1 : end + 1 + size])
        at = end + size + 2
    return found


def path_within(root: Path, path: Path | None) -> str:
    """Return `path` relative to the work tree, with ``/``; empty when it lies outside or is its top."""
    if path is None:
        return ""
    try:
        below = path.resolve().relative_to(root.resolve()).as_posix()
    except (ValueError, OSError):
        return ""
    return "" if below == "." else below
