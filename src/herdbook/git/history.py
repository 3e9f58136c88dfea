"""Ask git what commits made of a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from herdbook.clock import time_at
from herdbook.git.command import LARGEST_FILE, contents_of, git_bytes, git_text, path_within

# Above this, the older part of a history is left out.
_MOST_VERSIONS = 500
_MOST_BYTES = 4_000_000


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
    commits = list(_commits(git_bytes(root, *log, "HEAD", "--", f":(top,literal){inside}")))
    if not commits:
        return None
    chosen = _newest(root, inside, commits[:_MOST_VERSIONS])
    authors = _authors(root, [parents[1] for _, parents in chosen if len(parents) > 1])
    contents = contents_of(root, [f"{commit.hash}:{inside}" for commit, _ in chosen])
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
    for commit, _ in _commits(git_bytes(root, *log, "HEAD")):
        listing = git_bytes(root, "ls-tree", "-z", f"{commit.hash}:{inside}")
        names: dict[str, str] = {}
        for line in listing.decode("utf-8", "surrogateescape").split("\0"):
            about, tab, name = line.partition("\t")
            if tab and about.startswith("100"):
                names[name] = about.split(" ")[2]
        if not listing:
            return None
        contents = contents_of(root, list(names.values()))
        found = zip(names, contents, strict=True)
        return FolderState(commit, {name: content for name, content in found if content is not None})
    return None


_PLAIN = ("--no-patch", "--no-show-signature", "--no-color", "--encoding=UTF-8")
_FORMAT = "%H%n%P%n%ct%n%an%n%s"


def _placed(path: Path) -> tuple[Path, str, bool] | None:
    """The work tree around a path, the path in it, and whether its history is cut short."""
    folder = next((folder for folder in path.absolute().parents if folder.is_dir()), None)
    top = git_text(folder, "rev-parse", "--show-toplevel", "--is-shallow-repository") if folder else None
    if top is None:
        return None
    root, shallow, _ = top.rsplit("\n", 2)
    inside = path_within(Path(root), path)
    return (Path(root), inside, shallow == "true") if inside and "\n" not in inside else None


def _commits(output: bytes) -> Iterator[tuple[Commit, tuple[str, ...]]]:
    """The commits of a log, each with the hashes of its parents."""
    for record in output.decode("utf-8", "replace").split("\0"):
        commit, _, rest = record.partition("\n")
        parents, _, rest = rest.partition("\n")
        seconds, _, rest = rest.partition("\n")
        author, _, subject = rest.partition("\n")
        if commit and seconds:
            yield Commit(commit, author, time_at(int(seconds)), subject), tuple(parents.split())


_Found = Sequence[tuple[Commit, tuple[str, ...]]]


def _newest(root: Path, inside: str, commits: _Found) -> _Found:
    """As many of the commits, the newest first, as may be read."""
    asked = "".join(f"{commit.hash}:{inside}\n" for commit, _ in commits).encode("utf-8", "surrogateescape")
    sizes = git_bytes(root, "cat-file", "--batch-check=%(objectsize)", input=asked).split(b"\n")
    total = 0
    for index, size in enumerate(sizes[: len(commits)]):
        total += min(int(size), LARGEST_FILE) if size.isdigit() else 0
        if total > _MOST_BYTES:
            return commits[: max(1, index)]
    return commits


def _authors(root: Path, commits: Sequence[str]) -> Mapping[str, str]:
    if not commits:
        return {}
    log = ("log", "-z", "--no-walk=unsorted", "--stdin", *_PLAIN, f"--format={_FORMAT}")
    output = git_bytes(root, *log, input="".join(f"{commit}\n" for commit in commits).encode())
    return {commit.hash: commit.author for commit, _ in _commits(output)}
