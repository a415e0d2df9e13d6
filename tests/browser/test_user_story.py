"""A user's whole road: sign up, watch a coin, see its price move, set an alert, find it in the inbox once."""

from __future__ import annotations

import re
from decimal import Decimal

from playwright.sync_api import Page, expect

from tests.browser.product import Product, wait_until

REFRESH_MS = 15_000
"""Two refreshes of a page, and what a busy machine adds."""
EVALUATION_S = 30


def sign_up(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Email").fill(f"{name}@example.org")
    page.locator("input[name=password1]").fill("a-long-way-to-the-moon")
    page.locator("input[name=password2]").fill("a-long-way-to-the-moon")
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/")


def shown_price(page: Page) -> Decimal:
    return Decimal(page.locator("#price-bitcoin [data-figure]").inner_text().replace(",", ""))


def watch_bitcoin(page: Page) -> Decimal:
    """Add BTC by typing; its price as shown."""
    page.goto("/watchlist/")
    page.locator("#add-coin").press_sequentially("btc")
    page.locator("#coin-bitcoin").click()
    page.locator("#price-bitcoin [data-figure]").wait_for()
    return shown_price(page)


def set_alert(page: Page, threshold: Decimal) -> None:
    page.goto("/alerts/?coin=bitcoin")
    page.locator(".form-selectgroup-item", has=page.locator("input[value=above]")).click()
    page.locator("#id_threshold").fill(str(threshold))
    page.locator("form").filter(has=page.locator("#id_threshold")).get_by_role(
        "button", name=re.compile("alert", re.IGNORECASE)
    ).click()
    expect(page.locator(".alert-state").first).to_contain_text("armed", timeout=EVALUATION_S * 1000)


def last_seen(page: Page) -> str:
    """Return the time of the last price that the user's alert saw."""
    return str(page.request.get("/api/alerts/").json()["results"][0]["last_at"])


def fired(page: Page) -> int:
    return int(page.request.get("/api/alerts/events/").json()["count"])


def test_a_user_watches_a_coin_and_is_alerted_once_when_it_crosses(page: Page, product: Product) -> None:
    sign_up(page, "ann")
    price = watch_bitcoin(page)
    assert abs(price / product.sandbox.price("BTC", "USDT") - 1) < Decimal("0.002")

    page.evaluate("window.notReloaded = true")
    product.sandbox.scale_price("BTC", "1.02")
    wait_until(lambda: shown_price(page) / price > Decimal("1.015"), within=REFRESH_MS / 1000, every=0.1)
    assert page.evaluate("window.notReloaded") is True

    set_alert(page, Decimal(round(price * Decimal("1.05"))))
    assert fired(page) == 0
    product.sandbox.scale_price("BTC", "1.08")
    wait_until(lambda: fired(page) > 0, within=EVALUATION_S, every=0.1)
    page.goto("/inbox/")
    expect(page.locator(".event-row")).to_have_count(1)
    expect(page.locator(".event-row")).to_contain_text(re.compile("Bitcoin rose to"))

    seen = last_seen(page)
    wait_until(lambda: last_seen(page) != seen, within=EVALUATION_S, every=0.1)
    page.reload()
    expect(page.locator(".event-row")).to_have_count(1)
