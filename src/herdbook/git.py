"""Ask git what code there is. No other module starts git."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from herdbook.errors import HerdbookError

_SECONDS = 20
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
# Above this, the older part of a history is left out.
_MOST_VERSIONS = 500
_MOST_BYTES = 4_000_000
_LARGEST_FILE = 1_048_576
_CHANGES = {"A": "added", "D": "deleted"}
_NO_REPOSITORY = ("not a git repository", "must be run in a work tree")
_NOTHING_THERE = ("ambiguous argument 'HEAD'", "bad revision 'HEAD'", "Not a valid object name")
_SCHEMES = frozenset({"https", "http", "ssh", "git"})
_SCP_LIKE = re.compile(r"(?:[^@/:\s]+@)?(?P<host>[A-Za-z0-9][\w.-]+):(?!/)(?P<path>[^:\s]+)")


class GitError(HerdbookError):
    """Git is there but did not answer."""


@dataclass(frozen=True, slots=True)
class GitState:
    """The code in a work tree.

    Attributes:
        root: Top folder of the work tree.
        commit: The hash of the commit that is checked out.
        branch: The branch that is checked out; None for a detached head.
        dirty: Tracked files differ from the commit.
        repository: The address of the remote, without user name, password and query; None when there is none
            or when it is a folder of this machine.
    """

    root: Path
    commit: str
    branch: str | None
    dirty: bool
    repository: str | None


def git_state(
    folder: Path, *, apart_from: Path | None = None, entry_point: Path | None = None
) -> GitState | None:
    """Tell which code the work tree around `folder` holds.

    Args:
        folder: Any folder in the work tree.
        apart_from: A folder whose files are no code (the catalog): changes in it are not counted.
        entry_point: The file that was started. Untracked files do not make a work tree dirty, as in MLflow,
            but this one does: the commit does not hold the code that ran.

    Returns:
        The state; None where there is no git, no repository, or no commit yet.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        return None
    root = Path(top.removesuffix("\n"))
    scope = [f":(top,exclude,literal){inside}"] if (inside := _inside(root, apart_from)) else []
    answer = _git(
        root, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=no", "--", ":(top)", *scope
    )
    lines = (answer or "").split("\0")
    head = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    commit = head.get("branch.oid", "(initial)")
    if commit == "(initial)":
        return None
    dirty = any(line and not line.startswith("# ") for line in lines)
    if not dirty and (started := _inside(root, entry_point)):
        dirty = not _git(root, "ls-files", "-z", "--", f":(top,literal){started}")
    branch = head.get("branch.head")
    return GitState(root, commit, None if branch == "(detached)" else branch, dirty, _repository(root))


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that differs between two commits.

    Attributes:
        path: Where it is, from the root of the repository.
        change: ``added``, ``deleted`` or ``changed``.
    """

    path: str
    change: str


def changed_files(
    folder: Path, before: str, now: str, *, apart_from: Path | None = None
) -> tuple[ChangedFile, ...] | None:
    """List the files that differ between two commits of the repository around `folder`.

    Args:
        folder: Any folder in the work tree.
        before: The hash of the one commit.
        now: The hash of the other.
        apart_from: A folder whose files are no code (the catalog) and are not listed.

    Returns:
        The files, in the order of their paths; None where there is no git, no repository, or where it does
        not hold both commits.
    """
    try:
        top = _git(folder, "rev-parse", "--show-toplevel")
        if top is None:
            return None
        root = Path(top.removesuffix("\n"))
        scope = [f":(top,exclude,literal){inside}"] if (inside := _inside(root, apart_from)) else []
        # Plumbing, so that neither drivers nor filters of the repository run.
        options = ("-r", "-z", "--name-status", "--no-renames", "--end-of-options")
        commits = (f"{before}^{{commit}}", f"{now}^{{commit}}")
        answer = _git(root, "diff-tree", *options, *commits, "--", ":(top)", *scope)
    except GitError:
        return None
    fields = (answer or "").split("\0")[:-1]
    return tuple(
        ChangedFile(path, _CHANGES.get(letter, "changed"))
        for letter, path in zip(fields[::2], fields[1::2], strict=True)
    )


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the branch that is checked out.

    Attributes:
        hash: its hash.
        author: who wrote it; of a merge, who wrote the last commit that was merged.
        at: when it was committed, in UTC: ``2024-03-15T09:12:00Z``.
        subject: the first line of its message.
    """

    hash: str
    author: str
    at: str
    subject: str

    @property
    def pull_request(self) -> int | None:
        """The number of the pull request that it came by, as GitHub writes it into the subject."""
        found = _PULL_REQUEST.search(self.subject)
        return int(found["merged"] or found["squashed"]) if found else None


_PULL_REQUEST = re.compile(r"^Merge pull request #(?P<merged>\d{1,9})\b|\(#(?P<squashed>\d{1,9})\)$")


@dataclass(frozen=True, slots=True)
class Version:
    """A file as a commit left it; `content` is `None` where it deleted the file."""

    commit: Commit
    content: bytes | None


@dataclass(frozen=True, slots=True)
class FileHistory:
    """What commits made of a file, the oldest first.

    Attributes:
        versions: the file after each commit that changed it.
        complete: the first version is the first that there was. Otherwise the clone is shallow, or its
            beginning was left out because it is too long: the first version holds what was there already.
    """

    versions: tuple[Version, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class FolderState:
    """The files of a folder as a commit had them, by name."""

    commit: Commit
    files: Mapping[str, bytes]


def file_history(file: Path) -> FileHistory | None:
    """Tell how a file came about on the branch that is checked out: each merge counts as one change.

    Args:
        file: the file; it need not exist any more.

    Returns:
        Its history; `None` where there is no git, no repository, or no commit with the file.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    placed = _placed(file)
    if placed is None:
        return None
    root, inside, shallow = placed
    log = ("log", "-z", "--first-parent", f"--max-count={_MOST_VERSIONS + 1}", *_PLAIN, f"--format={_FORMAT}")
    commits = list(_commits(_output(root, *log, "HEAD", "--", f":(top,literal){inside}")))
    if not commits:
        return None
    chosen = _newest(root, inside, commits[:_MOST_VERSIONS])
    authors = _authors(root, [parents[1] for _, parents in chosen if len(parents) > 1])
    contents = _contents(root, [f"{commit.hash}:{inside}" for commit, _ in chosen])
    versions = [
        Version(
            Commit(commit.hash, authors.get(parents[1], commit.author), commit.at, commit.subject)
            if len(parents) > 1
            else commit,
            content,
        )
        for (commit, parents), content in zip(chosen, contents, strict=True)
    ]
    whole = len(chosen) == len(commits) and not (shallow and not chosen[-1][1])
    return FileHistory(tuple(reversed(versions)), whole)


def folder_state(folder: Path, at: str) -> FolderState | None:
    """Tell what files a folder held at a time, on the branch that is checked out.

    Args:
        folder: the folder; it need not exist any more.
        at: the time in UTC, such as ``2024-03-15T09:12:00Z``.

    Returns:
        The files that are in the folder itself; `None` where there is no git, no repository, no commit that
        old, or no such folder in it.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    placed = _placed(folder)
    if placed is None:
        return None
    root, inside, _ = placed
    log = ("log", "-z", "--first-parent", "--max-count=1", *_PLAIN, f"--format={_FORMAT}", f"--before={at}")
    for commit, _ in _commits(_output(root, *log, "HEAD")):
        listing = _output(root, "ls-tree", "-z", f"{commit.hash}:{inside}")
        names: dict[str, str] = {}
        for line in listing.decode("utf-8", "surrogateescape").split("\0"):
            about, tab, name = line.partition("\t")
            if tab and about.startswith("100"):
                names[name] = about.split(" ")[2]
        if not listing:
            return None
        contents = _contents(root, list(names.values()))
        found = zip(names, contents, strict=True)
        return FolderState(commit, {name: content for name, content in found if content is not None})
    return None


_PLAIN = ("--no-patch", "--no-show-signature", "--no-color", "--encoding=UTF-8")
_FORMAT = "%H%n%P%n%ct%n%an%n%s"


def _placed(path: Path) -> tuple[Path, str, bool] | None:
    """The work tree around a path, the path in it, and whether its history is cut short."""
    folder = next((folder for folder in path.absolute().parents if folder.is_dir()), None)
    top = _git(folder, "rev-parse", "--show-toplevel", "--is-shallow-repository") if folder else None
    if top is None:
        return None
    root, shallow, _ = top.rsplit("\n", 2)
    inside = _inside(Path(root), path)
    return (Path(root), inside, shallow == "true") if inside and "\n" not in inside else None


def _commits(output: bytes) -> Iterator[tuple[Commit, tuple[str, ...]]]:
    """The commits of a log, each with the hashes of its parents."""
    for record in output.decode("utf-8", "replace").split("\0"):
        commit, _, rest = record.partition("\n")
        parents, _, rest = rest.partition("\n")
        seconds, _, rest = rest.partition("\n")
        author, _, subject = rest.partition("\n")
        if commit and seconds:
            yield Commit(commit, author, _moment(int(seconds)), subject), tuple(parents.split())


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return ""


_Found = Sequence[tuple[Commit, tuple[str, ...]]]


def _newest(root: Path, inside: str, commits: _Found) -> _Found:
    """As many of the commits, the newest first, as may be read."""
    asked = "".join(f"{commit.hash}:{inside}\n" for commit, _ in commits).encode("utf-8", "surrogateescape")
    sizes = _output(root, "cat-file", "--batch-check=%(objectsize)", input=asked).split(b"\n")
    total = 0
    for index, size in enumerate(sizes[: len(commits)]):
        total += min(int(size), _LARGEST_FILE) if size.isdigit() else 0
        if total > _MOST_BYTES:
            return commits[: max(1, index)]
    return commits


def _authors(root: Path, commits: Sequence[str]) -> Mapping[str, str]:
    if not commits:
        return {}
    log = ("log", "-z", "--no-walk=unsorted", "--stdin", *_PLAIN, f"--format={_FORMAT}")
    output = _output(root, *log, input="".join(f"{commit}\n" for commit in commits).encode())
    return {commit.hash: commit.author for commit, _ in _commits(output)}


def _contents(root: Path, names: Sequence[str]) -> list[bytes | None]:
    """The contents of objects; `None` for what is no file, is missing, or is larger than any file we read."""
    if not names:
        return []
    asked = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    sizes = _output(root, "cat-file", "--batch-check=%(objecttype) %(objectsize)", input=asked).split(b"\n")
    small = [size.startswith(b"blob ") and int(size[5:]) <= _LARGEST_FILE for size in sizes[: len(names)]]
    wanted = [name for name, fits in zip(names, small, strict=True) if fits]
    asked = "".join(f"{name}\n" for name in wanted).encode("utf-8", "surrogateescape")
    output = _output(root, "cat-file", "--batch=%(objectsize)", input=asked) if wanted else b""
    found: list[bytes | None] = []
    at = 0
    for fits in small:
        if not fits:
            found.append(None)
            continue
        end = output.index(b"\n", at)
        size = int(output[at:end])
        found.append(output[end + 1 : end + 1 + size])
        at = end + size + 2
    return found


def public_address(url: str) -> str | None:
    """Return the address of a remote without user name, password, query and fragment.

    None for folders of this machine, transport helpers and whatever else nobody else can follow.
    """
    found = _SCP_LIKE.fullmatch(url)
    if found:
        url = f"ssh://{found['host']}/{found['path']}"
    if re.search(r"[\s\x00-\x1f\x7f\\]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme not in _SCHEMES or not host:
        return None
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")


def _repository(root: Path) -> str | None:
    answer = _git(root, "config", "-z", "--get-regexp", r"^remote\..*\.url$", failing_is_empty=True)
    remotes = dict(line.split("\n", 1) for line in reversed((answer or "").split("\0")) if "\n" in line)
    url = remotes.get("remote.origin.url") or next(reversed(remotes.values()), "")
    return public_address(url)


def _inside(root: Path, path: Path | None) -> str:
    """Return `path` relative to the work tree, with ``/``; empty when it lies outside or is its top."""
    if path is None:
        return ""
    try:
        inside = path.resolve().relative_to(root.resolve()).as_posix()
    except (ValueError, OSError):
        return ""
    return "" if inside == "." else inside


def _git(folder: Path, *arguments: str, failing_is_empty: bool = False) -> str | None:
    """Run git; None when there is no git or no repository."""
    output = _run(folder, *arguments, failing_is_empty=failing_is_empty)
    return None if output is None else output.decode("utf-8", "surrogateescape")


def _output(folder: Path, *arguments: str, input: bytes | None = None) -> bytes:
    """Run git in a repository; nothing where git has no answer, such as before the first commit."""
    return _run(folder, "--no-replace-objects", "-c", "log.follow=false", *arguments, input=input) or b""


def _run(
    folder: Path, *arguments: str, failing_is_empty: bool = False, input: bytes | None = None
) -> bytes | None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # What a partial clone lacks is not fetched: that would start programs, and open sockets.
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
    environment["LC_ALL"] = "C"
    command = next(word for word in arguments if word[0] != "-" and "=" not in word)
    try:
        done = subprocess.run(
            [*_COMMAND, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL if input is None else None,
            input=input,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, subprocess.SubprocessError) as error:
        raise GitError(f"git {command} in {folder}: {error}") from error
    complaint = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == 0:
        return done.stdout
    if any(sign in complaint for sign in _NO_REPOSITORY):
        return None
    if failing_is_empty or any(sign in complaint for sign in _NOTHING_THERE):
        return b""
    raise GitError(f"git {command} in {folder} failed: {complaint or f'exit code {done.returncode}'}")
