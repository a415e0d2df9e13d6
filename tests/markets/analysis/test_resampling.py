"""Candles as values: the grid, what is missing, what is built."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from markets.analysis import resampling
from markets.feeds.queries import CandleSeries, Meta
from providers.domain.market_data import Candle

NOW = datetime(2026, 11, 18, 10, 20, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)


def candle(opens: datetime, close: str = "100", closed: bool = True) -> Candle:
    price = Decimal(close)
    return Candle(opens, price, price + 1, price - 1, price, Decimal(2), Decimal(200), closed)


def test_the_grid_ends_with_the_candle_that_is_forming() -> None:
    assert resampling.grid("1h", 3, None, NOW) == [NOW.replace(hour=hour, minute=0) for hour in (8, 9, 10)]


def test_the_grid_before_an_end_leaves_out_what_opens_at_it() -> None:
    assert resampling.grid("1h", 2, NOW.replace(hour=5, minute=0), NOW)[-1] == NOW.replace(hour=4, minute=0)


def test_weeks_open_on_monday_and_days_at_midnight() -> None:
    assert resampling.opening(NOW, "1w") == datetime(2026, 11, 16, tzinfo=UTC)
    assert resampling.opening(NOW, "1d") == datetime(2026, 11, 18, tzinfo=UTC)


def test_only_what_follows_the_first_gap_has_to_be_asked_for() -> None:
    openings = resampling.grid("1h", 5, None, NOW)
    assert resampling.missing_count(openings, openings[:3]) == 2
    assert resampling.missing_count(openings, [openings[0], *openings[2:]]) == 4
    assert resampling.missing_count(openings, openings) == 0


def test_a_stored_candle_stays_as_it_was_when_fetched_again() -> None:
    openings = resampling.grid("1h", 2, None, NOW)
    stored = {openings[0]: candle(openings[0], "100")}
    found = resampling.merge_candles(stored, [candle(openings[0], "999"), candle(openings[1], "101")], openings)
    assert [row.close for row in found] == [Decimal(100), Decimal(101)]


def test_a_longer_candle_is_built_of_all_its_parts() -> None:
    first = NOW.replace(hour=0, minute=0)
    parts = [candle(first + HOUR * hour, str(100 + hour)) for hour in range(4)]
    (whole,) = resampling.resample(parts, "4h", "1h", NOW)
    assert (whole.open, whole.high, whole.low, whole.close) == (Decimal(100), Decimal(104), Decimal(99), Decimal(103))
    assert (whole.volume, whole.quote_volume, whole.closed) == (Decimal(8), Decimal(800), True)


def test_a_built_candle_that_was_cut_off_at_its_start_is_left_out() -> None:
    first = NOW.replace(hour=1, minute=0)
    parts = [candle(first + HOUR * hour) for hour in range(7)]
    assert [whole.opens for whole in resampling.resample(parts, "4h", "1h", NOW)] == [NOW.replace(hour=4, minute=0)]


def test_a_built_candle_that_is_not_over_is_forming() -> None:
    parts = [candle(NOW.replace(hour=8, minute=0)), candle(NOW.replace(hour=9, minute=0))]
    assert [whole.closed for whole in resampling.resample(parts, "4h", "1h", NOW)] == [False]


def test_a_built_candle_has_no_volume_where_a_part_has_none() -> None:
    opens = NOW.replace(hour=8, minute=0)
    silent = Candle(opens + HOUR, Decimal(1), Decimal(1), Decimal(1), Decimal(1))
    (whole,) = resampling.resample([candle(opens), silent], "4h", "1h", NOW)
    assert whole.volume is None


def test_what_a_source_has_told_and_not_named_was_not_traded_and_is_no_hole() -> None:
    openings = resampling.grid("1h", 6, None, NOW)
    found = [candle(opens) for opens in (openings[0], openings[2], openings[4])]
    assert resampling.last_gap(openings, found, covered=6) is None
    assert resampling.last_gap(openings, found, covered=3) == openings[1]
    assert resampling.last_gap(openings, found, covered=0) == openings[3]


def test_before_the_first_candle_and_after_the_last_there_is_no_hole() -> None:
    openings = resampling.grid("1h", 4, None, NOW)
    assert resampling.last_gap(openings, [candle(openings[1]), candle(openings[2])], covered=0) == openings[0]
    assert resampling.last_gap(openings, [candle(openings[0]), candle(openings[1])], covered=0) is None


def series(sources: str, hole: datetime | None = None) -> CandleSeries:
    """Hourly candles of these sources, the last of them forming."""
    openings = resampling.grid("1h", len(sources.split()), None, NOW)
    result = tuple(candle(opens, closed=opens != openings[-1]) for opens in openings)
    nobody = Meta(None, None, None, None, None, False, None, False, "miss", "MARKET_OHLCV", 0, None)
    return CandleSeries("bitcoin", "1h", "USD", result, None, nobody, sources=tuple(sources.split()), gap=hole)


def test_volumes_of_another_venue_are_not_computed_with() -> None:
    found = series("okx kraken okx okx").computable
    assert [row.volume for row in found] == [Decimal(2), None, Decimal(2)]
    assert [row.close for row in found] == [Decimal(100)] * 3


def test_nothing_is_computed_across_a_hole() -> None:
    whole = series("okx okx okx okx okx")
    after = series("okx okx okx okx okx", hole=whole.candles[1].opens)
    assert [row.opens for row in after.contiguous] == [row.opens for row in whole.candles[2:]]
    assert after.computable == whole.computable[2:]
