"""A real Chromium in front of the real product. Skipped, visibly, where there is no Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tests.browser.console import ConsoleWatch
from tests.browser.product import OPERATOR, PASSWORD, Product, running

CHROMIUM = shutil.which("chromium")
SWITCHES = [
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

NewPage = Callable[..., Page]


@pytest.hookimpl(tryfirst=True)  # before tests/conftest.py marks what is pure
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all of them in one process, so that they share one product and one Chromium."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker("browser")
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="needs Chromium: apt-get install chromium"))


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, with answers cached for one second instead of ten, so that changes show soon."""
    with running(tmp_path_factory.mktemp("product"), cache_s=1) as started:
        yield started


@pytest.fixture(autouse=True)
def _sandbox_in_order(product: Product) -> Iterator[None]:
    """Reset faults and prices after each test."""
    yield
    product.sandbox.reset()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Chromium, closed with this package: Playwright keeps an event loop, in which Django refuses queries."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> ConsoleWatch:
    return ConsoleWatch()


@pytest.fixture
def new_page(chromium: Browser, product: Product, watch: ConsoleWatch) -> Iterator[NewPage]:
    """Opens a page in its own browser context; console errors and warnings fail the test."""
    contexts: list[BrowserContext] = []

    def opened(width: int = 1280, height: int = 900, **options: Any) -> Page:
        viewport: ViewportSize = {"width": width, "height": height}
        context = chromium.new_context(base_url=product.url, viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        watch.watch(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    watch.assert_no_messages()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()


@pytest.fixture
def operator(new_page: NewPage) -> Page:
    """A page signed in to the admin."""
    page = new_page()
    sign_in(page)
    return page


def sign_in(page: Page) -> None:
    page.goto("/admin/")
    page.fill("input[name=login]", OPERATOR)
    page.fill("input[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url("**/admin/")
