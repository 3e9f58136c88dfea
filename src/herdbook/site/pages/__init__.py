"""The pages of the site, made from the catalog, its lineage and the report of its check."""

from collections.abc import Iterator
from functools import partial

from herdbook.entries import DatasetVersion, Endpoint, Entry, Run
from herdbook.site.page import EVERYTHING, Job
from herdbook.site.pages.answers import comparison_pages
from herdbook.site.pages.asking import PATH, ask_page
from herdbook.site.pages.datasets import dataset_pages, dataset_version_page, dataset_version_pages
from herdbook.site.pages.endpoints import endpoint_page, endpoint_pages
from herdbook.site.pages.home import home_page
from herdbook.site.pages.making import Maker, PageJob
from herdbook.site.pages.models import model_pages, version_pages
from herdbook.site.pages.promotions import promotion_pages
from herdbook.site.pages.rules import rule_pages
from herdbook.site.pages.runs import experiment_pages, run_page, run_pages
from herdbook.site.pages.withstands import withstands_page
from herdbook.site.paths import HOME


def pages(make: Maker) -> Iterator[PageJob]:
    """Yield every page of the site, first what readers look for most: the room of search is limited."""
    yield Job(HOME, (EVERYTHING,), partial(home_page, make))
    yield Job(PATH, (EVERYTHING,), partial(ask_page, make))
    yield from model_pages(make)
    yield from endpoint_pages(make)
    yield from dataset_pages(make)
    yield from version_pages(make)
    yield from dataset_version_pages(make)
    yield from promotion_pages(make)
    yield from comparison_pages(make)
    yield from experiment_pages(make)
    yield from rule_pages(make)
    yield from withstands_page(make)
    yield from run_pages(make)


def pages_about(make: Maker, entry: Entry) -> Iterator[PageJob]:
    """Yield the pages that show the notes of an entry; of models and what belongs to them, none is told."""
    match entry:
        case Run():
            yield run_page(make, entry)
        case DatasetVersion():
            yield dataset_version_page(make, entry)
        case Endpoint():
            yield endpoint_page(make, entry)
