"""Helpers for a chain's page in the admin."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, Response


def open_chain(page: Page, category: str) -> None:
    """Open the page and wait until it is loaded: before that only the first links are there."""
    page.goto("/admin/providers/chain/")
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("link", name=category).click()
    page.locator("#links-group").wait_for()


def row_of(page: Page, provider: str) -> Locator:
    chosen = page.locator("#links-group tr.has_original", has=page.locator(f"option[selected]:text-is('{provider}')"))
    return chosen.first


def switches(page: Page) -> list[Locator]:
    """Return the switch of every link in chain order."""
    return page.locator("#links-group tr.has_original td.field-enabled input").all()


def save(page: Page) -> None:
    with page.expect_navigation(wait_until="load"), page.expect_response(_is_post) as saved:
        page.locator("[name=_continue]").click()
    assert saved.value.status == 302


def _is_post(answer: Response) -> bool:
    return answer.request.method == "POST"
