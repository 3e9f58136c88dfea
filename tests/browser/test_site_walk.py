"""The site of the example catalog as a reader walks it: three clicks to the answers, on any screen."""

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from herdbook.catalog import Catalog
from herdbook.opening import read_catalog
from herdbook.tree import DirTree
from watched_browser import Open, Server, Watch

CATALOG = Path(__file__).parents[2] / "catalog"
ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "mortgage<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }} ${7*7} %s",
    "mortgage* title:iris^9 +(-~",
    "\u202emortgage\u0000",
)

# What has the focus, if the header or the first cell of its row, which stay where they are, cover it.
COVERED = """() => {
  const focused = document.activeElement, {top, right, height} = focused.getBoundingClientRect();
  const header = document.querySelector(".md-header").getBoundingClientRect();
  const first = focused.closest(".hb-pinned tr")?.firstElementChild;
  const beside = first && !first.contains(focused) ? first.getBoundingClientRect().right : 0;
  const below = header.height <= top + 1 || height > innerHeight / 2;
  // Browsers leave it where it is if a part of it is seen from the side.
  return below && beside < right - 30 ? null : [focused.outerHTML, top, right, beside];
}"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog(DirTree(CATALOG))


@pytest.fixture
def page(visit: Open) -> Page:
    """The home page in a browser that must have nothing to complain of."""
    return visit("index.html", permissions=["clipboard-read", "clipboard-write"], color_scheme="light")


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_keeps_to_the_screen_and_complains_of_nothing(
    browser: Browser, server: Server, width: int
) -> None:
    watch = Watch(browser, server, width=width)
    site = server.folder
    paths = [path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html"))]
    assert len(paths) > 90
    # The pages of the rules are of one kind, whatever the rule.
    paths = [path for path in paths if not re.match(r"rules/[b-m]", path)]
    found = list(watch.visit(paths))
    watch.close()
    assert [incident for visit in found for incident in visit.incidents] == []
    assert {visit.path: visit.state["wide"] for visit in found if visit.state["wide"]} == {}
    assert {visit.path: visit.state["doubled"] for visit in found if visit.state["doubled"]} == {}
    assert server.foreign == []


def test_on_a_phone_every_row_of_production_names_its_endpoint_and_columns(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    row = page.locator("section[aria-labelledby=production] tbody tr").nth(1)
    assert row.locator("td").first.inner_text() == "Mortgage decisions"
    traffic = row.locator("td", has_text="10 %")
    assert traffic.evaluate("cell => getComputedStyle(cell, '::before').content") == '"Traffic"'
    page.set_viewport_size({"width": 1280, "height": 844})
    assert traffic.evaluate("cell => getComputedStyle(cell, '::before').content") == "none"


def test_one_click_from_home_stands_what_is_behind_the_model_in_production(page: Page) -> None:
    row = page.locator("tr", has=page.get_by_role("link", name="Mortgage decisions"))
    row.get_by_role("link", name="version 2").click()
    expect(page.locator("h1")).to_have_text("Mortgage approval version 2")
    origin = page.locator("section", has=page.locator("#origin"))
    expect(origin.get_by_role("link", name="mortgage-applications/v1-train")).to_be_visible()
    expect(origin.locator("dt", has_text="Code")).to_be_visible()
    expect(origin.locator(".hb-code code").first).to_have_text(re.compile(r"^[0-9a-f]{10}$"))
    expect(origin.locator("tr", has_text="learning_rate")).to_contain_text("0.05")
    # Two more clicks lead to where the data came from.
    origin.get_by_role("link", name="mortgage-applications/v1-train").click()
    page.get_by_role("link", name="mortgage-split").first.click()
    expect(page.locator(".hb-kind")).to_have_text("Preprocessing run")


def test_home_tells_that_version_3_was_trained_on_recalled_data(page: Page) -> None:
    recalled = page.locator("section", has=page.locator("#recalled"))
    recalled.get_by_role("link", name="mortgage-approval/3").click()
    notice = page.locator(".hb-notice--bad").first
    expect(notice).to_contain_text("Version 3 comes from recalled data")
    notice.get_by_role("link", name="mortgage-applications/v2-train").click()
    expect(page.locator("h1 + .hb-chips, h1 ~ .hb-chips")).to_contain_text("recalled")


def test_the_endpoint_page_leads_on_through_its_graph(page: Page) -> None:
    page.get_by_role("link", name="Mortgage decisions").first.click()
    page.locator("a.hb-node", has_text="mortgage-approval/2").click()
    page.locator("a.hb-node", has_text="mortgage-train-2").click()
    expect(page.locator(".hb-kind")).to_have_text("Training run")
    expect(page.locator("section", has=page.locator("#parameters"))).to_contain_text("gradient-boosting")


def test_every_node_that_the_catalog_holds_is_a_link(browser: Browser, server: Server) -> None:
    drawn = linked = 0
    page = browser.new_page(java_script_enabled=False)
    for file in sorted(server.folder.rglob("*.html")):
        if 'class="hb-graph"' not in file.read_text():
            continue
        page.goto(f"{server.origin}/{file.relative_to(server.folder).as_posix()}")
        drawn += page.locator(".hb-graph .hb-node:not(.hb-node--code):not(.hb-node--outside)").count()
        linked += page.locator(".hb-graph a.hb-node:not(.hb-node--code):not(.hb-node--outside)").count()
    page.close()
    assert drawn == linked > 100


def search(page: Page, words: str) -> list[str]:
    """Type words into the search, and return the pages found."""
    field = page.locator(".md-search__input")
    meta = page.locator(".md-search-result__meta")
    field.click()
    field.fill("")
    field.press("End")
    expect(meta).to_have_text("Type to start searching")
    field.fill(words)
    field.press("End")
    expect(meta).not_to_have_text("Type to start searching")
    links = page.locator("a.md-search-result__link")
    return [str(links.nth(index).get_attribute("href")) for index in range(links.count())]


def test_search_finds_what_is_named_first(page: Page, server: Server, catalog: Catalog) -> None:
    run = catalog.runs["mortgage-train-4"]
    wanted = {
        "mortgage approval": "models/mortgage-approval/index.html",
        "mortgage-approval/3": "models/mortgage-approval/3.html",
        "mortgage-train-2": "runs/mortgage-train-2.html",
        "boston-hmda": "datasets/boston-hmda/index.html",
        "v2-train": "datasets/mortgage-applications/v2-train.html",
        "mortgage-applications/v2-train": "datasets/mortgage-applications/v2-train.html",
        "mortgage decisions": "endpoints/mortgage-decisions.html",
        "missing-seed": "rules/missing-seed.html",
    }
    found = {words: search(page, words)[0] for words in wanted}
    assert found == {words: f"{server.origin}/{path}" for words, path in wanted.items()}
    # Several runs and versions share a tag or a commit.
    for words in (f"dataset_version={run.tags['dataset_version']}", run.code.commit, run.code.commit[:12]):
        assert f"{server.origin}/runs/{run.id}.html" in search(page, words)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Ruth Okafor", "models/mortgage-approval/2.html"),
        ("mara lindqvist", "models/mortgage-approval/index.html"),
        ("deepa nair", "datasets/boston-hmda/index.html"),
        ("auc", "models/mortgage-approval/index.html"),
        ("false_denial_rate", "models/mortgage-approval/index.html"),
        ("val_accuracy", "runs/mortgage-train-4.html"),
    ],
)
def test_search_finds_people_and_metrics(words: str, expected: str, page: Page, server: Server) -> None:
    assert f"{server.origin}/{expected}" in search(page, words)


def test_words_are_searched_for_though_no_key_was_pressed(page: Page) -> None:
    page.locator(".md-search__input").fill("mortgage")  # as if pasted with the mouse
    expect(page.locator(".md-search-result__item").first).to_be_visible()


def test_a_search_for_an_attack_finds_or_finds_not(page: Page) -> None:
    for words in ATTACKS:
        search(page, words)
        assert page.locator(".md-search-result script, .md-search-result img").count() == 0


def test_a_result_is_opened_with_the_keyboard(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("mortgage-train-3")
    expect(page.locator("a.md-search-result__link").first).to_contain_text("Train version 3")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/mortgage-train-3.html*")


def test_the_palette_is_switched_and_stays_so(page: Page) -> None:
    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = background()
    for _ in range(2):
        page.locator("[data-md-component=palette] label:visible").click()
    dark = background()
    assert dark != light
    page.get_by_role("link", name="Models", exact=True).first.click()
    page.wait_for_url("**/models/index.html")
    assert background() == dark


def test_the_tab_key_comes_to_the_skip_link_the_search_and_the_nodes_of_a_graph(page: Page) -> None:
    page.get_by_role("link", name="Mortgage decisions").first.click()
    page.wait_for_url("**/endpoints/mortgage-decisions.html")
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("""() => {
              const element = document.activeElement;
              return element.getAttribute("class") || element.localName;
            }""")
        )
    stops = [
        next(n for n, css in enumerate(reached) if name in css) for name in ("skip", "search", "hb-node")
    ]
    assert stops == sorted(stops)
    assert stops[0] == 0


def test_on_a_narrow_screen_the_tab_key_shows_the_sections_that_it_comes_to(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    models = page.locator(".md-nav--primary").get_by_role("link", name="Models")
    expect(models).not_to_be_in_viewport()
    for _ in range(12):
        page.keyboard.press("Tab")
        if models.evaluate("link => link === document.activeElement"):
            break
    expect(models).to_be_focused()
    expect(models).to_be_in_viewport(ratio=1)
    for _ in range(8):
        page.keyboard.press("Tab")
    expect(models).not_to_be_in_viewport()


def test_a_phone_shows_first_which_version_holds_what(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.origin}/promotions/index.html")
    picture = page.locator(".hb-times").first
    for words in ("@champion", "v2", "@challenger", "v4"):
        expect(picture.get_by_text(words, exact=True).last).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_nothing_covers_what_a_key_comes_to(key: str, page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto(f"{server.origin}/models/mortgage-approval/index.html")
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    ends = page.locator("#hb-content a")
    (ends.first if key == "Tab" else ends.last).focus()
    covered, seen = [], 0
    while page.evaluate("document.querySelector('#hb-content').contains(document.activeElement)"):
        seen += 1
        found = page.evaluate(COVERED)
        covered += [found] if found else []
        page.keyboard.press(key)
    assert seen > 50
    assert covered == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_section_that_has_the_focus_is_seen_to_have_it(
    scheme: Literal["light", "dark"], visit: Open
) -> None:
    page = visit("index.html", color_scheme=scheme)
    page.keyboard.press("Tab")
    link = page.locator(".md-tabs__link").nth(1)
    link.focus()
    outline = link.evaluate("link => getComputedStyle(link).outlineColor")
    behind = page.locator(".md-tabs").evaluate("tabs => getComputedStyle(tabs).backgroundColor")
    assert contrast(outline, behind) >= 3


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        values = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def test_each_code_block_is_copied_by_its_own_button(page: Page, server: Server) -> None:
    page.goto(f"{server.origin}/rules/missing-lineage-tag.html")
    blocks = page.locator(".hb pre")
    assert blocks.count() > 1
    for index in range(blocks.count()):
        blocks.nth(index).hover()
        blocks.nth(index).locator("button").click()
        copied = str(page.evaluate("navigator.clipboard.readText()"))
        assert copied.strip() == blocks.nth(index).locator("code").inner_text().strip()


def test_copying_works_without_https_and_is_told(browser: Browser, server: Server) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    intranet = "http://catalog.internal/"

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(intranet).partition("?")[0]
        route.fulfill(path=server.folder / path)

    context.route(f"{intranet}**", answer)
    page = context.new_page()
    page.goto(f"{intranet}models/mortgage-approval/3.html")
    assert page.evaluate("navigator.clipboard") is None
    button = page.locator("[data-copy]").first
    button.click()
    expect(button).to_have_accessible_name("copied")
    expect(button).to_have_text("copied")
    expect(button).to_have_text("copy")
    elsewhere = context.new_page()
    elsewhere.goto(f"{server.origin}/404.html")
    assert elsewhere.evaluate("navigator.clipboard.readText()") == button.get_attribute("data-copy")
    context.close()


def test_what_could_not_be_copied_is_told(browser: Browser, server: Server) -> None:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script("document.execCommand = () => false")
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(Error('no'))")
    page.goto(f"{server.origin}/models/mortgage-approval/3.html")
    button = page.locator("[data-copy]").first
    button.click()
    expect(button).to_have_text("not copied")
    expect(button).to_have_accessible_name("Copy")
    page.close()
    assert errors == []
