"""The age of a cached value by a clock that was set back."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from markets.feeds.provenance import Entry
from providers.domain.market_data import Quote
from providers.engine.query import Answered

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("hours", "age", "since"), [(-1, 3600.0, False), (0, 0.0, True), (2, math.inf, False)])
def test_a_value_fetched_in_two_hours_is_old(hours: int, age: float, since: bool) -> None:
    answer = Answered(Quote("bitcoin", "USD", Decimal(1)), "kraken", "kraken", "h", NOW + timedelta(hours=hours), True)
    entry = Entry(answer, "", "", 1, "miss")
    assert entry.age(NOW.timestamp()) == age
    assert entry.is_since(NOW.timestamp(), NOW.timestamp()) is since
