"""Register a version of a model: what a run made becomes something that can be promoted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from herdbook.catalog import LATEST, Catalog
from herdbook.clock import instant
from herdbook.entries import Output, Run
from herdbook.planning.artifacts import Seen
from herdbook.planning.cards import UNWRITTEN, card_text, sections_demanded
from herdbook.planning.carrying_out import schemas_of
from herdbook.planning.named import find_of, model_named
from herdbook.planning.plan import Plan, PlanError
from herdbook.queries.asking import shown
from herdbook.ref import Kind, Ref, is_name
from herdbook.registry import EffectiveCard, Registry

_USUAL = ("description", "digest", "flavors", "signature")


@dataclass(frozen=True, slots=True)
class Artifact:
    """Something that a run made and that can become a version of a model."""

    run: Run
    output: Output

    def __str__(self) -> str:
        return str(Ref.run(self.run.id, self.output.name))


def artifact_of(catalog: Catalog, run: str, name: str | None) -> Artifact:
    """Find the artifact that somebody means.

    Args:
        catalog: the catalog.
        run: the run, or its output.
        name: the name of the output; left out, it is the only one that is no dataset.

    Raises:
        HerdbookError: there is no such run, it has no such output, or several could be meant.
    """
    found = find_of(catalog, Kind.RUN, run)
    if not isinstance(found.entry, Run):
        raise PlanError(f"{shown(run)} is no run; name the one that made the model, such as runs:/train-1")
    entry = found.entry
    outputs = {output.name: output for output in reversed(entry.outputs) if output.dataset is None}
    has = f"it has {', '.join(reversed(outputs))}" if outputs else f"it has none, and is {entry.status}"
    wanted = name if name is not None else found.ref.output
    if wanted is None and len(outputs) != 1:
        if outputs:
            raise PlanError(
                f"{entry.ref} has several outputs: say which with --artifact ({', '.join(reversed(outputs))})"
            )
        raise PlanError(f"{entry.ref} has no output that could be a model: {has}; register what a run made")
    output = outputs.get(wanted) if wanted is not None else next(iter(outputs.values()))
    if output is None:
        raise PlanError(f"{entry.ref} has no output {shown(wanted or '')} that could be a model; {has}")
    if not output.uri:
        raise PlanError(
            f"{Ref.run(entry.id, output.name)} has no address; write its uri into {entry.source.path}"
        )
    return Artifact(entry, output)


def register(catalog: Catalog, model: str, artifact: Artifact, seen: Seen, fields: Mapping[str, Any]) -> Plan:
    """Make an artifact the next version of a model, with a card of its own to be written.

    What is wrong with the record of the run stands against it, even where nobody minded so far.

    Args:
        catalog: the catalog.
        model: the model.
        artifact: what a run made.
        seen: what is known of the artifact by looking at it.
        fields: what else is known of the version, by the names of its fields.

    Raises:
        HerdbookError: there is no such model, the artifact is not what the run made, or the label is none.
    """
    name = _model(catalog, model)
    for version in catalog.versions_of(name):
        if (version.run.ref, version.text("output")) == (artifact.run.ref, artifact.output.name):
            return Plan(f"{artifact} is registered already, as {version.ref}.")
    number = catalog.newest_number(name) + 1
    value = _value(name, number, artifact, seen, fields)
    cards, to_be_written = _cards(catalog, name, number)
    said = [f"{Ref.model(name, number)} is registered; it is {artifact}."]
    if "://" not in artifact.output.uri and not seen.is_here:
        said.append(f"{artifact.output.uri} is not here; its digest is the one that the run recorded.")
    if unknown := [field for field in _USUAL if field not in value]:
        said.append(f"Left to be filled in: {', '.join(unknown)}.")
    return Plan(
        " ".join([*said, *to_be_written]),
        new={f"models/{name}/versions/{number}.yaml": value, **cards},
        consequences=UNWRITTEN,
        relied_on=frozenset({artifact.run.source.path}),
        cures={
            "missing-lineage-tag": f"Give the run its tags: `herdbook tag set {artifact.run.ref} TAG VALUE`. "
            "Where it is on record without them, record it again."
        },
    )


def _value(
    model: str, number: int, artifact: Artifact, seen: Seen, fields: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What the file of the version holds."""
    value = {
        "kind": "model-version",
        "model": model,
        "version": number,
        "run": artifact.run.id,
        "output": artifact.output.name,
        "uri": artifact.output.uri,
        **_content(artifact, seen),
        **_description(artifact, seen),
        **{key: item for key, item in fields.items() if item not in (None, "", {})},
    }
    if seen.described is not None and seen.described.tags:
        value["tags"] = {**seen.described.tags, **value.get("tags", {})}
    _keep_to_labels(value.get("label"))
    return value


def _cards(catalog: Catalog, model: str, number: int) -> tuple[Mapping[str, str], Sequence[str]]:
    """The cards of the model and of the version that are not there yet, and what is to be written in them."""
    new: dict[str, str] = {}
    said = []
    shared, own = f"models/{model}/card.yaml", f"models/{model}/cards/{number}.yaml"
    left = _left_open(catalog, model)
    if (model, None) not in catalog.cards and shared not in catalog.refused:
        new[shared] = card_text(model, {}, left, schemas_of(catalog))
    if left:
        place = shared if shared in new else f"{shared} or {own}"
        said.append(f"To be written in {place}: {', '.join(left)}.")
    if (model, number) not in catalog.cards and own not in catalog.refused:
        evaluations = [run.id for run in _evaluations(catalog, Ref.model(model, number))]
        new[own] = card_text(model, {}, (), schemas_of(catalog), version=number, evaluations=evaluations)
        if not evaluations:
            said.append(f"Before it can be promoted, an evaluation has to be recorded and named in {own}.")
    return new, said


def _model(catalog: Catalog, text: str) -> str:
    name = text.removeprefix(f"{Kind.MODEL}:/")
    if is_name(name):
        ref = Ref.model(name)
        known = catalog.resolve(ref) is not None or catalog.versions_of(name) or catalog.is_refused(ref)
        if not known:
            near = catalog.suggest(ref)
            raise PlanError(
                f"there is no {ref} in the catalog; "
                + (f"did you mean {near}? If not, " if near else "")
                + f"begin it with `herdbook new model {name}`"
            )
    return model_named(catalog, text)


def _content(artifact: Artifact, seen: Seen) -> dict[str, Any]:
    """Digest and size: what the run recorded, held against what is there."""
    recorded, there = artifact.output.digest, seen.measured
    known: dict[str, Any] = {}
    if there is not None and recorded and recorded != there.digest:
        raise PlanError(
            f"{artifact.output.uri} is not what {artifact} was: the run recorded {recorded}, and what "
            f"is there has {there.digest}; put back what the run made, or register the run that made this"
        )
    is_path = "://" not in artifact.output.uri
    if is_path and not recorded and not seen.is_here:
        raise PlanError(
            f"{artifact} does not exist: {artifact.output.uri} is nothing in this repository, and the run "
            f"recorded no digest; put it there, write its digest into {artifact.run.source.path}, or name "
            "another output with --artifact"
        )
    if digest := recorded or (there.digest if there is not None else ""):
        known["digest"] = digest
    sizes = (artifact.output.size, there and there.size, seen.described and seen.described.size)
    size = next((size for size in sizes if size is not None), None)
    return {**known, **({} if size is None else {"size": size})}


def _description(artifact: Artifact, seen: Seen) -> dict[str, Any]:
    """Flavors, signature and requirements: as MLflow describes the artifact, or as the run recorded it."""
    fields = ("flavors", "signature")
    field, index = artifact.output.route
    recorded = artifact.run.data[str(field)][index]
    known: dict[str, Any] = {name: recorded[name] for name in fields if name in recorded}
    if seen.described is not None:
        known |= {"flavors": list(seen.described.flavors)} if seen.described.flavors else {}
        known |= {} if seen.described.signature is None else {"signature": seen.described.signature}
    return known | ({"requirements": list(seen.requirements)} if seen.requirements else {})


def _keep_to_labels(label: str | None) -> None:
    if label is not None and (label.isdigit() or label.lower() == LATEST):
        raise PlanError(
            f"{shown(label)} cannot be a label, for references take it for something else; take another one, "
            "such as 1.2.0"
        )


def _evaluations(catalog: Catalog, ref: Ref) -> Sequence[Run]:
    """The runs that evaluated the version before it was registered."""
    named = (run for run in catalog.runs.values() if run.evaluates is not None and run.evaluates.ref == ref)
    return sorted(
        (run for run in named if run.status == "finished"), key=lambda run: (instant(run.started_at), run.id)
    )


def _left_open(catalog: Catalog, model: str) -> list[str]:
    """What the policy demands of a card, and neither the card of the model nor the model says."""
    if f"models/{model}/card.yaml" in catalog.refused:
        return []
    card = Registry.of(catalog).card(model) or EffectiveCard(catalog.models.get(model), None, None, ())
    left = [section for section in sections_demanded(catalog) if section not in card.sections]
    left += [field for field, known in (("licence", card.licence), ("contact", card.contact)) if not known]
    return left
