"""A key's whole life: made on the page, used by a program, revoked on the page, refused by the running hub."""

from __future__ import annotations

from urllib.error import HTTPError
from urllib.request import Request, urlopen

from playwright.sync_api import Page, expect

from tests.browser.product import Product, wait_until


def status(product: Product, key: str) -> int:
    """Return the status that a program with this key gets."""
    asked = Request(f"{product.url}/api/watchlists/", headers={"Authorization": f"Token {key}"})
    try:
        with urlopen(asked, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as refused:
        return refused.code


def test_a_key_is_created_used_and_revoked(operator: Page, product: Product) -> None:
    operator.goto("/accounts/keys/")
    operator.get_by_label("Name").fill("a program")
    operator.get_by_label("Read your watchlists").check()
    operator.get_by_role("button", name="Create the key").click()
    key = operator.locator("#new-key").input_value()
    assert status(product, key) == 200
    operator.reload()
    assert key not in operator.content()
    operator.on("dialog", lambda dialog: dialog.accept())
    operator.get_by_role("button", name="Revoke a program").click()
    expect(operator.get_by_role("button", name="Revoke a program")).to_have_count(0)
    wait_until(lambda: status(product, key) == 401, within=5)
