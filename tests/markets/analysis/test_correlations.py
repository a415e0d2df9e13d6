"""Correlations compare returns, at the same times, and say how many."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from markets.analysis.correlations import (
    MIN_COMMON_RETURNS,
    Correlation,
    correlate,
    in_words,
    interval_for,
    matrix,
    returns_by_time,
)
from tests.markets.candle_maker import START, from_closes, random_market


def by_time(values: Any, first: int = 0) -> Any:
    return {(first + place) * 3600: value for place, value in enumerate(values)}


def test_a_return_belongs_to_the_candle_it_ends_with() -> None:
    found = returns_by_time(from_closes([100, 110, 99]), "1d")
    times = [int((START + timedelta(days=day)).timestamp()) for day in (1, 2)]
    assert found == pytest.approx({times[0]: math.log(1.1), times[1]: math.log(0.9)})


def test_over_a_gap_there_is_no_return() -> None:
    candles = from_closes([100, 110, 121, 133, 146])
    del candles[2]
    assert len(returns_by_time(candles, "1d")) == 2


def test_a_forming_candle_counts_for_nothing() -> None:
    from dataclasses import replace

    candles = from_closes([100, 110, 121])
    candles[-1] = replace(candles[-1], closed=False)
    assert len(returns_by_time(candles, "1d")) == 1


def test_returns_are_correlated_not_price_levels() -> None:
    rng = np.random.default_rng(4)
    noise, other = rng.normal(0, 0.01, 500), rng.normal(0, 0.01, 500)
    rising = [100 * math.exp(total) for total in np.cumsum(noise + 0.01)]
    also = [100 * math.exp(total) for total in np.cumsum(other + 0.01)]
    assert np.corrcoef(rising, also)[0, 1] > 0.9
    series = {name: returns_by_time(from_closes(prices), "1d") for name, prices in (("A", rising), ("B", also))}
    found = matrix(series)["A"]["B"]
    assert found.value == pytest.approx(np.corrcoef(noise[1:], other[1:])[0, 1])
    assert in_words(found) == "not distinguishable from none"


def test_only_common_times_are_compared_and_counted() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(0, 1, 100)
    found = correlate(by_time(values), by_time(values[40:], first=40))
    assert (found.observations, found.value) == (60, pytest.approx(1.0))
    shifted = correlate(by_time(values), by_time(values, first=40))
    assert shifted.observations == 60
    assert shifted.value is not None
    assert abs(shifted.value) < 0.4


def test_too_few_common_returns_are_not_correlated() -> None:
    found = correlate(by_time(range(MIN_COMMON_RETURNS - 1)), by_time(range(MIN_COMMON_RETURNS - 1)))
    assert found == Correlation(None, MIN_COMMON_RETURNS - 1, reason="20 common returns are needed, and there are 19")


def test_what_does_not_move_is_correlated_with_nothing_not_even_itself() -> None:
    still, moving = by_time([0.0] * 50), by_time(np.sin(range(50)))
    table = matrix({"USDT": still, "BTC": moving})
    assert table["USDT"]["BTC"].reason == table["USDT"]["USDT"].reason == "one of the coins did not move"
    assert table["BTC"]["BTC"].value == 1.0


def test_the_matrix_is_symmetric_and_in_the_order_asked() -> None:
    series = {name: returns_by_time(random_market(200, seed=place), "1h") for place, name in enumerate("CAB")}
    table = matrix(series)
    assert [list(table), *(list(row) for row in table.values())] == [["C", "A", "B"]] * 4
    assert table["A"]["B"] == table["B"]["A"]


def test_the_interval_of_confidence_is_fishers() -> None:
    rng = np.random.default_rng(3)
    a = rng.normal(0, 1, 103)
    found = correlate(by_time(a), by_time(a + rng.normal(0, 1, 103)))
    assert found.value is not None
    assert found.low == pytest.approx(math.tanh(math.atanh(found.value) - 0.196))
    assert in_words(found) in {"strong positive", "moderate positive", "very strong positive"}


@pytest.mark.parametrize(
    ("days", "interval"), [(7, "1h"), (30, "1h"), (42, "4h"), (166, "4h"), (167, "1d"), (365, "1d")]
)
def test_the_interval_fits_the_span(days: int, interval: str) -> None:
    assert interval_for(days) == interval
