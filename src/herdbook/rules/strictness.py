"""Whether one policy demands at least as much as another, and where it does not.

What cannot be told to be as strict counts as weaker.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from herdbook.entries import NOTHING, Data
from herdbook.policy import MetricRule, Policy, Protection
from herdbook.rules.options import Rule, is_fixed
from herdbook.source import Route

_LEVELS = ("off", "note", "warning", "error")


class Weakening(NamedTuple):
    """A place in which a policy demands less than before.

    Attributes:
        message: what it no longer demands.
        route: where in the file.
        model: the model whose own policy it is; empty for herdbook.yaml.
    """

    message: str
    route: Route
    model: str = ""


def weakenings(before: Policy, after: Policy, rules: Sequence[Rule]) -> Iterator[Weakening]:
    """Tell in what a policy is weaker than the one before it."""
    yield from _tags(before, after)
    if before.approvals == "verified" != after.approvals:
        yield Weakening("approvals need no review any more", ("policy", "approvals"))
    yield from _approvers(before, after)
    yield from _people(before, after)
    for model in ("", *sorted({*before.model_policies, *after.model_policies})):
        yield from _protections(model, before, after)
        yield from _metrics(model, before, after)
        yield from _of_model(model, before, after)
    yield from _rules(before, after, rules)
    if before.data.get("overrides", ()) != after.data.get("overrides", ()):
        yield Weakening("rules weigh differently for some paths", ("policy", "overrides"))
    yield from _waivers(before, after)


def _tags(before: Policy, after: Policy) -> Iterator[Weakening]:
    for tag in _gone(before.required_tags(), after.required_tags()):
        yield Weakening(f'the tag "{tag}" is no longer required', ("policy", "required_tags"))
    more = before.data.get("required_tags_for", NOTHING)
    for experiment in more.get("experiments", NOTHING):
        for tag in _gone(
            before.required_tags(experiment=experiment), after.required_tags(experiment=experiment)
        ):
            message = f'the tag "{tag}" is no longer required in the experiment {experiment}'
            yield Weakening(message, ("policy", "required_tags_for", "experiments", experiment))
    for model in {**more.get("models", NOTHING), **before.model_policies}:
        own = tag_names(before.model_policies.get(model, NOTHING))
        for tag in _gone(before.required_tags(model=model), after.required_tags(model=model)):
            message = f'the tag "{tag}" is no longer required of runs behind {model}'
            if tag in own:
                yield Weakening(message, ("policy", "required_tags"), model)
            else:
                yield Weakening(message, ("policy", "required_tags_for", "models", model))


def tag_names(policy: Data) -> Sequence[str]:
    """The tags that a model's own policy requires."""
    return tuple(policy.get("required_tags", ()))


def _approvers(before: Policy, after: Policy) -> Iterator[Weakening]:
    for name in _more(before.approvers, after.approvers):
        yield Weakening(f"{name} may approve", ("policy", "approvers"))


def _people(before: Policy, after: Policy) -> Iterator[Weakening]:
    if before.people and not after.people:
        yield Weakening("nobody is known any more, so any name counts", ("people",))
    anybody = not before.approvers
    named = _named(before)
    for person, about in after.people.items():
        known = before.people.get(person)
        if known is None and before.people and anybody:
            yield Weakening(f"{person} may approve, as anybody in people may", ("people", person))
        elif known is None and before.people and person in named:
            yield Weakening(f"{person}, who may approve, is given a name or a login", ("people", person))
        elif known is not None:
            for field in ("name", "email", "logins"):
                if known.get(field) != about.get(field):
                    message = f"{person} is known by another {field.removesuffix('s')}"
                    yield Weakening(message, ("people", person, field))


def _named(policy: Policy) -> frozenset[str]:
    """Whoever may approve something by name."""
    models = ("", *policy.model_policies)
    protections = (found for model in models for found in policy.protected_aliases(model).values())
    return frozenset((*policy.approvers, *(name for found in protections for name in found.approvers)))


def _protections(model: str, before: Policy, after: Policy) -> Iterator[Weakening]:
    demanded, kept = before.protected_aliases(model), after.protected_aliases(model)
    if model and (demanded, kept) == (before.protected_aliases(""), after.protected_aliases("")):
        return  # said of the catalog's policy
    of_model = f" of {model}" if model else ""
    said = False
    for alias, protection in demanded.items():
        now = kept.get(alias)
        messages = [f"{alias}{of_model} is no longer protected"]
        if now is not None:
            messages = [*_fewer(f"{alias}{of_model}", (before, protection), (after, now))]
        for message in messages:
            said = True
            yield Weakening(message, ("policy", "protected_aliases", alias), model)
    # What a protected alias holds may be served in production, so a new one is no way around the others.
    production = before, before.production(model)
    for alias in (name for name in kept if name not in demanded):
        what = f"{alias}{of_model} (which endpoints in production may serve)"
        for message in _fewer(what, production, (after, kept[alias])):
            said = True
            yield Weakening(message, ("policy", "protected_aliases", alias), model)
    if not said:
        # An alias that needs more than all others has a say about the stage.
        stages = (before, before.production(model)), (after, after.production(model))
        for message in _fewer(f"the production stage{of_model}", *stages):
            yield Weakening(message, ("policy", "protected_aliases"), model)


def _fewer(what: str, *states: tuple[Policy, Protection]) -> Iterator[str]:
    """Say how something needs fewer approvals, or those of more people, in the second of two states."""
    (before, demanded), (after, kept) = states
    if kept.approvals < demanded.approvals:
        yield f"{what} needs {kept.approvals} instead of {demanded.approvals} approvals"
    if not _falls_back(before, demanded) or not _falls_back(after, kept):
        for name in _more(demanded.approvers, kept.approvers):
            yield f"{name} may approve a move of {what}"


def _falls_back(policy: Policy, protection: Protection) -> bool:
    """Tell whether an alias is approved by whoever may approve in general, which is judged there."""
    return protection.approvers == policy.approvers


def _metrics(model: str, before: Policy, after: Policy) -> Iterator[Weakening]:
    demanded, kept = before.metrics(model), after.metrics(model)
    if model and (demanded, kept) == (before.metrics(""), after.metrics("")):
        return
    for name, rule in demanded.items():
        of = f"{name} of {model}" if model else name
        said = _looser(rule, kept.get(name))
        if said:
            yield Weakening(f"{of} {said}", ("policy", "metrics", name), model)


def _looser(before: MetricRule, after: MetricRule | None) -> str:
    if after is None:
        return "is no longer judged"
    if before.higher_is_better != after.higher_is_better:
        return "is better in the other direction"
    if not after.tolerance <= before.tolerance:
        return f"may be worse by {after.tolerance:g} instead of {before.tolerance:g}"
    if before.bound is None:
        return ""
    if after.bound is None:
        return f"need not reach {before.bound:g} any more"
    return (
        "" if before.reaches_bound(after.bound) else f"must reach {after.bound:g} instead of {before.bound:g}"
    )


def _of_model(model: str, before: Policy, after: Policy) -> Iterator[Weakening]:
    for grouping in _gone(before.required_slices(model), after.required_slices(model)):
        message = f"{model} need not be evaluated by {grouping} any more"
        yield Weakening(message, ("policy", "required_slices"), model)


def _rules(before: Policy, after: Policy, rules: Sequence[Rule]) -> Iterator[Weakening]:
    for rule in rules:
        if is_fixed(rule):
            continue
        route = ("policy", "rules", rule.ID)
        was, now = (policy.level(rule.ID) or rule.SEVERITY for policy in (before, after))
        if _LEVELS.index(now) < _LEVELS.index(was):
            yield Weakening(f"{rule.ID} is {now} instead of {was}", route)
        # Left to itself, a rule may hold some of its findings for less grave than others.
        elif before.level(rule.ID) not in (None, "off", "note") and after.level(rule.ID) is None:
            yield Weakening(f"findings of {rule.ID} may be less than {was}", route)
        if before.options(rule.ID) != after.options(rule.ID):
            yield Weakening(f"{rule.ID} has other options", route)


def _waivers(before: Policy, after: Policy) -> Iterator[Weakening]:
    known: Mapping[tuple[str, str], str] = {
        (waiver.rule, waiver.entry): waiver.until for waiver in sorted(before.waivers, key=_until)
    }
    for waiver in after.waivers:
        until = known.get((waiver.rule, waiver.entry), "")
        if waiver.until > until:
            said = f"longer, until {waiver.until}" if until else f"until {waiver.until}"
            message = f"{waiver.rule} is waived for {waiver.entry} {said}"
            yield Weakening(message, ("waivers", waiver.index))


def _until(waiver: Any) -> str:
    return str(waiver.until)


def _gone(before: Sequence[str], after: Sequence[str]) -> list[str]:
    return [name for name in before if name not in after]


def _more(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Who is allowed now and was not before; without any names, everybody is."""
    if not before:
        return []
    return [name for name in after if name not in before] if after else ["anybody"]
