"""Candles of the sandbox's market: the past is one, whoever asks for it, when and in which lengths."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from providers.sandbox.faults import read_fault
from tests.providers.sandbox.wire import NOW, answer, call_fake, world

HOUR = 3600
KLINES = "/api/v3/klines?symbol=BTCUSDT"


def klines(target: str, now: float = NOW, seed: int = 1) -> list[list[Any]]:
    rows: list[list[Any]] = answer(call_fake(world(seed), "binance", KLINES + target, now))
    return rows


def test_a_closed_candle_is_the_same_whenever_it_is_asked_for() -> None:
    early, late = klines("&interval=1h&limit=5"), klines("&interval=1h&limit=5", NOW + HOUR)
    assert early[1:-1] == late[:-2]
    assert early[-1] != late[-2], "it was still forming"


def test_another_seed_has_another_past() -> None:
    assert klines("&interval=1h&limit=5") != klines("&interval=1h&limit=5", seed=2)


def test_longer_candles_open_and_close_as_the_shorter_ones_in_them_do() -> None:
    four, ones = klines("&interval=4h&limit=3"), klines("&interval=1h&limit=12")
    for row in four[:-1]:
        inside = [one for one in ones if row[0] <= one[0] <= row[6]]
        if len(inside) == 4:
            assert (row[1], row[4]) == (inside[0][1], inside[-1][4])


def test_a_day_of_candles_trades_about_the_volume_of_the_ticker() -> None:
    day = answer(call_fake(world(), "binance", "/api/v3/ticker/24hr?symbol=BTCUSDT"))
    traded = sum(float(row[7]) for row in klines("&interval=1h&limit=24"))
    assert traded == pytest.approx(float(day["quoteVolume"]), rel=0.35)


def test_the_forming_candle_ends_with_the_price_of_now() -> None:
    price = answer(call_fake(world(), "binance", "/api/v3/ticker/price?symbol=BTCUSDT"))["price"]
    assert klines("&interval=1d&limit=1")[0][4] == price


def test_weeks_begin_on_monday_at_binance_and_on_thursday_at_kucoin() -> None:
    kucoin = answer(call_fake(world(), "kucoin", "/api/v1/market/candles?symbol=BTC-USDT&type=1week"))["data"]
    assert {int(row[0]) % 604_800 for row in kucoin} == {0}
    assert {row[0] // 1000 % 604_800 for row in klines("&interval=1w")} == {345_600}


def test_a_frozen_market_goes_on_as_flat_candles_without_a_trade() -> None:
    here = world()
    here.arm("binance", None, [read_fault({"kind": "frozen", "time": "moves"}, NOW - 3 * HOUR)])
    rows = answer(call_fake(here, "binance", f"{KLINES}&interval=1h&limit=3"))
    assert {row[n] for row in rows[1:] for n in (1, 2, 3, 4)} == {rows[0][4]}
    assert [float(row[5]) for row in rows[1:]] == [0, 0]


@pytest.mark.parametrize(
    ("days", "length", "count"), [("1", 0.5, 48), ("7", 4, 42), ("14", 4, 84), ("30", 4, 180), ("90", 96, 22)]
)
def test_coingeckos_days_decide_the_length_and_each_candle_is_stamped_with_its_end(
    days: str, length: float, count: int
) -> None:
    rows = answer(call_fake(world(), "coingecko", f"/api/v3/coins/bitcoin/ohlc?vs_currency=usd&days={days}"))
    assert (len(rows), {len(row) for row in rows}) == (count, {5})
    assert {after[0] - before[0] for before, after in pairwise(rows)} == {length * HOUR * 1000}
    assert 0 < rows[-1][0] / 1000 - NOW <= length * HOUR


@pytest.mark.parametrize(
    ("slug", "target", "status", "part"),
    [
        ("binance", "/api/v3/klines?symbol=BTCUSDT&interval=7h", 400, "-1120"),
        ("binance", "/api/v3/klines?symbol=BTCUSDT", 400, "-1102"),
        ("binance", "/api/v3/klines?interval=1h", 400, "-1102"),
        ("coinbase", "/products/BTC-USD/candles?granularity=7", 400, "granularity"),
        (
            "coinbase",
            "/products/BTC-USD/candles?granularity=60&start=2026-11-20T00:00:00Z&end=2026-11-20T05:01:00Z",
            400,
            "exceeds 300",
        ),
        ("kraken", "/0/public/OHLC?pair=BTC/USD&interval=7", 200, "EGeneral:Invalid arguments"),
        ("okx", "/api/v5/market/candles?instId=BTC-USDT&bar=7H", 200, "51000"),
        ("bybit", "/v5/market/kline?category=spot&symbol=BTCUSDT&interval=7", 200, "10001"),
        ("bybit", "/v5/market/kline?symbol=BTCUSDT&interval=60", 200, "10001"),
        ("kucoin", "/api/v1/market/candles?symbol=BTC-USDT&type=7hour", 200, "400100"),
        ("gate", "/api/v4/spot/candlesticks?currency_pair=BTC_USDT&interval=7h", 400, "INVALID_PARAM_VALUE"),
        ("gate", "/api/v4/spot/candlesticks?currency_pair=BTC_USDT&limit=5&from=1", 400, "exclusive"),
        ("gate", "/api/v4/spot/candlesticks?currency_pair=BTC_USDT&limit=1001", 400, "too broad"),
        ("bitstamp", "/api/v2/ohlc/btcusd/?step=7&limit=5", 400, "step"),
        ("bitstamp", "/api/v2/ohlc/btcusd/?step=60&limit=1001", 400, "limit"),
        ("gemini", "/v2/candles/btcusd/7hr", 400, "time frame"),
        ("render", "/api/v1/binance/klines?symbol=NOPEUSDT&timeframe=1h", 503, "detail"),
        ("coingecko", "/api/v3/coins/nope/ohlc?vs_currency=usd&days=7", 404, "coin not found"),
        ("coingecko", "/api/v3/coins/bitcoin/ohlc?days=7", 422, "Missing parameter vs_currency"),
        ("coingecko", "/api/v3/coins/bitcoin/ohlc?vs_currency=xyz&days=7", 422, "invalid vs_currency"),
        ("coingecko", "/api/v3/coins/bitcoin/ohlc?vs_currency=usd", 422, "Missing parameter days"),
        ("coingecko", "/api/v3/coins/bitcoin/ohlc?vs_currency=usd&days=8", 422, "invalid days"),
    ],
)
def test_what_a_venue_does_not_take_is_refused_in_its_own_words(slug: str, target: str, status: int, part: str) -> None:
    reply = call_fake(world(), slug, target)
    assert (reply.status, part in reply.body.decode()) == (status, True)
