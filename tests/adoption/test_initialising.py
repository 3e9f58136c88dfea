from pathlib import Path

import pytest

import yaml
from herdbook import __version__
from herdbook.adoption.initialising import (
    FORGES,
    Setting,
    branch_of,
    catalog_folder,
    catalogs,
    ci_files,
    plan,
    write,
)
from herdbook.errors import HerdbookError
from repositories import git

OWNERS = ("@my-org/risk", "@ana")


@pytest.mark.parametrize("forge", FORGES)
def test_files_are_made_to_fit_the_repository(forge: str) -> None:
    setting = Setting("trunk", "ml/register", "herdbook==7.1", OWNERS)
    files = ci_files(forge, setting)
    whole = "".join(files.values())
    for left in ("@BRANCH@", "@CATALOG@", "@HERDBOOK@", "@OWNERS@", '"main"', '"catalog"'):
        assert left not in whole
    assert 'CATALOG: "ml/register"' in whole
    assert 'HERDBOOK: "herdbook==7.1"' in whole
    if forge != "gitlab":
        assert '"trunk"' in whole
    if forge != "azure":
        assert "/ml/register/models/*/aliases.yaml @my-org/risk @ana\n" in whole
    for path, text in files.items():
        if path.endswith(".yml"):
            assert isinstance(yaml.safe_load(text), dict)


def test_the_version_that_writes_is_the_version_that_judges() -> None:
    assert f'HERDBOOK: "herdbook=={__version__}"' in ci_files("azure", Setting())["azure-pipelines.yml"]


def test_a_catalog_at_the_top_is_guarded_at_the_top() -> None:
    owners = ci_files("github", Setting(catalog=".", owners=OWNERS))[".github/CODEOWNERS"]
    assert "\n/herdbook.yaml @my-org/risk @ana\n" in owners
    assert "\n/models/*/stages.yaml @my-org/risk @ana\n" in owners


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_somebody_must_guard_what_the_gate_goes_by(forge: str) -> None:
    with pytest.raises(HerdbookError, match="--owners @my-org/model-risk"):
        ci_files(forge, Setting())


@pytest.mark.parametrize(
    "value", ['a"b', "a b", "a\nb", "$(x)", "`x`", "${{ x }}", "", "-a", "#a", "*", "'", "\u202e"]
)
@pytest.mark.parametrize("field", ["branch", "catalog", "requirement", "owners"])
def test_what_could_mean_something_else_is_refused(field: str, value: str) -> None:
    with pytest.raises(HerdbookError, match="cannot be written into CI files"):
        Setting(**{field: (value,) if field == "owners" else value})  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize("catalog", ["..", "a/../b", "/catalog", "a//b", "a/"])
def test_a_catalog_is_inside_the_repository(catalog: str) -> None:
    with pytest.raises(HerdbookError, match="--catalog"):
        Setting(catalog=catalog)


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    files = ci_files("github", Setting(owners=OWNERS))
    write(tmp_path, plan(tmp_path, files))
    assert {path: (tmp_path / path).read_text() for path in files} == files
    (tmp_path / ".github/CODEOWNERS").write_text("* @ana\n")
    (tmp_path / ".github/workflows/publish.yml").unlink()
    placed = {file.path: file for file in plan(tmp_path, files)}
    write(tmp_path, placed.values())
    assert (tmp_path / ".github/CODEOWNERS").read_text() == "* @ana\n"
    assert (tmp_path / ".github/workflows/publish.yml").read_text() == files[".github/workflows/publish.yml"]
    assert [path for path, file in placed.items() if file.differs] == [".github/CODEOWNERS"]
    diff = list(placed[".github/CODEOWNERS"].diff())
    assert diff[:2] == ["--- .github/CODEOWNERS (here)", "+++ as herdbook writes it"]
    assert "-* @ana" in diff
    assert "+/catalog/herdbook.yaml @my-org/risk @ana" in diff


def test_line_ends_make_no_difference(tmp_path: Path) -> None:
    files = ci_files("azure", Setting())
    (tmp_path / "azure-pipelines.yml").write_bytes(
        files["azure-pipelines.yml"].replace("\n", "\r\n").encode()
    )
    (placed,) = plan(tmp_path, files)
    assert not placed.differs


def lay(root: Path, *folders: str) -> None:
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / "herdbook.yaml").write_text("kind: catalog\n")


def test_the_nearest_catalog_is_found(tmp_path: Path) -> None:
    assert (catalogs(tmp_path), catalog_folder(tmp_path)) == ([], "catalog")
    lay(tmp_path, "services/risk/platform/ml/registry/catalog")
    assert catalog_folder(tmp_path) == "services/risk/platform/ml/registry/catalog"
    lay(tmp_path, "tests/data/example", ".hidden/catalog", "a/b/c/d/e")
    (tmp_path / "linked").symlink_to(tmp_path / "tests" / "data" / "example")
    assert catalog_folder(tmp_path) == "tests/data/example"
    lay(tmp_path, "ml/register")
    assert catalog_folder(tmp_path) == "ml/register"
    lay(tmp_path, "ml/other")
    with pytest.raises(HerdbookError, match=r"several catalogs here \(ml/other, ml/register\)"):
        catalog_folder(tmp_path)
    lay(tmp_path, ".")
    assert catalog_folder(tmp_path) == "."


def test_the_branch_is_the_default_of_the_remote(tmp_path: Path) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    git(tmp_path, "init", "-q", "-b", "trunk", str(origin))
    assert branch_of(origin) == "trunk"
    git(origin, "commit", "-q", "--allow-empty", "-m", "Begin")
    git(tmp_path, "clone", "-q", str(origin), str(clone))
    git(clone, "checkout", "-q", "-b", "feature")
    assert branch_of(clone) == "trunk"
    git(origin, "checkout", "-q", "--detach")
    assert branch_of(origin) == "trunk"


def begun(folder: Path, *branches: str) -> Path:
    """A repository with some branches, the last of them checked out."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", "-b", branches[0])
    for branch in branches:
        git(folder, "checkout", "-q", "-B", branch)
        git(folder, "commit", "-q", "--allow-empty", "-m", "Begin")
    return folder


@pytest.mark.parametrize(
    ("branches", "found"),
    [
        (("main", "add-the-gate"), "main"),
        (("develop", "master", "add-the-gate"), "master"),
        (("release/2026",), "release/2026"),
    ],
)
def test_the_branch_of_a_change_is_not_taken_for_the_one_it_is_for(
    tmp_path: Path, branches: tuple[str, ...], found: str
) -> None:
    assert branch_of(begun(tmp_path, *branches)) == found


def test_branches_that_only_the_remote_has_count_too(tmp_path: Path) -> None:
    origin, clone = begun(tmp_path / "origin", "main"), tmp_path / "clone"
    clone.mkdir()
    git(clone, "init", "-q", "-b", "add-the-gate")
    git(clone, "remote", "add", "origin", str(origin))
    git(clone, "fetch", "-q")
    assert branch_of(clone) == "main"


def test_a_branch_is_not_guessed(tmp_path: Path) -> None:
    begun(tmp_path, "develop", "add-the-gate")
    with pytest.raises(HerdbookError, match="of add-the-gate, develop; name it with --branch"):
        branch_of(tmp_path)


def test_without_a_repository_the_branch_is_main(tmp_path: Path) -> None:
    assert branch_of(tmp_path) == "main"
