import shutil
from pathlib import Path

import pytest

from herdbook.errors import HerdbookError
from herdbook.git import GitError, GitTree, RevisionError, repository_around
from herdbook.opening import read_catalog
from herdbook.tree import MAX_BYTES, DirTree, TreeFile
from repositories import commit, git, initialised, write
from rule_examples import EXAMPLE_CATALOG


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with the example catalog, committed."""
    root = initialised(tmp_path / "a b\tü")
    shutil.copytree(EXAMPLE_CATALOG, root / "catalog")
    commit(root, {"train.py": "print()\n"})
    return root


def tree(root: Path, revision: str = "HEAD", catalog: str = "catalog") -> GitTree:
    repository = repository_around(root / catalog)
    found = repository.commit(revision)
    assert found is not None
    return repository.tree(found, catalog)


def files(tree: GitTree) -> dict[str, str]:
    return {file.path: file.problem for file in tree.files()}


def test_a_commit_reads_as_the_folder_does(root: Path) -> None:
    write(
        root,
        {"catalog/runs/a-b/x.yaml": "a: 1\n", "catalog/runs/a/x.yaml": "b: 1\n", "catalog/runs/a.yaml": ""},
    )
    commit(root, {"catalog/.hidden/x.yaml": "a: 1\n", "catalog/runs/.x.yaml": "a: 1\n"})
    folder, found = DirTree(root / "catalog"), tree(root)
    listed = [file.path for file in found.files()]
    assert listed == [file.path for file in folder.files()]
    assert [found.read(path) for path in listed] == [folder.read(path) for path in listed]
    assert found.read(listed[0]) == folder.read(listed[0])


def test_hidden_files_are_read_where_they_are_asked_for(root: Path) -> None:
    (root / "catalog" / ".link").symlink_to("herdbook.yaml")
    commit(root, {"catalog/.hidden/x": "a: 1\n", "catalog/.large": "x" * (MAX_BYTES + 1)})
    found = tree(root)
    assert found.read_hidden(".hidden/x") == b"a: 1\n"
    for nothing in (".link", ".hidden", ".hidden/y", "", ".large"):
        assert found.read_hidden(nothing) is None


def test_what_is_not_committed_is_not_read(root: Path) -> None:
    before = files(tree(root))
    write(root, {"catalog/new.yaml": "a: 1\n", "catalog/herdbook.yaml": "kind: nothing\n"})
    git(root, "add", "-A")
    assert files(tree(root)) == before
    assert tree(root).read("herdbook.yaml") == (EXAMPLE_CATALOG / "herdbook.yaml").read_bytes()


def test_attributes_change_nothing_that_is_read(root: Path) -> None:
    attributes = "*.yaml text eol=crlf working-tree-encoding=UTF-16LE ident filter=x\n"
    commit(root, {".gitattributes": attributes, "catalog/.gitattributes": attributes})
    assert tree(root).read("herdbook.yaml") == (EXAMPLE_CATALOG / "herdbook.yaml").read_bytes()


def test_links_and_submodules_are_no_files(root: Path) -> None:
    (root / "catalog/runs/link.yaml").symlink_to("/etc/passwd")
    (root / "catalog/linked").symlink_to("models")
    git(root, "add", "-A")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},catalog/models/module")
    git(root, "commit", "-q", "-m", "links")
    problems = {path: problem for path, problem in files(tree(root)).items() if problem}
    assert problems == {
        "linked": "it is a symbolic link",
        "models/module": "it is a submodule",
        "runs/link.yaml": "it is a symbolic link",
    }
    for path in problems:
        with pytest.raises(OSError, match="not a regular file"):
            tree(root).read(path)


def test_a_name_that_stands_twice_is_no_file(root: Path) -> None:
    blob = git(root, "rev-parse", "HEAD:train.py")
    raw = b"".join(b"100644 herdbook.yaml\0" + bytes.fromhex(oid) for oid in (blob, blob))
    (root / "raw").write_bytes(raw)
    inner = git(root, "hash-object", "-t", "tree", "-w", "--literally", "raw")
    outer = git(root, "mktree", input=f"040000 tree {inner}\tcatalog\n")
    made = git(root, "commit-tree", outer, "-m", "twice")
    assert files(tree(root, made)) == {"herdbook.yaml": "it stands twice in its folder"}


def test_names_that_no_one_can_type_are_kept_as_they_are(root: Path) -> None:
    blob = git(root, "rev-parse", "HEAD:train.py")
    inner = git(root, "mktree", "-z", input=f"100644 blob {blob}\ta\nb.yaml\0")
    outer = git(root, "mktree", input=f"040000 tree {inner}\tcatalog\n")
    made = git(root, "commit-tree", outer, "-m", "odd")
    assert files(tree(root, made)) == {"a\nb.yaml": ""}
    assert tree(root, made).read("a\nb.yaml") == b"print()\n"
    commit(root, {"catalog/runs/\udcff/x.yaml": ""})
    assert "runs/\udcff/x.yaml" in files(tree(root))


def test_a_file_that_is_too_large_is_not_read(root: Path) -> None:
    commit(root, {"catalog/large.yaml": b"x" * (MAX_BYTES + 5), "catalog/most.yaml": b"x" * MAX_BYTES})
    assert len(tree(root).read("large.yaml")) == MAX_BYTES + 1
    assert tree(root).read("most.yaml") == b"x" * MAX_BYTES


def test_many_files_are_read_in_any_order(root: Path) -> None:
    commit(root, {f"catalog/{number:04}.txt": str(number) for number in range(700)})
    found = tree(root)
    for number in (0, 699, 3, 300, 255, 256, 512):
        assert found.read(f"{number:04}.txt") == str(number).encode()


@pytest.mark.parametrize(
    ("catalog", "where"),
    [
        ("there/models", "there is a symbolic link"),
        ("there/absent/deeper", "there is a symbolic link"),
        ("catalog/module/catalog", "catalog/module is a submodule"),
    ],
)
def test_what_another_place_holds_is_not_taken_for_nothing(root: Path, catalog: str, where: str) -> None:
    (root / "there").symlink_to("catalog")
    git(root, "add", "there")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},catalog/module")
    git(root, "commit", "-q", "-m", "elsewhere")
    with pytest.raises(RevisionError) as caught:
        list(tree(root, catalog=catalog).files())
    assert str(caught.value).startswith(f"{catalog}: {where} at ")
    assert str(caught.value).endswith(
        "; go to where the files of the catalog are, and name its folder from there"
    )


def test_what_is_no_folder_is_no_catalog(root: Path) -> None:
    (root / "there").symlink_to("catalog")
    commit(root, {"file": "x\n"})
    for catalog, problem in (("there", "it is a symbolic link"), ("file", "it is a file")):
        with pytest.raises(RevisionError, match=problem):
            list(tree(root, catalog=catalog).files())
    assert list(tree(root, catalog="absent").files()) == []
    assert list(tree(root, catalog="file/catalog").files()) == []
    assert list(tree(root, catalog="cat*").files()) == []


def test_a_link_on_disk_does_not_decide_what_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = git(root, "rev-parse", "HEAD")
    shutil.rmtree(root / "catalog")
    commit(root, {"decoy/herdbook.yaml": "kind: catalog\nname: decoy\n"})
    (root / "catalog").symlink_to("decoy")
    monkeypatch.chdir(root)
    for path in ("./decoy/../catalog/", str(root / "catalog")):
        assert repository_around(Path(path)).path == "catalog"
    repository = repository_around(Path("catalog"))
    assert repository.path == "catalog"
    assert "endpoints/predict.yaml" in files(repository.tree(first, "catalog"))
    (root / "catalog").unlink()
    (root / "catalog").symlink_to(".")
    assert repository_around(Path("catalog")).path == "catalog"


def test_the_folder_need_not_be_checked_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(root / "catalog")
    monkeypatch.chdir(root)
    assert "herdbook.yaml" in files(repository_around(Path("catalog")).tree("HEAD", "catalog"))


@pytest.mark.parametrize("shape", ["bare", "worktree", "detached", "link", "below", "elsewhere", "root"])
def test_repositories_of_all_shapes(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    expected = sorted(file.path for file in DirTree(EXAMPLE_CATALOG).files())
    where, catalog = root, Path("catalog")
    if shape == "bare":
        where = tmp_path / "bare.git"
        git(tmp_path, "clone", "-q", "--bare", str(root), str(where))
    elif shape == "worktree":
        where = tmp_path / "work tree"
        git(root, "worktree", "add", "-q", "-b", "other", str(where))
    elif shape == "detached":
        git(root, "checkout", "-q", "--detach")
    elif shape == "link":
        where = tmp_path / "link"
        where.symlink_to(root)
        catalog = where / "catalog"
    elif shape == "below":
        where, catalog = root / "catalog" / "models", Path("../../catalog")
    elif shape == "elsewhere":
        where, catalog = tmp_path, root / "catalog"
    elif shape == "root":
        where, catalog = initialised(tmp_path / "of its own"), Path()
        shutil.copytree(EXAMPLE_CATALOG, where, dirs_exist_ok=True)
        commit(where, {})
    monkeypatch.chdir(where)
    repository = repository_around(catalog)
    head = repository.commit("HEAD")
    assert head is not None
    assert list(files(repository.tree(head, "catalog"))) == expected
    assert len(read_catalog(repository.tree(head, "catalog")).sources) == len(expected)


def test_without_a_repository_there_is_nothing_to_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HerdbookError, match="no git repository"):
        repository_around(Path("catalog"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(HerdbookError, match="git is not there"):
        repository_around(Path("catalog"))


@pytest.mark.parametrize("lacking", ["blob:none", "tree:0"])
def test_what_a_partial_clone_lacks_is_an_error(root: Path, tmp_path: Path, lacking: str) -> None:
    git(root, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    git(tmp_path, "clone", "-q", "--no-checkout", f"--filter={lacking}", root.as_uri(), str(clone))
    with pytest.raises((RevisionError, GitError), match="clone without --filter"):
        read_catalog(tree(clone))


def test_revisions(root: Path) -> None:
    repository = repository_around(root / "catalog")
    first = git(root, "rev-parse", "HEAD")
    second = commit(root, {"x": "1"})
    git(root, "tag", "-a", "v1", "-m", "one", first)
    assert repository.commit("HEAD~1") == repository.commit("v1") == first
    assert repository.parents(second) == (first,)
    assert repository.parents(first) == ()
    for none in ("absent", "", "HEAD~9", "--all", "HEAD:train.py", "x\ny", "HEAD^{tree}", "0" * 40, "\udcff"):
        assert repository.commit(none) is None
    git(root, "checkout", "-q", "--orphan", "other")
    unrelated = commit(root, {"y": "1"})
    assert repository.merge_bases(second, unrelated) == ()
    assert repository.merge_bases(second, first) == (first,)


def test_branches_that_were_merged_into_each_other_have_several_commits_in_common(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "one")
    one = commit(root, {"x": "1"})
    git(root, "checkout", "-q", "-b", "other", "HEAD~")
    other = commit(root, {"y": "1"})
    git(root, "merge", "-q", "-m", "merge", one)
    git(root, "checkout", "-q", "one")
    git(root, "merge", "-q", "-m", "merge", other)
    tips = [git(root, "rev-parse", name) for name in ("one", "other")]
    assert set(repository_around(root / "catalog").merge_bases(*tips)) == {one, other}


def test_what_two_have_in_common_is_told_where_a_shallow_clone_cuts_off_nothing_beyond(
    root: Path, tmp_path: Path
) -> None:
    base = commit(root, {"x": "1"})
    git(root, "checkout", "-q", "-b", "one")
    one = [commit(root, {"x": str(number)}) for number in range(2, 4)][-1]
    git(root, "checkout", "-q", "-b", "other", base)
    other = [commit(root, {"y": str(number)}) for number in range(2)][-1]

    def found(depth: int, one: str, other: str) -> tuple[str, ...]:
        clone = tmp_path / f"cut-{depth}-{other}"
        git(tmp_path, "clone", "-q", f"--depth={depth}", "--no-single-branch", root.as_uri(), str(clone))
        return repository_around(clone / "catalog").merge_bases(one, other)

    assert found(2, one, other) == ()
    assert found(3, one, other) == (base,)
    git(root, "merge", "-q", "-m", "merge", one)
    merged = git(root, "rev-parse", "HEAD")
    assert found(2, one, merged) == (one,)
    # A way round the base, of which nobody knows where it leads.
    git(root, "checkout", "-q", "--orphan", "apart")
    apart = commit(root, {"z": "1"})
    git(root, "checkout", "-q", "-f", "other")
    git(root, "reset", "-q", "--hard", other)
    git(root, "merge", "-q", "--allow-unrelated-histories", "-s", "ours", "-m", "merge", apart)
    around = git(root, "rev-parse", "HEAD")
    assert repository_around(root / "catalog").merge_bases(one, around) == (base,)
    assert found(3, one, around) == ()


def test_who_made_a_change(root: Path) -> None:
    base = git(root, "rev-parse", "HEAD")
    body = "Change\n\nCo-authored-by: Bo <bo@example.org>\n"
    commit(root, {"x": "1"}, body, GIT_COMMITTER_NAME="Dee", GIT_COMMITTER_EMAIL="dee@example.org")
    head = commit(root, {"x": "2"}, GIT_AUTHOR_NAME="Eve", GIT_AUTHOR_EMAIL="12+eve@users.example.org")
    repository = repository_around(root / "catalog")
    last, first = repository.commits(base, head)
    assert last.makers == (("Eve", "12+eve@users.example.org"), ("Ana", "ana@example.org"))
    assert first.makers == (("Ana", "ana@example.org"), ("Dee", "dee@example.org"))
    assert (first.message.strip(), first.cut, last.cut) == (body.strip(), False, False)
    assert repository.commits(head, head) == ()


def test_commits_that_a_shallow_clone_lacks_are_missed(root: Path, tmp_path: Path) -> None:
    base = git(root, "rev-parse", "HEAD")
    git(root, "checkout", "-q", "-b", "change")
    commit(root, {"x": "1"})
    commit(root, {"x": "2"})
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "Merge", "change")
    clone = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=2", root.as_uri(), str(clone))
    head = git(clone, "rev-parse", "HEAD")
    assert [made.cut for made in repository_around(clone / "catalog").commits(base, head)] == [False, True]


def test_a_digest_names_what_a_file_holds(root: Path) -> None:
    before = {file.path: file for file in tree(root).files()}
    commit(root, {"catalog/endpoints/predict.yaml": "kind: endpoint\n"})
    after = {file.path: file for file in tree(root).files()}
    changed = {path for path in after if after[path] != before[path]}
    assert changed == {"endpoints/predict.yaml"}
    assert before["herdbook.yaml"] != TreeFile("herdbook.yaml")
