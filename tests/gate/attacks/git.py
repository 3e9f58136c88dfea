"""The clone, the history or the environment are not what they seem, or the change clashes with another."""

import os
from pathlib import Path

from gate.attack import attack
from gate.records import line, version, with_lines
from gate.scene import Files, Run, Scene, edited
from repositories import git

_ALIASES = "models/churn/aliases.yaml"
_RUN = "runs/churn/odd.yaml"


def _tagless(scene: Scene) -> str:
    """Commit a run without its tags, which the gate must find."""
    text = edited(scene.read("runs/churn/prepare-1.yaml"), id="odd", tags={}, outputs=[])
    return scene.commit({_RUN: text})


def _at_depth(scene: Scene, depth: int) -> tuple[Path, dict[str, str]]:
    """A clone of the merge that GitHub made, cut off after some commits."""
    _tagless(scene)
    environment = scene.on_github()
    scene.git("update-ref", "refs/pull/1/merge", "HEAD")
    folder = scene.folder / "cut"
    git(scene.folder, "init", "-q", "-b", "main", str(folder))
    git(folder, "fetch", "-q", f"--depth={depth}", scene.root.as_uri(), "refs/pull/1/merge")
    git(folder, "checkout", "-q", "--detach", "FETCH_HEAD")
    return folder, environment


@attack(
    "git", "Judge a clone that holds the merge and nothing before it", says="fetch-depth: 2", installed=True
)
def depth_one(scene: Scene) -> Run:
    folder, environment = _at_depth(scene, 1)
    return Run(folder=folder, environment=environment)


@attack(
    "git", "Judge a clone that holds the merge and its parents only", "missing-lineage-tag", installed=True
)
def depth_two(scene: Scene) -> Run:
    folder, environment = _at_depth(scene, 2)
    return Run(folder=folder, environment=environment)


@attack("git", "Judge a shallow clone of a branch", says="The clone is shallow", installed=True)
def shallow_branch(scene: Scene) -> Run:
    _tagless(scene)
    folder = scene.folder / "cut"
    git(scene.folder, "clone", "-q", "--depth=1", "--no-single-branch", scene.root.as_uri(), "cut")
    return Run(("--base", "refs/remotes/origin/main"), folder=folder)


@attack(
    "git",
    "Take back what the branch holds by a long way round, which a shallow clone cuts off",
    says="The clone is shallow",
    installed=True,
)
def long_way_round(scene: Scene) -> Run:
    # In the clone, the change seems to come from the commit before the recall.
    scene.git("checkout", "-q", "-b", "target")
    recall = {"at": "2024-01-20T08:00:00Z", "by": "bo", "reason": "rows of robots", "severity": "high"}
    scene.edit("datasets/orders/versions/v1.yaml", recall=recall)
    scene.push_base()
    scene.git("fetch", "-q")
    for number in range(5):
        scene.commit({"../notes.txt": f"{number}\n"})
    scene.git("checkout", "-q", "change")
    scene.commit({"../read.txt": "sound\n"})
    scene.git("merge", "-q", "-s", "ours", "-m", "Merge the branch", "target")
    scene.git("push", "-q", "origin", "change")
    git(scene.folder, "clone", "-q", "--depth=4", "--no-single-branch", scene.origin.as_uri(), "cut")
    git(scene.folder / "cut", "checkout", "-q", "change")
    return Run(("--base", "refs/remotes/origin/main"), folder=scene.folder / "cut")


@attack("git", "Judge a clone without the contents of files", says="clone without --filter", installed=True)
def partial_clone(scene: Scene) -> Run:
    _tagless(scene)
    scene.git("config", "uploadpack.allowFilter", "true")
    git(scene.folder, "clone", "-q", "--filter=blob:none", "--no-checkout", scene.root.as_uri(), "part")
    return Run(("--base", "refs/remotes/origin/main"), folder=scene.folder / "part")


@attack(
    "git",
    "Bring a history that has nothing in common with the branch",
    says="no commit in common",
    installed=True,
)
def unrelated_histories(scene: Scene) -> None:
    scene.git("checkout", "-q", "--orphan", "alone")
    scene.commit({})


@attack("git", "Judge where there is no repository", says="there is no git repository around it")
def no_repository(scene: Scene) -> Run:
    (scene.folder / "catalog").mkdir()
    return Run(folder=scene.folder)


@attack("git", "Name a base that does not exist", says="nowhere is not in this clone")
def unknown_base(scene: Scene) -> tuple[str, ...]:
    return "--base", "nowhere"


@attack("git", "Name a head that does not exist", says="there is no such commit in this clone")
def unknown_head(scene: Scene) -> tuple[str, ...]:
    return "--head", "nowhere"


@attack("git", "Lose what the default branch of the origin is", says="git remote set-head origin --auto")
def no_default_branch(scene: Scene) -> None:
    scene.git("symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    _tagless(scene)


@attack("git", "Judge a detached head", "missing-lineage-tag")
def detached_head(scene: Scene) -> None:
    _tagless(scene)
    scene.git("checkout", "-q", "--detach")


@attack("git", "Judge from a second work tree", "missing-lineage-tag", installed=True)
def work_tree(scene: Scene) -> Run:
    _tagless(scene)
    scene.git("checkout", "-q", "--detach", "main")
    scene.git("worktree", "add", "-q", "../second", "change")
    return Run(folder=scene.folder / "second")


@attack("git", "Judge a bare repository", "missing-lineage-tag", installed=True)
def bare_repository(scene: Scene) -> Run:
    _tagless(scene)
    git(scene.folder, "clone", "-q", "--bare", scene.root.as_uri(), "bare.git")
    return Run(("--base", "refs/heads/main", "--head", "refs/heads/change"), folder=scene.folder / "bare.git")


@attack("git", "Judge a bare repository, in which a workflow changed", "guarded-file-changed")
def bare_repository_with_a_workflow(scene: Scene) -> Run:
    scene.commit({"../.github/workflows/lineage-gate.yml": "on: push\n"})
    git(scene.folder, "clone", "-q", "--bare", scene.root.as_uri(), "bare.git")
    return Run(("--base", "refs/heads/main", "--head", "refs/heads/change"), folder=scene.folder / "bare.git")


@attack("git", "Start in a folder of the repository", "missing-lineage-tag")
def folder_of_the_repository(scene: Scene) -> Run:
    _tagless(scene)
    return Run(("--catalog", "../../catalog"), folder=scene.root / "catalog" / "runs")


@attack("git", "Leave the change out of what is checked out", "missing-lineage-tag")
def another_checkout(scene: Scene) -> tuple[str, ...]:
    _tagless(scene)
    scene.git("checkout", "-q", "main")
    return "--head", "change"


@attack("git", "Have the job check out the branch that the change is for", says="does not hold the head of")
def base_checked_out(scene: Scene) -> Run:
    _tagless(scene)
    environment = scene.on_github()
    scene.git("checkout", "-q", "--detach", "origin/main")
    return Run(environment=environment)


@attack("git", "Mend the files on disk, and commit the broken ones", "missing-lineage-tag")
def mended_on_disk(scene: Scene) -> None:
    _tagless(scene)
    (scene.root / "catalog" / _RUN).unlink()


@attack("git", "Push a tag that is called like the branch of the origin", "missing-lineage-tag")
def tag_like_the_default(scene: Scene) -> None:
    _tagless(scene)
    for name in ("origin/main", "origin/HEAD", "main", "HEAD"):
        scene.git("update-ref", f"refs/tags/{name}", "HEAD")


@attack(
    "git", "Push a tag that is called like the base that the gate is told", says="several", installed=True
)
def tag_like_the_base(scene: Scene) -> tuple[str, ...]:
    _tagless(scene)
    scene.git("tag", "origin/main", "HEAD")
    return "--base", "origin/main"


@attack("git", "Push a tag that is called like the head that the gate is told", says="several")
def tag_like_the_head(scene: Scene) -> tuple[str, ...]:
    _tagless(scene)
    scene.git("tag", "change", "main")
    return "--head", "change"


@attack("git", "Call a branch like an option of git", says="there is no such commit")
def branch_like_an_option(scene: Scene) -> tuple[str, ...]:
    _tagless(scene)
    scene.git("update-ref", "refs/heads/--output=x", "HEAD")
    return ("--head=--output=x",)


@attack("git", "Name a range instead of a commit", says="there is no such commit")
def range_for_a_head(scene: Scene) -> tuple[str, ...]:
    _tagless(scene)
    return "--head", "main..change"


@attack("git", "Judge a head that is the base", code=0, note="There is nothing to judge.")
def head_is_the_base(scene: Scene) -> None:
    scene.git("reset", "-q", "--hard", "origin/main")


@attack("git", "Have a graft cut the history off", "missing-lineage-tag")
def graft(scene: Scene) -> None:
    commit = _tagless(scene)
    (scene.root / ".git/info/grafts").write_text(f"{scene.git('rev-parse', 'origin/main')} {commit}\n")


@attack("git", "Have the base replaced by the head, in git's own way", "missing-lineage-tag", installed=True)
def replaced_base(scene: Scene) -> None:
    _tagless(scene)
    scene.git("replace", "-f", scene.git("rev-parse", "origin/main"), scene.git("rev-parse", "HEAD"))


@attack("git", "Have the head replaced by one that touches no workflow", "guarded-file-changed")
def replaced_head(scene: Scene) -> None:
    head = scene.commit({"../.github/workflows/lineage-gate.yml": "on: push\n"})
    scene.git("replace", "-f", head, scene.git("rev-parse", "origin/main"))


@attack("git", "Have a file replaced by a sound one", "missing-lineage-tag")
def replaced_file(scene: Scene) -> None:
    _tagless(scene)
    bad = scene.git("rev-parse", f"HEAD:catalog/{_RUN}")
    good = scene.git("hash-object", "-w", "--stdin", input=scene.read("runs/churn/prepare-1.yaml"))
    scene.git("replace", "-f", bad, good)


@attack("git", "Point git to another repository by its environment", "missing-lineage-tag", installed=True)
def git_environment(scene: Scene) -> Run:
    _tagless(scene)
    empty = scene.folder / "empty"
    git(scene.folder, "init", "-q", "-b", "main", str(empty))
    environment = {
        "GIT_DIR": str(empty / ".git"),
        "GIT_WORK_TREE": str(empty),
        "GIT_INDEX_FILE": str(empty / "index"),
        "GIT_OBJECT_DIRECTORY": str(empty / ".git/objects"),
        "GIT_REPLACE_REF_BASE": "refs/heads/",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "true",
    }
    return Run(environment=environment)


_HOSTILE = "x\n::error::forged\n##[error]forged\n\u001b[2K\rPASS: no findings"


@attack(
    "git",
    "Forge output by the message and the author of a commit",
    "missing-lineage-tag",
    silent="forged",
    installed=True,
)
def hostile_message(scene: Scene) -> None:
    text = edited(scene.read("runs/churn/prepare-1.yaml"), id="odd", tags={}, outputs=[])
    scene.commit(
        {_RUN: text}, _HOSTILE, GIT_AUTHOR_NAME="\u001b[2K::error::forged", GIT_AUTHOR_EMAIL="::error::forged"
    )


@attack(
    "git", "Forge output by the name of a branch", says="there is no such commit", silent="\n::error::forged"
)
def hostile_branch(scene: Scene) -> tuple[str, ...]:
    return "--head", _HOSTILE


@attack(
    "git",
    "Forge output by the login of a reviewer",
    "unverified-approval",
    origin="verified",
    silent="\n::error::forged",
    installed=True,
)
def hostile_login(scene: Scene) -> tuple[str, ...]:
    text = with_lines(scene.read(_ALIASES), "champion", line(3))
    head = scene.commit({_ALIASES: text})
    return scene.reviews(("eve\n::error::forged", "APPROVED", head))


@attack(
    "git",
    "Take back what the branch holds by a merge crosswise, so that the change has two beginnings",
    says="the change has no one beginning",
)
def crosswise(scene: Scene) -> tuple[str, ...]:
    # Git takes the newest of the two for the beginning, and whoever made it chose its date.
    old = scene.commit({"../notes.txt": "sound"}, "Sound", GIT_COMMITTER_DATE="2024-03-01T08:00:00Z")
    scene.git("checkout", "-q", "-b", "target", "origin/main")
    recall = {"at": "2024-01-20T08:00:00Z", "by": "bo", "reason": "rows of robots", "severity": "high"}
    new = scene.edit("datasets/orders/versions/v1.yaml", recall=recall)
    scene.git("merge", "-q", "--no-ff", "-m", "Merge", old)
    scene.push_base()
    scene.git("fetch", "-q")
    scene.git("checkout", "-q", "change")
    scene.git("merge", "-q", "-s", "ours", "-m", "Merge the branch", new)
    return "--base", "refs/remotes/origin/main"


def _other_is_merged(scene: Scene, first: Files, second: Files) -> None:
    """Let one change be merged while the other one is waiting."""
    scene.git("checkout", "-q", "-b", "first", "origin/main")
    scene.before(first)
    scene.git("checkout", "-q", "change")
    scene.commit(second)


def _after_the_merge(scene: Scene, name: str) -> Run:
    """What the gate judges of two changes: a merge group, or the push that follows the merge."""
    base = scene.git("rev-parse", "origin/main")
    environment = scene.on_github()
    sha = environment["GITHUB_SHA"]
    file = Path(environment["GITHUB_EVENT_PATH"])
    group = f'{{"merge_group": {{"base_sha": "{base}", "base_ref": "refs/heads/main", "head_sha": "{sha}"}}}}'
    pushed = (
        f'{{"before": "{base}", "after": "{sha}", "ref": "refs/heads/main", '
        '"repository": {"default_branch": "main"}, "sender": {"login": "ana-a"}}'
    )
    file.write_text(group if name == "merge_group" else pushed)
    ref = "refs/heads/gh-readonly-queue/main/pr-2" if name == "merge_group" else "refs/heads/main"
    return Run(environment={**environment, "GITHUB_EVENT_NAME": name, "GITHUB_REF": ref})


@attack(
    "git",
    "Merge two changes, of which one deletes what the other refers to",
    "unknown-reference",
    installed=True,
)
def clash_of_a_reference(scene: Scene) -> Run:
    scene.before({"runs/churn/odd.yaml": edited(scene.read("runs/churn/train-1.yaml"), id="odd")})
    scene.git("fetch", "-q")
    fifth = version(5)
    fifth["models/churn/versions/5.yaml"] = edited(
        fifth["models/churn/versions/5.yaml"],
        run="odd",
        digest=f"sha256:{'4f93e5df395c7b831bbd760bdc8b7b74ad21079f5dd5e844b06432255fcef16f'}",
    )
    _other_is_merged(scene, {"runs/churn/odd.yaml": None}, fifth)
    return _after_the_merge(scene, "merge_group")


@attack("git", "Merge two changes that each add a run of the same name", "duplicate-id")
def clash_of_a_name(scene: Scene) -> Run:
    text = scene.read("runs/churn/train-3.yaml")
    ours = {"runs/churn/same.yaml": edited(text, id="same", outputs=[])}
    theirs = {"runs/other/same.yaml": edited(text, id="same", experiment="other", outputs=[])}
    _other_is_merged(scene, {**ours}, {**theirs})
    return _after_the_merge(scene, "push")


@attack("git", "Merge two changes that each put a version into production", "several-in-production")
def clash_of_an_alias(scene: Scene) -> Run:
    scene.git("config", "merge.default", "union")
    base = scene.read("models/churn/stages.yaml")
    third = '  - {version: 3, stage: production, at: "2024-02-01T08:00:00Z", by: ana, approved_by: [bo]}\n'
    fourth = '  - {version: 1, stage: production, at: "2024-02-01T09:00:00Z", by: ana, approved_by: [bo]}\n'
    archived = '  - {version: 2, stage: archived, at: "2024-02-01T08:00:00Z", by: ana}\n'
    _other_is_merged(
        scene,
        {"models/churn/stages.yaml": f"{base}{archived}{third}"},
        {"models/churn/stages.yaml": f"{base}{archived}{fourth}"},
    )
    return _merged_by_hand(scene, f"{base}{archived}{third}{fourth}")


def _merged_by_hand(scene: Scene, text: str) -> Run:
    scene.git("checkout", "-q", "--detach", "origin/main")
    scene.git("merge", "-q", "-s", "ours", "--no-ff", "-m", "Merge", "change")
    scene.commit({"models/churn/stages.yaml": text}, "Merge")
    scene.git("branch", "-q", "-f", "change", "HEAD")
    return Run()


@attack(
    "git",
    "Merge two changes that each register the same number, the second over the first",
    "immutable-field-changed",
)
def clash_of_a_number(scene: Scene) -> Run:
    mine = version(5, 0.9, digest=f"sha256:{'b' * 64}")
    _other_is_merged(scene, version(5), mine)
    scene.git("checkout", "-q", "--detach", "origin/main")
    scene.git("merge", "-q", "-X", "theirs", "--no-ff", "-m", "Merge", "change")
    return Run()


@attack("git", "Judge a pipeline of a fork, whose branches its owner writes", says="runs in a fork")
def gitlab_fork(scene: Scene) -> Run:
    _tagless(scene)
    environment = {
        "GITLAB_CI": "true",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_PROJECT_ID": "1",
        "CI_MERGE_REQUEST_PROJECT_ID": "2",
    }
    return Run(environment=environment)


@attack("git", "Call the target branch like an option of git", says="no name of a branch")
def target_like_an_option(scene: Scene) -> Run:
    return Run(environment={"TF_BUILD": "True", "SYSTEM_PULLREQUEST_TARGETBRANCH": "--upload-pack=x"})


@attack("git", "Judge the first push of a branch, with nothing before it", says="first push of the branch")
def first_push(scene: Scene) -> Run:
    run = _after_the_merge(scene, "push")
    file = Path(run.environment["GITHUB_EVENT_PATH"])
    file.write_text(file.read_text().replace(scene.git("rev-parse", "origin/main"), "0" * 40))
    return run


@attack("git", "Name a folder without a catalog", says="there is no catalog")
def no_catalog(scene: Scene) -> tuple[str, ...]:
    return "--catalog", "nowhere"


@attack("git", "Name a catalog outside the repository", says="there is no git repository around it")
def catalog_elsewhere(scene: Scene) -> tuple[str, ...]:
    elsewhere = scene.folder / "elsewhere"
    elsewhere.mkdir()
    return "--catalog", os.fspath(elsewhere)
