"""The price table refreshes itself without disturbing its reader, and says so when it cannot."""

from __future__ import annotations

from decimal import Decimal

from playwright.sync_api import Page, expect

from tests.browser.console import ConsoleWatch
from tests.browser.product import Product, wait_until

EVERY_MS = 5_100
"""The time between two refreshes, and a little. The page's clock is moved on by it; the product's is the real one."""
BITCOIN = "[data-watch=bitcoin]"


def open_page(page: Page, path: str) -> None:
    page.clock.install()
    page.goto(path)


def price(product: Product) -> Decimal:
    return Decimal(product.get("/api/prices?symbols=BTC")["prices"][0]["price"])


def test_prices_move_without_a_reload_and_the_reader_keeps_focus_and_place(page: Page, product: Product) -> None:
    open_page(page, "/")
    page.locator("#search").focus()
    page.evaluate("window.scrollTo(0, 300)")
    before = Decimal(page.locator(BITCOIN).get_attribute("data-value") or 0)
    product.sandbox.scale_price("BTC", "1.03")
    wait_until(lambda: price(product) / before > Decimal("1.02"), within=10)
    page.clock.run_for(EVERY_MS)
    page.locator(f"{BITCOIN}.mk-rose").wait_for()
    assert Decimal(page.locator(BITCOIN).get_attribute("data-value") or 0) / before > Decimal("1.02")
    assert page.evaluate("[document.activeElement.id, window.scrollY]") == ["search", 300]


def test_typing_filters_the_table_at_once_and_the_refresh_keeps_the_filter(page: Page) -> None:
    open_page(page, "/")
    page.locator("#search").press_sequentially("sol")
    expect(page.locator("tbody th").first).to_contain_text("SOL")
    with page.expect_response(lambda answer: "/_prices/" in answer.url) as refreshed:
        page.clock.run_for(EVERY_MS)
    assert "q=sol" in refreshed.value.url
    expect(page.locator(BITCOIN)).to_have_count(0)


def test_when_the_hub_cannot_be_reached_the_page_says_since_when_and_recovers(page: Page, watch: ConsoleWatch) -> None:
    watch.expected = ("ERR_CONNECTION_REFUSED", "htmx:sendError", "htmx:afterRequest")
    open_page(page, "/")
    page.route("**/_prices/*", lambda route: route.abort("connectionrefused"))
    page.clock.run_for(EVERY_MS)
    expect(page.locator("#live")).to_contain_text("Not updating since")
    page.unroute("**/_prices/*")
    page.clock.run_for(EVERY_MS)
    expect(page.locator("#live")).to_have_text("Live")


def test_the_status_page_keeps_what_the_reader_opened_and_shows_a_failure_as_it_happens(
    page: Page, product: Product
) -> None:
    open_page(page, "/status/")
    page.get_by_role("region", name="Prices").get_by_text("6 endpoints").click()
    product.sandbox.fault("binance", "status", status=429, retry_after=5)
    product.get("/api/prices?symbols=BTC&explain=1")
    page.clock.run_for(EVERY_MS)
    expect(page.locator("tr", has_text="Binance").first).to_contain_text("In cooldown")
    expect(page.locator("details[open] li")).to_have_count(6)
