"""What `herdbook init` writes: whole, as it should be, whoever is named in it."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from herdbook.adoption.beginning import (
    PLACES,
    Beginning,
    catalog_files,
    settings,
    settled,
    usual_name,
)
from herdbook.adoption.initialising import Placed
from herdbook.adoption.person import person_of
from herdbook.catalog import Catalog
from herdbook.check import Report, check
from herdbook.errors import HerdbookError
from herdbook.formatting import formatted
from herdbook.git import Identity
from herdbook.globs import glob_matches
from herdbook.opening import read_catalog
from herdbook.schema import KINDS, schema
from herdbook.site.paths import path_of_badge
from herdbook.tree import MemoryTree
from herdbook.yaml.reader import parse_yaml

DATA = Path(__file__).parents[1] / "data" / "init"
ANA = Identity("Ana Lima", "ana@example.org")


def written(identity: Identity = ANA, *, example: bool = False) -> dict[str, str]:
    return catalog_files(Beginning("team-models", person_of(identity)), example=example)


def catalog_of(files: Mapping[str, str]) -> Catalog:
    shown = {path: text for path, text in files.items() if "/." not in path}
    return read_catalog(
        MemoryTree({path.removeprefix("catalog/"): text.encode() for path, text in shown.items()}, "catalog")
    )


def judged(files: Mapping[str, str]) -> Report:
    return check(catalog_of(files), datetime.now(UTC).date())


def shown(files: Mapping[str, str]) -> str:
    """All files but the schemas, which are those of the package."""
    return "".join(f"=== {path}\n{text}" for path, text in files.items() if "/.schema/" not in path)


@pytest.mark.parametrize("form", ["plain", "example"])
def test_the_whole_tree(form: str) -> None:
    files = {**written(example=form == "example"), **settings("catalog")}
    assert shown(files) == (DATA / f"{form}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["plain", "example"])
def test_it_passes_without_a_finding(form: str) -> None:
    report = judged(written(example=form == "example"))
    assert report.findings == ()
    assert report.entries == (15 if form == "example" else 1)


def test_there_is_an_example_of_each_kind() -> None:
    assert {entry.kind for entry in catalog_of(written(example=True)).entries()} == set(KINDS)


def test_without_the_examples_the_plain_catalog_is_left() -> None:
    files = written(example=True)
    left = {path: text for path, text in files.items() if not glob_matches("catalog/*/example-*/**", path)}
    left = {path: text for path, text in left.items() if not glob_matches("catalog/*/example-*", path)}
    assert left == written()


def test_every_example_says_that_it_is_one() -> None:
    for path, text in written(example=True).items():
        if path.endswith(".yaml") and path != "catalog/herdbook.yaml":
            assert text.splitlines()[1].startswith("# An example, all made up."), path


def test_examples_are_written_as_everything_else_is() -> None:
    for path, text in written(example=True).items():
        if path.endswith(".yaml"):
            assert not parse_yaml(text.encode()).doubts, path
            assert formatted(text.encode()).decode() == text, path


def test_an_example_can_be_promoted() -> None:
    files = written(example=True)
    ledger = "catalog/models/example-late-orders/aliases.yaml"
    files[ledger] += (
        "  champion:\n"
        '    - {version: 1, at: "2025-03-04T08:00:00Z", by: example-engineer, approved_by: [ana-lima],\n'
        '       reason: first release, evidence: ["runs:/example-evaluate-1"]}\n'
    )
    assert judged(files).findings == ()


def test_the_schemas_are_those_of_this_version_and_stand_alone() -> None:
    files = written()
    for kind in KINDS:
        assert json.loads(files[f"catalog/.schema/{kind}.json"]) == schema(kind)
        assert '"$ref": "common' not in files[f"catalog/.schema/{kind}.json"]


@pytest.mark.parametrize("catalog", ["catalog", "ml/my.register", "."])
def test_editors_find_the_schema_of_every_file(catalog: str) -> None:
    files = catalog_files(Beginning("m", person_of(ANA), catalog), example=True)
    mapped = json.loads(settings(catalog)[".vscode/settings.json"])["yaml.schemas"]
    assert set(PLACES) == set(KINDS)
    for path, text in files.items():
        if not path.endswith(".yaml"):
            continue
        named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
        assert named, path
        (known,) = [name for name, globs in mapped.items() if any(glob_matches(glob, path) for glob in globs)]
        # Both lead to the same file, and it is there, and of the kind of the entry.
        parts = [*path.split("/")[:-1], *named[1].split("/")]
        while ".." in parts:
            at = parts.index("..")
            del parts[at - 1 : at + 1]
        assert f"./{'/'.join(parts)}" == known
        kind = json.loads(files["/".join(parts)])["properties"]["kind"]["const"]
        assert kind == parse_yaml(text.encode()).value["kind"]


# Text as people, machines and attackers write it into a configuration.
PIECES = (
    *("\n", "\r", "\r\n", "\t", " ", "'", '"', "\\", ": ", " #", "#", "- ", "{", "}", "[", "]", "&a", "*a"),
    *("!", "%", "@", "@PEOPLE@", "@NAME@", "`", "null", "yes", "1e3", "\u202e", "\u2028", "\ufeff", "\x1b"),
    *("\x00", "\udcff", "😀", "é", "TODO", "<name>", "::error::", "{{ x }}", "{% x %}", "<script>", "---"),
    *("a@b", "Ana"),
)
texts = st.text() | st.lists(st.sampled_from(PIECES), max_size=6).map("".join)


def holds(identity: Identity) -> None:
    """The catalog passes, and names the person as git does, or says why not."""
    person = person_of(identity)
    files = written(identity)
    assert judged(files).findings == ()
    (found,) = parse_yaml(files["catalog/herdbook.yaml"].encode()).value["people"].values()
    for key, known in (("name", identity.name), ("email", identity.email)):
        assert found.get(key) == known or not known or any(f"user.{key}" in said for said in person.left_out)
    assert parse_yaml(files["catalog/herdbook.yaml"].encode()).value["policy"]["approvers"] == [person.id]


@hypothesis_settings(max_examples=300)
@given(texts, texts)
@example("@PEOPLE@", "@NAME@@APPROVERS@")
@example("null", "a@b")
@example("'\"", "\"@'")
def test_whatever_git_says_the_catalog_passes(name: str, email: str) -> None:
    holds(Identity(name, email))


def test_naughty_strings_make_no_difference(shared_data: Path) -> None:
    strings = json.loads((shared_data / "naughty-strings" / "blns.json").read_bytes())
    assert len(strings) > 500
    for text in strings:
        holds(Identity(text, f"{text}@example.org"))


@given(texts)
def test_every_folder_gives_a_name(text: str) -> None:
    name = usual_name(Path("/", text.replace("/", "").replace("\0", "") or "x"))
    assert Beginning(name, person_of(ANA)).name == name


@pytest.mark.parametrize(
    ("folder", "name"), [("/", "models"), ("/李", "models"), ("/x/Our models", "Our-models")]
)
def test_a_catalog_is_called_as_its_folder(folder: str, name: str) -> None:
    assert usual_name(Path(folder)) == name


@pytest.mark.parametrize("name", ["", "a b", "../x", "a\nb", "-a", "a..b", "a.", "x" * 129, "\u202e"])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(HerdbookError, match="give another with --name"):
        Beginning(name, person_of(ANA))


@pytest.mark.parametrize("catalog", ["", "..", "a/../b", "/a", "a b", ".hidden", "a//b", "$(x)", "a\n", "-x"])
def test_a_folder_that_means_something_else_is_refused(catalog: str) -> None:
    with pytest.raises(HerdbookError, match="give another with --catalog"):
        Beginning("models", person_of(ANA), catalog)


@cache
def usual() -> dict[str, str]:
    return settings("catalog")


@pytest.mark.parametrize(
    ("path", "existing", "holds"),
    [
        (".gitattributes", "* text=auto\ncatalog/** text eol=lf\n*.png binary\n", True),
        (".gitattributes", "# catalog/** text eol=lf\n", False),
        (".gitattributes", "", False),
        (".pre-commit-config.yaml", "repos: []\n", False),
        (".vscode/settings.json", "{}\n", False),
    ],
)
def test_settings_of_others_may_hold_ours(path: str, existing: str, holds: bool) -> None:
    (file,) = settled([Placed(path, usual()[path], existing)])
    assert file.differs != holds
    assert file.existing == existing


def test_settings_that_were_put_together_by_hand_are_settled() -> None:
    ours = usual()[".vscode/settings.json"]
    inside = ours.removeprefix("{\n").removesuffix("\n}\n")
    theirs = f'{{\n    "editor.rulers": [110],\n{inside},\n    "files.eol": "\\n"\n}}\n'
    assert len(json.loads(theirs)) == 3
    hook = usual()[".pre-commit-config.yaml"].partition("repos:\n")[2]
    hooks = f"repos:\n  - repo: https://example.org/other\n    rev: v1\n    hooks: [{{id: other}}]\n{hook}"
    there = {".vscode/settings.json": theirs, ".pre-commit-config.yaml": hooks}
    placed = [Placed(path, usual()[path], text) for path, text in there.items()]
    assert all(file.differs for file in placed)
    assert not any(file.differs for file in settled(placed))


def test_the_badge_is_one_that_the_site_has() -> None:
    from herdbook.cli.beginning import BADGE

    assert unquote(BADGE) == f"https://SITE/{path_of_badge('MODEL', 'champion')}"
