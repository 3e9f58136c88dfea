"""What every page is made with: the indexed catalog, the templates, and the pictures."""

from dataclasses import dataclass, field

from markupsafe import Markup

from herdbook.lineage import Node
from herdbook.ref import Ref
from herdbook.site.book import Book
from herdbook.site.graphs import Graphs
from herdbook.site.page import Job, Page, Section
from herdbook.site.paths import path_of, path_of_experiment, path_of_rule, relative
from herdbook.site.templates import Templates
from herdbook.telling.document import Document

_DESCRIPTION_LENGTH = 200

PageJob = Job[Page]
"""A page that is still to be made."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes pages out of templates."""

    book: Book
    templates: Templates
    graphs: Graphs
    told: dict[Ref, Document] = field(default_factory=dict)
    """What depends on data, as it was told last."""

    def page(
        self,
        template: str,
        path: str,
        section: Section,
        title: str,
        description: str,
        /,
        *,
        search_text: str = "",
        search_tags: tuple[str, ...] = (),
        **values: object,
    ) -> Page:
        """Render a template of ``pages/``; it sees the book, the addresses and `values`."""
        name = f"pages/{template}.html"
        body = self.templates.render(
            name,
            path,
            book=self.book,
            path_of=path_of,
            path_of_experiment=path_of_experiment,
            path_of_rule=path_of_rule,
            title=title,
            **values,
        )
        return Page(
            path=path,
            title=title,
            description=description[:_DESCRIPTION_LENGTH],
            section=section,
            body=body,
            search_text=search_text,
            search_tags=tuple(tag for tag in search_tags if tag),
            template=name,
        )

    def lineage(self, ref: Ref, here: str, most: int) -> Markup:
        """Draw what an entry comes from and what comes from it, nearest first, up to `most` nodes."""
        node = self.book.lineage.node(ref)
        if node is None:
            return Markup()

        def address(other: Node) -> str | None:
            target = other.ref
            path = self.book.path(target) if target is not None else None
            return None if path is None else relative(here, path)

        return self.graphs.draw(self.book.lineage.neighbourhood(node, most), address)
