"""Takes the README's pictures of the product over the sandbox: ``python -m tests.browser.screenshots``, into docs/."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.product import OPERATOR, PASSWORD, ROOT, Product, running, wait_until

DOCS = ROOT / "docs"
DESK, PHONE = (1180, 760), (390, 760)
SWITCHES = ["--no-sandbox", "--headless=new", "--disable-gpu", "--disable-sync", "--force-color-profile=srgb"]


def main() -> int:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("pictures: Chromium is missing: apt-get install chromium\n")
        return 1
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        _take_all(browser, product)
        browser.close()
    return 0


def _take_all(browser: Browser, product: Product) -> None:
    """1. The prices, healthy. 2. The status page while sources fail. 3. The operator's chain."""
    wait_until(lambda: _calm(product), within=120, every=2)
    _take(_open(browser, product, "light", DESK), "/", "prices")
    _take(_open(browser, product, "dark", PHONE), "/", "prices-phone")
    product.sandbox.fault("binance", "refuse", n=0)
    product.sandbox.fault("kraken", "status", status=429, retry_after=90)
    product.sandbox.fault("okx", "html200")
    _warm(product)
    _take(_open(browser, product, "dark", DESK), "/status/", "status")
    operator = _open(browser, product, "light", DESK)
    _sign_in(operator)
    operator.goto("/admin/providers/chain/")
    chain = operator.get_by_role("link", name="MARKET_PRICE").get_attribute("href") or ""
    _take(operator, chain, "chain")


def _calm(product: Product) -> bool:
    """Return whether the first links' latencies have settled after the start."""
    _warm(product)
    links = product.get("/api/system/providers/health")["providers"]["MARKET_PRICE"][:4]
    return all((link["response_time_ms"] or 999) < 60 for link in links)


def _warm(product: Product) -> None:
    """Send enough requests for every status to show."""
    for _ in range(12):
        product.get("/api/prices?symbols=BTC,USDT,HYPE&explain=1")


def _open(browser: Browser, product: Product, scheme: str, size: tuple[int, int]) -> Page:
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(base_url=product.url, viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
    return context.new_page()


def _sign_in(page: Page) -> None:
    page.goto("/admin/")
    page.fill("input[name=login]", OPERATOR)
    page.fill("input[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url("**/admin/")


def _take(page: Page, path: str, name: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=DOCS / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    raise SystemExit(main())
