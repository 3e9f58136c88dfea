"""What the rules about promotions share: the lines of ledgers that are in force, and who is who."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from herdbook.entries import Aliases, Assignment, ModelVersion, Stages, Transition
from herdbook.finding import Place
from herdbook.policy import Protection
from herdbook.ref import Ref
from herdbook.registry import UseKind
from herdbook.rules.context import Context

if TYPE_CHECKING:
    from herdbook.diff import LineChange


class Promotion(NamedTuple):
    """A line of a ledger that is in force: an alias on a version, or a version in staging or production.

    `protection` says who must approve it; `None` where nobody must.
    """

    ledger: Aliases | Stages
    name: str
    version: int
    line: Assignment | Transition
    protection: Protection | None

    @property
    def key(self) -> tuple[str, int]:
        """The model and the version that is promoted."""
        return self.ledger.model, self.version

    @property
    def ref(self) -> Ref:
        """The version that is promoted, whether it is in the catalog or not."""
        return Ref.model(*self.key)

    @property
    def what(self) -> str:
        """What the version is promoted to, for a sentence."""
        return f"the alias {self.name}" if isinstance(self.ledger, Aliases) else f"the stage {self.name}"

    def at(self, field: str) -> Place:
        """The place of a field of the line."""
        return self.ledger.at(*self.line.route, field)


def promotions(context: Context) -> Iterator[Promotion]:
    """The promotions in force: aliases, then stages. Production needs approval, staging none."""
    policy = context.policy
    for aliases in context.catalog.aliases.values():
        protected = policy.protected_aliases(aliases.model)
        for alias, assignment in aliases.in_force().items():
            if assignment.version is not None:
                yield Promotion(aliases, alias, assignment.version, assignment, protected.get(alias))
    for stages in context.catalog.stages.values():
        for version, transition in stages.current().items():
            if transition.stage in ("staging", "production"):
                protection = policy.production(stages.model) if transition.stage == "production" else None
                yield Promotion(stages, transition.stage, version, transition, protection)


def arrivals(context: Context) -> Iterator[Promotion]:
    """The promotions that need approval and that a change brings, or writes down anew."""
    yield from passed_through(context)
    for promotion in promotions(context):
        if promotion.protection is None:
            continue
        ledger = promotion.ledger
        before = _in_base(context, ledger)
        held: Assignment | Transition | None = None
        if isinstance(before, Aliases):
            held = before.in_force().get(promotion.name)
        elif before is not None:
            held = before.current().get(promotion.version)
        if before is None or held is None or _written(before, held) != _written(ledger, promotion.line):
            yield promotion


def passed_through(context: Context) -> Iterator[Promotion]:
    """What needs approval among the lines that a change adds and that others follow at once.

    They say what was in force until then, for all who ask later. A ledger that is new as a whole, as in an
    import, is taken at its word.
    """
    return _not_in_force(context, of_new=False)


def told(context: Context) -> Iterator[Promotion]:
    """What needed approval among the lines of a new ledger that others follow, if it says what was."""
    return _not_in_force(context, of_new=True)


def _not_in_force(context: Context, *, of_new: bool) -> Iterator[Promotion]:
    if context.change is None:
        return
    added: dict[Aliases | Stages, list[LineChange]] = defaultdict(list)
    for change in context.change.changes.lines:
        is_new = change.before_ledger is None
        if change.kind == "added" and is_new is of_new and change.after_ledger is not None:
            added[change.after_ledger].append(change)
    for ledger, changes in added.items():
        for alias, line in _lines_of(ledger, changes):
            if isinstance(ledger, Aliases):
                protection = context.policy.protected_aliases(ledger.model).get(alias)
            else:
                protection = context.policy.production(ledger.model) if alias == "production" else None
            if protection is not None and line.version is not None:
                yield Promotion(ledger, alias, line.version, line, protection)


def _lines_of(
    ledger: Aliases | Stages, changes: "Sequence[LineChange]"
) -> Iterator[tuple[str, Assignment | Transition]]:
    """The lines of some changes that are not in force, each with the alias or the stage."""
    places = [change.after_route for change in changes]
    if isinstance(ledger, Aliases):
        found = ledger.ledgers
        for _, alias, index in places:
            if index != len(found[str(alias)]) - 1:
                yield str(alias), found[str(alias)][int(index)]
    else:
        transitions, current = ledger.transitions, ledger.current()
        for _, index in places:
            line = transitions[int(index)]
            if current[line.version] != line:
                yield line.stage, line


def _written(ledger: Aliases | Stages, line: Assignment | Transition) -> Any:
    value: Any = ledger.data
    for step in line.route:
        value = value[step]
    return value


def let_in(context: Context) -> Iterator[tuple[str, ModelVersion, Place]]:
    """The versions that the policy has a say about: each with what holds it, for a sentence, and where.

    These are the versions that protected aliases hold, those in staging and production, and those that
    production endpoints serve.
    """
    for promotion in promotions(context):
        version = context.catalog.versions.get(promotion.key)
        if version is not None and (promotion.protection is not None or isinstance(promotion.ledger, Stages)):
            yield promotion.what, version, promotion.at("version")
    yield from served_in_production(context)


def served_in_production(context: Context) -> Iterator[tuple[str, ModelVersion, Place]]:
    """The versions that production endpoints serve: each with the endpoint, for a sentence, and where."""
    for uses in context.registry.uses.values():
        for use in uses:
            if use.kind is UseKind.ENDPOINT and use.environment == "production":
                yield str(use), use.version, use.place


def newly_served(context: Context) -> Iterator[tuple[str, ModelVersion, Place]]:
    """What production endpoints serve and did not serve before the change, in the same form.

    One that was in production is judged once more as it leaves: what it is called does not stop the traffic.
    """
    base = context.change.base if context.change is not None else None
    for uses in context.registry.uses.values():
        for use in uses:
            before = base.endpoints.get(use.name) if base is not None else None
            served = before.serves if before is not None and before.environment == "production" else ()
            if use.kind is not UseKind.ENDPOINT or (use.environment != "production" and not served):
                continue
            known = (base.resolve(item.mention.ref) for item in served if base and item.mention.ref)
            if all(not isinstance(entry, ModelVersion) or entry.ref != use.version.ref for entry in known):
                yield str(use), use.version, use.place


def people_by_name(context: Context) -> Mapping[str, str]:
    """The people of the policy by id, name, e-mail address and logins, all casefolded."""
    found: dict[str, str] = {}
    for person, about in context.policy.people.items():
        for name in (about.get("name", ""), about.get("email", ""), *about.get("logins", {}).values()):
            found.setdefault(name.casefold(), person)
    for person in context.policy.people:
        found[person.casefold()] = person
    return found


class Succession(NamedTuple):
    """A version in force under a protected alias, and the one that it took the place of."""

    promotion: Promotion
    before: int

    @property
    def before_ref(self) -> Ref:
        """The version whose place was taken."""
        return Ref.model(self.promotion.ledger.model, self.before)


def successions(context: Context) -> Iterator[Succession]:
    """The protected aliases in force that held another version before.

    Going back to a version that the alias held earlier is no succession: it was judged when it came.
    """
    for promotion in promotions(context):
        if isinstance(promotion.ledger, Aliases) and promotion.protection is not None:
            held = held_before(context, promotion)
            if held and promotion.version not in held:
                yield Succession(promotion, held[-1])


def held_before(context: Context, promotion: Promotion) -> list[int]:
    """The versions that the alias, or the production stage, held before, the last one at the end.

    Of a change, these are the ones that the base knows of: nobody judged a line that the change itself puts
    below them. Where the whole list is new, as in an import, it is taken at its word.
    """
    end = promotion.line.route[-1]
    assert isinstance(end, int)
    ledger = _in_base(context, promotion.ledger)
    lines = _lines(ledger, promotion.name) if ledger is not None else ()
    lines = lines or _lines(promotion.ledger, promotion.name)
    return _held(lines[:end], promotion.name)


def was_held(context: Context, promotion: Promotion) -> bool:
    """Tell whether the alias or the stage held the version already in the base of the change."""
    ledger = _in_base(context, promotion.ledger)
    return ledger is not None and promotion.version in _held(_lines(ledger, promotion.name), promotion.name)


def admitted(context: Context, model: str) -> frozenset[int]:
    """The versions of a model that a protected alias or the production stage holds, or held in the base.

    What a change writes down as held until then, nobody judged, not even where the whole ledger is new. Only
    the change that begins a catalog is taken at its word.
    """
    names: list[tuple[Aliases | Stages | None, str]] = [
        (context.catalog.aliases.get(model), alias) for alias in context.policy.protected_aliases(model)
    ]
    names.append((context.catalog.stages.get(model), "production"))
    is_first = context.change is not None and not context.change.base.paths
    found: set[int] = set()
    for ledger, name in names:
        if ledger is not None:
            before = ledger if is_first else _in_base(context, ledger)
            earlier = _lines(before, name) if before is not None else ()
            found |= {*_held(earlier, name), *_in_force(ledger, name)}
    return frozenset(found)


def _in_force(ledger: Aliases | Stages, name: str) -> Iterator[int]:
    if isinstance(ledger, Stages):
        yield from (version for version, line in ledger.current().items() if line.stage == name)
    elif (version := ledger.version_of(name)) is not None:
        yield version


def _in_base(context: Context, ledger: Aliases | Stages) -> Aliases | Stages | None:
    """The ledger as it was before the change that is judged."""
    base = context.change.base if context.change is not None else None
    if base is None:
        return None
    return (base.aliases if isinstance(ledger, Aliases) else base.stages).get(ledger.model)


def _lines(ledger: Aliases | Stages, name: str) -> Sequence[Any]:
    """The lines of an alias, or all transitions."""
    lines: Sequence[Any] = (
        ledger.data["aliases"].get(name, ()) if isinstance(ledger, Aliases) else ledger.data["transitions"]
    )
    return lines


def _held(lines: Sequence[Any], name: str) -> list[int]:
    return [
        line["version"] for line in lines if line["version"] is not None and line.get("stage", name) == name
    ]
