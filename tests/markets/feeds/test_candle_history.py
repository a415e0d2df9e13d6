"""Candles of many coins side by side, and of one over a long range, are whole, in order, and honest."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from markets.feeds import candle_history, provenance
from markets.feeds.queries import Meta
from providers.domain.market_data import Instrument
from providers.models import Chain
from providers.sandbox.client import Sandbox
from tests.hub import candle_hub

pytestmark = pytest.mark.relaxed_timing

HOUR = timedelta(hours=1)
BTC, ETH, SOL, UNKNOWN = (Instrument(slug) for slug in ("bitcoin", "ethereum", "solana", "nothing"))


@pytest.fixture
def candles(transactional_db: None, sandbox: Sandbox, settings: Any) -> Iterator[Chain]:
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    with candle_hub(sandbox) as chain:
        yield chain


def test_coins_come_in_the_order_asked_each_with_its_own_candles(candles: Chain) -> None:
    found = candle_history.candles_of_many([SOL, BTC, UNKNOWN, ETH], "1h", 30)
    assert list(found) == [SOL, BTC, UNKNOWN, ETH]
    assert [series.asset for series in found.values()] == ["solana", "bitcoin", "nothing", "ethereum"]
    assert [len(series.candles) for series in found.values()] == [30, 30, 0, 30]
    assert found[UNKNOWN].missing is not None


def test_a_coin_that_fails_leaves_the_others(candles: Chain, sandbox: Sandbox) -> None:
    sandbox.fault("kraken", "status", status=500)
    sandbox.fault("okx", "status", status=500)
    found = candle_history.candles_of_many([BTC, SOL], "1h", 30)
    assert found[BTC].missing is None
    assert found[SOL].missing is not None


def test_a_range_of_several_pages_has_every_candle_once(candles: Chain) -> None:
    now = datetime.now(UTC)
    start = (now - 100 * timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    series = candle_history.candles_in_range(BTC, "1h", start, now, now)
    opens = [candle.opens for candle in series.candles]
    assert opens[0] == start
    assert {after - before for before, after in itertools.pairwise(opens)} == {HOUR}
    assert now - opens[-1] < HOUR


def test_a_range_in_the_past_ends_where_it_is_said_to(candles: Chain) -> None:
    now = datetime.now(UTC)
    start = (now - timedelta(days=60)).replace(hour=0, minute=0, second=0, microsecond=0)
    end = start + timedelta(days=50)
    opens = [candle.opens for candle in candle_history.candles_in_range(BTC, "1h", start, end, now).candles]
    assert (opens[0], opens[-1], len(opens)) == (start, end - HOUR, 1200)


def meta(**more: Any) -> Meta:
    return Meta(
        **{
            "source": "binance",
            "endpoint": "a",
            "as_of": None,
            "fetched_at": None,
            "age_s": None,
            "stale": False,
            "stale_reason": None,
            "verified": True,
            "cache": "miss",
            "chain": "MARKET_OHLCV",
            "attempts": 1,
            "decision": "d",
            **more,
        }
    )


def test_a_whole_is_as_old_and_as_bad_as_the_worst_of_its_parts() -> None:
    early, late = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2))
    whole = provenance.combine_meta(
        [
            meta(fetched_at=late, age_s=1.0, cache="revalidated"),
            meta(source="kraken,okx", fetched_at=early, age_s=9.0, stale=True, stale_reason="why", verified=False),
        ]
    )
    assert (whole.source, whole.fetched_at, whole.age_s) == ("binance,kraken,okx", early, 9.0)
    assert (whole.stale, whole.stale_reason, whole.verified) == (True, "why", False)
    assert (whole.cache, whole.attempts) == ("revalidated", 2)
