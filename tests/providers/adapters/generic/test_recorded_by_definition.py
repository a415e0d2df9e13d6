"""Routes that no adapter asks: real payloads of theirs are read as an operator would define them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from providers.adapters.generic import adapter
from providers.adapters.generic.definitions import DefinitionConf, RequestFormatConf
from providers.domain.adapter import Lookup, Response
from providers.domain.categories import Category
from providers.domain.market_data import ANY_DOLLAR, CandleQuery, Instrument, OrderBookQuery
from tests.providers.adapters.conftest import RECORDED

DOLLARS, TETHERS = RequestFormatConf(quotes="USD"), RequestFormatConf(quotes="USDT")


def read(
    file: str, at: datetime, request_format: RequestFormatConf, definition: dict[str, Any], lookup: Lookup[Any]
) -> Any:
    """The value that a definition finds in a recording that came at a time."""
    path = RECORDED / file
    if not path.exists():
        pytest.skip(f"no recording: {file}")
    conf = DefinitionConf(path="/{symbol}", **definition)
    handler = adapter.build_handlers("defined", "Defined", request_format, conf)[Category(conf.category)]
    return handler.parse([lookup], Response(200, {}, path.read_bytes(), at))[lookup.item]


def daily(asset: str, name: str, limit: int, end: datetime) -> Lookup[CandleQuery]:
    return Lookup(CandleQuery(asset, ANY_DOLLAR, "1d", limit, end), name)


def test_binances_best_bid_and_ask_are_a_book_of_one_level() -> None:
    one = {"category": "MARKET_ORDERBOOK", "price": "p", "quantity": "q"}
    sides = {"bids": "[{p: bidPrice, q: bidQty}]", "asks": "[{p: askPrice, q: askQty}]"}
    at = datetime(2020, 4, 15, tzinfo=UTC)
    depth = Lookup(OrderBookQuery("bitcoin", ANY_DOLLAR, 1), "BTC")
    book = read("binance/bookTicker_BTCUSDT.json", at, TETHERS, one | sides, depth)
    assert book.bids == ((Decimal("6621.55"), Decimal("0.163567")),)
    assert book.asks == ((Decimal("6622.10"), Decimal("0.18635")),)


SERIES = {
    "coincap/history_d1_bitcoin_2025-06.json": (
        {"rows": "data[-1]", "price": "priceUsd", "time": "time"},
        Decimal("105766.4432982652302685"),
        datetime(2025, 6, 3, tzinfo=UTC),
    ),
    "coingecko/market_chart_bitcoin_90d_daily.json": (
        {"price": "prices[-1][1]", "time": "prices[-1][0]"},
        Decimal("49078.83040364477"),
        datetime(2021, 5, 15, 14, 39, 54, tzinfo=UTC),
    ),
}


@pytest.mark.parametrize("file", SERIES)
def test_the_last_point_of_a_series_of_prices_is_a_price_of_its_time(file: str) -> None:
    found, price, as_of = SERIES[file]
    bitcoin = Lookup(Instrument("bitcoin"), "BTC")
    one = {"category": "MARKET_PRICE", "shape": "one", **found}
    quote = read(file, as_of + timedelta(minutes=1), DOLLARS, one, bitcoin)
    assert (quote.price, quote.currency, quote.as_of) == (price, "USD", as_of)


def test_the_first_day_of_coingeckos_series_is_that_of_its_midnight() -> None:
    file = "coingecko/market_chart_bitcoin_90d_daily.json"
    first = {"category": "MARKET_PRICE", "shape": "one", "price": "prices[0][1]", "time": "prices[0][0]"}
    midnight = datetime(2021, 2, 15, tzinfo=UTC)
    quote = read(file, midnight, DOLLARS, first, Lookup(Instrument("bitcoin"), "BTC"))
    assert (quote.price, quote.as_of) == (Decimal("48607.8745224845"), midnight)


def test_coinpaprikas_days_are_candles_whose_volume_is_in_dollars_and_the_last_is_not_over() -> None:
    rows = {"category": "MARKET_OHLCV", "shape": "list", "time": "time_open", "time_unit": "iso", "intervals": "1d"}
    columns = {"open": "open", "high": "high", "low": "low", "close": "close", "quote_volume": "volume"}
    at = datetime(2022, 1, 30, 18, 18, 9, tzinfo=UTC)
    asked = daily("ethereum", "ETH", 91, at)
    series = read("coinpaprika/ohlcv_historical_eth_91d.json", at, DOLLARS, rows | columns, asked)
    first, last = series.candles[0], series.candles[-1]
    assert len(series.candles) == 91
    assert (first.opens, first.quote_volume) == (datetime(2021, 11, 1, tzinfo=UTC), Decimal(21_478_264_623))
    assert (first.open, first.close) == (Decimal("4293.560050061283"), Decimal("4336.147294979335"))
    assert (first.closed, last.closed, last.volume) == (True, False, None)


def test_cryptocompares_days_are_candles_with_both_volumes() -> None:
    rows = {"category": "MARKET_OHLCV", "shape": "list", "rows": "Data", "time": "TIMESTAMP", "time_unit": "seconds"}
    columns = {"open": "OPEN", "high": "HIGH", "low": "LOW", "close": "CLOSE", "intervals": "1d"}
    volumes = {"volume": "VOLUME", "quote_volume": "QUOTE_VOLUME"}
    end = datetime(2021, 1, 21, tzinfo=UTC)
    asked = daily("xrp", "XRP", 1, end)
    at = datetime(2025, 5, 2, tzinfo=UTC)
    (day,) = read("cryptocompare/dataapi_days_XRP-USD.json", at, DOLLARS, rows | columns | volumes, asked).candles
    assert day.opens == datetime(2021, 1, 20, tzinfo=UTC)
    assert (day.open, day.high) == (Decimal("0.294477720002141"), Decimal("0.310568217984501"))
    assert (day.low, day.close) == (Decimal("0.281950296964153"), Decimal("0.295715040703119"))
    assert (day.volume, day.quote_volume) == (Decimal("4112593311.51974"), Decimal("1199638220.50124"))


def test_one_venues_row_of_coinpaprikas_markets_is_a_price_and_a_volume_in_dollars() -> None:
    row = {"rows": "[?exchange_id=='binance' && pair=='ETH/USDT'] | [0]", "price": "quotes.USD.price"}
    result = {"volume": "quotes.USD.volume_24h", "time": "last_updated", "time_unit": "iso"}
    one = {"category": "MARKET_PRICE", "shape": "one", **row, **result}
    at = datetime(2022, 1, 30, 18, 18, 9, tzinfo=UTC)
    quote = read("coinpaprika/markets_eth_trim30.json", at, DOLLARS, one, Lookup(Instrument("ethereum"), "ETH"))
    assert (quote.price, quote.volume_24h) == (Decimal("2627.005250508321"), Decimal("735383741.1529088"))
    assert quote.as_of == datetime(2022, 1, 30, 18, 16, 19, tzinfo=UTC)
