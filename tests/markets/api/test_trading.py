"""Order books and volumes over HTTP: one venue's, named, and never merged."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from markets.api.schemas.trading import Total, total
from providers.domain.categories import Category
from providers.domain.market_data import Quote, Volume
from providers.engine.decide import engine
from providers.models import Chain, ChainLink, Provider
from providers.sandbox.client import Sandbox
from tests.hub import restart

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.relaxed_timing]


@pytest.fixture
def trading(hub: Chain) -> None:
    """The hub's three venues, for books and volumes."""
    for category in ("MARKET_ORDERBOOK", "MARKET_VOLUME"):
        chain = Chain.objects.create(category=category, deadline_ms=2000, cache_s=0, stale_s=3600)
        for place, slug in enumerate(["binance", "kraken", "okx"]):
            ChainLink.objects.create(chain=chain, provider=Provider.objects.get(slug=slug), position=place)
    restart()


def get(client: Client, path: str) -> Any:
    return client.get(path, headers={"accept": "application/json"})


def test_a_book_is_sorted_cut_and_around_the_price(trading: None, sandbox: Sandbox, client: Client) -> None:
    answer = get(client, "/api/trading/orderbook?symbol=BTC&depth=10").json()
    bids = [Decimal(price) for price, _ in answer["bids"]]
    asks = [Decimal(price) for price, _ in answer["asks"]]
    assert (len(bids), len(asks)) == (10, 10)
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    assert abs((bids[0] + asks[0]) / 2 / sandbox.price("BTC", "USDT") - 1) < Decimal("0.002")


def test_the_metrics_are_those_of_the_levels_given(trading: None, client: Client) -> None:
    answer = get(client, "/api/trading/orderbook?symbol=BTC&depth=5").json()
    assert (answer["update_time"], answer["unknown"]) == (None, {"update_time": "not given by binance"})
    metrics = answer["metrics"]
    assert Decimal(metrics["bid_volume"]) == sum(Decimal(quantity) for _, quantity in answer["bids"])
    assert Decimal(metrics["spread"]) == Decimal(metrics["best_ask"]) - Decimal(metrics["best_bid"])


def test_a_dead_venue_hands_over_to_another_whole_book(trading: None, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("binance", "error200")
    answer = get(client, "/api/trading/orderbook?symbol=ETH").json()
    assert answer["meta"]["source"] == "kraken"


def test_a_book_far_from_the_price_that_others_say_is_not_served(
    trading: None, sandbox: Sandbox, client: Client
) -> None:
    for lineage in ("kraken", "okx"):
        price = sandbox.price("ETH", "USD")
        engine().checks_for(Category.MARKET_PRICE).note(Quote("ethereum", "USD", price), lineage, time.time())
    sandbox.fault("binance", "wrong_price", factor=0.8)
    answer = get(client, "/api/trading/orderbook?symbol=ETH").json()
    assert answer["meta"]["source"] in {"kraken", "okx"}, "two further lineages are asked at once"
    assert answer["meta"]["verified"] is True


def test_no_book_is_shown_when_all_are_dead_and_none_is_known(trading: None, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("*", "empty")
    response = get(client, "/api/trading/orderbook?symbol=ETH")
    assert response.status_code == 503
    assert "bids" not in response.json()


def test_a_volume_says_its_venue_its_currency_and_what_it_does_not_know(trading: None, client: Client) -> None:
    (row,) = get(client, "/api/trading/volume?symbol=BTC").json()["data"]
    assert (row["exchange"], row["currency"], row["volume_scope"]) == ("binance", "USDT", "venue")
    assert row["volume_change"] is None
    assert "volume_change" in row["unknown"]
    assert Decimal(row["volume_24h"]) > 0


def test_volumes_of_the_top_coins_come_largest_first_and_without_a_false_sum(trading: None, client: Client) -> None:
    answer = get(client, "/api/trading/volume").json()
    quoted = [Decimal(row["volume_24h"]) for row in answer["data"]]
    assert quoted == sorted(quoted, reverse=True)
    assert answer["count"] == len(answer["data"]) == 3
    assert (answer["total_volume"], answer["currency"]) == (None, None)  # one is in another currency
    assert "total_volume" in answer["unknown"]


def test_volumes_add_up_only_in_one_currency_and_scope() -> None:
    def volume(currency: str, scope: str = "venue") -> Volume:
        return Volume("bitcoin", currency, Decimal(2), None, scope)

    assert total([volume("USDT"), volume("USDT")]) == Total(Decimal(4), "USDT", "venue")
    assert total([volume("USDT"), volume("USD")]).quoted is None
    assert total([volume("USDT"), volume("USDT", "market")]).reason


@pytest.mark.parametrize(
    "path",
    ["/api/trading/orderbook", "/api/trading/orderbook?symbol=BTC&depth=4", "/api/trading/orderbook?symbol=BTC&x=1"],
)
def test_what_is_not_allowed_is_refused(trading: None, client: Client, path: str) -> None:
    assert get(client, path).status_code == 400


def test_nothing_adds_up_where_nothing_is_current() -> None:
    assert total([]) == Total(reason="no row is current")
