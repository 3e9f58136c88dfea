"""The catalog of the examples passes, and whatever is taken out of it is missed, at the right place."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from herdbook.catalog import Catalog
from herdbook.check import Report, Verdict, check
from herdbook.dump import dump
from herdbook.entries import Entry, Mention, ModelCard, Run
from herdbook.formatting import formatted
from herdbook.opening import read_catalog
from herdbook.policy import Policy
from herdbook.registry import Registry
from herdbook.source import Route, SourceFile
from herdbook.tree import DirTree, Tree, TreeFile

CATALOG = Path(__file__).parents[1] / "catalog"
TODAY = date(2026, 11, 22)


@dataclass(frozen=True)
class Changed:
    """A tree with some files replaced, or taken out where their text is `None`."""

    tree: Tree
    changes: Mapping[str, str | None]

    @property
    def name(self) -> str:
        return self.tree.name

    def files(self) -> Iterator[TreeFile]:
        return (file for file in self.tree.files() if self.changes.get(file.path, "") is not None)

    def read(self, path: str) -> bytes:
        text = self.changes.get(path)
        return self.tree.read(path) if text is None else text.encode()


@cache
def own() -> Catalog:
    return read_catalog(DirTree(CATALOG, "catalog"))


def without(entry: Entry, route: Route) -> Changed:
    """The catalog with one value of an entry deleted."""
    value: Any = deepcopy(dict(entry.data))
    parent = value
    for step in route[:-1]:
        parent = parent[step]
    del parent[route[-1]]
    return Changed(DirTree(CATALOG, "catalog"), {entry.source.path: dump(value, entry.kind)})


def without_file(entry: Entry) -> Changed:
    """The catalog with one file deleted."""
    return Changed(DirTree(CATALOG, "catalog"), {entry.source.path: None})


def judged(tree: Tree) -> Report:
    return check(read_catalog(tree), TODAY)


def found(tree: Tree) -> set[tuple[str, str, int]]:
    """Rule, file and line of each finding."""
    return {
        (finding.rule, finding.place.source.path, finding.place.span.line)
        for finding in judged(tree).findings
    }


def line_in(tree: Tree, path: str, text: str, number: int = 1) -> int:
    """The line of the `number`-th occurrence of a text in a file."""
    lines = tree.read(path).decode().split("\n")
    return [index for index, line in enumerate(lines, 1) if text in line][number - 1]


def test_the_own_catalog_passes() -> None:
    report = judged(DirTree(CATALOG, "catalog"))
    assert report.verdict is Verdict.PASS
    assert report.findings == ()


def test_the_own_catalog_is_laid_out_canonically() -> None:
    tree = DirTree(CATALOG, "catalog")
    for entry in own().entries():
        raw = tree.read(entry.source.path)
        assert formatted(raw) == raw, entry.source.path


TAGS = [
    pytest.param(run, tag, id=f"{run.id}-{tag}")
    for run in own().runs.values()
    for tag in Policy.of(own()).required_tags(experiment=run.experiment)
]


@pytest.mark.parametrize(("run", "tag"), TAGS)
def test_a_missing_tag_is_missed(run: Entry, tag: str) -> None:
    tree = without(run, ("tags", tag))
    line = line_in(tree, run.source.path, "tags:")
    assert found(tree) == {("missing-lineage-tag", run.source.path, line)}


def needed_sections() -> Iterator[tuple[ModelCard, str]]:
    """The sections of the models' cards without which a version in force would have none."""
    registry = Registry.of(own())
    for (model, version), card in own().cards.items():
        if version is None:
            laid_over = [registry.card(model, held.version) for held in registry.in_force(model)]
            for section in card.sections:
                if any(effective and effective.card_with(section) is card for effective in laid_over):
                    yield card, section


SECTIONS = [pytest.param(card, section, id=f"{card.model}-{section}") for card, section in needed_sections()]


@pytest.mark.parametrize(("card", "section"), SECTIONS)
def test_a_missing_card_section_is_missed(card: Entry, section: str) -> None:
    tree = without(card, (section,))
    assert found(tree) == {("incomplete-card", card.source.path, line_in(tree, card.source.path, "kind:"))}
    (finding,) = judged(tree).findings
    assert section.replace("_", " ") in finding.message.replace("_", " ")


def protected_assignments() -> Iterator[tuple[Entry, Route]]:
    for aliases in own().aliases.values():
        for alias, assignment in aliases.in_force().items():
            if alias in Policy.of(own()).protected_aliases(aliases.model):
                yield aliases, assignment.route
    for stages in own().stages.values():
        for transition in stages.current().values():
            if transition.stage == "production":
                yield stages, transition.route


APPROVALS = [
    pytest.param(entry, route, id="-".join(map(str, (entry.source.path, *route))))
    for entry, route in protected_assignments()
]


@pytest.mark.parametrize(("ledger", "route"), APPROVALS)
def test_a_missing_approval_is_missed(ledger: Entry, route: Route) -> None:
    tree = without(ledger, (*route, "approved_by"))
    line = SourceFile(tree, ledger.source.path).span(route).line
    assert found(tree) == {("unapproved-promotion", ledger.source.path, line)}


def digests() -> Iterator[tuple[Entry, Route]]:
    for version in (*own().versions.values(), *own().dataset_versions.values()):
        yield version, ("digest",)
    for run in own().runs.values():
        for output in run.outputs:
            yield run, (*output.route, "digest")


DIGESTS = [
    pytest.param(entry, route, id="-".join(map(str, (entry.source.path, *route))))
    for entry, route in digests()
]


@pytest.mark.parametrize(("entry", "route"), DIGESTS)
def test_a_missing_digest_is_missed(entry: Entry, route: Route) -> None:
    tree = without(entry, route)
    # The digest belongs beside the address.
    line = SourceFile(tree, entry.source.path).span((*route[:-1], "uri")).line
    assert found(tree) == {("missing-digest", entry.source.path, line)}


def references(catalog: Catalog) -> Iterator[tuple[Entry, Mention, Entry]]:
    """Each reference that is no alias: the entry and the place where it stands, and the entry it names."""
    for entry in catalog.entries():
        for mention in entry.mentions():
            if mention.ref is not None and mention.ref.alias is None:
                target = catalog.resolve(mention.ref)
                assert target is not None
                yield entry, mention, target
        if isinstance(entry, ModelCard) and entry.version is not None:
            version = catalog.versions[entry.model, entry.version]
            yield entry, Mention.of(str(version.ref), ("version",)), version


TARGETS = [
    pytest.param(target, id=path)
    for path, target in {target.source.path: target for _, _, target in references(own())}.items()
]

# Without its evaluations, a version in force is not only referred to in vain: it is not evaluated.
CONSEQUENCES = {
    "unevaluated-promotion",
    "missing-slice-evaluation",
    "metric-below-bound",
    "metric-not-compared",
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_missing_target_is_missed_wherever_it_is_referred_to(target: Entry) -> None:
    missed = {
        ("unknown-reference", entry.source.path, entry.at(*mention.route).span.line)
        for entry, mention, named in references(own())
        if named is target and entry is not target
    }
    findings = found(without_file(target))
    evaluation = isinstance(target, Run) and target.type == "evaluation"
    assert missed <= findings
    assert {rule for rule, _, _ in findings - missed} <= (CONSEQUENCES if evaluation else set())


def test_every_kind_of_loss_was_tried() -> None:
    # Lists made by comprehension are silently empty when a name changes.
    assert all(len(cases) > 10 for cases in (TAGS, SECTIONS, DIGESTS, TARGETS))
    assert len(APPROVALS) >= 4
