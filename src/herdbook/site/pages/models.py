"""The pages of models and their versions."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import chain
from typing import Final

from herdbook.clock import instant
from herdbook.entries import Aliases, Assignment, ModelCard, ModelVersion, Run, Transition
from herdbook.queries.compare import compare_with
from herdbook.ref import Ref
from herdbook.site.lists import Part, parts
from herdbook.site.markdown import plain
from herdbook.site.page import Job, Page, Section
from herdbook.site.pages.answers import answers_of_version
from herdbook.site.pages.cards import card_of
from herdbook.site.pages.making import Maker, PageJob
from herdbook.site.pages.pictures import slice_charts, trend_charts
from herdbook.site.paths import path_of, path_of_comparison
from herdbook.telling.compare import what_differs

_METRICS_IN_LISTS: Final = 5
_LEDGER_SHOWN: Final = 100
_SERVED_SHOWN: Final = 50
_EVALUATIONS_SHOWN: Final = 5
_NODES: Final = 40
_CHARTS_BY_GROUP: Final = 4
_PRODUCTION: Final = "production"
_PAST: Final = ("none", "archived")


def model_pages(make: Maker) -> Iterator[PageJob]:
    """The list of models, and each model with its versions, aliases and history."""
    book = make.book
    for part in parts(book.models, "models/index.html"):
        page_of_list = partial(
            make.page,
            "models",
            part.path,
            Section.MODELS,
            "Models",
            "All models, and which version is in force.",
            part=part,
        )
        yield Job(part.path, (part.place, *map(Ref.model, part.items)), page_of_list)
    for name in book.models:
        registered = book.catalog.versions_of(name)
        columns = cache(partial(book.metric_names, name, registered, _METRICS_IN_LISTS))
        for versions in parts(registered[::-1], path_of(Ref.model(name))):
            sources = (versions.place, Ref.model(name))
            yield Job(versions.path, sources, partial(_model, make, name, columns, versions))


def version_pages(make: Maker) -> Iterator[PageJob]:
    """One page for each version of each model."""
    for name in make.book.models:
        versions = make.book.catalog.versions_of(name)
        for position, version in enumerate(versions):
            before = versions[position - 1] if position else None
            yield Job(path_of(version.ref), (version.ref,), partial(_version, make, version, before))


def _model(make: Maker, name: str, columns: Callable[[], Sequence[str]], part: Part[ModelVersion]) -> Page:
    book, catalog = make.book, make.book.catalog
    model, card = catalog.models.get(name), catalog.cards.get((name, None))
    ledger, stages = catalog.aliases.get(name), catalog.stages.get(name)
    holding = _holding(stages.current().values() if stages is not None else ())
    description = model.description if model is not None else ""
    first = part.number == 1
    metrics = columns()
    tags = model.tags.values() if model is not None else ()
    owner = book.person(model.text("owner")) if model is not None else ""
    return make.page(
        "model",
        part.path,
        Section.MODELS,
        (model.title if model is not None else "") or name,
        plain(description) or f"The model {name}: versions, aliases, history and card.",
        search_text=" ".join(["Model.", plain(description, 300), owner, *metrics]) if first else "",
        search_tags=(name, *tags) if first else (),
        name=name,
        model=model,
        card=card_of(model, card),
        part=part,
        metrics=metrics,
        trends=trend_charts(book, catalog.versions_of(name), metrics, part.path) if first else (),
        in_force=tuple(_in_force(make, name, ledger, holding)),
        ledgers=ledger.ledgers if ledger is not None else {},
        transitions=stages.transitions if stages is not None else (),
        holding=holding,
        most=_LEDGER_SHOWN,
        most_served=_SERVED_SHOWN,
        findings=book.findings(model, card, ledger, stages),
    )


def _version(make: Maker, version: ModelVersion, before: ModelVersion | None) -> Page:
    book, catalog = make.book, make.book.catalog
    model = catalog.models.get(version.model)
    found = catalog.resolve(version.run.ref) if version.run.ref is not None else None
    run = found if isinstance(found, Run) else None
    cards = [catalog.cards.get((version.model, number)) for number in (None, version.version)]
    evaluations, more_evaluations = _evaluations(make, version, cards)
    title = f"{(model.title if model is not None else '') or version.model} version {version.version}"
    aliases = book.aliases.get((version.model, version.version), ())
    commit = run.code.commit if run is not None else ""
    assignments = _assignments(make, version)
    staged = book.records.registry.stages.get((version.model, version.version))
    who = dict.fromkeys(
        book.person(person)
        for person in (
            version.text("created_by"),
            *chain.from_iterable((item.by, *item.approved_by) for _, item, _ in assignments),
        )
    )
    passed = book.predecessor(version)
    comparison = compare_with(book.records, version, passed) if passed is not None else None
    return make.page(
        "version",
        path_of(version.ref),
        Section.MODELS,
        title,
        plain(version.description) or f"Where {title} comes from, how well it does, and who approved it.",
        search_text=" ".join(
            ["Model version.", *aliases, version.version_label, plain(version.description, 300), *who]
        ),
        search_tags=(version.ref.short, commit, version.text("digest"), *(f"@{alias}" for alias in aliases)),
        answers=answers_of_version(make, version, comparison),
        version=version,
        model=model,
        before=before,
        passed=passed.version if passed is not None else None,
        side_by_side=path_of_comparison(version.ref, passed.version.ref) if passed is not None else "",
        differences=what_differs(comparison) if comparison is not None else None,
        run=run,
        evaluations=evaluations,
        more_evaluations=more_evaluations,
        card=card_of(model, *cards),
        assignments=assignments,
        transitions=_transitions(make, version),
        holding=_holding((staged,) if staged is not None else ()),
        shares=book.endpoints.get((version.model, version.version), ()),
        most_served=_SERVED_SHOWN,
        graph=make.lineage(version.ref, path_of(version.ref), _NODES),
        slices={run.id: slice_charts(run, _judged(make, version, run)) for run in evaluations},
        key_metrics=_key_metrics(make, version),
        rules=book.policy.metrics(version.model),
        findings=book.findings(version, run, *cards),
    )


def _evaluations(
    make: Maker, version: ModelVersion, cards: Sequence[ModelCard | None]
) -> tuple[Sequence[Run], int]:
    """The evaluations to show, those of cards before others, the newest first; and how many are left."""
    known = make.book.evaluations.get((version.model, version.version), ())
    mentions = chain.from_iterable(card.evaluations for card in cards if card is not None)
    found = (make.book.catalog.resolve(mention.ref) for mention in mentions if mention.ref is not None)
    named = dict.fromkeys(run for run in found if isinstance(run, Run) and _about(make, run, version))
    several = tuple(dict.fromkeys((*named, *known)))
    shown = several[: max(_EVALUATIONS_SHOWN, len(named))]
    newest_first = sorted(shown, key=lambda run: (instant(run.started_at), run.id), reverse=True)
    return newest_first, len(several) - len(shown)


def _about(make: Maker, evaluation: Run, version: ModelVersion) -> bool:
    """Tell whether an evaluation is one of this version: a model's card may name those of others."""
    if evaluation.evaluates is None or evaluation.evaluates.ref is None:
        return True
    pinned = make.book.catalog.pinned(evaluation.evaluates.ref, evaluation.started_at)
    return pinned is None or make.book.catalog.resolve(pinned) is version


def _judged(make: Maker, version: ModelVersion, evaluation: Run) -> tuple[str, ...]:
    """The metrics of groups to draw: those that the policy judges, else the first ones."""
    measured = tuple(dict.fromkeys(name for item in evaluation.slices for name in item.metrics))
    judged = make.book.policy.metrics(version.model)
    return (tuple(name for name in measured if name in judged) or measured)[:_CHARTS_BY_GROUP]


def _key_metrics(make: Maker, version: ModelVersion) -> tuple[tuple[str, float, Run], ...]:
    measured = make.book.metrics_of(version)
    names = make.book.metric_names(version.model, (version,), _METRICS_IN_LISTS)
    return tuple((name, *measured[name]) for name in names)


def _in_force(
    make: Maker, model: str, ledger: Aliases | None, holding: Sequence[Transition]
) -> Iterator[tuple[str, str, Assignment | Transition, bool]]:
    """What puts versions into force: its name, where its history is, its line, and if that needs approval."""
    policy = make.book.policy
    protected = policy.protected_aliases(model)
    aliases = ledger.in_force() if ledger is not None else {}
    for alias, line in sorted(aliases.items(), key=lambda item: (item[0] != "champion", item[0])):
        yield alias, f"alias-{alias}", line, alias in protected
    for transition in holding:
        if transition.stage == _PRODUCTION:
            yield "production stage", "stages", transition, policy.production(model).approvals > 0


def _holding(current: Iterable[Transition]) -> tuple[Transition, ...]:
    """Of the transitions that brought versions to where they are, those into stages that hold something."""
    return tuple(item for item in current if item.stage not in _PAST)


def _assignments(make: Maker, version: ModelVersion) -> tuple[tuple[str, Assignment, Assignment | None], ...]:
    """The times that an alias came to this version: alias, assignment, and the one that ended it."""
    ledger = make.book.catalog.aliases.get(version.model)
    found: list[tuple[str, Assignment, Assignment | None]] = []
    for alias, items in (ledger.ledgers if ledger is not None else {}).items():
        for assignment, following in zip(items, (*items[1:], None), strict=True):
            if assignment.version == version.version:
                found.append((alias, assignment, following))
    return tuple(sorted(found, key=lambda item: instant(item[1].at), reverse=True))


def _transitions(make: Maker, version: ModelVersion) -> tuple[Transition, ...]:
    ledger = make.book.catalog.stages.get(version.model)
    if ledger is None:
        return ()
    return tuple(item for item in ledger.transitions[::-1] if item.version == version.version)
