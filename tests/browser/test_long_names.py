"""A catalog in which names are as long as they may be and things as many as they happen to be, on a phone."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

import yaml
from herdbook.opening import read_catalog
from herdbook.queries.records import Records
from herdbook.site.build import build
from herdbook.tree import DirTree
from watched_browser import Server

LONG = f"{'a' * 60}_{'b' * 60}"
ALIASES = 30
IMPORTED = 101
SERVING = 62
DAY = "2025-03-03T10:00:00Z"


def write(folder: Path) -> None:
    digests = (f"sha256:{number:064x}" for number in range(1000))

    def entry(path: str, **data: Any) -> None:
        file = folder / f"{path}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(data))

    inputs = [{"dataset": f"rows/v{number}", "role": "training"} for number in range(20)]
    protected: dict[str, Any] = {f"alias-{number}": {} for number in range(15)}
    entry("herdbook", kind="catalog", name="long", policy={"protected_aliases": protected})
    for item in inputs:
        dataset, version = item["dataset"].split("/")
        fields = {"dataset": dataset, "version": version, "uri": f"s3://b/{version}", "digest": next(digests)}
        entry(f"datasets/{dataset}/versions/{version}", kind="dataset-version", **fields)
    arabic = "\u0648\u0635\u0641"
    entry("datasets/rows/dataset", kind="dataset", name="rows", description=f"{arabic} in English.")
    wide = "| " + " | ".join(f"Column_{number}" for number in range(20)) + " |"
    table = "\n".join([wide, "|-" * 20 + "|", wide])
    run = {"experiment": "e", "type": "training", "status": "finished", "started_at": DAY, "ended_at": DAY}
    outputs = [{"name": "model", "uri": "s3://b/m", "digest": next(digests)}]
    measured = {"metrics": {LONG: 0.5, "auc": 0.75}, "params": {LONG: 1, "depth": 3}}
    entry("runs/e/train", kind="run", id="train", inputs=inputs, outputs=outputs, **measured, **run)
    entry("runs/e/small", kind="run", id="small", inputs=inputs[:3], **run)
    for number in range(IMPORTED):
        titled = {"id": f"abcd{number:028x}", "title": f"brave-fox-{number}", **run, "experiment": "mlflow"}
        entry(f"runs/mlflow/abcd{number:028x}", kind="run", **titled)
    entry(f"models/{LONG}/model", kind="model", name=LONG, description=table)
    for number in range(1, 16):
        registered = {"model": LONG, "version": number, "run": "train", "uri": "s3://b/m"}
        entry(f"models/{LONG}/versions/{number}", kind="model-version", **registered)
    set_by = {"at": DAY, "by": "ana"}
    ledgers = {f"alias-{number}": [{"version": 1, **set_by}] for number in range(ALIASES)}
    entry(f"models/{LONG}/aliases", kind="aliases", model=LONG, aliases=ledgers)
    for number in range(SERVING):
        online = {"name": f"endpoint-{number}", "type": "online", "environment": "production"}
        entry(f"endpoints/endpoint-{number}", kind="endpoint", serves=[{"model": f"{LONG}/1"}], **online)
    shared = [{"model": "gone/1", "traffic": 60}, {"model": "gone/2", "traffic": 40}]
    for number in range(60):
        tried = {"name": f"trial-{number}", "type": "batch", "environment": "staging"}
        entry(f"endpoints/trial-{number}", kind="endpoint", serves=shared, **tried)


@pytest.fixture(scope="module")
def long_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("long")
    write(folder / "catalog")
    catalog = read_catalog(DirTree(folder / "catalog"))
    build(Records(catalog, date(2025, 6, 1)), folder / "site")
    server = Server(folder / "site")
    yield server
    server.close()


@pytest.fixture
def go(browser: Browser, long_server: Server) -> Iterator[Callable[..., Page]]:
    """Open a page of that catalog, on a phone; no script may fail on it."""
    pages: list[Page] = []
    errors: list[str] = []

    def go(path: str, **options: Any) -> Page:
        page = browser.new_page(**({"viewport": {"width": 390, "height": 844}} | options))
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{long_server.origin}/{path}")
        return page

    yield go
    for page in pages:
        page.close()
    assert errors == []


def edge(page: Page, css: str) -> float:
    """How far to the right the elements that match reach."""
    return float(
        page.eval_on_selector_all(
            css, "all => Math.max(...all.map(element => element.getBoundingClientRect().right))"
        )
    )


@pytest.mark.parametrize(
    "path", [f"models/{LONG}/1.html", "endpoints/endpoint-1.html", "promotions/index.html"]
)
def test_sentences_and_headings_keep_to_the_screen(path: str, go: Callable[..., Page]) -> None:
    assert edge(go(path), ".hb h1, .hb h2, .hb h3, .hb-said-here, .hb-said-here *") <= 390


@pytest.mark.parametrize("section", ["metrics", "parameters"])
def test_a_long_name_leaves_values_where_they_are_seen(section: str, go: Callable[..., Page]) -> None:
    assert edge(go("runs/train.html"), f"section[aria-labelledby={section}] td") <= 390


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("index.html", "production"),
        (f"models/{LONG}/index.html", "in-force"),
        ("promotions/index.html", "all"),
    ],
)
def test_what_is_in_force_and_came_to_be_so_keeps_to_the_screen(
    path: str, section: str, go: Callable[..., Page]
) -> None:
    assert edge(go(path), f"section[aria-labelledby={section}] td") <= 390


@pytest.mark.parametrize("path", [f"models/{LONG}/index.html", "experiments/e/index.html"])
def test_a_row_says_what_it_is_about_however_far_it_is_scrolled(path: str, go: Callable[..., Page]) -> None:
    table = go(path).locator(".hb-pinned")
    table.evaluate("table => { table.parentElement.scrollLeft = 10000; }")
    places = table.evaluate(
        """table => {
            const box = table.parentElement.getBoundingClientRect();
            const cells = [...table.querySelectorAll("tr > :first-child")];
            return cells.map((cell) => cell.getBoundingClientRect())
                .map(({left, right}) => [left - box.left, (right - left) / box.width]);
        }"""
    )
    assert table.evaluate("table => table.parentElement.scrollLeft") > 100
    assert all(0 <= left <= 2 and share <= 0.5 for left, share in places), places


def test_a_long_list_of_endpoints_keeps_to_the_screen_and_is_sorted_there(go: Callable[..., Page]) -> None:
    page = go("endpoints/index.html")
    assert edge(page, "td, thead button") <= 390
    page.get_by_role("button", name="Serves").click()
    page.get_by_role("button", name="Serves").click()
    expect(page.locator("tbody tr").first).to_contain_text("gone/2")
    page.locator(".hb-filter").fill("gone")
    expect(page.locator(".hb-list-status")).to_contain_text(f"120 of {SERVING + 120} fit, page 1 of 2.")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("tbody tr")).to_have_count(20)
    expect(page.locator("tbody tr").last.locator("[data-column=Traffic]")).to_have_text("60 %")
    assert edge(page, "td, thead button") <= 390


def test_without_scripts_a_list_of_endpoints_has_no_line_of_headings(go: Callable[..., Page]) -> None:
    page = go("endpoints/index.html", java_script_enabled=False)
    box = page.locator("thead").bounding_box()
    assert box is not None
    assert box["height"] <= 1


@pytest.mark.parametrize("scripts", [True, False])
def test_a_wide_table_of_somebodys_own_scrolls(scripts: bool, go: Callable[..., Page]) -> None:
    box = go(f"models/{LONG}/index.html", java_script_enabled=scripts).locator(".hb-lede .hb-table-box")
    expect(box).to_be_visible()
    assert (
        box.evaluate("box => box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX") == "auto"
    )
    if scripts:
        expect(box).to_have_attribute("tabindex", "0")


def test_arabic_is_read_from_right_to_left(go: Callable[..., Page]) -> None:
    text = go("datasets/rows/index.html").locator(".hb-lede p", has_text="in English.")
    first, last = text.evaluate("""element => {
      const {firstChild: text} = element, length = text.data.length;
      return [[0, 3], [length - 8, length - 1]].map(([start, end]) => {
        const range = document.createRange();
        range.setStart(text, start);
        range.setEnd(text, end);
        return range.getBoundingClientRect().left;
      });
    }""")
    assert first > last


def test_versions_of_one_run_stand_apart(go: Callable[..., Page]) -> None:
    became = go("runs/train.html").locator("section[aria-labelledby=outputs] td").last
    expect(became).to_contain_text(f", {LONG}/2, {LONG}/3")


@pytest.mark.parametrize("words", [f"abcd{0:028x}", f"abcd{IMPORTED - 1:028x}", "brave-fox-100"])
def test_a_run_that_a_machine_named_is_known_by_its_title_and_found_by_all_of_its_name(
    words: str, go: Callable[..., Page]
) -> None:
    page = go("experiments/mlflow/index.html")
    page.locator(".hb-filter").fill(words)
    expect(page.locator(".hb-list-status")).to_have_text(f"1 of {IMPORTED} fit.")
    expect(page.locator("tbody tr")).to_contain_text(re.compile(r"brave-fox-\d+ abcd0000"))


def test_names_in_a_list_leave_room_for_the_rest_of_it(go: Callable[..., Page]) -> None:
    page = go("models/index.html")
    assert edge(page, "td:first-child") <= 300
    row = page.locator("tbody tr")
    expect(row).to_contain_text("endpoint-0, endpoint-1")
    expect(row).to_contain_text(f"and {SERVING - 5} more")


def test_what_stands_in_the_corner_of_a_picture_is_no_trouble(go: Callable[..., Page]) -> None:
    page = go("index.html")

    def moved_nowhere(route: Route) -> None:
        text = route.fetch().text()
        assert 'transform="translate(0 0)"' in text
        route.fulfill(body=text.replace('transform="translate(0 0)"', ""), content_type="text/html")

    page.route("**/runs/small.html", moved_nowhere)
    page.goto(page.url.replace("index.html", "runs/small.html"))
    expect(page.locator(".hb-lineage.hb-live")).to_be_visible()


def test_many_aliases_can_be_read_in_their_picture(go: Callable[..., Page]) -> None:
    page = go("promotions/index.html", viewport={"width": 1280, "height": 900})
    box = page.locator(".hb-times").bounding_box()
    assert box is not None
    assert box["height"] >= 30 * ALIASES


@pytest.mark.parametrize("path", ["experiments/e/index.html", f"models/{LONG}/index.html"])
def test_the_data_of_a_run_make_no_row_taller_than_the_screen(path: str, go: Callable[..., Page]) -> None:
    cell = go(path).locator("td.hb-named", has_text="rows/v0").first
    expect(cell.get_by_role("link")).to_have_count(10)
    expect(cell).to_contain_text("and 10 more")


@pytest.mark.parametrize("path", [f"models/{LONG}/index.html", f"models/{LONG}/1.html"])
def test_of_many_endpoints_some_are_shown_and_the_way_to_all(path: str, go: Callable[..., Page]) -> None:
    served = go(path).locator("section[aria-labelledby=served]")
    expect(served.locator("dt")).to_have_count(50)
    expect(served).to_contain_text(f"and {SERVING - 50} more among all endpoints")
    expect(served.get_by_role("link", name="all endpoints")).to_have_attribute(
        "href", "../../endpoints/index.html"
    )


def test_many_findings_are_folded_and_none_is_lost(go: Callable[..., Page]) -> None:
    page = go(f"models/{LONG}/index.html")
    notice = page.locator(".hb-notice", has_text="findings of the check")
    expect(notice.locator("li:visible")).to_have_count(5)
    notice.locator("summary").click()
    count = int(notice.locator("strong").inner_text().split()[0])
    assert count > 20
    expect(notice.locator("li:visible")).to_have_count(count)


def test_what_only_a_script_can_do_is_not_offered_without(go: Callable[..., Page]) -> None:
    path = "datasets/rows/v1.html"
    assert go(path).locator(".hb-copy:visible").count() > 0
    assert go(path, java_script_enabled=False).locator(".hb-copy:visible").count() == 0


PAPER = 703
"""What the margins of `@page` leave of A4."""


@pytest.mark.parametrize(
    "path",
    [
        f"models/{LONG}/index.html",
        f"models/{LONG}/1.html",
        "runs/train.html",
        "models/index.html",
        "promotions/index.html",
    ],
)
def test_nothing_is_cut_off_on_paper(path: str, go: Callable[..., Page]) -> None:
    page = go(path, viewport={"width": PAPER, "height": 1000})
    page.emulate_media(media="print")
    assert edge(page, ".hb-graph-box svg, .hb-times, .hb-table, .hb pre > code") <= PAPER


def test_paper_is_light_where_the_screen_is_dark(go: Callable[..., Page]) -> None:
    colours = """() => [
      ...document.querySelectorAll("h1, .hb-panel, .hb-muted, .hb-times path")
    ].map(part => {
      const {color, backgroundColor, fill, stroke} = getComputedStyle(part);
      return [color, backgroundColor, fill, stroke];
    })"""
    light, dark = (
        go("promotions/index.html", color_scheme=scheme, reduced_motion="reduce")
        for scheme in ("light", "dark")
    )
    assert dark.evaluate(colours) != light.evaluate(colours)
    for page in (light, dark):
        page.emulate_media(media="print")
    assert dark.evaluate(colours) == light.evaluate(colours)


def test_a_list_that_is_folded_up_leaves_no_page_empty(go: Callable[..., Page]) -> None:
    page = go("runs/train.html")
    page.emulate_media(media="print")
    assert page.locator(".hb details").first.evaluate("part => getComputedStyle(part).breakInside") == "auto"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_have_their_own_ground_where_colours_are_forced(
    scheme: str, go: Callable[..., Page]
) -> None:
    page = go("runs/train.html", forced_colors="active", color_scheme="dark")
    page.evaluate(
        "name => document.body.dataset.mdColorScheme = name", "default" if scheme == "light" else "slate"
    )
    ground = page.locator(".hb-graph-box").evaluate("part => getComputedStyle(part).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(26, 33, 32)"}[scheme]


@pytest.mark.parametrize("path", [f"models/{LONG}/1.html", "datasets/rows/v1.html"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_reference_to_be_copied_is_seen_whole(width: int, path: str, go: Callable[..., Page]) -> None:
    page = go(path, viewport={"width": width, "height": 844})
    code = page.locator("pre > code", has_text=":/").first
    assert code.evaluate("code => code.scrollWidth <= code.clientWidth")
