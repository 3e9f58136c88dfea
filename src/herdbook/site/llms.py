"""The guide to the site for language models, in the format of llmstxt.org: title, summary, lists of links.

It is short however large the catalog is: the lists that it leads to hold the rest.
"""

from collections.abc import Iterator
from typing import Final

from herdbook.entries import Endpoint
from herdbook.escaping import markdown
from herdbook.escaping.html import redact, visible
from herdbook.formats import plural
from herdbook.ref import Ref
from herdbook.site.book import Book
from herdbook.site.links import Scan, scan_markdown
from herdbook.site.markdown import plain
from herdbook.site.page import File
from herdbook.site.paths import API, path_of, path_of_twin

PATH: Final = "llms.txt"
_MOST: Final = 50
_SUMMARY_LENGTH: Final = 300

_HOW: Final = (
    "Every page has a Markdown twin beside it: the same address with .md in place of .html. The same facts "
    f"are JSON under {API}/, where {API}/index.json tells where what is. Entries are named by references "
    "such as models:/name/7, models:/name@alias, runs:/id, datasets:/name/version and endpoints:/name."
)


def llms_file(book: Book) -> Iterator[tuple[File, Scan]]:
    """Write the guide to the site of a catalog."""
    text = "\n".join(_lines(book)) + "\n"
    yield File(PATH, text.encode()), scan_markdown(text)


def _lines(book: Book) -> Iterator[str]:
    catalog = book.catalog
    yield f"# {_escaped(book.name)}"
    yield ""
    about = plain(catalog.file.description, _SUMMARY_LENGTH) if catalog.file is not None else ""
    yield f"> {_escaped(about or 'A register of models: where they come from, and which are in production.')}"
    yield ""
    yield _HOW
    models = [
        (Ref.model(name), catalog.models[name].title if name in catalog.models else "", _of_model(book, name))
        for name in book.models[:_MOST]
    ]
    yield from _section("Models", "models", models, len(book.models))
    endpoints = sorted(
        catalog.endpoints.values(), key=lambda item: (item.environment != "production", item.name)
    )
    served = [(item.ref, item.title, _of_endpoint(book, item)) for item in endpoints[:_MOST]]
    yield from _section("Endpoints", "endpoints", served, len(endpoints))
    datasets = [
        (
            Ref.dataset(name),
            catalog.datasets[name].title if name in catalog.datasets else "",
            plural(len(catalog.versions_of_dataset(name)), "version"),
        )
        for name in book.datasets[:_MOST]
    ]
    yield from _section("Datasets", "datasets", datasets, len(book.datasets))
    yield ""
    yield "## Data for programs"
    yield ""
    yield _link("The index of the API", f"{API}/index.json", "resources, URI templates and JSON Schemas")
    for name in ("models", "endpoints", "datasets", "runs"):
        yield _link(f"All {name}", f"{API}/{name}/index.json", "JSON, in pages")
    yield ""
    yield "## Optional"
    yield ""
    yield _link("Home", "index.md", "what is in production, what was recalled, what changed last")
    yield _link("Experiments", "experiments/index.md", plural(len(catalog.runs), "run"))
    yield _link("Rules", "rules/index.md", "what must hold for every entry, and what does not")


def _section(heading: str, folder: str, entries: list[tuple[Ref, str, str]], total: int) -> Iterator[str]:
    yield ""
    yield f"## {heading}"
    yield ""
    for ref, title, note in entries:
        yield _link(title or ref.short, path_of_twin(path_of(ref)), note)
    more = f"and {total - len(entries):,} more" if total > len(entries) else ""
    yield _link(f"All {folder}", f"{folder}/index.md", more)


def _of_model(book: Book, name: str) -> str:
    champion = book.champion(name)
    versions = plural(len(book.catalog.versions_of(name)), "version")
    return f"{versions}, champion: {champion.version}" if champion is not None else versions


def _of_endpoint(book: Book, endpoint: Endpoint) -> str:
    served = ", ".join(share.served.mention.text for share in book.shares(endpoint)[:5])
    return f"{endpoint.environment}, serves {served}" if served else endpoint.environment


def _link(text: str, path: str, note: str = "") -> str:
    link = markdown.linked(_escaped(text), path)
    return f"- {link}: {_escaped(note)}" if note else f"- {link}"


def _escaped(text: str) -> str:
    return markdown.escaped(redact(visible(text)), at_start=False)
