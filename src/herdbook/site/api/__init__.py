"""The API: what the catalog knows as JSON files, for programs that read the site.

No file of it grows with the catalog: an entry has files of its own, and lists are cut into pages.
"""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from herdbook import __version__, schema
from herdbook.queries.answer import Answer, json_schema, schema_of
from herdbook.queries.impact import Impact
from herdbook.queries.trace import Trace
from herdbook.ref import Ref
from herdbook.site.api.answers import Answers
from herdbook.site.api.entries import entry_jobs
from herdbook.site.api.files import ApiJob, Made, Writer
from herdbook.site.api.lists import list_jobs
from herdbook.site.api.resources import (
    AliasFile,
    Badge,
    DatasetFile,
    DatasetVersionFile,
    EndpointFile,
    ExperimentFile,
    ExperimentsFile,
    Index,
    ListFile,
    ModelFile,
    Resource,
    RunFile,
    VersionFile,
)
from herdbook.site.book import Book
from herdbook.site.page import EVERYTHING, File, Job
from herdbook.site.paths import API, HOME, path_of_answer, path_of_api, path_of_badge, path_of_runs

_NAMES: Final = (
    "A name stands in an address as it is, with two exceptions: the file of an entry that is called index, "
    "in any case of letters, is index~.json, and the folder of a name that ends in .json, .md or .html has a "
    "~ at its end. What has many pages goes on in name~2.json, name~3.json, ...; links lead there."
)
_ANSWERS: Final[tuple[type[Answer], ...]] = (Trace, Impact)

# Where the files are: their paths for an entry whose name says what belongs there.
_MODEL, _VERSION = Ref.model("{model}"), Ref.model("{model}", "{version}")
_ALIAS = Ref.model("{model}", alias="{alias}")
_DATASET, _DATASET_VERSION = Ref.dataset("{dataset}"), Ref.dataset("{dataset}", "{version}")
_RUN, _ENDPOINT = Ref.run("{run}"), Ref.endpoint("{endpoint}")

_KINDS: Final[tuple[tuple[str, str, type[Any], str], ...]] = (
    ("model", path_of_api(_MODEL), ModelFile, "a model, its aliases and its versions"),
    ("model-version", path_of_api(_VERSION), VersionFile, "a version of a model"),
    ("alias", path_of_api(_ALIAS), AliasFile, "all that is needed to serve what an alias points to"),
    ("badge", path_of_badge("{model}", "{alias}"), Badge, "a badge of an alias, for shields.io"),
    ("dataset", path_of_api(_DATASET), DatasetFile, "a dataset and its versions"),
    ("dataset-version", path_of_api(_DATASET_VERSION), DatasetVersionFile, "a version of a dataset"),
    ("run", path_of_api(_RUN), RunFile, "a run"),
    ("experiment", path_of_runs("{experiment}"), ExperimentFile, "the runs of an experiment"),
    ("experiments", f"{API}/experiments/index.json", ExperimentsFile, "all experiments"),
    ("endpoint", path_of_api(_ENDPOINT), EndpointFile, "an endpoint and what it serves"),
    ("list", f"{API}/{{kind}}/index.json", ListFile, "all models, datasets, runs or endpoints"),
)
_TRACED: Final = {
    "model-version": _VERSION,
    "dataset-version": _DATASET_VERSION,
    "run": _RUN,
    "endpoint": _ENDPOINT,
}
_WITH_IMPACT: Final = {
    "dataset": _DATASET,
    "dataset-version": _DATASET_VERSION,
    "model-version": _VERSION,
    "run": _RUN,
}
# The schema of what a field takes over from the catalog, by the kind of file.
_ENTRIES: Final = {
    ModelFile: {"entry": "model", "card": "model-card"},
    VersionFile: {"entry": "model-version", "card": "model-card"},
    DatasetFile: {"entry": "dataset"},
    DatasetVersionFile: {"entry": "dataset-version"},
    RunFile: {"entry": "run"},
    EndpointFile: {"entry": "endpoint"},
}
_ALWAYS: Final = frozenset((VersionFile, DatasetVersionFile, RunFile, EndpointFile))


def api_jobs(book: Book, answers: Answers) -> Iterator[ApiJob]:
    """Yield what makes the files of the API. The answers have to be made before the work is shared."""
    yield Job(f"{API}/index.json", (EVERYTHING,), partial(_index, book))
    yield from list_jobs(book)
    yield from entry_jobs(book, answers)


def schemas() -> Iterator[File]:
    """The JSON Schemas of the formats of the catalog, of the answers, and of the files of the API."""
    for kind in schema.KINDS:
        yield _schema_file(kind, schema.schema(kind))
    for answer in _ANSWERS:
        yield _schema_file(f"answers/{answer.question}", _answer_schema(answer))
    for name, _, resource, _ in _KINDS:
        yield _schema_file(f"api/{name}", _resource_schema(name, resource))
    yield _schema_file("api/index", schema_of(Index, "index"))


def _schema_file(name: str, content: Any) -> File:
    return File(f"schema/{name}.json", f"{json.dumps(content, indent=2)}\n".encode())


def _answer_schema(answer: type[Answer]) -> dict[str, Any]:
    whole = json_schema(answer)
    following = {
        "description": "of a long answer in the API: the address of the file in which it goes on",
        "type": "string",
    }
    return whole | {"properties": {**whole["properties"], "next": following}}


def _resource_schema(name: str, resource: type[Any]) -> dict[str, Any]:
    whole = schema_of(resource, name)
    for field, kind in _ENTRIES.get(resource, {}).items():
        reference = {"$ref": f"../{kind}.json"}
        always = field == "entry" and resource in _ALWAYS
        whole["properties"][field] |= reference if always else {"anyOf": [reference, {"type": "null"}]}
    return whole


def _index(book: Book) -> Iterator[Made]:
    catalog = book.catalog
    writer = Writer(f"{API}/index.json")
    lists = ("models", "endpoints", "datasets", "runs", "experiments")
    index = Index(
        catalog=catalog.file.name if catalog.file is not None else "",
        title=book.name,
        herdbook=__version__,
        repository=catalog.file.text("repository") if catalog.file is not None else "",
        counts={
            "models": len(book.models),
            "model versions": len(catalog.versions),
            "datasets": len(book.datasets),
            "dataset versions": len(catalog.dataset_versions),
            "runs": len(catalog.runs),
            "endpoints": len(catalog.endpoints),
        },
        resources=tuple(_resources(writer)),
        names=_NAMES,
        links={name: writer.to(f"{API}/{name}/index.json") for name in lists}
        | {"page": writer.to(HOME), "llms": writer.to("llms.txt")},
    )
    yield writer.data(index, indent=2)


def _resources(writer: Writer) -> Iterator[Resource]:
    def template(path: str) -> str:
        return path.removeprefix(f"{API}/")

    for name, path, _, about in _KINDS:
        yield Resource(name, template(path), writer.to(f"schema/api/{name}.json"), about)
    for question, refs, about in (
        ("trace", _TRACED, "what it was made from"),
        ("impact", _WITH_IMPACT, "what depends on it"),
    ):
        address = writer.to(f"schema/answers/{question}.json")
        for name, ref in refs.items():
            yield Resource(f"{question} of {name}", template(path_of_answer(ref, question)), address, about)
