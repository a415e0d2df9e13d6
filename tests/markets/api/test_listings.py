"""The routes over sources' lists: fields, values against the sandbox's market, and what is said when sources fail."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from providers.domain.categories import Category
from providers.models import Chain
from providers.sandbox.client import Sandbox
from tests.hub import hub_of, restart

pytestmark = pytest.mark.relaxed_timing

PROBLEM = "application/problem+json"
ROUTES = {
    "/api/coins/search?q=bit": "results",
    "/api/coins/btc/details": "market_data",
    "/api/metadata/coins": "coins",
    "/api/market/gainers": "gainers",
    "/api/market/losers": "losers",
    "/api/market/categories": "categories",
    "/api/exchanges": "exchanges",
    "/api/market/global": "market_cap",
}
MOVER = {"id", "symbol", "name", "image", "current_price", "price_change_24h", "market_cap", "volume_24h"}
FIELDS = {
    "results": {
        *("id", "symbol", "name", "image", "current_price", "market_cap", "market_cap_rank", "price_change_24h"),
        "total_volume",
    },
    "coins": {"id", "symbol", "name", "platforms", "contract_addresses", "is_token", "native_platform"},
    "gainers": MOVER,
    "losers": MOVER,
    "categories": {"id", "name", "market_cap", "market_cap_change_24h", "volume_24h", "top_3_coins"},
    "exchanges": {
        *("id", "name", "year_established", "country", "url", "trust_score", "trust_score_rank", "image"),
        *("trade_volume_24h_btc", "trade_volume_24h_btc_normalized", "centralized"),
    },
}


@pytest.fixture
def hub(transactional_db: None, sandbox: Sandbox, settings: Any) -> Iterator[Chain]:
    """CoinGecko, then CoinMarketCap, then CoinPaprika."""
    chain = ("coingecko", "coinmarketcap", "coinpaprika")
    with hub_of(sandbox, settings, Category.MARKET_METADATA, chain) as created:
        yield created


@pytest.fixture
def gecko(transactional_db: None, sandbox: Sandbox, settings: Any) -> Iterator[Chain]:
    """CoinGecko alone: on a busy machine nobody else is asked in its place."""
    with hub_of(sandbox, settings, Category.MARKET_METADATA, ("coingecko",)) as created:
        yield created


def fetch(client: Client, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200, response.content
    return response.json()


def assert_every_null_has_its_reason(row: dict[str, Any]) -> None:
    assert {name for name, value in row.items() if value is None} <= {*row["unknown"], "figures_source"}


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_has_its_fields_and_every_null_its_reason(gecko: Chain, client: Client, path: str) -> None:
    answer = fetch(client, path)
    assert answer["success"] is True
    assert (answer["meta"]["source"], answer["meta"]["chain"]) == ("coingecko", "MARKET_METADATA")
    member = ROUTES[path]
    rows = answer[member] if isinstance(answer[member], list) else []
    for row in rows:
        assert set(row) >= FIELDS[member]
        assert_every_null_has_its_reason(row)
    if rows:
        assert answer["count"] == len(rows)


@pytest.mark.parametrize("path", ROUTES)
def test_with_the_first_source_dead_the_next_answers_under_its_own_name(
    hub: Chain, sandbox: Sandbox, client: Client, path: str
) -> None:
    sandbox.fault("coingecko", "status", status=500)
    answer = fetch(client, path)
    sources = set(answer["meta"]["source"].split(","))
    assert sources
    assert sources <= {"coinmarketcap", "coinpaprika"}
    for row in answer[ROUTES[path]] if isinstance(answer[ROUTES[path]], list) else []:
        assert_every_null_has_its_reason(row)


@pytest.mark.parametrize("path", ROUTES)
def test_with_all_dead_it_is_503_and_after_an_answer_the_last_known_one(
    hub: Chain, sandbox: Sandbox, client: Client, path: str
) -> None:
    sandbox.fault("*", "status", status=500)
    response = client.get(path)
    assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)
    sandbox.clear()
    restart()
    fresh = fetch(client, path)
    sandbox.fault("*", "status", status=500)
    stale = fetch(client, path)
    assert stale["meta"]["stale"]
    assert stale[ROUTES[path]] == fresh[ROUTES[path]]


def test_gainers_and_losers_are_the_sandboxs_own(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    gainers = fetch(client, "/api/market/gainers?limit=100")["gainers"]
    losers = fetch(client, "/api/market/losers?limit=100")["losers"]
    changes = [row["price_change_24h"] for row in gainers]
    assert changes == sorted(changes, reverse=True)
    assert all(change > 0 for change in changes)
    assert [row["price_change_24h"] for row in losers] == sorted(row["price_change_24h"] for row in losers)
    for row in (gainers + losers)[:6]:
        assert abs(Decimal(row["price_change_24h"]) - sandbox.change_24h(row["symbol"])) < Decimal("0.1")


def test_search_finds_by_get_and_by_post_alike(gecko: Chain, client: Client) -> None:
    got = fetch(client, "/api/coins/search?q=ETH&limit=3")
    posted = client.post("/api/coins/search", {"q": "ETH", "limit": 3}, content_type="application/json").json()
    assert [row["id"] for row in got["results"]] == [row["id"] for row in posted["results"]]
    assert (got["query"], got["count"]) == (posted["query"], posted["count"])
    assert (got["query"], got["results"][0]["id"], got["count"]) == ("eth", "ethereum", 3)


def test_a_result_has_the_figures_of_the_market_table(gecko: Chain, sandbox: Sandbox, client: Client) -> None:
    first = fetch(client, "/api/coins/search?q=bitcoin")["results"][0]
    assert abs(Decimal(first["current_price"]) / sandbox.price("BTC") - 1) < Decimal("0.005")
    assert first["figures_source"] == "coingecko"


def test_a_coin_of_another_source_is_named_by_our_id_or_by_none(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("coingecko", "status", status=500)
    sandbox.fault("coinmarketcap", "status", status=500)
    rows = fetch(client, "/api/coins/search?q=bit")["results"]
    by_source = {row["source_id"]: row["id"] for row in rows}
    assert by_source["btc-bitcoin"] == "bitcoin"
    assert by_source["bch-bitcoin-cash"] is None
    assert not any("btc-bitcoin" in call["path"] for call in sandbox.log("coingecko"))


def test_a_search_goes_on_with_whoever_is_left(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("coingecko", "status", status=500)
    sandbox.fault("coinpaprika", "status", status=500)
    rows = fetch(client, "/api/coins/search?q=bitcoin")["results"]
    assert [(row["id"], row["source_id"], row["source"]) for row in rows[:1]] == [("bitcoin", "1", "coinmarketcap")]


def test_details_come_with_figures_also_from_a_source_that_says_none(
    hub: Chain, sandbox: Sandbox, client: Client
) -> None:
    sandbox.fault("coingecko", "status", status=500)
    answer = fetch(client, "/api/coins/bitcoin/details")
    assert (answer["id"], answer["market_data"]["source"] in ("coinmarketcap", "coinpaprika")) == ("bitcoin", True)
    assert abs(Decimal(answer["market_data"]["current_price"]) / sandbox.price("BTC") - 1) < Decimal("0.005")
    assert answer["market_data"]["unknown"]["max_supply"]


def test_a_coin_is_not_asked_for_by_another_sources_name(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("coingecko", "status", status=500)
    response = client.get("/api/coins/MNT/details")
    assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)
    assert not [call for call in sandbox.log("coinpaprika") if "mantle" in call["path"]]
    assert client.get("/api/coins/NOPE/details").status_code == 404


def test_the_platform_filter_finds_tokens_there(gecko: Chain, client: Client) -> None:
    answer = fetch(client, "/api/metadata/coins?platform=ethereum&limit=5000")
    assert answer["count"] == answer["statistics"]["matched"] == answer["statistics"]["tokens"]
    assert all(row["platforms"] == ["ethereum"] and row["contract_addresses"]["ethereum"] for row in answer["coins"])


def test_verified_exchanges_have_scores_and_statistics_count_all(gecko: Chain, client: Client) -> None:
    every = fetch(client, "/api/exchanges")
    verified = fetch(client, "/api/exchanges?verified_only=true")
    assert 0 < verified["count"] == every["statistics"]["verified"] < every["count"]
    assert [row["trade_volume_24h_btc"] for row in every["top_by_volume"]] == [
        row["trade_volume_24h_btc"] for row in every["exchanges"][:5]
    ]


@pytest.mark.parametrize("path", ["/api/market/gainers", "/api/exchanges", "/api/coins/search?q=bit"])
def test_an_unchanged_answer_is_not_sent_twice(hub: Chain, client: Client, path: str) -> None:
    Chain.objects.update(cache_s=600)
    restart()
    first = client.get(path)
    assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        *("/api/coins/search", "/api/coins/search?q=", "/api/coins/search?q=a&limit=101", "/api/coins/search?q=a&x=1"),
        *("/api/market/gainers?limit=0", "/api/market/losers?limit=101", "/api/market/categories?limit=1"),
        *("/api/exchanges?limit=201", "/api/exchanges?verified_only=perhaps", "/api/metadata/coins?limit=5001"),
        *("/api/coins/btc/details?x=1", "/api/metadata/coins?search="),
    ],
)
def test_bad_parameters_are_refused(hub: Chain, client: Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)


@pytest.mark.parametrize("body", ["{", "[]", '{"q":""}', '{"q":"a","limit":"x"}', '{"q":"a","b":1}', '{"q":["a"]}'])
def test_a_bad_search_body_is_refused(hub: Chain, client: Client, body: str) -> None:
    response = client.post("/api/coins/search", body, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
