"""What tests of the example catalog's site share: the site, built once, and pages that must not complain."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from herdbook.opening import read_catalog
from herdbook.queries.records import Records
from herdbook.site.build import build
from herdbook.tree import DirTree
from watched_browser import Open, Server

CATALOG = Path(__file__).parents[2] / "catalog"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The site of the example catalog."""
    out = tmp_path_factory.mktemp("example") / "site"
    build(Records(read_catalog(DirTree(CATALOG)), date.today()), out)
    server = Server(out)
    yield server
    server.close()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Open]:
    """Open pages that must print no error, open no dialog, and ask nothing of another site."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on(
            "console",
            lambda said: (
                complaints.append(f"{said.text} {said.location['url']}") if said.type == "error" else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((server.origin, "data:")) else complaints.append(request.url)
            ),
        )

    def visit(path: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        listen(page)
        page.goto(f"{server.origin}/{path}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []
