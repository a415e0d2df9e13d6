"""Rates and quantiles: right where there are calls, None where there are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.status.statistics import percent, weighted_quantile


def test_a_share_of_nothing_is_unknown() -> None:
    assert percent(0, 0) is None


def test_a_share_is_in_percent() -> None:
    assert percent(1, 3) == 33.33


def test_the_median_is_weighted_by_calls() -> None:
    assert weighted_quantile([(5.0, 90), (500.0, 10)], 0.5) == 5.0
    assert weighted_quantile([(5.0, 90), (500.0, 10)], 0.95) == 500.0


@pytest.mark.parametrize("values", [[], [(None, 10)], [(5.0, 0)]])
def test_without_measurements_a_quantile_is_unknown(values: list[tuple[float | None, int]]) -> None:
    assert weighted_quantile(values, 0.5) is None


@given(st.lists(st.tuples(st.floats(0.1, 1e4), st.integers(1, 1000)), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_one_of_the_values(values: list[tuple[float | None, int]], share: float) -> None:
    assert weighted_quantile(values, share) in [value for value, _ in values]
