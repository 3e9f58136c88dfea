"""Samples for the tests of the site: hand-made pages, and a catalog with something of everything."""

import shutil
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

from markupsafe import Markup

from herdbook.memory import memory_of, open_catalog
from herdbook.opening import read_catalog
from herdbook.queries.records import Records
from herdbook.site.build import build
from herdbook.site.chrome import Chrome
from herdbook.site.page import Page, Section
from herdbook.site.publication import BuildResult
from herdbook.tree import DirTree

TODAY = date(2024, 6, 1)
EXAMPLE = Path(__file__).parent / "data" / "example"
NASTY = """"><script>alert(1)</script>'&amp;<img src=x onerror=alert(1)> {{ 7*7 }} %s \u202e"""


def page(path: str, section: Section, text: str = "Some text.", title: str = "A page") -> Page:
    return Page(
        path=path,
        title=title,
        description="What the page is about.",
        section=section,
        body=Markup("<h1>{}</h1>\n\n<p>{}</p>\n\n    <pre>indented\n\n  * no list</pre>").format(title, text),
        search_text=text,
        search_tags=("b7d9e4",),
    )


PAGES = (
    page("index.html", Section.HOME),
    page("models/index.html", Section.MODELS, NASTY, NASTY),
    page("models/clf/7.html", Section.MODELS, "Fraud detector.", "clf version 7"),
    page("runs/exp-47b.html", Section.EXPERIMENTS, "A run.", "exp-47b"),
)

RECALL = """recall:
  at: "2024-02-01T08:00:00Z"
  by: bo
  reason: The column *orders* was scaled twice.
  severity: high
  replaced_by: orders/v2
"""
FAILED_RUN = """kind: run
id: index
experiment: churn
type: training
status: failed
error: "ValueError: no rows"
started_at: "2024-01-20T08:00:00Z"
ended_at: "2024-01-20T08:00:05Z"
user: ana
inputs:
  - {dataset: orders/v2, role: training}
  - {model: churn@champion, role: initial weights}
  - {uri: "https://example.org/prices.csv?sig=geheim", digest: "etag:1"}
"""
ODD_RUN = """kind: run
id: odd
experiment: churn
type: evaluation
status: running
started_at: "2024-01-21T08:00:00Z"
parent: index
evaluates: churn/99
inputs:
  - {run: train-1/model}
  - {dataset: orders/v99}
"""


def write_sample(folder: Path, runs: int = 0) -> Path:
    """Write a catalog with a recall, a failed run, dangling references, and `runs` runs of an experiment."""
    catalog = folder / "catalog"
    shutil.copytree(EXAMPLE, catalog)
    with (catalog / "datasets/orders/versions/v1.yaml").open("a") as file:
        file.write(RECALL)
    with (catalog / "models/churn/versions/1.yaml").open("a") as file:
        file.write('deprecated: {at: "2024-02-02T08:00:00Z", by: bo, reason: recalled data}\n')
    (catalog / "runs/churn/index.yaml").write_text(FAILED_RUN)
    (catalog / "runs/churn/odd.yaml").write_text(ODD_RUN)
    (catalog / "runs/long").mkdir()
    for number in range(runs):
        (catalog / f"runs/long/long-{number}.yaml").write_text(
            f"kind: run\nid: long-{number}\nexperiment: long\ntype: training\nstatus: finished\n"
            f'started_at: "2024-03-01T08:{number // 60:02}:{number % 60:02}Z"\n'
            f"metrics: {{loss: 0.{number}}}\ninputs: [{{dataset: orders/v2}}]\n"
        )
    return catalog


def build_site(
    folder: Path,
    out: Path,
    chrome: Chrome | None = None,
    *,
    share: bool = False,
    templates: Path | None = None,
    remembered: bool = False,
) -> BuildResult:
    """Build a site; with `remembered` from what the cache holds of the catalog."""
    records = read_again(folder) if remembered else read(folder)
    return build(records, out, chrome=chrome, share=share, templates=templates)


def read(folder: Path) -> Records:
    return Records(read_catalog(DirTree(folder)), TODAY)


def read_again(folder: Path) -> Records:
    memory = memory_of(folder)
    return Records(open_catalog(folder, memory), TODAY, memory=memory)


class Elements(HTMLParser):
    """The elements of a page: tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def links(self) -> Iterator[str]:
        for tag, attributes in self.tags:
            for name in ("href", "src"):
                value = attributes.get(name)
                if value is not None and tag != "base":
                    yield value

    def ids(self) -> set[str]:
        return {str(attributes["id"]) for _, attributes in self.tags if "id" in attributes}
