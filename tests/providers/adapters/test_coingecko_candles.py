"""CoinGecko's candles: market-wide, without volumes, stamped with their end."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from providers.sandbox.client import Sandbox
from providers.types import Ask, CandleSpan, Category, Failure, Outcome
from tests.providers.adapters.over_http import answered
from tests.providers.adapters.support import candle_handler, candles, hours, no_candles, utc

D = Decimal
NOW = utc(2026, 11, 23, 13, 30)
ENDS = [utc(2026, 11, 23, hour) for hour in (8, 12, 16)]


def row(ends: datetime, *prices: object) -> list[object]:
    return [int(ends.timestamp() * 1000), *(prices or (83000.5, 83400, 82900.25, 83100))]


def body(*rows: list[object]) -> bytes:
    return json.dumps(rows).encode()


def four(limit: int = 10, name: str = "bitcoin", end: datetime | None = None, interval: str = "4h") -> Ask[CandleSpan]:
    return hours(name, limit, end, interval)


def test_a_candle_begins_its_length_before_its_stamp_and_the_one_whose_stamp_lies_ahead_is_forming() -> None:
    told = candles("coingecko", body(*(row(ends) for ends in ENDS)), four(), NOW)
    assert told is not None
    assert [candle.opens for candle in told.candles] == [utc(2026, 11, 23, hour) for hour in (4, 8, 12)]
    assert [candle.closed for candle in told.candles] == [True, True, False]
    first = told.candles[0]
    assert (first.open, first.high, first.low, first.close) == (D("83000.5"), D(83400), D("82900.25"), D(83100))


def test_its_volumes_are_unknown_and_not_zero() -> None:
    told = candles("coingecko", body(row(ENDS[0])), four(), NOW)
    assert told is not None
    assert (told.candles[0].volume, told.candles[0].quote_volume, told.currency) == (None, None, "USD")


@pytest.mark.parametrize(
    ("interval", "limit", "days"),
    [("30m", 1, "1"), ("30m", 48, "1"), ("4h", 42, "7"), ("4h", 43, "14"), ("4h", 84, "14"), ("4h", 180, "30")],
)
def test_no_more_days_are_asked_for_than_the_candles_need(interval: str, limit: int, days: str) -> None:
    ask = four(limit, interval=interval)
    assert candle_handler("coingecko").accepts(ask)
    request = candle_handler("coingecko").request([ask])
    assert request.path == "/api/v3/coins/bitcoin/ohlc"
    assert dict(request.params) == {"vs_currency": "usd", "days": days, "precision": "full"}


@pytest.mark.parametrize(
    "ask",
    [four(interval="1h"), four(interval="1d"), four(49, interval="30m"), four(181), four(end=NOW - timedelta(days=1))],
    ids=str,
)
def test_what_it_has_no_candles_for_is_not_asked(ask: Ask[CandleSpan]) -> None:
    assert not candle_handler("coingecko").accepts(ask)


@pytest.mark.parametrize(
    ("wrong", "outcome"),
    [
        (row(ENDS[0] + timedelta(minutes=30)), Outcome.IMPLAUSIBLE),
        (row(ENDS[2] + timedelta(hours=8)), Outcome.IMPLAUSIBLE),
        (row(ENDS[0], 1, 0.5, 0.4, 0.45), Outcome.IMPLAUSIBLE),
        (row(ENDS[0], 1, 2, 1), Outcome.BROKEN),
        ([None, 1, 2, 1, 1], Outcome.BROKEN),
    ],
)
def test_a_candle_that_cannot_be_costs_the_answer(wrong: list[object], outcome: Outcome) -> None:
    assert no_candles("coingecko", body(row(ENDS[1]), wrong), four(), NOW) is outcome


def test_the_recorded_week_is_the_one_its_index_names(recorded: Callable[[str], bytes]) -> None:
    at = utc(2021, 5, 15, 15, 34, 27)
    told = candles("coingecko", recorded("coingecko/ohlc_bitcoin_usd_7d.json"), four(42), at)
    assert told is not None
    first, last = told.candles[0], told.candles[-1]
    assert len(told.candles) == 42
    assert {after.opens - before.opens for before, after in pairwise(told.candles)} == {timedelta(hours=4)}
    assert first.opens + timedelta(hours=4) == datetime.fromtimestamp(1_620_504_000, first.opens.tzinfo)
    assert (first.open, first.close, first.volume) == (D("57945.79"), D("59122.18"), None)
    assert (first.closed, last.closed) == (True, False)


@pytest.mark.parametrize(("interval", "limit"), [("30m", 48), ("4h", 180)])
def test_the_sandboxs_are_the_markets_past(sandbox: Sandbox, interval: str, limit: int) -> None:
    ask = four(limit, interval=interval)
    told = answered(sandbox, "coingecko", Category.MARKET_OHLCV, [ask])[ask.item]
    assert [candle.closed for candle in told.candles] == [True] * (limit - 1) + [False]
    for candle in told.candles[::20]:
        fair = sandbox.price("BTC", "USD", candle.opens.timestamp())
        assert abs(candle.open / fair - 1) < D("0.005")


def test_a_coin_that_it_does_not_know_is_unknown(sandbox: Sandbox) -> None:
    with pytest.raises(Failure) as caught:
        answered(sandbox, "coingecko", Category.MARKET_OHLCV, [four(name="no-such-coin")])
    assert caught.value.outcome is Outcome.UNKNOWN_ASSET
