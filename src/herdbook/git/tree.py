"""A catalog as a commit has it, read from git's objects: without checkout, filters and attributes."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence, Sized
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from herdbook.errors import HerdbookError
from herdbook.git.command import GitError, contents_of, git_bytes, git_text
from herdbook.git.state import ChangedFile, changed_between, remote_address
from herdbook.tree import FILES_AT_ONCE, MAX_BYTES, DirTree, TreeFile, as_listed

_TWICE = "twice"
_ELSEWHERE = {"120000": "a symbolic link", "160000": "a submodule"}
_PROBLEMS = {
    **{mode: f"it is {what}" for mode, what in _ELSEWHERE.items()},
    _TWICE: "it stands twice in its folder",
}
_REGULAR = frozenset({"100644", "100755", "100664"})
_TOO_LARGE = b" " * (MAX_BYTES + 1)
_MOST_COMMITS = 10_000
_SHA1 = 40
_SHORT_NAME = re.compile(r"(?!refs/)[^\s~^:?*\[\\]+")


class RevisionError(HerdbookError):
    """A commit that the repository does not hold, or that cannot be read."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository, and the place of a catalog in it.

    Attributes:
        folder: where git is started.
        path: the folder of the catalog, from the root of the repository; empty for the root itself.
        shallow: older commits were left out when it was cloned.
    """

    folder: Path
    path: str
    shallow: bool

    def commit(self, revision: str) -> str | None:
        """The hash of the commit that a revision names; `None` where there is no such commit.

        Raises:
            RevisionError: it is the name of several things. Git takes a tag for it before a branch, and
                whoever may push a tag would choose the commit.
        """
        if not revision or revision.startswith("-") or not revision.isprintable():
            return None
        if len(named := self._named(revision)) > 1:
            raise RevisionError(f"{revision} names several things; write {' or '.join(named)}")
        asked = ("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        return (self._line(*asked) or "").strip() or None

    def _named(self, revision: str) -> Sequence[str]:
        """The full names of what a name without its beginning may stand for."""
        if not _SHORT_NAME.fullmatch(revision) or revision == "HEAD":
            return ()
        asked = [f"refs/{kind}/{revision}" for kind in ("tags", "heads", "remotes")]
        answer = self._line("for-each-ref", "--format=%(refname)", *asked) or ""
        return [name for name in answer.split("\n") if name in asked]

    @property
    def address(self) -> str | None:
        """The address of the remote, without user name, password and query; None where there is none."""
        return remote_address(self.folder)

    def parents(self, commit: str) -> tuple[str, ...]:
        """The hashes of a commit's parents that the repository holds, the first one first."""
        known = (self._line("rev-list", "--parents", "--max-count=1", commit) or "").split()
        return tuple(known[1:])

    def steps(self, base: str, head: str) -> tuple[str, ...]:
        """The hashes of the commits that a branch went through from one to another, the last one last."""
        asked = ("rev-list", "--first-parent", "--reverse", head, "--not", base)
        return tuple((self._line(*asked) or "").split())

    def merge_bases(self, one: str, other: str) -> tuple[str, ...]:
        """The last commits that two have in common, which are given by their hashes.

        Returns:
            Several where each was merged into the other; none where there are none, or where a shallow clone
            cuts off what either has beyond them: behind the cut there may be later ones.
        """
        found = tuple((self._line("merge-base", "--all", one, other) or "").split())
        if self.shallow and found and not {one, other} & {*found}:
            beyond = self._line("rev-list", "--parents", one, other, "--not", *found) or ""
            if any(" " not in commit for commit in beyond.splitlines()):
                return ()
        return found

    def merges_plainly(self, one: str, other: str, merge: str, *, settled: bool = False) -> bool:
        """Tell whether a commit holds each file as the one of two others has it that changed it.

        What both changed, differently, has been merged by somebody's judgement, or by none; that is plain
        only where somebody is trusted to have `settled` it.
        """
        starts = self.merge_bases(one, other)
        if len(starts) != 1:
            return False
        top = replace(self, path="")
        start, ours, theirs, found = (top.tree(commit, "")._all for commit in (*starts, one, other, merge))

        def plain(path: str) -> bool:
            before, mine, yours = start.get(path), ours.get(path), theirs.get(path)
            if mine == before:
                return found.get(path) == yours
            if yours in (before, mine):
                return found.get(path) == mine
            return settled

        return all(map(plain, start.keys() | ours.keys() | theirs.keys() | found.keys()))

    def commits(self, base: str, head: str) -> tuple["Made", ...]:
        """Who made the commits that `head` has beyond `base`.

        Raises:
            RevisionError: these are more than anybody reviews.
        """
        log = ("log", "-z", "--no-show-signature", "--no-color", "--encoding=UTF-8", "--no-use-mailmap")
        form = "--format=%P%n%an%n%ae%n%cn%n%ce%n%B"
        limit = f"--max-count={_MOST_COMMITS + 1}"
        output = git_bytes(self.folder, *log, limit, form, head, "--not", base).decode("utf-8", "replace")
        records = [record for record in output.split("\0") if record]
        if len(records) > _MOST_COMMITS:
            raise RevisionError(
                f"{head[:10]} has more than {_MOST_COMMITS:,} commits beyond {base[:10]}: "
                "name the branch that it is to be merged into with --base"
            )
        found = []
        for record in records:
            parents, author, email, committer, its_email, message = [*record.split("\n", 5), *[""] * 6][:6]
            makers = ((author, email), (committer, its_email))
            found.append(Made(makers, message, cut=self.shallow and not parents))
        return tuple(found)

    def changed(self, base: str, head: str) -> tuple[ChangedFile, ...]:
        """The files of the whole repository that differ between two commits."""
        return changed_between(self.folder, base, head)

    def moved_from(self, base: str, head: str) -> str | None:
        """The folder from which a change moved the catalog; `None` where it moved no catalog to its place.

        A catalog is moved if it is gone from where it was, and some of its files are here as they were there.
        """
        here = self.tree(head, "").listed()
        gone = [file.path for file in self.changed(base, head) if file.change == "deleted"]
        folders = [
            path.removesuffix("herdbook.yaml") for path in gone if f"/{path}".endswith("/herdbook.yaml")
        ]
        return self._most_kept(folders, base, here.__and__)

    def moved_on_disk(self, base: str) -> str | None:
        """The folder from which the catalog on disk was moved since a commit, whether git was told or not."""
        listing = ("--no-replace-objects", "ls-tree", "-r", "-z", "--name-only", "--full-tree")
        paths = git_bytes(self.folder, *listing, base).decode("utf-8", "surrogateescape").split("\0")
        folders = [
            path.removesuffix("herdbook.yaml")
            for path in paths
            if f"/{path}".endswith("/herdbook.yaml") and not os.path.lexists(self.folder / path)
        ]
        here = DirTree(self.folder / self.path)
        return self._most_kept(
            folders, base, lambda there: [file for file in there if _is_as_it_was(here, *file)]
        )

    def _most_kept(
        self, folders: Sequence[str], base: str, kept: Callable[[frozenset[tuple[str, str]]], Sized]
    ) -> str | None:
        """The folder at a commit of whose files the most are here; `None` where none of them are."""
        counts = {
            folder: len(kept(replace(self, path=folder.rstrip("/")).tree(base, "").listed()))
            for folder in folders
        }
        moved = max(folders, key=counts.__getitem__, default="")
        return moved.rstrip("/") if counts.get(moved) else None

    def tree(self, commit: str, name: str) -> "GitTree":
        """The catalog at a commit; `name` is what to call its folder."""
        return GitTree(self, commit, name)

    def _line(self, *arguments: str) -> str | None:
        return git_text(self.folder, "--no-replace-objects", *arguments, failing_is_empty=True)


@dataclass(frozen=True, slots=True)
class Made:
    """Who made a commit.

    Attributes:
        makers: names and e-mail addresses of its author and committer.
        message: its message.
        cut: what was before it was left out of a shallow clone.
    """

    makers: tuple[tuple[str, str], ...]
    message: str
    cut: bool


def repository_around(catalog_dir: Path) -> Repository:
    """Find the repository that a catalog lies in; the folder of the catalog need not be checked out.

    Links are not followed below the root of the repository: what a change makes of the folder on disk must
    not decide which folder is judged.

    Raises:
        HerdbookError: there is no git, or no repository.
    """
    target = os.path.normpath(Path.cwd() / catalog_dir)
    starts = [Path.cwd(), *(folder for folder in Path(target).parents if folder.is_dir()), Path(target)]
    for start in starts:
        answer = git_text(start, "rev-parse", "--is-bare-repository", "--is-shallow-repository", "--git-dir")
        bare, shallow, _ = (answer or "\n\n").split("\n", 2)
        if not bare:
            continue
        if bare == "true":
            if not catalog_dir.is_absolute():
                return Repository(start, _posix(os.path.normpath(catalog_dir)), shallow == "true")
            continue
        top = (git_text(start, "rev-parse", "--show-toplevel", failing_is_empty=True) or "").removesuffix(
            "\n"
        )
        inside = _below(top, target) if top else None
        if inside is not None:
            return Repository(Path(top), inside, shallow == "true")
    import shutil  # what packs archives comes along, which takes longer than all else here

    if shutil.which("git") is None:
        raise HerdbookError(
            "git is not there, and this is read from a repository; install it, or mend the PATH"
        )
    raise HerdbookError(
        f"{catalog_dir}: there is no git repository around it, and this is read from one; "
        "go to a clone, or begin one with `git init`"
    )


def _below(top: str, target: str) -> str | None:
    """The path of `target` below the root of a repository; `None` where it lies elsewhere."""
    path = Path(target)
    # From above, so that a link in the repository that leads back to its root is not taken for the root.
    for folder in (*reversed(path.parents), path):
        if _same(folder, top):
            return _posix(str(path.relative_to(folder)))
    return None


def _same(folder: Path, top: str) -> bool:
    try:
        return folder.samefile(top)
    except OSError:
        return False


def _is_as_it_was(tree: DirTree, path: str, oid: str) -> bool:
    """Tell whether a file on disk is the object that git calls so."""
    try:
        raw = tree.read(path)
    except (OSError, HerdbookError):
        return False
    named = hashlib.new(
        "sha1" if len(oid) == _SHA1 else "sha256", b"blob %d\0" % len(raw), usedforsecurity=False
    )
    named.update(raw)
    return named.hexdigest() == oid


def _posix(path: str) -> str:
    return "" if path == "." else Path(path).as_posix()


@dataclass(frozen=True)
class GitTree:
    """The folder of a catalog at a commit."""

    repository: Repository
    commit: str
    name: str
    _chunk: dict[str, bytes | None] = field(default_factory=dict, repr=False, compare=False)

    def files(self) -> Iterator[TreeFile]:
        """List the files, in the order of their paths; hidden ones are left out.

        Raises:
            RevisionError: the folder is a link, a submodule or a file at this commit.
        """
        for path, (mode, oid) in self._blobs.items():
            if mode in _REGULAR:
                yield TreeFile(path, digest=f"git:{oid}")
            else:
                yield TreeFile(path, _PROBLEMS.get(mode, "it is neither a file nor a folder"))

    def listed(self) -> frozenset[tuple[str, str]]:
        """The files, each with the name of the object that holds it."""
        return frozenset((path, oid) for path, (_, oid) in self._blobs.items())

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, at most one more than `MAX_BYTES`.

        Raises:
            OSError: there is no such file.
            RevisionError: the clone does not hold what is in it.
        """
        if path not in self._blobs:
            raise FileNotFoundError(path)
        mode, oid = self._blobs[path]
        if mode not in _REGULAR:
            raise OSError(0, "it is not a regular file", path)
        if oid not in self._chunk:
            self._read_from(path)
        content = self._chunk[oid]
        return self._large(path, oid) if content is None else content

    def read_hidden(self, path: str) -> bytes | None:
        """Return the bytes of a file that is not listed, for it is hidden or in a hidden folder.

        Nothing where there is none, or only a link, or one that is too large.
        """
        mode, oid = self._all.get(path, ("", ""))
        return contents_of(self.repository.folder, [oid])[0] if mode in _REGULAR else None

    def _read_from(self, path: str) -> None:
        """Read a file and those behind it, which will be asked for next; forget what was read before."""
        start = self._places[path]
        oids = [oid for _, oid in self._order[start : start + FILES_AT_ONCE]]
        self._chunk.clear()
        try:
            contents = contents_of(self.repository.folder, oids)
        except GitError as error:
            if "promisor" in str(error):
                raise self._incomplete(path) from error
            raise
        self._chunk.update(zip(oids, contents, strict=True))

    def _large(self, path: str, oid: str) -> bytes:
        """What stands for the content of a file that is too large to be read."""
        size = git_bytes(
            self.repository.folder, "cat-file", "--batch-check=%(objectsize)", input=oid.encode()
        )
        if not size.strip().isdigit():
            raise self._incomplete(path)
        return _TOO_LARGE

    def _incomplete(self, path: str) -> RevisionError:
        return RevisionError(
            f"{self.name}/{path}: this clone does not hold the file as it is at {self.commit[:10]}; "
            "clone without --filter (actions/checkout: without `filter`)"
        )

    @cached_property
    def _blobs(self) -> dict[str, tuple[str, str]]:
        """By path inside the catalog: the mode, and the name of the object."""
        seen = (path for path in self._all if not path.startswith(".") and "/." not in path)
        return {path: self._all[path] for path in sorted(seen, key=as_listed)}

    @cached_property
    def _all(self) -> dict[str, tuple[str, str]]:
        """The same with those that are hidden, in no order."""
        folder, path = self.repository.folder, self.repository.path
        if path and not self._is_folder(path):
            return {}
        treeish = f"{self.commit}:{path}"
        listing = git_bytes(folder, "ls-tree", "-r", "-z", "--full-tree", treeish)
        found: dict[str, tuple[str, str]] = {}
        for line in listing.decode("utf-8", "surrogateescape").split("\0"):
            about, tab, name = line.partition("\t")
            if not tab:
                continue
            mode, _, oid = about.split(" ")
            # Git itself refuses to make such a tree, but a pull request can be made without git.
            found[name] = (_TWICE, oid) if name in found else (mode, oid)
        return found

    def _is_folder(self, path: str) -> bool:
        mode, kind = self._about(path)
        if not kind:
            self._keep_to_this_repository(path)
            return False
        if kind != "tree":
            problem = _PROBLEMS.get(mode, "it is a file")
            raise RevisionError(
                f"{path}: {problem} at {self.commit[:10]}; the catalog must be a folder of the repository"
            )
        return True

    def _keep_to_this_repository(self, path: str) -> None:
        """Refuse what is not here because it is elsewhere: nobody may take that for a catalog that is new."""
        for folder in map(str, PurePosixPath(path).parents):
            mode, kind = self._about(folder) if folder != "." else ("", "")
            if mode in _ELSEWHERE:
                raise RevisionError(
                    f"{path}: {folder} is {_ELSEWHERE[mode]} at {self.commit[:10]}; go to where the files of "
                    "the catalog are, and name its folder from there"
                )
            if kind:
                return

    def _about(self, path: str) -> tuple[str, str]:
        """The mode and the kind of what is at a path in the repository; nothing where nothing is."""
        asked = ("ls-tree", "-z", "--full-tree", self.commit, "--", f":(literal,top){path}")
        about = git_bytes(self.repository.folder, *asked).decode("utf-8", "surrogateescape").split(" ", 2)
        return (about[0], about[1]) if len(about) == 3 else ("", "")

    @cached_property
    def _order(self) -> Sequence[tuple[str, str]]:
        return [(path, oid) for path, (mode, oid) in self._blobs.items() if mode in _REGULAR]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {path: index for index, (path, _) in enumerate(self._order)}
