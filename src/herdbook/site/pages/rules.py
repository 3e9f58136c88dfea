"""The pages of the rules, made from their docstrings."""

import inspect
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from herdbook import schema
from herdbook.finding import Finding
from herdbook.rules import FAMILIES, RULES, Rule
from herdbook.site.lists import Part, choices, parts
from herdbook.site.markdown import plain
from herdbook.site.page import FINDINGS, Job, Page, Section
from herdbook.site.pages.making import Maker, PageJob
from herdbook.site.paths import path_of_rule

_LIST: Final = "rules/index.html"


def rule_pages(make: Maker) -> Iterator[PageJob]:
    """The list of rules, and a page for each with what it finds in this catalog."""
    found: Mapping[str, list[Finding]] = defaultdict(list)
    for finding in make.book.report.findings:
        found[finding.rule].append(finding)
    page_of_list = partial(
        make.page,
        "rules",
        _LIST,
        Section.RULES,
        "Rules",
        "What must hold for every entry of the catalog.",
        families=[(family, [rule for rule in RULES if family == rule.FAMILY]) for family in FAMILIES],
        found=found,
        title_of=_title,
        kinds=schema.KINDS,
        report=make.book.report,
    )
    yield Job(_LIST, (FINDINGS, make.book.report.entries), page_of_list)
    for rule in RULES:
        severities = choices(finding.severity for finding in found[rule.ID])
        for part in parts(found[rule.ID], path_of_rule(rule.ID)):
            yield Job(part.path, (part.place, FINDINGS), partial(_rule_page, make, rule, part, severities))


def _rule_page(make: Maker, rule: Rule, part: Part[Finding], severities: Sequence[str]) -> Page:
    first, text = part.number == 1, _text(rule)
    return make.page(
        "rule",
        part.path,
        Section.RULES,
        rule.ID,
        _title(rule),
        search_text=f"Rule. {plain(text, 300)}" if first else "",
        search_tags=(rule.ID,) if first else (),
        rule=rule,
        heading=_title(rule),
        text=text.partition("\n")[2] if first else "",
        options=_options(rule),
        part=part,
        choices={"What": ("Severity", severities)},
    )


def _text(rule: Rule) -> str:
    return inspect.cleandoc(rule.__doc__ or "")


def _title(rule: Rule) -> str:
    return _text(rule).partition("\n")[0]


def _options(rule: Rule) -> dict[str, object]:
    parameters = inspect.signature(rule.check).parameters.values()
    return {
        item.name.replace("_", "-"): item.default for item in parameters if item.kind is item.KEYWORD_ONLY
    }
