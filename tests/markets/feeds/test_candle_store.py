"""Closed candles are stored once they have settled, and a source's corrections overwrite its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from markets.feeds import candle_store
from markets.models import StoredCandle
from providers.domain.market_data import Candle, Candles

pytestmark = pytest.mark.django_db

OPENS = datetime(2026, 11, 30, 12, tzinfo=UTC)
CLOSES = OPENS + timedelta(minutes=1)
CANDLE = Candle(OPENS, Decimal(100), Decimal(110), Decimal(90), Decimal(105), Decimal(7), None, closed=True)


def write(candle: Candle, fetched_at: datetime, source: str = "binance") -> None:
    candle_store.write(Candles("bitcoin", "USDT", "1m", (candle,)), "*", source, fetched_at)


def stored() -> list[tuple[str, str]]:
    return list(StoredCandle.objects.values_list("close", "source"))


def test_a_candle_is_stored_only_once_it_has_settled() -> None:
    write(CANDLE, CLOSES + timedelta(milliseconds=400))
    assert stored() == []
    write(CANDLE, CLOSES + timedelta(seconds=candle_store.SETTLE_S))
    assert stored() == [("105", "binance")]


def test_a_correction_by_the_same_source_overwrites_and_another_source_does_not() -> None:
    late = CLOSES + timedelta(hours=1)
    write(CANDLE, late)
    write(replace(CANDLE, close=Decimal(106)), late)
    assert stored() == [("106", "binance")]
    write(replace(CANDLE, close=Decimal(107)), late, "kraken")
    assert stored() == [("106", "binance")]
