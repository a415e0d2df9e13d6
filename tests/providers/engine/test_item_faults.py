"""A fault of one item counts against that item: its source is blamed once another item fails there as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.domain.adapter import Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import Instrument, OrderBookQuery
from providers.engine.query import Query
from providers.models import Chain
from providers.transport import http
from tests.providers.engine_harness import BTC, ETH, SOL, Road, names, tried

pytestmark = pytest.mark.relaxed_timing

Answer = Callable[[Request], Any]


def answer_with(road: Road, answer: Answer) -> None:
    """Let the engine's calls be answered by a function of the request, for every category."""

    def send(_base: str, request: Request, _call: http.Call) -> Response:
        return Response(200, {}, json.dumps(answer(request)).encode(), datetime.now(UTC))

    for category, context in road.engine._contexts.items():
        object.__setattr__(context, "send", send)
        assert road.engine.context(category).send is send


def gecko(**ages_min: float) -> Answer:
    """CoinGecko's prices of coins by id, each as many minutes old as given."""
    now = datetime.now(UTC)
    rows = {
        coin: {"usd": 2.5, "last_updated_at": int((now - timedelta(minutes=age)).timestamp())}
        for coin, age in ages_min.items()
    }
    return lambda _request: rows


@pytest.mark.parametrize("items", [(BTC,), (BTC, ETH)])
def test_an_old_price_is_served_as_stale_alone_and_in_company_and_blames_nobody(
    road: Road, items: tuple[Instrument, ...]
) -> None:
    road.build("coingecko")
    answer_with(road, gecko(bitcoin=40, ethereum=0))
    for _ in range(4):
        answered = road.ask(*items).answered[BTC]
        assert answered.stale_reason == "the source's own time is 40 minutes old"
    assert road.blamed() == set()


def test_two_old_prices_with_no_current_one_are_evidence_of_a_frozen_source(road: Road) -> None:
    road.build("coingecko")
    answer_with(road, gecko(bitcoin=40, ethereum=40))
    road.ask(BTC)
    road.ask(ETH)
    assert road.blamed() == {"coingecko|MARKET_PRICE"}


@pytest.mark.parametrize(
    ("slug", "answer"),
    [
        ("coingecko", {"bitcoin": {"usd": 0}}),
        ("binance", [{"symbol": "BTCUSDT", "lastPrice": "0.00000000", "closeTime": 1}]),
    ],
)
def test_a_market_with_a_price_of_zero_is_remembered_as_inactive_and_blames_nobody(
    road: Road, slug: str, answer: Any
) -> None:
    road.build(slug)
    answer_with(road, lambda _request: answer if slug == "coingecko" else answer[0])
    for _ in range(4):
        assert not road.ask(BTC).answered
    assert road.blamed() == set()
    assert tried(road.ask(BTC)) == [], "it is not asked for again at once"


def test_a_faulty_book_of_one_coin_costs_no_other_coins_books(road: Road) -> None:
    road.build("binance")
    Chain.objects.update(category=Category.MARKET_ORDERBOOK.value)
    road.engine.state.refresh()
    bad = {"lastUpdateId": 1, "bids": [["99", "1"], ["99", "2"]], "asks": [["100", "1"]]}
    good = {"lastUpdateId": 1, "bids": [["99", "1"]], "asks": [["100", "1"]]}
    answer_with(road, lambda request: good if "ETHUSDT" in str(request) else bad)

    def ask(asset: str) -> Any:
        item = OrderBookQuery(asset, levels=5)
        return road.engine.decide(Query(Category.MARKET_ORDERBOOK, (item,), names))

    for _ in range(5):
        assert not ask("bitcoin").answered
        assert ask("ethereum").answered
    assert road.blamed() == set()


def test_a_row_without_its_price_is_unknown_and_the_others_are_served(road: Road) -> None:
    road.build("kucoin")
    rows = [
        {"symbol": "BTC-USDT", "changeRate": "0.01", "vol": "1"},
        {"symbol": "ETH-USDT", "last": "2000", "changeRate": "0.01", "vol": "1", "volValue": "2000"},
        {"symbol": "SOL-USDT", "last": "150", "changeRate": "0.01", "vol": "1"},
    ]
    answer_with(
        road,
        lambda _request: {
            "code": "200000", "data": {"time": int(datetime.now(UTC).timestamp() * 1000), "ticker": rows},
        },
    )  # fmt: skip
    result = road.ask(BTC, ETH, SOL)
    assert ETH in result.answered
    assert BTC not in result.answered
    assert road.blamed() == set()


def test_an_auction_is_no_live_book_and_nobodys_fault(road: Road) -> None:
    road.build("coinbase")
    Chain.objects.update(category=Category.MARKET_ORDERBOOK.value)
    road.engine.state.refresh()
    crossed = {"bids": [["101", "1", 1]], "asks": [["100", "1", 1]], "auction_mode": True, "sequence": 1}
    answer_with(road, lambda _request: crossed)
    for asset in ("bitcoin", "ethereum", "solana", "bitcoin"):
        item = OrderBookQuery(asset, levels=5)
        assert not road.engine.decide(Query(Category.MARKET_ORDERBOOK, (item,), names)).answered
    assert road.blamed() == set()


def test_a_volume_of_a_halted_pair_is_an_inactive_market(road: Road) -> None:
    road.build("binance")
    Chain.objects.update(category=Category.MARKET_VOLUME.value)
    road.engine.state.refresh()
    row = {"symbol": "BTCUSDT", "lastPrice": "100", "volume": "5", "quoteVolume": "500", "closeTime": 1_530_000_000_000}
    answer_with(road, lambda _request: row)
    assert not road.engine.decide(Query(Category.MARKET_VOLUME, (BTC,), names)).answered
    assert road.blamed() == set()


def test_a_price_without_a_trade_for_a_day_is_stale_and_of_unknown_time(road: Road) -> None:
    road.build("binance")
    row = {"symbol": "BTCUSDT", "lastPrice": "100", "volume": "0", "quoteVolume": "0", "weightedAvgPrice": "0",
           "closeTime": int(datetime.now(UTC).timestamp() * 1000), "count": 0}  # fmt: skip
    answer_with(road, lambda _request: row)
    answered = road.ask(BTC).answered[BTC]
    assert answered.stale_reason == "no trade in the last 24 hours"
    assert answered.value.as_of is None
