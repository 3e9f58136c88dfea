"""The page of promotions: every change of an alias or a stage, in every model, the newest first."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from markupsafe import Markup

from herdbook.clock import instant
from herdbook.entries import Mention
from herdbook.formats import day, moment
from herdbook.ref import Ref
from herdbook.site.book import Book, Choices, Part, choices, parts
from herdbook.site.page import Job, Listed, Page, Section
from herdbook.site.pages.making import Maker, PageJob
from herdbook.site.paths import path_of, relative
from herdbook.site.timeline import MOST_MOMENTS, Lane, Span, timeline

FIRST: Final = "promotions/index.html"

_PICTURES: Final = 6


@dataclass(frozen=True, slots=True)
class Promotion:
    """A line of a ledger: from `at` on, `what` holds `version` instead of `before`.

    `what` is an alias with its ``@``, or ``stage`` and a stage; both versions may be none.
    """

    at: str
    model: str
    what: str
    before: int | None
    version: int | None
    by: str
    approved_by: tuple[str, ...]
    reason: str
    evidence: tuple[Mention, ...]


def promotion_pages(make: Maker) -> Iterator[PageJob]:
    """All promotions, a hundred on a page."""
    found = sorted(
        _promotions(make.book), key=lambda item: (instant(item.at), item.model, item.what), reverse=True
    )
    chosen = {"Model": ("Model", choices(item.model for item in found))}
    chosen["What"] = ("What", choices(item.what for item in found))
    for part in parts(found, FIRST):
        models = dict.fromkeys(Ref.model(item.model) for item in part.items)
        mentions = (mention for item in part.items for mention in item.evidence)
        evidence = dict.fromkeys(Listed(mention.ref) for mention in mentions if mention.ref is not None)
        sources = (part.place, part.items, chosen, *models, *evidence)
        yield Job(part.path, sources, partial(_page, make, part, chosen))


def _page(make: Maker, part: Part[Promotion], chosen: Choices) -> Page:
    first = part.number == 1
    return make.page(
        "promotions",
        part.path,
        Section.PROMOTIONS,
        "Promotions",
        "Every change of an alias or a stage: what moved, who moved it, who approved it, and why.",
        search_text="Promotions: aliases, stages, approvals." if first else "",
        part=part,
        choices=chosen,
        pictures=_pictures(make.book, part) if first else (),
    )


def _promotions(book: Book) -> Iterator[Promotion]:
    for model, ledger in book.catalog.aliases.items():
        for alias, lines in ledger.ledgers.items():
            before = None
            for line in lines:
                yield Promotion(
                    line.at,
                    model,
                    f"@{alias}",
                    before,
                    line.version,
                    line.by,
                    line.approved_by,
                    line.reason,
                    line.evidence,
                )
                before = line.version
    for model, stages in book.catalog.stages.items():
        for item in stages.transitions:
            yield Promotion(
                item.at,
                model,
                f"stage {item.stage}",
                None,
                item.version,
                item.by,
                item.approved_by,
                item.reason,
                item.evidence,
            )


def _pictures(book: Book, part: Part[Promotion]) -> tuple[tuple[str, Markup], ...]:
    """For the models that changed last, who held which alias and when."""
    by_model: dict[str, list[Promotion]] = defaultdict(list)
    for item in reversed(part.items):
        if item.what.startswith("@"):
            by_model[item.model].append(item)
    latest = sorted(by_model, key=lambda model: instant(by_model[model][-1].at), reverse=True)[:_PICTURES]
    return tuple((model, _picture(book, model, by_model[model], part.path)) for model in latest)


def _picture(book: Book, model: str, changes: Sequence[Promotion], here: str) -> Markup:
    times = sorted({item.at for item in changes})[-MOST_MOMENTS:]
    same_day = len({day(at) for at in times}) == 1
    shown = [moment(at)[11:] if same_day else day(at) for at in times]
    lanes = [
        Lane(what, tuple(_spans(model, lines, times, here)))
        for what, lines in sorted(_by_alias(changes).items(), key=lambda item: item[0] != "@champion")
    ]
    return timeline(shown, lanes, f"Which version of {model} held which alias, and when")


def _by_alias(changes: Sequence[Promotion]) -> Mapping[str, Sequence[Promotion]]:
    found: dict[str, list[Promotion]] = defaultdict(list)
    for item in changes:
        found[item.what].append(item)
    return found


def _spans(model: str, lines: Sequence[Promotion], times: Sequence[str], here: str) -> Iterator[Span]:
    for line, following in zip(lines, (*lines[1:], None), strict=True):
        if line.version is None or (following is not None and following.at <= times[0]):
            continue
        first = times.index(line.at) if line.at in times else 0
        last = times.index(following.at) if following is not None else None
        if last == first:
            continue  # two changes of one moment: the later one holds
        until = f"to {moment(following.at)}" if following is not None else "until now"
        approved = f", approved by {', '.join(line.approved_by)}" if line.approved_by else ""
        said = f"version {line.version}, {moment(line.at)} {until}, set by {line.by}{approved}"
        yield Span(
            first,
            last,
            f"v{line.version}",
            said,
            relative(here, path_of(Ref.model(model, line.version))),
        )
