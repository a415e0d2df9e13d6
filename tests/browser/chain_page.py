"""A chain's page in the admin, as an operator finds and saves it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, Response


def open_chain(page: Page, category: str) -> None:
    """Until the whole page is there: of one that is still coming in only the first links can be seen."""
    page.goto("/admin/providers/chain/")
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("link", name=category).click()
    page.locator("#links-group").wait_for()


def row_of(page: Page, provider: str) -> Locator:
    chosen = page.locator("#links-group tr.has_original", has=page.locator(f"option[selected]:text-is('{provider}')"))
    return chosen.first


def switches(page: Page) -> list[Locator]:
    """Of every link there is, in the order they are asked."""
    return page.locator("#links-group tr.has_original td.field-enabled input").all()


def save(page: Page) -> None:
    with page.expect_navigation(wait_until="load"), page.expect_response(_is_post) as saved:
        page.locator("[name=_continue]").click()
    assert saved.value.status == 302


def _is_post(answer: Response) -> bool:
    return answer.request.method == "POST"
