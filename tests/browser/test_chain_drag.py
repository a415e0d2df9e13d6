"""An operator drags a link in the admin; at once that provider is asked first, by everyone."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.chain_page import open_chain, row_of, save
from tests.browser.product import Product, wait_until

PATIENCE_S = 10
"""An edit is in force after half a second at the most, which the drill measures; answers are kept far longer here."""
ALL = ("BTC", "ETH", "XRP")


def drag(page: Page, provider: str, above: str) -> None:
    """As a hand does it: press, move, move on, let go."""
    handle, target = row_of(page, provider).locator(".original"), row_of(page, above)
    handle.scroll_into_view_if_needed()
    start, end = handle.bounding_box(), target.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 20, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 40, end["y"] + 30, steps=12)
    page.mouse.move(end["x"] + 40, end["y"] + 3, steps=6)
    page.mouse.up()


def keep_prices_for(page: Page, seconds: int) -> None:
    page.locator("#id_cache_s").fill(str(seconds))
    save(page)


def order(page: Page) -> list[str]:
    return page.locator("#links-group tr.has_original td.field-provider select").evaluate_all(
        "selects => selects.map(select => select.selectedOptions[0].text)"
    )


def comes_to(product: Product, provider: str) -> None:
    took = wait_until(lambda: product.source("BTC") == provider, within=PATIENCE_S)
    print(f"{provider} after {took * 1000:.0f} ms")


def test_after_a_drag_the_new_first_provider_is_called_despite_cached_answers(operator: Page, product: Product) -> None:
    page = operator
    open_chain(page, "MARKET_PRICE")
    keep_prices_for(page, seconds=600)
    wait_until(lambda: [product.source(coin) for coin in ALL] == ["binance"] * 3, within=PATIENCE_S)
    assert order(page)[:2] == ["Binance", "Kraken"]
    drag(page, "Kraken", above="Binance")
    save(page)
    comes_to(product, "kraken")
    assert [product.source(coin) for coin in ALL] == ["kraken"] * 3
    assert order(page)[:2] == ["Kraken", "Binance"]
    drag(page, "Binance", above="Kraken")
    keep_prices_for(page, seconds=1)
    comes_to(product, "binance")


def test_a_link_switched_off_is_not_called_until_it_is_switched_on_again(operator: Page, product: Product) -> None:
    page = operator
    open_chain(page, "MARKET_PRICE")
    switch = row_of(page, "Binance").locator("td.field-enabled input")
    switch.uncheck()
    save(page)
    comes_to(product, "kraken")
    assert "binance" not in [product.source(coin) for coin in ALL]
    row_of(page, "Binance").locator("td.field-enabled input").check()
    save(page)
    comes_to(product, "binance")
