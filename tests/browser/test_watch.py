import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from watched_browser import Watchdog


def test_a_page_in_an_endless_loop_keeps_nobody_waiting_for_ever(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.evaluate("setTimeout(() => { for (;;); })")
    watchdog = Watchdog(3)
    with pytest.raises(PlaywrightError, match=r"crashed|closed"):
        page.evaluate("1")  # knows no timeout
    watchdog.close()
    context.close()


def test_what_gets_on_is_left_alone(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    watchdog = Watchdog(2)
    for _ in range(10):
        page.wait_for_timeout(400)
        watchdog.beat()
    assert page.evaluate("1") == 1
    watchdog.close()
    context.close()
