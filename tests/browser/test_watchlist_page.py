"""The watchlist under a reader's hands: picking by keyboard, dragging, and refreshes that disturb neither."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.product import Product
from tests.browser.test_user_story import REFRESH_MS, sign_up

NUMBERS = count(1)


@pytest.fixture(scope="module")
def session(chromium: Browser, product: Product) -> Any:
    """One user's cookies, for all tests here."""
    context = chromium.new_context(base_url=product.url)
    sign_up(context.new_page(), "watcher")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def listed(new_page: NewPage, session: Any) -> Page:
    """A new list with three coins, picked with the keyboard alone."""
    page = new_page(storage_state=session)
    page.goto("/watchlist/")
    page.get_by_role("button", name="Lists").click()
    page.get_by_label("Name of a new list").fill(f"list {next(NUMBERS)}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/watchlist/*/")
    page.locator("#add-coin").focus()
    for place, typed in enumerate(("bitc", "eth", "solan"), 1):
        page.keyboard.type(typed)
        page.locator("#add-coin-list.show [role=option].active").wait_for()
        page.keyboard.press("Enter")
        expect(page.locator(".watch-row")).to_have_count(place)
        expect(page.locator("#add-coin")).to_have_value("")
    return page


def order(page: Page) -> list[str | None]:
    return [row.get_attribute("data-slug") for row in page.locator(".watch-row").all()]


def drag_to_top(page: Page, slug: str) -> None:
    """Take a row by its grip, hold it over the first row until that makes room, let go."""
    start = page.locator(f'[data-slug="{slug}"] .watch-grip').bounding_box()
    end = page.locator(".watch-row").first.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    for step in range(200):
        page.mouse.move(end["x"] + 30, end["y"] + 8 + step % 2, steps=12 if step == 0 else 1)
        if order(page)[0] == slug:
            break
    page.mouse.up()


def test_a_dragged_coin_stays_where_it_was_put(listed: Page) -> None:
    assert order(listed) == ["bitcoin", "ethereum", "solana"]
    with listed.expect_response("**/change/") as saved:
        drag_to_top(listed, "solana")
    assert saved.value.status == 204
    assert order(listed) == ["solana", "bitcoin", "ethereum"]
    listed.reload()
    assert order(listed) == ["solana", "bitcoin", "ethereum"]


def test_buttons_move_coins_too_and_keep_the_focus(listed: Page) -> None:
    listed.locator("#down-bitcoin").focus()
    listed.keyboard.press("Enter")
    expect(listed.locator(".watch-row").nth(1)).to_have_attribute("data-slug", "bitcoin")
    expect(listed.locator("#down-bitcoin")).to_be_focused()
    listed.keyboard.press("Enter")
    expect(listed.locator(".watch-row").nth(2)).to_have_attribute("data-slug", "bitcoin")
    listed.get_by_role("button", name="Remove Ethereum").click()
    expect(listed.locator(".watch-row")).to_have_count(2)
    assert order(listed) == ["solana", "bitcoin"]


def test_a_refresh_leaves_the_focus_and_what_is_typed_alone(listed: Page) -> None:
    listed.locator("#add-coin").press_sequentially("doge")
    listed.locator("#coin-dogecoin").wait_for()
    with listed.expect_response("**/prices/", timeout=REFRESH_MS):
        pass
    expect(listed.locator("#add-coin")).to_be_focused()
    expect(listed.locator("#add-coin")).to_have_value("doge")
    expect(listed.locator("#coin-dogecoin")).to_be_visible()


def test_a_typed_coin_is_added_or_reported_as_unknown(listed: Page) -> None:
    listed.locator("#add-coin").fill("nosuchcoin")
    listed.get_by_role("button", name="Add", exact=True).click()
    expect(listed.locator("#toasts .toast")).to_contain_text("No coin is known as “nosuchcoin”")
    expect(listed.locator(".watch-row")).to_have_count(3)
    listed.locator("#add-coin").fill("doge")
    listed.keyboard.press("Escape")
    listed.get_by_role("button", name="Add", exact=True).click()
    expect(listed.locator(".watch-row")).to_have_count(4)


def test_a_phone_shows_every_figure_and_reaches_every_button(listed: Page) -> None:
    listed.set_viewport_size({"width": 360, "height": 740})
    assert listed.evaluate("document.documentElement.scrollWidth") <= 360
    for slug in ("bitcoin", "ethereum", "solana"):
        for part in ("price", "change", "about"):
            expect(listed.locator(f"#{part}-{slug}")).to_be_in_viewport()
    listed.get_by_role("button", name="More for Solana").click()
    listed.locator('[data-slug="solana"] .dropdown-menu').get_by_role("button", name="Move up").click()
    expect(listed.locator(".watch-row").nth(1)).to_have_attribute("data-slug", "solana")
