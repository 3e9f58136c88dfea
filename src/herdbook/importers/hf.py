"""Cards of the Hugging Face Hub: models and datasets from README files."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from herdbook.errors import HerdbookError, StorageError
from herdbook.hubcard import (
    DATASET_HEADINGS,
    MODEL_HEADINGS,
    OWN,
    RUN,
    fault_of_results,
    keepable,
    kept,
    licence_in,
    parted,
    told,
)
from herdbook.planning.drafts import Draft, Imported, Key, Problem
from herdbook.tree import MAX_BYTES, DirTree
from herdbook.yaml.scalars import rounded

SYSTEM = "huggingface"
_README = "README.md"
_RESULTS = "model-index"
_OF_DATASETS = frozenset(
    {
        "annotations_creators",
        "configs",
        "dataset_info",
        "language_creators",
        "multilinguality",
        "pretty_name",
        "size_categories",
        "source_datasets",
        "task_categories",
        "task_ids",
    }
)
_OF_MODELS = frozenset({"base_model", "library_name", "metrics", _RESULTS, "pipeline_tag", "widget", OWN})
_OF_CARDS = ("title", "evaluations", "datasets", "metrics", "tags")
"""The fields of a card that a file of ours holds as they are."""


def read_cards(places: Sequence[Path], name: str = "") -> Imported:
    """Read cards.

    Args:
        places: files, or folders: of these the ``README.md``, or else all Markdown files in them.
        name: what the model or dataset is called, where that is not to be taken from its card; of one file
            only.

    Raises:
        HerdbookError: a name is given for several files.
    """
    drafts: list[Draft] = []
    problems: list[Problem] = []
    files = [file for place in places for file in _files(place, problems)]
    if name and len(files) != 1:
        raise HerdbookError(f"--name {name!r} is for one card, and {len(files)} are there; name one file")
    for file in files:
        source = file.as_posix()
        try:
            found, doubts = _drafts(_read(file), name, file)
        except HerdbookError as error:
            problems.append(Problem(source, f"it is left out: {error}"))
        else:
            drafts += found
            problems += doubts
    return Imported(SYSTEM, "", drafts, problems, is_whole=False)


def _files(place: Path, problems: list[Problem]) -> Iterator[Path]:
    if not place.is_dir():
        yield place
        return
    tree = DirTree(place)
    try:
        found = [file for file in tree.files() if file.path.endswith(".md")]
    except StorageError as error:
        problems.append(Problem(place.as_posix(), str(error)))
        return
    found = [file for file in found if file.path == _README] or found
    if not found:
        problems.append(Problem(place.as_posix(), "there is no Markdown file in it; name the file of a card"))
    for file in found:
        if file.problem:
            problems.append(
                Problem(
                    (place / file.path).as_posix(), f"{file.problem}; name the file itself to have it read"
                )
            )
        else:
            yield place / file.path


def _read(file: Path) -> bytes:
    try:
        # Whoever names a link means what it leads to; in the caches of the Hub, all files are links.
        real = Path(os.path.realpath(file))
        raw = DirTree(real.parent).read(real.name)
    except (OSError, ValueError) as error:
        raise StorageError(f"it cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(raw) > MAX_BYTES:
        raise HerdbookError(f"it holds more than {MAX_BYTES:,} bytes; a card is a text to be read")
    return raw


def _drafts(raw: bytes, name: str, file: Path) -> tuple[list[Draft], list[Problem]]:
    source, problems = file.as_posix(), []
    metadata, body = parted(raw)
    if metadata is None:
        problems.append(Problem(source, "it has no metadata; its text is taken alone", is_loss=False))
        metadata = {}
    if metadata.keys() & _OF_DATASETS and not metadata.keys() & _OF_MODELS:
        return [_dataset(metadata, body, name or _called(file), source, problems)], problems
    return _model(metadata, body, name or _named(metadata) or _called(file), source, problems), problems


def _called(file: Path) -> str:
    """What a file is about, by its name, or by that of its folder."""
    if file.name != _README:
        return file.stem
    return Path(os.path.abspath(file)).parent.name  # noqa: PTH100  # a link is called as it is named


def _named(metadata: Mapping[str, Any]) -> str:
    """What a model is called in its metadata."""
    own = metadata.get(OWN)
    if isinstance(own, dict) and isinstance(own.get("model"), str):
        return str(own["model"])
    results = metadata.get(_RESULTS)
    first = results[0] if isinstance(results, list) and results else None
    for found in (first.get("name") if isinstance(first, dict) else None, metadata.get("model_name")):
        if isinstance(found, str) and found.strip():
            return found
    return ""


def _dataset(
    metadata: Mapping[str, Any], body: str, name: str, source: str, problems: list[Problem]
) -> Draft:
    heading, texts = told(body, DATASET_HEADINGS)
    pretty = metadata.get("pretty_name")
    title = pretty if isinstance(pretty, str) and pretty.strip() else heading
    value: dict[str, Any] = {
        "title": title if title != name else "",
        **texts,
        "licence": licence_in(metadata),
        "tags": _tags(metadata, source, problems),
    }
    if heading and heading != title:
        value["tags"] = {**value["tags"], "heading": heading}
    return Draft(Key("dataset", name), _filled(value), source)


def _model(
    metadata: Mapping[str, Any], body: str, name: str, source: str, problems: list[Problem]
) -> list[Draft]:
    heading, texts = told(body, MODEL_HEADINGS)
    stated = metadata.get(OWN)
    own: Mapping[str, Any] = (
        stated if isinstance(stated, dict) and isinstance(stated.get("model"), str) else {}
    )
    task = metadata.get("pipeline_tag")
    title = heading if heading != name and "title" not in own else ""
    model: dict[str, Any] = {"title": title, "task": task if isinstance(task, str) else ""}
    card: dict[str, Any] = {
        **texts,
        "licence": _licence(metadata, own),
        **({"title": title} if not own else {}),
    }
    if own:
        for field in _names(own.get("model_fields")) & card.keys():
            model[field] = card.pop(field)
        card |= {field: own[field] for field in _OF_CARDS if field in own}
    elif _RESULTS in metadata:
        card["metrics"] = _metrics(metadata[_RESULTS])
        if fault := fault_of_results(metadata[_RESULTS]):
            problems.append(Problem(source, f"the Hub refuses its results: {fault}; they are kept", False))
    written = _names(own.get("generated"))
    others = {key: value for key, value in metadata.items() if key != OWN and key not in written}
    if own and _RESULTS in others and not (foreign := _foreign(others[_RESULTS])):
        others.pop(_RESULTS)
    elif own and _RESULTS in others:
        others[_RESULTS] = foreign
    if isinstance(own.get("aside"), dict):
        others |= own["aside"]
    tags = card.get("tags")
    card["tags"] = {**_tags(others, source, problems), **(tags if isinstance(tags, dict) else {})}
    return [
        Draft(Key("model", name), _filled(model), source),
        Draft(Key("model-card", "", name), _filled(card), source),
    ]


def _licence(metadata: Mapping[str, Any], own: Mapping[str, Any]) -> str:
    """The licence, as the catalog wrote it where it is the one that the Hub is told."""
    stated, exact = licence_in(metadata), own.get("licence")
    return exact if isinstance(exact, str) and exact.casefold() == stated.casefold() else stated


def _tags(metadata: Mapping[str, Any], source: str, problems: list[Problem]) -> dict[str, str]:
    """Tags that hold all metadata."""
    found: dict[str, str] = {}
    for key, value in metadata.items():
        if keepable(key):
            found |= kept(key, value)
        else:
            problems.append(
                Problem(source, f"the key {key[:40]!r} of its metadata is left out: no tag can be called so")
            )
    return found


def _names(value: Any) -> set[str]:
    return {item for item in value if isinstance(item, str)} if isinstance(value, list) else set()


def _filled(value: Mapping[str, Any]) -> dict[str, Any]:
    return {field: found for field, found in value.items() if found not in ("", {}, [])}


def _foreign(index: Any) -> Any:
    """Results without those that runs of a catalog measured."""
    if fault_of_results(index):
        return index
    found = []
    for model in index:
        results = []
        for result in model["results"]:
            metrics = [metric for metric in result["metrics"] if not _is_ours(metric)]
            if metrics or not result["metrics"]:
                results.append({**result, "metrics": metrics})
        if results or not model["results"]:
            found.append({**model, "results": results})
    return found


def _is_ours(metric: Mapping[str, Any]) -> bool:
    return isinstance(metric.get("args"), dict) and RUN in metric["args"]


def _metrics(index: Any) -> dict[str, float]:
    """The numbers of results, by names that tell them apart: ``accuracy``, ``accuracy (Beans, test)``."""
    found: list[tuple[str, str, float]] = []
    for model in _mappings(index):
        for result in _mappings(model.get("results")):
            dataset = next(_mappings([result.get("dataset")]), {})
            about = ", ".join(str(dataset[key]) for key in ("name", "config", "split") if dataset.get(key))
            for metric in _mappings(result.get("metrics")):
                name, value = metric.get("name") or metric.get("type"), metric.get("value")
                if isinstance(name, str) and isinstance(value, int | float) and not isinstance(value, bool):
                    found.append((name, about, rounded(value)))
    count = Counter(name for name, _, _ in found)
    return {
        name if count[name] == 1 or not about else f"{name} ({about})": value for name, about, value in found
    }


def _mappings(items: Any) -> Iterator[Mapping[str, Any]]:
    """The mappings in what should be a list of them."""
    return (item for item in (items if isinstance(items, list) else ()) if isinstance(item, dict))
