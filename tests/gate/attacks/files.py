"""The change hides something in the form, the name or the kind of a file."""

import os

from gate.attack import attack, change
from gate.records import line, version, with_lines
from gate.scene import Files, Run, Scene, edited
from repositories import tree_of

_RUN = "runs/churn/train-2.yaml"
_CANARY = "import pathlib, os\npathlib.Path(os.environ['CANARY']).touch()\n"
_ENTRY = "kind: run\nid: odd\nexperiment: churn\ntype: training\nstatus: running\n"


for name, title, content, rule in (
    (
        "duplicate_key",
        "Write a key twice, of which a reviewer reads the first",
        f"{_ENTRY}status: finished\n",
        "duplicate-key",
    ),
    (
        "anchor",
        "Use an anchor and an alias of YAML",
        f"{_ENTRY}tags: &a {{x: y}}\nparams: *a\n",
        "invalid-yaml",
    ),
    ("merge_key", "Merge a mapping into another one", f"{_ENTRY}params: {{<<: {{x: 1}}}}\n", "invalid-yaml"),
    (
        "python_tag",
        "Have YAML make an object of Python",
        f'{_ENTRY}notes: !!python/object/apply:os.system ["touch canary"]\n',
        "invalid-yaml",
    ),
    ("second_document", "Hide a second document in a file", f"{_ENTRY}---\n{_ENTRY}", "invalid-yaml"),
    (
        "conflict_markers",
        "Leave the markers of a conflict",
        f"{_ENTRY}<<<<<<< HEAD\nnotes: a\n=======\nnotes: b\n>>>>>>> x\n",
        "invalid-yaml",
    ),
    (
        "hidden_line",
        "Hide a line behind a comment by U+2028",
        f"{_ENTRY}# note\u2028user: bo\n",
        "forbidden-character",
    ),
    (
        "carriage_return",
        "Hide a line behind a comment by a carriage return",
        f"{_ENTRY}# note\ruser: bo\n",
        "forbidden-character",
    ),
    (
        "next_line",
        "Hide a line behind a comment by U+0085",
        f"{_ENTRY}# note\u0085user: bo\n",
        "forbidden-character",
    ),
    (
        "bidirectional",
        "Turn the direction of a line that a reviewer reads",
        f"{_ENTRY}notes: a\u202eb\n",
        "forbidden-character",
    ),
    (
        "zero_width",
        "Put characters without width into a name",
        f"{_ENTRY}user: b\u200bo\n",
        "forbidden-character",
    ),
    (
        "escape",
        "Put the control sequences of a terminal into a text",
        f'{_ENTRY}notes: "a\u001b[2Kb"\n',
        "forbidden-character",
    ),
    (
        "nul",
        "Put a character of zero into a text, by an escape of YAML",
        f'{_ENTRY}notes: "a\\0b"\n',
        "invalid-yaml",
    ),
    ("homoglyph", "Name a run with a Cyrillic letter", _ENTRY.replace("odd", "\u043edd"), "invalid-schema"),
    ("reserved_name", "Name a run as Windows names a device", _ENTRY.replace("odd", "con"), "invalid-schema"),
    (
        "name_with_dots",
        "Name a run by a way out of its folder",
        _ENTRY.replace("odd", "../x"),
        "invalid-schema",
    ),
    ("final_dot", "Name a run with a dot at its end", _ENTRY.replace("odd", "odd."), "invalid-schema"),
    ("long_name", "Name a run by 300 letters", _ENTRY.replace("odd", "o" * 300), "invalid-schema"),
    ("utf_16", "Write a file in UTF-16", _ENTRY.encode("utf-16"), "invalid-yaml"),
    ("latin_1", "Write a file in Latin-1", f"{_ENTRY}notes: caf\u00e9\n".encode("latin-1"), "invalid-yaml"),
    ("ten_megabytes", "Bring a file of 10 MB", _ENTRY.encode() + b"# x\n" * 2_500_000, "invalid-yaml"),
    ("depth_bomb", "Nest lists 25,000 deep", f"{_ENTRY}params: {'[' * 25_000}\n", "invalid-yaml"),
    (
        "many_values",
        "Write half a million values into a file",
        f"{_ENTRY}params: {{x: [{'1,' * 500_000}]}}\n",
        "invalid-yaml",
    ),
    (
        "sixty_times_sixty",
        "Write a number to the base of sixty with 10,000 places",
        f"{_ENTRY}params: {{x: 1{':00' * 10_000}}}\n",
        "invalid-schema",
    ),
    (
        "many_digits",
        "Write a number of 5,000 digits",
        f"{_ENTRY}params: {{x: {'1' * 5_000}}}\n",
        "invalid-yaml",
    ),
    ("unknown_field", "Write a field that no schema knows", f"{_ENTRY}approved: true\n", "invalid-schema"),
    ("kind_of_its_own", "Bring a kind of entry that nobody knows", "kind: secret\n", "invalid-schema"),
    ("empty_file", "Bring an empty file", "", "invalid-yaml"),
):
    change("files", name, title, {"runs/churn/odd.yaml": content}, rule)

for name, title, path, rule in (
    ("extension_in_capitals", "Add a file that ends in .YAML", "runs/churn/odd.YAML", "misplaced-file"),
    ("other_extension", "Add a file that ends in .yml", "runs/churn/odd.yml", "misplaced-file"),
    ("script_in_the_catalog", "Add a script to the catalog", "runs/conftest.py", "misplaced-file"),
    (
        "control_character_in_a_name",
        "Put an escape sequence into the name of a file",
        "runs/churn/\u001b[2Kodd.yaml",
        "misplaced-file",
    ),
    (
        "line_break_in_a_name",
        "Put a line break into the name of a file",
        "runs/churn/odd\n::error::x.yaml",
        "misplaced-file",
    ),
    (
        "bidirectional_name",
        "Turn the direction of the name of a file",
        "runs/churn/odd\u202elmay.yaml",
        "misplaced-file",
    ),
    ("deep_folder", "Add a run below other folders", "runs/churn/a/b/odd.yaml", "misplaced-file"),
):
    change("files", name, title, {path: _ENTRY}, rule)

change(
    "files",
    "name_in_capitals",
    "Add a run whose name differs in case only",
    lambda scene: {"runs/churn/TRAIN-2.yaml": edited(scene.read(_RUN), id="TRAIN-2")},
    "duplicate-id",
)
change(
    "files",
    "folder_in_capitals",
    "Add a folder whose name differs in case only",
    lambda scene: {
        "models/Churn/versions/9.yaml": edited(
            scene.read("models/churn/versions/1.yaml"), model="Churn", version=9
        )
    },
    "duplicate-id",
)
change(
    "files",
    "extension_changed",
    "Rename a run so that it ends in .YAML",
    lambda scene: {_RUN: None, "runs/churn/train-2.YAML": scene.read(_RUN)},
    "deleted-while-referenced",
    "misplaced-file",
)
change(
    "files",
    "hidden",
    "Hide a run by a dot before its name",
    lambda scene: {_RUN: None, "runs/churn/.train-2.yaml": scene.read(_RUN)},
    "deleted-while-referenced",
)
change(
    "files",
    "moved_out",
    "Move a run out of the catalog",
    lambda scene: {_RUN: None, "../old/train-2.yaml": scene.read(_RUN)},
    "deleted-while-referenced",
)


@attack(
    "files", "Delete the whole catalog", "version-gap", "ledger-rewritten", "policy-changed", installed=True
)
def catalog_deleted(scene: Scene) -> None:
    scene.git("rm", "-q", "-r", "catalog")
    scene.commit({"../README.md": "Nothing.\n"})


@attack("files", "Rename the folder of the catalog", "version-gap", "ledger-rewritten", "policy-changed")
def catalog_renamed(scene: Scene) -> None:
    scene.git("mv", "catalog", "records")
    scene.commit({})


@attack(
    "files",
    "Move the catalog, with another policy and a new champion, and have the gate read the new place",
    "policy-changed",
    "unapproved-promotion",
    "guarded-file-changed",
)
def catalog_moved_with_its_gate(scene: Scene) -> tuple[str, ...]:
    ledger = "models/churn/aliases.yaml"
    scene.commit(
        {
            "herdbook.yaml": scene.read("herdbook.yaml").replace("approvers: [bo]", "approvers: [ana]"),
            ledger: with_lines(scene.read(ledger), "champion", line(3, by="bo", approved_by=["ana"])),
            "../.github/workflows/lineage-gate.yml": "on: pull_request\nenv: {CATALOG: records}\njobs: {}\n",
        }
    )
    scene.git("mv", "catalog", "records")
    scene.commit({})
    return "--catalog", "records"


@attack("files", "Write the folder of the catalog in capitals", says="only in case")
def catalog_in_capitals(scene: Scene) -> None:
    scene.git("mv", "catalog", "Catalog")
    scene.commit({})


@attack(
    "files",
    "Lay a second catalog beside it that is the same folder where case does not count",
    says="only in case",
)
def second_catalog_in_capitals(scene: Scene) -> None:
    scene.commit(
        {
            "../CATALOG/models/churn/aliases.yaml": with_lines(
                scene.read("models/churn/aliases.yaml"), "champion", line(4)
            )
        }
    )


@attack(
    "files", "Replace the catalog by a link to another folder", says="it is a symbolic link", installed=True
)
def catalog_linked(scene: Scene) -> None:
    scene.git("mv", "catalog", "records")
    (scene.root / "catalog").symlink_to("records")
    scene.commit({})


@attack("files", "Replace the catalog by a file", says="is a file")
def catalog_a_file(scene: Scene) -> None:
    scene.git("rm", "-q", "-r", "catalog")
    scene.commit({"../catalog": "kind: catalog\n"})


@attack("files", "Replace the catalog by a submodule", says="it is a submodule")
def catalog_a_submodule(scene: Scene) -> None:
    scene.git("rm", "-q", "-r", "catalog")
    _stage(scene, "160000", scene.git("rev-parse", "HEAD"), "catalog")


def _stage(scene: Scene, mode: str, oid: str, path: str) -> None:
    scene.git("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")
    scene.git("commit", "-q", "-m", "Change")


def _link(name: str, title: str, path: str, target: str, rule: str = "unreadable-file") -> None:
    """Declare a symbolic link at a path of the catalog."""

    def prepare(scene: Scene) -> None:
        link = scene.root / "catalog" / path
        link.unlink(missing_ok=True)
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(target)
        scene.commit({})

    attack("files", title, rule, name=name, silent="root:x:")(prepare)


_link("link_to_a_secret", "Link a run to a file of the machine", "runs/churn/odd.yaml", "/etc/passwd")
_link("link_to_itself", "Link a run to itself", "runs/churn/odd.yaml", "odd.yaml")
_link("linked_folder", "Link a folder of runs to another one", "runs/linked", "churn")
_link("linked_policy", "Put a link in place of herdbook.yaml", "herdbook.yaml", "../README.md")
_link("linked_ledger", "Put a link in place of a ledger", "models/churn/aliases.yaml", "/dev/zero")


@attack("files", "Put a submodule into the catalog", "unreadable-file")
def submodule(scene: Scene) -> None:
    _stage(scene, "160000", scene.git("rev-parse", "HEAD"), "catalog/runs/other")


@attack(
    "files",
    "Let a file stand twice in one folder, which only a forged tree can",
    "unreadable-file",
    installed=True,
)
def twice_in_a_tree(scene: Scene) -> None:
    good, evil = (
        scene.git("hash-object", "-w", "--stdin", input=text)
        for text in (scene.read("herdbook.yaml"), "kind: catalog\nname: x\npolicy: {}\n")
    )
    entries = scene.git("ls-tree", "HEAD:catalog").splitlines()
    rest = [entry for entry in entries if not entry.endswith("\therdbook.yaml")]
    lines = [*rest, f"100644 blob {good}\therdbook.yaml", f"100644 blob {evil}\therdbook.yaml"]
    catalog = tree_of(scene.root, "".join(f"{entry}\n" for entry in lines))
    others = [entry for entry in scene.git("ls-tree", "HEAD").splitlines() if not entry.endswith("\tcatalog")]
    root = tree_of(
        scene.root, "".join(f"{entry}\n" for entry in [*others, f"040000 tree {catalog}\tcatalog"])
    )
    commit = scene.git("commit-tree", "-p", "HEAD", "-m", "Change", root)
    scene.git("update-ref", "refs/heads/change", commit)


@attack(
    "files",
    "Have git check a file out in another encoding, so that people see another text than git holds",
    "guarded-file-changed",
    "invalid-yaml",
)
def working_tree_encoding(scene: Scene) -> None:
    scene.commit({"runs/.gitattributes": "odd.yaml working-tree-encoding=UTF-16LE\n"})
    text = _ENTRY.encode("utf-16-le")
    file = scene.root / "catalog/runs/churn/odd.yaml"
    file.write_bytes(text)
    oid = scene.git("hash-object", "-w", "--no-filters", "catalog/runs/churn/odd.yaml")
    scene.git("update-index", "--add", "--cacheinfo", f"100644,{oid},catalog/runs/churn/odd.yaml")
    scene.git("commit", "-q", "-m", "Change")


def _brought(name: str, title: str, files: Files) -> None:
    """Declare code that comes with a sound change, which passes, and of which nothing may run."""

    def prepare(scene: Scene) -> Run:
        canary = scene.folder / "canary"
        scene.commit({**version(5), **files})
        return Run(environment={"CANARY": str(canary)})

    attack("files", title, code=0, name=name, note="Nothing of it is read or run.", installed=True)(prepare)


for module in ("sitecustomize", "usercustomize", "herdbook", "yaml", "conftest"):
    _brought(
        f"brought_{module}", f"Bring a {module}.py that the gate might run", {f"../{module}.py": _CANARY}
    )
_brought(
    "brought_schemas",
    "Bring schemas and policies of one's own in hidden folders",
    {".schema/run.json": "{}", ".herdbook/policy.yaml": "{}", "../.herdbook.yaml": "policy: {}\n"},
)
_brought(
    "brought_configuration",
    "Bring settings for Python and the site builder that name code",
    {
        "../pyproject.toml": '[project.entry-points."herdbook"]\nx = "evil:x"\n',
        "../mkdocs.yml": "hooks: [evil.py]\n",
        "../evil.py": _CANARY,
        "../setup.cfg": "[tool:pytest]\naddopts = -p evil\n",
    },
)


@attack(
    "files",
    "Have git run a program by the repository's own settings",
    code=0,
    note="Nothing of it is run.",
    installed=True,
)
def git_configuration(scene: Scene) -> Run:
    canary = scene.folder / "canary"
    scene.commit(version(5))
    script = scene.folder / "run.sh"
    script.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    script.chmod(0o755)
    for setting in (
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "filter.x.smudge",
        "core.sshCommand",
        "gpg.program",
    ):
        scene.git("config", setting, str(script))
    scene.git("config", "log.showSignature", "true")
    hook = scene.root / ".git/hooks/post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_bytes(script.read_bytes())
    hook.chmod(0o755)
    return Run(environment={"CANARY": str(canary)})


@attack("files", "Put a pipe among the files on disk, to make a reader wait for ever", "unreadable-file")
def pipe_on_disk(scene: Scene) -> tuple[str, ...]:
    os.mkfifo(scene.root / "catalog/runs/churn/odd.yaml")
    return "--head", "WORKTREE"


@attack("files", "Link to a file of the machine among the files on disk", "unreadable-file", silent="root:x:")
def link_on_disk(scene: Scene) -> tuple[str, ...]:
    (scene.root / "catalog/runs/churn/odd.yaml").symlink_to("/etc/passwd")
    return "--head", "WORKTREE"
