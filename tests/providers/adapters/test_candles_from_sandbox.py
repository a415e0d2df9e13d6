"""Candles asked of the sandbox's fakes over real HTTP: they are the one market's own past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from providers.domain.adapter import Lookup
from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS, CandleQuery, Candles
from providers.domain.outcomes import Failure, Outcome
from providers.sandbox.client import Sandbox
from providers.sandbox.coins import Coin
from providers.sandbox.fakes import FAKES
from tests.providers.adapters.handler_cases import NO_HOURS
from tests.providers.adapters.sandbox_calls import answered
from tests.providers.adapters.support import candle_handler, hours
from tests.providers.adapters.test_candles import PAYLOADS

NEAR = Decimal("0.005")
"""A venue's own price lies this close to the fair one."""
EVERYONE = [*PAYLOADS, "coingecko"]


def interval_of(slug: str) -> str:
    """One that it has: an hour, if it has hours."""
    return "4h" if slug in NO_HOURS else "1h"


def asked(
    sandbox: Sandbox, coins: dict[str, Coin], slug: str, interval: str, limit: int, end: datetime | None = None
) -> Candles | None:
    """A fake's candles of bitcoin; None where the adapter cannot ask for them."""
    span = CandleQuery("bitcoin", interval=interval, limit=limit, end=end)
    ask = Lookup(span, coins["bitcoin"].name_at(slug))
    if not candle_handler(slug).accepts(ask):
        return None
    return answered(sandbox, slug, Category.MARKET_OHLCV, [ask])[span]


@pytest.mark.parametrize("slug", PAYLOADS)
@pytest.mark.parametrize("interval", INTERVALS)
def test_candles_up_to_now_are_the_markets_past(
    sandbox: Sandbox, coins: dict[str, Coin], slug: str, interval: str
) -> None:
    result = asked(sandbox, coins, slug, interval, 100)
    if result is None:
        return
    length = timedelta(seconds=INTERVALS[interval])
    assert [candle.closed for candle in result.candles] == [True] * 99 + [False]
    assert all(after.opens - before.opens == length for before, after in pairwise(result.candles))
    for candle in result.candles[::33]:
        fair = sandbox.price("BTC", result.currency, candle.opens.timestamp())
        assert abs(candle.open / fair - 1) < NEAR
    assert abs(result.candles[-1].close / sandbox.price("BTC", result.currency) - 1) < NEAR


@pytest.mark.parametrize(("interval", "limit"), [("30m", 48), ("4h", 180)])
def test_coingeckos_candles_are_the_markets_past_too_and_say_no_volumes(
    sandbox: Sandbox, coins: dict[str, Coin], interval: str, limit: int
) -> None:
    result = asked(sandbox, coins, "coingecko", interval, limit)
    assert result is not None
    length = timedelta(seconds=INTERVALS[interval])
    assert {after.opens - before.opens for before, after in pairwise(result.candles)} == {length}
    assert [candle.closed for candle in result.candles][:-2] == [True] * (limit - 2)
    assert not result.candles[-1].closed
    assert {candle.volume for candle in result.candles} == {None}
    for candle in result.candles[::20]:
        assert abs(candle.open / sandbox.price("BTC", "USD", candle.opens.timestamp()) - 1) < NEAR
    assert abs(result.candles[-1].close / sandbox.price("BTC", "USD") - 1) < NEAR


@pytest.mark.parametrize("slug", PAYLOADS)
def test_older_candles_are_those_that_newer_answers_showed_closed(
    sandbox: Sandbox, coins: dict[str, Coin], slug: str
) -> None:
    newest = asked(sandbox, coins, slug, "1h", 60)
    assert newest is not None
    end = newest.candles[50].opens
    older = asked(sandbox, coins, slug, "1h", 20, end)
    if older is not None:
        assert older.candles == newest.candles[30:50]


@pytest.mark.parametrize("slug", [slug for slug in PAYLOADS if not FAKES[slug].refresh and slug != "gemini"])
def test_a_steered_price_shows_in_the_forming_candle_and_not_in_the_past(
    sandbox: Sandbox, coins: dict[str, Coin], slug: str
) -> None:
    before = asked(sandbox, coins, slug, "1d", 5)
    sandbox.scale_price("BTC", 2)
    after = asked(sandbox, coins, slug, "1d", 5)
    assert before is not None
    assert after is not None
    assert after.candles[:4] == before.candles[:4]
    assert after.candles[4].close / before.candles[4].close == pytest.approx(2, rel=NEAR)
    assert after.candles[4].high == after.candles[4].close


@pytest.mark.parametrize("slug", EVERYONE)
def test_no_venue_has_candles_of_a_coin_that_is_not(sandbox: Sandbox, slug: str) -> None:
    ask = hours("NOPE", interval=interval_of(slug))
    if not candle_handler(slug).accepts(ask):
        return
    try:
        assert answered(sandbox, slug, Category.MARKET_OHLCV, [ask]) == {}
    except Failure as failure:
        assert failure.outcome is Outcome.UNKNOWN_ASSET  # noqa: PT017 - either ending is right: venues differ


@pytest.mark.parametrize("slug", EVERYONE)
@pytest.mark.parametrize(
    ("kind", "options", "outcome"),
    [
        ("status", {"status": 429, "retry_after": 30}, Outcome.RATE_LIMITED),
        ("error200", {}, Outcome.BROKEN),
        ("html200", {}, Outcome.BROKEN),
        ("empty", {}, Outcome.BROKEN),
        ("wrong_price", {"factor": "nan"}, Outcome.IMPLAUSIBLE),
        ("wrong_price", {"factor": "0"}, Outcome.IMPLAUSIBLE),
        ("wrong_price", {"factor": "-1"}, Outcome.IMPLAUSIBLE),
    ],
)
def test_every_fault_has_its_outcome_for_candles(
    sandbox: Sandbox, coins: dict[str, Coin], slug: str, kind: str, options: dict[str, Any], outcome: Outcome
) -> None:
    sandbox.fault(slug, kind, **options)
    with pytest.raises(Failure) as caught:
        asked(sandbox, coins, slug, interval_of(slug), 10)
    assert caught.value.outcome is outcome


def test_gate_has_no_candles_older_than_ten_thousand(sandbox: Sandbox, coins: dict[str, Coin]) -> None:
    with pytest.raises(Failure) as caught:
        asked(sandbox, coins, "gate", "1m", 10, datetime.now(UTC) - timedelta(days=8))
    assert caught.value.outcome is Outcome.NOT_SUPPORTED
