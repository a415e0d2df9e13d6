"""The home page and the status page: figures are right; stale, missing and failing sources are shown as such."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from markets.models import Asset
from providers.models import Chain
from providers.sandbox.client import Sandbox
from tests.hub import flush, restart

pytestmark = pytest.mark.relaxed_timing


def text(response: Any) -> str:
    """The visible text of a page in one line."""
    assert response.status_code == 200
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(unescape(plain).split())


# -- home ---------------------------------------------------------------------------------------------------------


def test_the_top_coins_show_price_change_currency_and_source(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    page = client.get("/").content.decode()
    prices = dict(re.findall(r'data-watch="([^"]+)" data-value="([^"]+)"', page))
    assert list(prices) == ["bitcoin", "ethereum", "solana"]
    assert abs(Decimal(prices["bitcoin"]) / sandbox.price("BTC", "USDT") - 1) < Decimal("0.002")
    assert re.search(r"Bitcoin Binance · [\d:]+ [\d,]+\.\d\d USDT [+−][\d.]+\s%", text(client.get("/")))


def test_the_exact_price_is_in_the_tooltip(hub: Chain, client: Client) -> None:
    assert re.search(r'title="[\d,]+\.\d{8} USDT"', client.get("/").content.decode())


def test_a_change_has_its_sign_beside_its_colour(hub: Chain, client: Client) -> None:
    page = client.get("/").content.decode()
    for direction, figure in re.findall(r'mk-change[^"]*? (up|down)"[^>]*>([^<]+)<', page):
        assert figure.startswith({"up": "+", "down": "−"}[direction])


def test_the_partial_refreshes_the_rows_and_the_sources_strip(hub: Chain, client: Client) -> None:
    page = client.get("/_prices/").content.decode()
    assert "<html" not in page
    assert 'id="sources" hx-swap-oob="true"' in page
    assert client.get("/_prices/")["Cache-Control"].startswith("max-age=0")


def test_old_prices_are_marked_stale_in_words(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    client.get("/")
    sandbox.fault("*", "status", status=500)
    page = client.get("/_prices/").content.decode()
    assert "3 stale" in text(client.get("/_prices/"))
    assert 'title="no source could be reached"' in page


def test_a_missing_price_says_why(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    Asset.objects.create(slug="obscure", symbol="OBS", name="Obscure", rank=9)
    restart()
    assert "No source in the chain quotes it" in text(client.get("/"))
    assert "1 without a price" in text(client.get("/"))


def test_the_search_finds_by_symbol_and_name_and_says_when_there_is_nothing(hub: Chain, client: Client) -> None:
    assert "Ethereum" not in text(client.get("/?q=sol"))
    assert "Solana" in text(client.get("/_prices/?q=Sol"))
    assert "No coin matches “zzz”" in text(client.get("/?q=zzz"))


def test_the_search_text_is_escaped(hub: Chain, client: Client) -> None:
    assert "<script>alert" not in client.get("/?q=<script>alert(1)</script>").content.decode()


def test_the_link_to_json_answers_for_the_same_coins(hub: Chain, client: Client) -> None:
    link = re.search(r'id="as-json" href="([^"]+)"', client.get("/?q=bit").content.decode())
    assert link
    assert [row["id"] for row in client.get(unescape(link[1])).json()["prices"]] == ["bitcoin"]


def test_the_source_summary_counts_available_and_failing_sources(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    assert "3 sources available" in text(client.get("/"))
    sandbox.fault("binance", "status", status=429, retry_after=60)
    client.get("/_prices/")
    assert "2 sources available, 1 failing" in text(client.get("/_prices/"))


def test_without_coins_or_chains_the_page_says_so(transactional_db: None, client: Client) -> None:
    restart()
    shown = text(client.get("/"))
    assert "No coins yet" in shown
    assert "No source is set up" in shown


@pytest.mark.parametrize("path", ["/", "/status/"])
def test_the_pages_need_no_sign_in(hub: Chain, client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
    client.force_login(User.objects.create_user("ann"))
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 405


# -- status -------------------------------------------------------------------------------------------------------


def test_the_status_page_shows_the_status_of_each_link_in_words(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("binance", "status", status=429, retry_after=60)
    client.get("/api/prices?symbols=BTC")
    flush()
    shown = text(client.get("/status/"))
    assert "1 of 3 sources failing; the others are used instead." in shown
    assert re.search(r"Binance 6 endpoints .* In cooldown Its rate limit is reached; next try", shown)
    assert re.search(r"Kraken Healthy .* OKX Not called yet", shown)


def test_the_status_page_says_when_no_source_is_available(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("*", "status", status=429, retry_after=60)
    client.get("/api/prices?symbols=BTC")
    assert "3 of 3 sources failing; no source is available for prices." in text(client.get("/status/"))


def test_the_status_page_names_what_is_not_served(hub: Chain, client: Client) -> None:
    assert "Not served Candles · Volumes" in text(client.get("/_status/"))
