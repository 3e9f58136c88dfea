"""The built site in a real browser: its policy, search, palettes, keyboard, narrow screens."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, Route, expect

from herdbook.site import search
from herdbook.site.serve import WebServer
from site_samples import build_site, write_sample

# Whatever an attack calls is counted; the policy of the page reports what it stopped.
WATCH = """
window.fired = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"])
  window[name] = () => { window.fired.push(name); };
document.addEventListener("securitypolicyviolation", (event) => {
  window.fired.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def web(folder: Path) -> Iterator[str]:
    server = WebServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("browser")
    build_site(write_sample(folder, runs=20), folder / "out")
    with web(folder / "out") as address:
        yield address


@contextmanager
def opened(browser: Browser, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what it said or asked for that it should not."""
    context = browser.new_context(**options)
    # A machine that is busy with other tests may take its time.
    context.set_default_timeout(120_000)
    page = context.new_page()
    faults: list[str] = []
    page.add_init_script(WATCH)
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(f"dialog {dialog.message}"))
    page.on("request", lambda request: None if "//127.0.0.1" in request.url else faults.append(request.url))
    yield page, faults
    context.close()


KINDS = (
    "index.html",
    "models/index.html",
    "models/churn/index.html",
    "models/churn/1.html",
    "experiments/index.html",
    "experiments/long/index.html",
    "runs/train-1.html",
    "datasets/index.html",
    "datasets/orders/index.html",
    "datasets/orders/v1.html",
    "endpoints/index.html",
    "endpoints/predict.html",
    "rules/index.html",
    "rules/unknown-reference.html",
    "404.html",
)


@pytest.mark.parametrize("width", [1280, 390])
def test_every_kind_of_page_keeps_to_its_policy_and_to_the_screen(
    browser: Browser, site: str, width: int
) -> None:
    with opened(browser, viewport={"width": width, "height": 800}) as (page, faults):
        for path in KINDS:
            page.goto(f"{site}/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert page.evaluate("window.fired") == [], path
    assert faults == []


def found(page: Page, words: str) -> list[str]:
    page.click(".md-search__input")
    page.fill(".md-search__input", words[:-1])
    page.keyboard.type(words[-1])
    page.wait_for_selector(".md-search-result__meta:not(:has-text('Initializing'))")
    links, before = None, None
    while links is None or links != before:  # what was found for fewer letters comes first
        before = links
        page.wait_for_timeout(500)
        answers = page.query_selector_all("a.md-search-result__link")
        links = [str(answer.get_attribute("href")) for answer in answers]
    return links


WANTED = pytest.mark.parametrize(
    ("words", "path"),
    [
        ("churn", "models/churn/index.html"),
        ("0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d", "runs/train-1.html"),
        ("orders/v1", "datasets/orders/v1.html"),
        ("train-2", "runs/train-2.html"),
        ("champion", "models/churn/2.html"),
        ("predict", "endpoints/predict.html"),
        ("dataset_version=orders_v1", "runs/train-1.html"),
    ],
)


@WANTED
def test_search_finds_models_runs_datasets_tags_and_commits(
    browser: Browser, site: str, words: str, path: str
) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{site}/rules/index.html")
        assert f"{site}/{path}" in found(page, words)
    assert faults == []


@contextmanager
def in_pieces() -> Iterator[None]:
    """Have sites with their index in pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "MOST_IN_ONE", 10)
        yield


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same site, with its index in pieces."""
    folder = tmp_path_factory.mktemp("browser")
    with in_pieces():
        build_site(write_sample(folder, runs=20), folder / "out")
    with web(folder / "out") as address:
        yield address


@WANTED
def test_search_in_pieces_finds_the_same_in_the_same_words(
    browser: Browser, site: str, large: str, words: str, path: str
) -> None:
    results = []
    for address in (site, large):
        with opened(browser) as (page, faults):
            page.goto(f"{address}/rules/index.html")
            first = found(page, words)[0].removeprefix(address)
            shown = page.inner_html(".md-search-result__item >> nth=0")
            results.append((first, re.sub(r'data-md-score="[^"]*"', "", shown).replace(address, "")))
        assert faults == []
    assert results[0] == results[1]


WEB_LOGS = """\
kind: dataset-version
dataset: web-logs
version: v1.2
uri: s3://logs/v1.2
created_at: "2024-01-10T08:00:00Z"
digest: "sha256:5e1f9d9a5b4b2c2f0d7f0a35a2f41f5b7a6b6d3c7b5f4f6f0c1d2e3f4a5b6c7d"
"""


@pytest.fixture(scope="module", params=["in one", "in pieces"])
def alike(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with more pages that begin alike than are ever looked at."""
    folder = tmp_path_factory.mktemp("browser")
    catalog = write_sample(folder, runs=80)
    for path, text in {
        "datasets/long/dataset.yaml": "kind: dataset\nname: long\n",
        "datasets/web-logs/dataset.yaml": "kind: dataset\nname: web-logs\n",
        "datasets/web-logs/versions/v1.2.yaml": WEB_LOGS,
        "models/index-us/model.yaml": "kind: model\nname: index-us\ntitle: S&P 500\n",
        "models/index-no/model.yaml": "kind: model\nname: index-no\ntitle: DAX 40\n",
    }.items():
        (catalog / path).parent.mkdir(parents=True)
        (catalog / path).write_text(text)
    with in_pieces() if request.param == "in pieces" else nullcontext():
        build_site(catalog, folder / "out")
    with web(folder / "out") as address:
        yield address


@pytest.mark.parametrize(
    ("words", "paths"),
    [
        ("long", ["experiments/long/index.html", "datasets/long/index.html"]),
        ("long-2", ["runs/long-2.html"]),
        ("runs:/long-7", ["runs/long-7.html"]),
        ("--long-7", ["runs/long-7.html"]),
        ("models:/churn/1", ["models/churn/1.html"]),
        ("Churn version 2", ["models/churn/2.html"]),
        ("S&P", ["models/index-us/index.html"]),
        ("us", ["models/index-us/index.html"]),
        ("index-no", ["models/index-no/index.html"]),
        ("web-logs/v1.2", ["datasets/web-logs/v1.2.html"]),
    ],
)
def test_what_is_called_just_so_is_found_first(
    browser: Browser, alike: str, words: str, paths: list[str]
) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{alike}/rules/index.html")
        assert sorted(found(page, words)[: len(paths)]) == sorted(f"{alike}/{path}" for path in paths)
        # The theme lists what of the words it did not find.
        assert page.query_selector(".md-search-result__item >> nth=0 >> .md-search-result__terms") is None
    assert faults == []


@pytest.mark.parametrize(
    ("words", "path"),
    [("long -orders", "datasets/long/index.html"), ("long +churn", "models/churn/index.html")],
)
def test_words_that_must_or_must_not_be_there_are_heeded(
    browser: Browser, alike: str, words: str, path: str
) -> None:
    with opened(browser) as (page, _):
        page.goto(f"{alike}/rules/index.html")
        paths = [link.removeprefix(f"{alike}/") for link in found(page, words)]
    assert path in paths
    assert not [path for path in paths if path.startswith("runs/long-")]


@pytest.mark.parametrize("which", ["site", "large"])
def test_no_query_is_refused_for_signs_that_say_nothing(
    browser: Browser, which: str, request: pytest.FixtureRequest
) -> None:
    said: list[str] = []
    with opened(browser) as (page, _):
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{request.getfixturevalue(which)}/rules/index.html")
        for words in ('ls("-al /")', "+++at", "!@#$%^&*()`~", "<b>-x", "- -", "churn^", "a~b", "^2", '"'):
            found(page, f"{words} churn")
    assert said == []


def test_a_piece_that_could_not_be_fetched_is_asked_for_again(browser: Browser, large: str) -> None:
    with opened(browser) as (page, _):
        page.goto(f"{large}/rules/index.html")
        page.context.route("**/words-*.json", lambda route: route.fulfill(body="<html>no JSON"))
        assert found(page, "churn") == []
        page.context.unroute("**/words-*.json")
        assert f"{large}/models/churn/index.html" in found(page, "churn ")


def test_search_in_pieces_answers_what_is_not_there_and_what_is_odd(browser: Browser, large: str) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{large}/rules/index.html")
        for words in ("zzzz", "*", "+-^~:", '"', "<zz>", "champion zzzz", "李"):
            hits = found(page, words)
            assert bool(hits) == ("champion" in words), words
        assert page.evaluate("window.fired") == []
    assert faults == []


def test_a_page_of_a_large_site_loads_no_index(browser: Browser, large: str) -> None:
    asked: list[str] = []
    with opened(browser) as (page, _):
        page.on("request", lambda request: asked.append(request.url.removeprefix(large)))
        with page.expect_response(f"{large}/search/search_index.json"):
            page.goto(f"{large}/runs/train-1.html")
        page.wait_for_timeout(500)
        assert [path for path in asked if path.startswith("/search/")] == ["/search/search_index.json"]
        found(page, "churn")
        assert any("/words-" in path for path in asked)
        assert any("/pages-" in path for path in asked)


def test_the_palette_follows_the_system_and_can_be_chosen(browser: Browser, site: str) -> None:
    for scheme, expected in (("light", "default"), ("dark", "slate")):
        with opened(browser, color_scheme=scheme) as (page, _):
            page.goto(f"{site}/index.html")
            assert page.evaluate("document.body.dataset.mdColorScheme") == expected


def test_a_keyboard_reaches_the_content_and_the_nodes_of_a_graph(browser: Browser, site: str) -> None:
    with opened(browser) as (page, _):
        page.goto(f"{site}/models/churn/2.html")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.hb') !== null")
        page.eval_on_selector("a.hb-node[href*='train-2']", "node => node.focus()")
        page.keyboard.press("Enter")
        page.wait_for_url("**/runs/train-2.html")


def test_a_table_is_sorted_and_filtered(browser: Browser, site: str) -> None:
    with opened(browser) as (page, _):
        page.goto(f"{site}/experiments/long/index.html")
        page.click("th button:has-text('loss')")
        values = page.eval_on_selector_all(
            "td[data-value].hb-number", "cells => cells.map(cell => +cell.dataset.value)"
        )
        assert len(values) == 20
        assert values == sorted(values)
        page.fill(".hb-filter", "long-1 training")
        assert page.locator("tbody tr:visible").count() == 11


# Long lists

HOSTILE = """kind: run
id: zz-hostile
experiment: long
type: training
status: failed
started_at: "2024-01-01T08:00:00Z"
user: '"><img src=x onerror=alert(1)><script>alert(2)</script>'
inputs: [{dataset: orders/v2}]
"""
LONG = "experiments/long/index.html"
RUNS = 231


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a list of three pages; the last row says something wicked."""
    folder = tmp_path_factory.mktemp("browser")
    catalog = write_sample(folder, runs=RUNS - 1)
    (catalog / "runs/long/zz-hostile.yaml").write_text(HOSTILE)
    build_site(catalog, folder / "out")
    return folder / "out"


@pytest.fixture(scope="module")
def served(long: Path) -> Iterator[str]:
    with web(long) as address:
        yield address


def rows_loaded(page: Page) -> list[str]:
    """The files of rows that a page asks for from now on."""
    asked: list[str] = []

    def ask(request: Request) -> None:
        # The theme loads what it searches in.
        if request.url.endswith(".json") and "/search/" not in request.url:
            asked.append(request.url.rpartition("/")[2])

    page.on("request", ask)
    return asked


def told(page: Page, text: str) -> None:
    expect(page.locator(".hb-list-tools [role=status]")).to_have_text(text)


def shown(page: Page) -> list[str]:
    return page.locator("tbody tr td:first-child a:first-child").all_inner_texts()


def test_a_list_of_several_pages_is_sorted_as_a_whole_and_loads_nothing_before(
    browser: Browser, served: str
) -> None:
    with opened(browser) as (page, faults):
        asked = rows_loaded(page)
        with page.expect_response(f"{served}/search/search_index.json"):
            page.goto(f"{served}/{LONG}")
        page.wait_for_timeout(500)
        assert asked == []
        static = page.locator("tbody tr").evaluate_all("rows => rows.map(row => row.outerHTML)")
        loss = page.locator("th", has_text="loss")
        loss.locator("button").click()
        told(page, f"All {RUNS}, page 1 of 3. Sorted by loss, ascending.")
        expect(loss).to_have_attribute("aria-sort", "ascending")
        assert sorted(asked) == ["index~2.json", "index~3.json"]
        values = [float(text) for text in page.locator("tbody td.hb-number").all_inner_texts()]
        assert values == sorted(float(f"0.{number}") for number in range(RUNS - 1))[:100]
        page.get_by_role("button", name="Next").click()
        told(page, f"All {RUNS}, page 2 of 3. Sorted by loss, ascending.")
        page.get_by_role("button", name="Next").click()
        # It was measured for all runs but one, which comes last whichever way they are sorted.
        assert shown(page)[-1] == "zz-hostile"
        expect(page.get_by_role("button", name="Previous")).to_be_focused()
        loss.locator("button").click()
        expect(loss).to_have_attribute("aria-sort", "descending")
        told(page, f"All {RUNS}, page 1 of 3. Sorted by loss, descending.")
        assert shown(page)[0] == "long-99"
        loss.locator("button").click()
        told(page, "")
        assert page.locator("tbody tr").evaluate_all("rows => rows.map(row => row.outerHTML)") == static
        assert len(asked) == 2
    assert faults == []


ODD_RUNS = "experiments/odd/index.html"
WIDE = "loss\u3000of rows"
"""A name with a blank that HTML does not take for one."""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with lists of two pages, whose values no plain comparison puts in order."""
    folder = tmp_path_factory.mktemp("browser")
    catalog = write_sample(folder)
    (catalog / "runs/odd").mkdir()
    for number in range(1, 121):
        at = f"2024-03-01T08:00:{(120 - number) // 4:02}{('', '.5', '.25', '.125')[number % 4]}Z"
        run = {
            "kind": "run",
            "id": {7: "12e7", 8: "0x1f"}.get(number, f"Run-{number}" if number % 2 else f"run-{number}"),
            "experiment": "odd",
            "type": "training",
            "status": "finished",
            "started_at": at,
            "user": ("Zed", "Émile", "bea", "日本")[number % 4],
            "metrics": {WIDE: (-1e300, -number, 1e-7 * number, 1e300)[number % 4]},
        }
        (catalog / f"runs/odd/{run['id']}.yaml").write_text(json.dumps(run))
        version = {
            "kind": "dataset-version",
            "dataset": "orders",
            "version": f"V{number}" if number % 2 else f"v{number + 2}",
            "created_at": at,
            "uri": "s3://orders",
        }
        (catalog / f"datasets/orders/versions/{version['version']}.yaml").write_text(json.dumps(version))
        endpoint = {
            "kind": "endpoint",
            "name": f"odd-{number}",
            "type": "online",
            "environment": "staging",
            "serves": [{"model": f"churn/{number % 2 + 1}", "traffic": number % 101 / 4}],
        }
        (catalog / f"endpoints/odd-{number}.yaml").write_text(json.dumps(endpoint))
    build_site(catalog, folder / "out")
    with web(folder / "out") as address:
        yield address


def numbers_in(text: str) -> list[tuple[bool, int, str]]:
    return [
        (not part.isdigit(), int(part) if part.isdigit() else 0, part)
        for part in re.split("([0-9]+)", text.lower())
        if part
    ]


@pytest.mark.parametrize(
    ("path", "heading", "key"),
    [
        (ODD_RUNS, "Run", numbers_in),
        (ODD_RUNS, WIDE, lambda text: float(text.replace(",", ""))),
        (ODD_RUNS, "By", ["bea", "Émile", "Zed", "日本"].index),
        (ODD_RUNS, "Started", lambda time: time.rstrip("Z")),
        ("datasets/orders/index.html", "Version", lambda text: numbers_in(text.split()[0])),
        ("datasets/orders/index.html", "Created", lambda time: time.rstrip("Z")),
        ("endpoints/index.html", "Traffic", lambda text: float(text.removesuffix(" %"))),
        ("endpoints/index.html", "Endpoint", lambda text: numbers_in(text.split()[0])),
    ],
)
def test_each_kind_of_column_is_put_in_its_order(
    browser: Browser, odd: str, path: str, heading: str, key: Callable[[str], Any]
) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{odd}/{path}")
        headings = page.locator("thead th").all_text_contents()
        column = headings.index(heading)
        head = page.locator("thead th").nth(column)
        for way in ("ascending", "descending"):
            head.get_by_role("button").click()
            expect(page.locator(".hb-list-tools [role=status]")).to_contain_text(f", {way}.")
            expect(page.locator(".hb-list-tools [role=status]")).to_contain_text("page 1 of 2")
            values = []
            for turn in range(2):
                if turn:
                    page.get_by_role("button", name="Next").click()
                values += page.locator("tbody tr").evaluate_all(
                    """(rows, column) => rows.map(({cells}) => cells[column].querySelector("time")?.dateTime
                      ?? cells[column].textContent.trim())""",
                    column,
                )
            assert len(values) > 100
            assert values == sorted(values, key=key, reverse=way == "descending")
    assert faults == []


def test_words_and_choices_find_rows_of_all_pages(browser: Browser, served: str) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{served}/experiments/long/index~2.html")
        page.fill(".hb-filter", "LONG-22 training")
        told(page, "11 of 231 fit.")
        expect(page.locator(".hb-pager:visible")).to_have_count(0)
        assert set(shown(page)) == {"long-22", *(f"long-{number}" for number in range(220, 230))}
        page.fill(".hb-filter", "")
        page.get_by_label("Status").select_option("failed")
        told(page, "1 of 231 fit.")
        assert shown(page) == ["zz-hostile"]
        page.get_by_role("link", name="zz-hostile").click()
        page.wait_for_url("**/runs/zz-hostile.html")
    assert faults == []


def test_what_was_loaded_is_text_and_never_markup(browser: Browser, served: str) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{served}/{LONG}#list=rows&filter=hostile")
        told(page, "1 of 231 fit.")
        row = page.locator("tbody tr")
        expect(row).to_contain_text('"><img src=x onerror=alert(1)><script>alert(2)</script>')
        expect(row.locator("img, script")).to_have_count(0)
        assert page.evaluate("window.fired") == []
    assert faults == []


def test_rows_of_a_changed_file_are_built_of_known_parts_alone(browser: Browser, served: str) -> None:
    shape = [
        "td",
        {"onclick": "alert(1)", "style": "color: red", "title": 0},
        ["script", {"src": 0}, "alert(2)"],
        ["a", {"href": 0}, "here"],
        ["a", {"href": "https://["}, "there"],
        ["img", {"src": "x", "onerror": "alert(3)"}],
    ]
    with opened(browser) as (page, faults):
        page.goto(f"{served}/{LONG}")
        columns = page.locator("thead th").all_inner_texts()
        content = {
            "total": RUNS,
            "columns": columns,
            "shapes": [shape],
            "texts": [],
            "rows": [["x", 0, "javascript:alert(4)"]],
        }
        page.route("**/index~2.json", lambda route: route.fulfill(json=content))
        page.fill(".hb-filter", "alert(2)")
        row = page.locator("tbody tr", has_text="here")
        expect(row.locator("td")).to_have_attribute("title", "javascript:alert(4)")
        parts = row.locator("td, td *").evaluate_all(
            "parts => parts.map(part => [part.localName, ...part.getAttributeNames()])"
        )
        assert parts == [["td", "title"], ["span"], ["a"], ["a"], ["span"]]
        row.locator("a").first.click()
        assert page.evaluate("window.fired") == []
    assert faults == []


def test_a_list_that_was_sorted_and_filtered_can_be_linked_to(browser: Browser, served: str) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{served}/{LONG}")
        page.fill(".hb-filter", "long-1")
        page.locator("th button", has_text="loss").click()
        page.get_by_role("button", name="Next").click()
        told(page, "111 of 231 fit, page 2 of 2. Sorted by loss, ascending.")
        page.wait_for_url("**#list=rows&filter=long-1&sort=loss&page=2")
        there, rows = page.url, shown(page)
        page.goto("about:blank")
        page.goto(there)
        told(page, "111 of 231 fit, page 2 of 2. Sorted by loss, ascending.")
        assert shown(page) == rows
        expect(page.locator(".hb-filter")).to_have_value("long-1")
        page.get_by_role("button", name="Show all").click()
        told(page, "")
        page.wait_for_url(f"{served}/{LONG}")
        assert len(shown(page)) == 100
        page.goto(f"{served}/{LONG}#list=rows&filter=&sort=nothing&status=%22%3E&page=-7")
        told(page, "")
    assert faults == []


def test_a_list_below_other_things_is_gone_to(browser: Browser, served: str) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{served}/datasets/orders/v2.html#list=users&experiment=churn")
        told(page, "2 of 233 fit.")
        expect(page.locator("#users")).to_be_in_viewport()
        assert page.evaluate("scrollY") > 0
        page.evaluate("location.hash = 'about'")
        told(page, "2 of 233 fit.")
        page.evaluate("location.hash = 'list=users&filter=nowhere'")
        told(page, "0 of 233 fit.")
        page.evaluate("location.hash = ''")
        told(page, "")
    assert faults == []


def test_results_are_shown_as_they_come(browser: Browser, served: str) -> None:
    with opened(browser) as (page, faults):
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/index~3.json", hold)
        page.goto(f"{served}/{LONG}")
        page.fill(".hb-filter", "long")
        told(page, "Looked through 200 of 231: 200 fit so far.")
        expect(page.locator("[role=status]")).to_have_attribute("aria-busy", "true")
        assert len(shown(page)) == 100
        page.fill(".hb-filter", "long-150")
        told(page, "Looked through 200 of 231: 1 fit so far.")
        held[0].continue_()
        told(page, "1 of 231 fit.")
        expect(page.locator("[role=status]")).to_have_attribute("aria-busy", "false")
    assert faults == []


@pytest.mark.parametrize(
    ("status", "changed"),
    [(200, {"total": RUNS + 1}), (200, {"columns": ["Other"]}), (200, {"rows": [["", 0]]}), (404, {})],
)
def test_rows_that_cannot_be_loaded_are_told_of(
    browser: Browser, long: Path, served: str, status: int, changed: dict[str, object]
) -> None:
    rows = json.loads((long / "experiments/long/index~2.json").read_text()) | changed
    with opened(browser) as (page, _):
        page.route("**/index~2.json", lambda route: route.fulfill(json=rows, status=status))
        page.goto(f"{served}/{LONG}")
        page.fill(".hb-filter", "long-1")
        told(page, "81 of 131 fit. Not all rows could be loaded: open this page anew.")
        # The way through the pages is still there.
        expect(page.get_by_role("link", name="Next")).to_be_visible()


def test_a_list_opened_from_a_folder_looks_through_its_own_page(browser: Browser, long: Path) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{(long / LONG).as_uri()}#list=rows&sort=loss")
        page.fill(".hb-filter", "long-20")
        told(
            page,
            "10 of 100 fit. The other 131 are on other pages: opened from a folder, a page cannot load them. "
            "Sorted by loss, ascending.",
        )
        expect(page.get_by_role("link", name="Next")).to_be_visible()
        page.wait_for_url("**#list=rows&filter=long-20&sort=loss")
        page.get_by_role("button", name="Show all").click()
        assert len(shown(page)) == 100
    assert [fault for fault in faults if not fault.startswith("file:")] == []


def test_no_search_is_offered_on_a_phone_to_pages_opened_from_a_folder(
    browser: Browser, site: str, long: Path
) -> None:
    button = ".md-header__button[for=__search]"
    with opened(browser, viewport={"width": 390, "height": 844}) as (page, _):
        page.goto(f"{site}/index.html")
        expect(page.locator(button)).to_be_visible()
        page.goto((long / "index.html").as_uri())
        expect(page.locator(button)).to_be_hidden()


def test_a_list_is_used_with_the_keyboard(browser: Browser, served: str) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{served}/{LONG}")
        page.focus(".hb-filter")
        page.keyboard.type("long-2")
        page.keyboard.press("Tab")
        expect(page.get_by_label("Status")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Show all")).to_be_focused()
        while not page.locator("th button:focus", has_text="Started").count():
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        told(page, "41 of 231 fit. Sorted by Started, ascending.")
        assert shown(page)[0] == "long-2"
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_list_that_was_sorted_breaks_no_rule_of_accessibility(
    browser: Browser, served: str, scheme: Literal["light", "dark"]
) -> None:
    with opened(browser, color_scheme=scheme, reduced_motion="reduce") as (page, faults):
        page.goto(f"{served}/{LONG}#list=rows&sort=loss&status=finished&page=2")
        told(page, "230 of 231 fit, page 2 of 3. Sorted by loss, ascending.")
        answer: dict[str, Any] = Axe().run(page).response
        assert answer["passes"]
        assert [(rule["id"], node["html"]) for rule in answer["violations"] for node in rule["nodes"]] == []
    assert faults == []


def test_pages_can_be_read_without_scripts(browser: Browser, site: str) -> None:
    with opened(browser, java_script_enabled=False) as (page, _):
        page.goto(f"{site}/index.html")
        page.click("text=version 2")
        page.wait_for_url("**/models/churn/2.html")
        assert "Trained on" in page.inner_text(".hb")
