"""What is expected of the days after now: the forecast in proportion, dated from today."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from markets.analysis.forecasts import forecast
from markets.analysis.outlook import outlook
from markets.analysis.series import columns
from tests.markets.candle_maker import random_market

MODELS = ("random_walk",)
DAYS = random_market(401, interval="1d")
FORMING = [*DAYS[:-1], replace(DAYS[-1], closed=False)]


def test_with_a_day_forming_the_first_day_ahead_is_tomorrow() -> None:
    found = outlook(FORMING, 3, MODELS)
    assert [day.date for day in found.days] == [DAYS[-1].opens + timedelta(days=ahead) for ahead in (1, 2, 3)]


def test_when_the_newest_candle_has_closed_today_is_the_day_after_it() -> None:
    assert outlook(DAYS, 1, MODELS).days[0].date == DAYS[-1].opens + timedelta(days=2)


def test_the_forecast_of_the_closed_days_is_applied_to_the_price_now() -> None:
    moved = [*FORMING[:-1], replace(FORMING[-1], close=DAYS[-2].close * 2)]
    (day,) = outlook(moved, 1, MODELS).days
    step = forecast(columns(DAYS[:-1]).close, 1, MODELS).steps[0]
    assert float(day.price) == pytest.approx(2 * step.price)
    assert float(day.upper / day.lower) == pytest.approx(step.upper / step.lower)


def test_the_forming_day_teaches_the_models_nothing() -> None:
    crash = [*FORMING[:-1], replace(FORMING[-1], close=Decimal(1))]
    usual, crashed = outlook(FORMING, 1, MODELS), outlook(crash, 1, MODELS)
    assert usual.forecast == crashed.forecast
    assert usual.trend == crashed.trend


def test_too_short_a_history_is_said_and_still_has_its_price_and_trend() -> None:
    found = outlook(FORMING[-60:], 7, MODELS)
    assert (found.days, found.forecast, found.current) == ((), None, DAYS[-1].close)
    assert found.reason == "134 closed days are needed for 7 ahead, and 59 are known"
    assert found.trend.direction in {"up", "down", "sideways"}


def test_a_single_forming_candle_says_nothing_but_the_price() -> None:
    found = outlook(FORMING[-1:], 1, MODELS)
    assert (found.current, found.forecast, found.trend.direction) == (DAYS[-1].close, None, None)
    assert np.isfinite(float(found.current))
