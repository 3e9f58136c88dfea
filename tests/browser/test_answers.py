"""The four questions on the site of the example catalog: how far from home, and what is said."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from command_line import herdbook
from watched_browser import Open

CATALOG = Path(__file__).parents[2] / "catalog"


def said(*command: str) -> str:
    """What a command says in its first line, in the shorter names of the site."""
    lead = herdbook(*command, "--catalog", str(CATALOG)).stdout.partition("\n")[0]
    return re.sub(r"(?:models|runs|datasets|endpoints):/", "", lead).replace("[", "").replace("]", "")


@pytest.fixture
def home(visit: Open) -> Page:
    return visit("index.html")


def answer(page: Page, question: str) -> Locator:
    return page.locator(".hb-said-here > div", has_text=question).locator(".hb-lead")


def in_words(locator: Locator) -> str:
    return re.sub(r"(?:models|runs|datasets|endpoints):/", "", " ".join(locator.inner_text().split()))


def test_one_click_leads_to_where_the_model_in_production_comes_from(home: Page) -> None:
    home.get_by_role("link", name="version 2").first.click()
    assert in_words(answer(home, "Where does it come from?")) == said("trace", "mortgage-approval/2")


def test_one_click_leads_to_whether_it_is_approved(home: Page) -> None:
    home.get_by_role("link", name="version 2").first.click()
    assert in_words(answer(home, "Is it approved?")) == said("status", "mortgage-approval/2")


def test_one_click_leads_to_what_recalled_data_touch_and_another_to_all_of_it(home: Page) -> None:
    recalled = home.locator("section", has=home.locator("#recalled"))
    recalled.get_by_role("link", name="mortgage-applications/v2-train").first.click()
    touched = said("impact", "datasets:/mortgage-applications/v2-train")
    assert in_words(answer(home, "What depends on it?")) == touched
    home.get_by_role("link", name="What depends on it?").click()
    expect(home.locator("h1")).to_have_text("What mortgage-applications v2-train touches")
    assert in_words(home.locator(".hb-lead")) == touched
    expect(home.get_by_role("link", name="mortgage-train-3").first).to_be_visible()


def test_one_click_leads_to_why_version_3_is_worse_and_another_to_the_evidence(home: Page) -> None:
    recalled = home.locator("section", has=home.locator("#recalled"))
    recalled.get_by_role("link", name="mortgage-approval/3").first.click()
    why = said("compare", "mortgage-approval/3")
    assert "which has since been recalled" in why
    assert in_words(answer(home, "Better or worse than 2?")) == why
    home.get_by_role("link", name="Better or worse than 2?").click()
    assert in_words(home.locator(".hb-lead")) == why
    metrics = home.locator("section", has=home.get_by_role("heading", name="Metrics", exact=True))
    expect(metrics.locator("tr", has_text="log_loss").first).to_contain_text("worse")


def test_the_page_of_questions_has_an_answer_to_each(home: Page) -> None:
    home.get_by_role("link", name="Ask").first.click()
    home.wait_for_url("**/ask/index.html")
    expect(home.locator("h1")).to_have_text("Ask")
    assert home.locator(".hb-ask").count() == 4
    for question in home.locator(".hb-ask").all():
        assert question.locator(".hb-lead").count() >= 3
    home.get_by_role("link", name="mortgage-approval 3 against 2").click()
    assert in_words(home.locator(".hb-lead")) == said("compare", "mortgage-approval/3")


def test_promotions_are_found_by_model_and_person(home: Page) -> None:
    home.get_by_role("link", name="Promotions").first.click()
    home.wait_for_url("**/promotions/index.html")
    rows = home.locator("tbody tr:visible")
    everything = rows.count()
    home.get_by_placeholder("Filter by model, person, alias").fill("mortgage okafor @champion")
    expect(rows).to_have_count(2)
    assert everything > 2
    home.locator("a.hb-time", has_text="v2").first.click()
    expect(home.locator(".hb-kind")).to_have_text("Model version")
