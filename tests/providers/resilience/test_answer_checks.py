"""Values are current by their source's own time, and inactive once it is very old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from providers.domain.market_data import OrderBook, Quote, Volume
from providers.domain.outcomes import Failure
from providers.resilience.answer_checks import (
    BOOK_MAX_AGE,
    VOLUME_MAX_AGE,
    AgeChecks,
    NearPrice,
    QuoteChecks,
    best_prices,
    describe,
    is_inactive,
)

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ONE = Decimal(1)


def volume(age: timedelta | None) -> Volume:
    return Volume("bitcoin", "USDT", ONE, ONE, "venue", 1, None, None if age is None else NOW - age)


def quote(age: timedelta | None, traded: Decimal | None = ONE) -> Quote:
    return Quote("bitcoin", "USDT", ONE, None, traded, "venue", None if age is None else NOW - age)


def test_a_volume_of_hours_ago_is_not_that_of_the_last_day() -> None:
    checks = AgeChecks(VOLUME_MAX_AGE)
    assert checks.old(volume(timedelta(minutes=59)), NOW) is None
    assert checks.old(volume(None), NOW) is None
    assert checks.old(volume(timedelta(hours=30)), NOW) == "the source's own time is 30 hours old"
    with pytest.raises(Failure):
        checks.old(volume(timedelta(hours=-2)), NOW)


def test_a_book_of_minutes_ago_is_not_live() -> None:
    quotes = QuoteChecks()
    checks = NearPrice(quotes.peers, best_prices, BOOK_MAX_AGE)
    book = OrderBook("bitcoin", "USDT", ((ONE, ONE),), ((Decimal(2), ONE),), NOW - timedelta(minutes=6))
    assert checks.old(book, NOW) == "the source's own time is 6 minutes old"


def test_a_price_without_a_trade_for_a_day_is_not_current() -> None:
    checks = QuoteChecks()
    assert checks.old(quote(None, Decimal(0)), NOW) == "no trade in the last 24 hours"
    assert checks.old(quote(None, None), NOW) is None
    assert checks.old(quote(timedelta(seconds=5)), NOW) is None


@pytest.mark.parametrize(("days", "expected"), [(6, False), (8, True), (3000, True)])
def test_a_market_whose_last_value_is_a_week_old_is_inactive(days: int, expected: bool) -> None:
    assert is_inactive(volume(timedelta(days=days)), NOW) is expected
    assert is_inactive(quote(timedelta(days=days)), NOW) is expected
    assert not is_inactive(quote(None), NOW)


def test_ages_are_described_in_the_unit_that_fits() -> None:
    spans = [timedelta(minutes=40), timedelta(hours=3), timedelta(days=3)]
    assert [describe(span) for span in spans] == ["40 minutes", "3 hours", "3 days"]
