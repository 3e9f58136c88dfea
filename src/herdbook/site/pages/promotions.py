"""The page of promotions: every change of an alias or a stage, in every model, the newest first."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

from markupsafe import Markup

from herdbook.clock import instant
from herdbook.entries import Mention
from herdbook.formats import day, moment
from herdbook.ref import Ref
from herdbook.site.book import Book
from herdbook.site.lists import Choices, Part, choices, parts
from herdbook.site.page import Job, Listed, Page, Section
from herdbook.site.pages.making import Maker, PageJob
from herdbook.site.paths import relative
from herdbook.site.timeline import MOST_MOMENTS, Lane, Span, timeline

FIRST: Final = "promotions/index.html"

_PICTURES: Final = 6


@dataclass(frozen=True, slots=True)
class Promotion:
    """A line of a ledger, at a `position`: from `at` on, `what` holds `version` instead of `before`.

    `what` is an alias with its ``@``, or ``stage`` and a stage; both versions may be none.
    """

    at: str
    model: str
    what: str
    position: int
    before: int | None
    version: int | None
    by: str
    approved_by: tuple[str, ...]
    reason: str
    evidence: tuple[Mention, ...]


Lines = tuple[Promotion, ...]
"""The lines of an alias, or of the stages of a model, as they stand in its ledger."""


def promotion_pages(make: Maker) -> Iterator[PageJob]:
    """All promotions, a hundred on a page."""
    ledgers = tuple(_ledgers(make.book))
    found = sorted((line for lines in ledgers for line in lines), key=_when, reverse=True)
    moved = tuple(_last_moved(ledgers))
    chosen = {"Model": ("Model", choices(item.model for item in found))}
    chosen["What"] = ("What", choices(item.what for item in found))
    for part in parts(found, FIRST):
        shown = chain(part.items, *(lines[:1] for aliases in moved for lines in aliases))
        models = dict.fromkeys(Ref.model(item.model) for item in shown)
        mentions = (mention for item in part.items for mention in item.evidence)
        evidence = dict.fromkeys(Listed(mention.ref) for mention in mentions if mention.ref is not None)
        sources = (part.place, part.items, moved, chosen, *models, *evidence)
        yield Job(part.path, sources, partial(_page, make, part, moved, chosen))
        moved = ()  # their pictures stand on the first page


def _page(make: Maker, part: Part[Promotion], moved: Iterable[Sequence[Lines]], chosen: Choices) -> Page:
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
        pictures=tuple((aliases[0][0].model, _picture(make.book, aliases, part.path)) for aliases in moved),
    )


def _when(line: Promotion) -> tuple[str, str, bool, int, str]:
    """What lines are in order by: those of one ledger that came together as they stand there."""
    return instant(line.at), line.model, line.what.startswith("@"), line.position, line.what


def _ledgers(book: Book) -> Iterator[Lines]:
    """The lines of each alias, and those of the stages of each model, as they stand in their files."""
    for model, ledger in book.catalog.aliases.items():
        for alias, lines in ledger.ledgers.items():
            before = (None, *(line.version for line in lines))
            yield tuple(
                Promotion(
                    line.at,
                    model,
                    f"@{alias}",
                    position,
                    before[position],
                    line.version,
                    line.by,
                    line.approved_by,
                    line.reason,
                    line.evidence,
                )
                for position, line in enumerate(lines)
            )
    for model, stages in book.catalog.stages.items():
        yield tuple(
            Promotion(
                item.at,
                model,
                f"stage {item.stage}",
                position,
                None,
                item.version,
                item.by,
                item.approved_by,
                item.reason,
                item.evidence,
            )
            for position, item in enumerate(stages.transitions)
        )


def _last_moved(ledgers: Iterable[Lines]) -> Iterator[tuple[Lines, ...]]:
    """The aliases of the models of which one moved last, the champion first."""
    by_model: dict[str, list[Lines]] = defaultdict(list)
    for lines in ledgers:
        if lines and lines[0].what.startswith("@"):
            by_model[lines[0].model].append(lines)
    latest = sorted(by_model.values(), key=lambda found: max(map(_when, chain(*found))), reverse=True)
    for found in latest[:_PICTURES]:
        yield tuple(sorted(found, key=lambda lines: lines[0].what != "@champion"))


def _picture(book: Book, aliases: Sequence[Lines], here: str) -> Markup:
    """Who held which alias and when."""
    written = {instant(line.at): line.at for lines in aliases for line in lines}
    moments = sorted(written)[-MOST_MOMENTS:]
    times = [written[moment] for moment in moments]
    same_day = len({day(at) for at in times}) == 1
    shown = [moment(at)[11:] if same_day else day(at) for at in times]
    lanes = [Lane(lines[0].what, tuple(_spans(book, lines, moments, here))[::-1]) for lines in aliases]
    return timeline(shown, lanes, f"Which version of {aliases[0][0].model} held which alias, and when")


def _spans(book: Book, lines: Lines, moments: Sequence[str], here: str) -> Iterator[Span]:
    """The versions that held an alias, the last one first: the last line holds, whatever its date."""
    following: Promotion | None = None
    for line in reversed(lines):
        came, went = instant(line.at), instant(following.at) if following is not None else None
        if went is not None and went <= moments[0]:
            return
        if went is not None and went <= came:
            continue  # it never held: what stands below it had come by then
        if line.version is not None:
            until = f"to {moment(following.at)}" if following is not None else "until now"
            approved = f", approved by {', '.join(line.approved_by)}" if line.approved_by else ""
            path = book.link(Ref.model(line.model, line.version)).path
            yield Span(
                moments.index(came) if came in moments else 0,
                moments.index(went) if went is not None else None,
                f"v{line.version}",
                f"version {line.version}, {moment(line.at)} {until}, set by {line.by}{approved}",
                relative(here, path) if path is not None else None,
            )
        following = line
