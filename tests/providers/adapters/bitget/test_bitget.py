"""Bitget: requests, tickers, candles, order books and errors. Payloads written from the documentation, not recorded."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.adapters import ADAPTERS
from providers.domain.adapter import Request
from providers.domain.categories import Category
from providers.domain.market_data import Instrument, Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import (
    book,
    candles,
    hours,
    levels,
    lookup_of,
    one,
    read,
    refused,
    requested,
    utc,
    volumes,
)

SLUG = "bitget"
TICKERS = "/api/v2/spot/market/tickers"
LEVEL = (Decimal("83299.9"), Decimal("0.31"))


def test_one_pair_is_requested_alone_and_several_with_all_tickers() -> None:
    assert requested(SLUG, "BTC") == Request(TICKERS, (("symbol", "BTCUSDT"),))
    assert requested(SLUG, "BTC", "ETH") == Request(TICKERS)


def test_a_ticker_has_price_change_and_quote_volume() -> None:
    assert one(SLUG, "ticker.json", "BTC") == Quote(
        asset="BTC",
        currency="USDT",
        price=Decimal("83299.91"),
        change_24h=Decimal("1.585"),
        volume_24h=Decimal("561592266.91"),
        volume_scope="venue",
        as_of=utc(2026, 11, 23, 12, 19, 58),
    )


def test_several_are_picked_from_all_tickers_by_their_pair() -> None:
    quotes = read(SLUG, "tickers.json", "BTC", lookup_of("ETH", "BTC"), "NOPE")
    assert {item: quote.price for item, quote in quotes.items()} == {
        Instrument("BTC"): Decimal("83299.91"),
        Instrument("ETH", "BTC"): Decimal("0.03282"),
    }


def test_the_quote_volume_is_not_the_volume_in_usdt() -> None:
    (volume,) = volumes(SLUG, "tickers.json", lookup_of("ETH", "BTC")).values()
    assert (volume.base, volume.quoted, volume.change_24h) == (
        Decimal("812.4071"),
        Decimal("26.6632"),
        Decimal("-0.876"),
    )


@pytest.mark.parametrize(("interval", "granularity"), [("1m", "1min"), ("4h", "4h"), ("1d", "1Dutc"), ("1w", "1Wutc")])
def test_days_and_weeks_are_requested_in_utc(interval: str, granularity: str) -> None:
    request = ADAPTERS[SLUG].handlers[Category.MARKET_OHLCV].request([hours("BTC", 150, interval=interval)])
    assert request.params == (("symbol", "BTCUSDT"), ("granularity", granularity), ("limit", "150"))


def test_a_past_range_ends_just_after_its_last_candle_opens() -> None:
    lookup = hours("BTC", 3, utc(2026, 11, 23, 12))
    request = ADAPTERS[SLUG].handlers[Category.MARKET_OHLCV].request([lookup])
    assert ("endTime", str(int(utc(2026, 11, 23, 11).timestamp() * 1000) + 1)) in request.params


def test_more_candles_than_one_answer_has_are_not_accepted() -> None:
    handler = ADAPTERS[SLUG].handlers[Category.MARKET_OHLCV]
    assert handler.accepts(hours("BTC", 200))
    assert not handler.accepts(hours("BTC", 201))


def test_the_newest_candle_is_forming() -> None:
    series = candles(SLUG, "candles.json")
    assert series is not None
    assert [(candle.opens.hour, candle.closed) for candle in series.candles] == [(10, True), (11, True), (12, False)]
    newest = series.candles[-1]
    assert (newest.open, newest.high, newest.low, newest.close) == (
        Decimal("83240.02"),
        Decimal("83311.1"),
        Decimal("83190.8"),
        Decimal("83299.91"),
    )
    assert newest.volume == Decimal("61.00312")


def test_a_book_is_sorted_best_first() -> None:
    order_book = book(SLUG, "book.json")
    assert order_book is not None
    assert order_book.bids[0] == LEVEL
    assert order_book.asks[0] == (Decimal("83299.92"), Decimal("0.5"))
    assert order_book.as_of == utc(2026, 11, 23, 12, 19, 59)


def test_a_book_is_requested_at_full_precision() -> None:
    request = ADAPTERS[SLUG].handlers[Category.MARKET_ORDERBOOK].request([levels("BTC", 50)])
    assert request.params == (("symbol", "BTCUSDT"), ("type", "step0"), ("limit", "50"))


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_unknown.json", 400, Outcome.UNKNOWN_ASSET),
        ("error_unknown.json", 200, Outcome.UNKNOWN_ASSET),
        ("error_unknown.json", 500, Outcome.BROKEN),
        ("error_limited.json", 429, Outcome.RATE_LIMITED),
        ("error_limited.json", 200, Outcome.RATE_LIMITED),
        ("error_other.json", 200, Outcome.BROKEN),
        (b'{"code":"00000","msg":"success","data":null}', 200, Outcome.BROKEN),
        (b'{"data":[]}', 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str | bytes, status: int, outcome: Outcome) -> None:
    assert refused(SLUG, body, "BTC", status=status).outcome is outcome


def test_a_success_without_rows_has_no_quotes() -> None:
    assert read(SLUG, "empty.json", "BTC") == {}
