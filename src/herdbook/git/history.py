"""Ask git what commits made of a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

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


def file_history(file: Path, lasting: str = "") -> FileHistory | None:
    """Tell how a file came about on the branch that is checked out: each merge counts as one change.

    Args:
        file: the file; it need not exist any more.
        lasting: the end of its path that stays when the folder around it moves: such moves are followed to
            where it was before. Without it, none is.

    Returns:
        Its history; `None` where there is no git, no repository, or no commit with the file.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    placed = _placed(file)
    if placed is None:
        return None
    root, inside, shallow = placed
    changes = _changes(root, inside, lasting)
    if not changes:
        return None
    chosen = _newest(changes[:_MOST_VERSIONS])
    authors = _authors(root, [change.parents[1] for change in chosen if len(change.parents) > 1])
    contents = contents_of(root, [f"{change.commit.hash}:{change.path}" for change in chosen])
    versions = [
        Version(
            replace(change.commit, author=authors.get(change.parents[1], change.commit.author))
            if len(change.parents) > 1
            else change.commit,
            content,
        )
        for change, content in zip(chosen, contents, strict=True)
    ]
    whole = len(chosen) == len(changes) and not (shallow and not chosen[-1].parents)
    return FileHistory(tuple(reversed(versions)), whole)


def folder_state(folder: Path, at: str, beside: str = "") -> FolderState | None:
    """Tell what files a folder held at a time, on the branch that is checked out.

    Args:
        folder: the folder; it need not exist any more.
        at: the time in UTC, such as ``2024-03-15T09:12:00Z``.
        beside: the name of a file beside it: where that was there and the folder was not, it held nothing,
            for git keeps no empty folders.

    Returns:
        The files that are in the folder itself; `None` where there is no git, no repository, no commit that
        old, or no such folder in it.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    placed = _placed(folder)
    if placed is None or at < "1970":  # git would take such a time for now
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
        if not listing and not (beside and _is_there(root, commit, inside, beside)):
            return None
        contents = contents_of(root, list(names.values()))
        found = zip(names, contents, strict=True)
        return FolderState(commit, {name: content for name, content in found if content is not None})
    return None


def _is_there(root: Path, commit: Commit, inside: str, beside: str) -> bool:
    """Whether a commit has a file of some name beside a path."""
    path = PurePosixPath(inside).with_name(beside)
    return bool(git_bytes(root, "ls-tree", "-z", "--full-tree", commit.hash, "--", f"{path}"))


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


class _Change(NamedTuple):
    """A commit that changed a file: where that is in it, and how large; `None` where it deleted the file."""

    commit: Commit
    parents: tuple[str, ...]
    path: str
    size: int | None


def _changes(root: Path, inside: str, lasting: str) -> list[_Change]:
    """The commits that changed a file, the newest first, with those from before it was moved."""
    found: list[_Change] = []
    origin: tuple[str, str] | None = ("HEAD", inside)
    while origin is not None and len(found) <= _MOST_VERSIONS:
        changes = _changes_at(root, *origin, _MOST_VERSIONS + 1 - len(found))
        origin = None
        for change, before in zip(changes, [*changes[1:], None], strict=False):
            found.append(change)
            if change.size is not None and (before is None or before.size is None):
                origin = _origin(root, change, lasting)
                if origin is not None:  # what was at its place before was another file, or itself
                    break
    return found


def _changes_at(root: Path, start: str, path: str, most: int) -> list[_Change]:
    """As many of the commits that changed what is at a path, up to one commit, the newest first."""
    log = ("log", "-z", "--first-parent", f"--max-count={most}", *_PLAIN, f"--format={_FORMAT}")
    commits = list(_commits(git_bytes(root, *log, start, "--", f":(top,literal){path}")))
    asked = "".join(f"{commit.hash}:{path}\n" for commit, _ in commits).encode("utf-8", "surrogateescape")
    sizes = git_bytes(root, "cat-file", "--batch-check=%(objectsize)", input=asked).split(b"\n")
    return [
        _Change(commit, parents, path, int(size) if size.isdigit() else None)
        for (commit, parents), size in zip(commits, sizes, strict=False)
    ]


def _origin(root: Path, change: _Change, lasting: str) -> tuple[str, str] | None:
    """From which commit and path a commit moved a file to its place, if only the folder around it moved."""
    if not (lasting and change.parents and f"/{change.path}".endswith(f"/{lasting}")):
        return None
    # Whoever moves a file may rewrite most of it: its path says enough.
    options = ("-r", "-z", "--name-status", "--find-renames=1%", "--diff-filter=R", "--end-of-options")
    commits = (change.parents[0], change.commit.hash)
    answer = git_bytes(root, "diff-tree", *options, *commits, "--", f":(top,glob)**/{lasting}")
    fields = answer.decode("utf-8", "surrogateescape").split("\0")[:-1]
    moves = dict(zip(fields[2::3], fields[1::3], strict=True))
    return (change.parents[0], moves[change.path]) if change.path in moves else None


def _newest(changes: Sequence[_Change]) -> Sequence[_Change]:
    """As many of the changes, the newest first, as may be read."""
    total = 0
    for index, change in enumerate(changes):
        total += min(change.size or 0, LARGEST_FILE)
        if total > _MOST_BYTES:
            return changes[: max(1, index)]
    return changes


def _authors(root: Path, commits: Sequence[str]) -> Mapping[str, str]:
    if not commits:
        return {}
    log = ("log", "-z", "--no-walk=unsorted", "--stdin", *_PLAIN, f"--format={_FORMAT}")
    output = git_bytes(root, *log, input="".join(f"{commit}\n" for commit in commits).encode())
    return {commit.hash: commit.author for commit, _ in _commits(output)}
