"""An operator adds an exchange that nobody has written code for, in the admin alone; the hub answers from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from typing import Any

from playwright.sync_api import Page

from tests import tidemark
from tests.browser.chain_page import open_chain, row_of, save, switches
from tests.browser.product import Product, wait_until

IN_FORCE_S = 10
"""Half a second at the most, which the drill measures."""
PATIENCE_MS = 120_000
"""For one page of many; no machine that is not overrun comes near."""
NAMED = {"MARKET_PRICE": "prices", "MARKET_OHLCV": "candles", "MARKET_ORDERBOOK": "order books"}
ASKED = (
    "/api/prices?symbols=BTC",
    "/api/ohlcv/ETH?interval=1h&limit=5",
    "/api/trading/orderbook?symbol=ETH&depth=5",
)
"""A question to each of these chains, about another coin than the test's own."""


def fill(page: Page, prefix: str, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        control = page.locator(f"#{prefix}{name}")
        if control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(str(value))
        else:
            control.fill(str(value))


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.locator(f"[name={name}]").click()


def add_provider(page: Page, url: str) -> None:
    page.goto("/admin/providers/provider/add/")
    fill(page, "id_", {"name": tidemark.NAME, "slug": tidemark.SLUG, "adapter": "generic"})
    fill(page, "id_request_format-0-", tidemark.REQUEST_FORMAT)
    page.get_by_text("Add another Endpoint").click()
    page.locator("#id_endpoints-0-base_url").fill(url)
    press(page, "_continue")


def define(page: Page, definition: dict[str, Any]) -> None:
    """Fill in, see in the test that it is read right, save."""
    page.get_by_role("link", name=f"Define {NAMED[definition['category']]}").click()
    fill(page, "id_", {name: value for name, value in definition.items() if name != "category"})
    press(page, "_test")
    trial = page.locator(".hub-trial")
    assert trial.get_by_text("The hub can serve this answer.").is_visible(), trial.inner_text()
    assert trial.get_by_text('"ok": true').is_visible()
    press(page, "_save")


def give_names(page: Page) -> None:
    page.goto("/admin/markets/assetalias/")
    page.get_by_role("link", name="Names for a provider").click()
    fill(page, "id_", {"provider": tidemark.SLUG, "many": 10})
    page.locator("#id_verified").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Add these names").click()


def lead(page: Page, category: str) -> None:
    """A link to it at the end of the chain; all others switched off."""
    open_chain(page, category)
    for switch in switches(page):
        switch.uncheck()
    page.get_by_text("Add another Chain link").click()
    new = page.locator("#links-group tr.dynamic-links").last
    new.locator("select").select_option(label=tidemark.NAME)
    new.locator("td.field-tier input").fill("9")
    save(page)


def put_back(page: Page, category: str) -> None:
    open_chain(page, category)
    for switch in switches(page):
        switch.check()
    row_of(page, tidemark.NAME).locator("td.delete input").check()
    save(page)


def leads(product: Product, asked: str) -> bool:
    """Return whether the answer comes from the new provider."""
    answer = product.get(asked)
    return (answer["prices"][0]["source"] if "prices" in answer else answer["meta"]["source"]) == tidemark.SLUG


@contextmanager
def led_by_it(page: Page, product: Product) -> Iterator[None]:
    """The three chains lead to it alone, in force everywhere; put back however the test ends."""
    led = []
    try:
        for category in NAMED:
            led.append(category)
            lead(page, category)
        for asked in ASKED:
            wait_until(partial(leads, product, asked), within=IN_FORCE_S)
        yield
    finally:
        for category in led:
            put_back(page, category)


def test_an_exchange_is_added_without_code_and_answers_prices_candles_and_books(
    operator: Page, product: Product
) -> None:
    page = operator
    page.set_default_timeout(PATIENCE_MS)
    add_provider(page, product.sandbox.url(tidemark.SLUG))
    for definition in tidemark.DEFINITIONS:
        define(page, definition)
    give_names(page)
    with led_by_it(page, product):
        price = product.get("/api/prices?symbols=ETH")["prices"][0]
        assert price["source"] == tidemark.SLUG
        fair = product.sandbox.price("ETH", price["currency"])
        assert abs(Decimal(price["price"]) / fair - 1) < Decimal("0.002")
        candles = product.get("/api/ohlcv/BTC?interval=1h&limit=10")
        assert (candles["meta"]["source"], len(candles["candles"])) == (tidemark.SLUG, 10)
        book = product.get("/api/trading/orderbook?symbol=BTC&depth=20")
        assert (book["meta"]["source"], len(book["bids"])) == (tidemark.SLUG, 20)
