"""What all tests share: a hermetic environment, the data beside the checkout, and a browser."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from herdbook.site.chrome import Chrome

CHECKOUT = Path(__file__).parents[1]

# What a developer's shell, a CI service or git itself (in a hook) may set, and what would change results.
FOREIGN_PREFIXES = ("GIT_", "GITHUB_", "GITLAB_", "CI_", "HERDBOOK_", "PYTHON", "XDG_")
FOREIGN = {
    "CI",
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "SOURCE_DATE_EPOCH",
}
OWN = {
    "HERDBOOK_REQUIRE_BROWSER",
    "HERDBOOK_REQUIRE_ACTIONLINT",
    "HERDBOOK_REQUIRE_FOREIGN",
    "HERDBOOK_REQUIRE_VALGRIND",
    "HERDBOOK_TEST_PROFILE",
    "HERDBOOK_WRITE_WITHSTANDS",
}
FIXED = {
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "TERM": "dumb",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "HERDBOOK_CACHE": "off",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A U Thor",
    "GIT_AUTHOR_EMAIL": "author@example.com",
    "GIT_COMMITTER_NAME": "C O Mitter",
    "GIT_COMMITTER_EMAIL": "committer@example.com",
}

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)

# Without these Chromium looks up hosts of its maker at every start.
CHROMIUM_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_configure() -> None:
    # Kept in the environment because the processes of a parallel run see it after it was scrubbed.
    profile = os.environ.setdefault("HERDBOOK_TEST_PROFILE", "ci" if os.environ.get("CI") else "local")
    hypothesis.settings.load_profile(profile)
    for name in list(os.environ):
        if name not in OWN and (name in FOREIGN or name.startswith(FOREIGN_PREFIXES)):
            del os.environ[name]
    os.environ.update(FIXED)
    time.tzset()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of attack strings and YAML suites that stands beside the checkout."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no ../shared/data beside the checkout")
    return folder


@pytest.fixture(scope="session")
def chrome() -> "Chrome":
    """The frame of pages that the shipped templates make."""
    from herdbook.site.chrome import build_chrome
    from herdbook.site.templates import Templates

    return build_chrome(Templates())


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The system's Chromium."""
    found = shutil.which("chromium")
    if found is None:
        message = "no chromium on this system: install it (Debian: apt-get install chromium) to run this test"
        if os.environ.get("HERDBOOK_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    return Path(found)


@pytest.fixture(scope="session")
def browser(chromium: Path) -> "Iterator[Browser]":
    """A running Chromium; a test opens its own context or page in it."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield running
        running.close()
