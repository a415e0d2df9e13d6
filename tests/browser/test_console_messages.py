"""No page breaks the Content-Security-Policy, complains in the console, or is wider than its window."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NewPage, sign_in
from tests.browser.console import ConsoleWatch
from tests.browser.product import Product

PUBLIC = ["/", "/?q=bit", "/?q=zzz", "/status/", "/accounts/login/", "/accounts/signup/", "/api/docs/", "/watchlist/"]
MEMBERS = [
    "/",
    "/watchlist/",
    "/alerts/",
    "/alerts/?coin=bitcoin",
    "/inbox/",
    "/accounts/password/change/",
    "/accounts/keys/",
]
LOOKS = {"light on a desk": ("light", 1280, 900), "dark on a phone": ("dark", 390, 844)}


def dressed(new_page: NewPage, look: str) -> Page:
    scheme, width, height = LOOKS[look]
    return new_page(width, height, color_scheme=scheme)


def finish_pending(page: Page, path: str) -> None:
    response = page.goto(path, wait_until="load")
    assert response is not None
    assert response.ok, f"{path}: {response.status}"


def assert_fits(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"


@pytest.mark.parametrize("look", LOOKS)
def test_public_pages_are_quiet_and_fit(new_page: NewPage, look: str) -> None:
    page = dressed(new_page, look)
    for path in PUBLIC:
        finish_pending(page, path)
        if path != "/api/docs/":  # Swagger's own layout scrolls its wide tables
            assert_fits(page)


@pytest.mark.parametrize("look", LOOKS)
def test_members_pages_are_quiet_and_fit(new_page: NewPage, look: str) -> None:
    page = dressed(new_page, look)
    sign_in(page)
    for path in MEMBERS:
        finish_pending(page, path)
        assert_fits(page)


@pytest.mark.parametrize("look", LOOKS)
def test_admin_pages_are_quiet(new_page: NewPage, look: str) -> None:
    page = dressed(new_page, look)
    sign_in(page)
    lists = {link.get_attribute("href") or "" for link in page.locator(".module th a").all()}
    assert "/admin/providers/chain/" in lists
    for path in sorted(lists):
        finish_pending(page, path)
    for path in ("/admin/providers/chain/overview/", first_chain(page)):
        finish_pending(page, path)


def first_chain(page: Page) -> str:
    page.goto("/admin/providers/chain/")
    return page.get_by_role("link", name="MARKET_PRICE").get_attribute("href") or ""


def test_the_swagger_page_shows_every_route_without_reaching_out(page: Page, product: Product) -> None:
    reached: list[str] = []
    page.on("request", lambda request: reached.append(request.url))
    finish_pending(page, "/api/docs/")
    page.get_by_text("/api/prices", exact=True).wait_for()
    assert page.locator(".opblock").count() >= 5
    assert all(url.startswith((product.url, "data:")) for url in reached)


def test_a_violation_of_the_policy_is_recorded(page: Page, watch: ConsoleWatch) -> None:
    page.goto("/")
    with page.expect_console_message(lambda message: message.text.startswith("CSP: style-src")):
        page.evaluate("document.body.setAttribute('style', 'color: red')")
    assert any("CSP: style-src" in message for message in watch.messages)
    watch.messages.clear()
