"""The pages of endpoints."""

from collections.abc import Iterator
from functools import partial

from herdbook.entries import Endpoint
from herdbook.ref import Ref
from herdbook.site.book import Share
from herdbook.site.lists import choices, parts
from herdbook.site.markdown import plain
from herdbook.site.page import Job, Listed, Page, Section
from herdbook.site.pages.answers import answers_of_endpoint
from herdbook.site.pages.making import Maker, PageJob
from herdbook.site.paths import path_of

_NODES = 40
_ENVIRONMENTS = ("production", "staging", "development")


def endpoint_pages(make: Maker) -> Iterator[PageJob]:
    """The list of endpoints, those in production first, and a page for each."""
    endpoints = sorted(
        make.book.catalog.endpoints.values(),
        key=lambda item: (_ENVIRONMENTS.index(item.environment), item.name),
    )
    environments = choices(endpoint.environment for endpoint in endpoints)
    shares: list[Share] = []
    begins: dict[str, int] = {}
    for endpoint in endpoints:
        begins[endpoint.name] = len(shares)
        shares.extend(make.book.shares(endpoint))
    for part in parts(shares, "endpoints/index.html"):
        page_of_list = partial(
            make.page,
            "endpoints",
            part.path,
            Section.ENDPOINTS,
            "Endpoints",
            "Where models are served, and which.",
            part=part,
            choices={"Endpoint": ("Environment", environments)},
        )
        listed = dict.fromkeys(Listed(share.endpoint.ref) for share in part.items)
        # A page may begin amid an endpoint, and what precedes it may come to be more or less.
        skipped = part.first_item - 1 - begins[part.items[0].endpoint.name] if part.items else 0
        yield Job(part.path, (part.place, skipped, environments, *listed), page_of_list)
    for endpoint in endpoints:
        yield endpoint_page(make, endpoint)


def endpoint_page(make: Maker, endpoint: Endpoint) -> PageJob:
    """The page of an endpoint."""
    # Whether it is approved rests on all that the pages of its versions show.
    named = (share.named for share in make.book.shares(endpoint))
    models = dict.fromkeys(Ref.model(ref.name) for ref in named if ref is not None)
    return Job(path_of(endpoint.ref), (endpoint.ref, *models), partial(_endpoint, make, endpoint))


def _endpoint(make: Maker, endpoint: Endpoint) -> Page:
    served = [share.served.mention.text for share in make.book.shares(endpoint)]
    words = ("Endpoint.", endpoint.environment, *served, plain(endpoint.description, 300))
    return make.page(
        "endpoint",
        path_of(endpoint.ref),
        Section.ENDPOINTS,
        endpoint.title or endpoint.name,
        plain(endpoint.description) or f"What the endpoint {endpoint.name} serves, and what is behind it.",
        search_text=" ".join([*words, make.book.person(endpoint.text("owner"))]),
        search_tags=(endpoint.name, *endpoint.tags.values()),
        answers=answers_of_endpoint(make, endpoint),
        endpoint=endpoint,
        graph=make.lineage(endpoint.ref, path_of(endpoint.ref), _NODES),
        shares=make.book.shares(endpoint),
    )
