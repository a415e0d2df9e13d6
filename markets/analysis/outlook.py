"""Outlook of a coin: the local models' forecast from daily candles, applied to the current price. Pure.

Models see closed days only. The relative change they expect after the last closed day is applied to the price now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from markets.analysis import trend
from markets.analysis.forecasts import Forecast, NotEnoughHistory, forecast
from markets.analysis.series import closed, columns, price
from providers.domain.market_data import Candle

HISTORY = 501
"""Daily candles requested: 500 closed ones and the forming one."""
TREND_DAYS = 30
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """Forecast for one day, at the same time of day as the current price."""

    day: int
    date: datetime
    price: Decimal
    lower: Decimal
    upper: Decimal


@dataclass(frozen=True, slots=True)
class Outlook:
    """Forecast in prices, or the reason why there is none."""

    current: Decimal
    days: tuple[ForecastDay, ...]
    forecast: Forecast | None
    trend: trend.Trend
    reason: str | None


def outlook(candles: Sequence[Candle], days: int, models: Sequence[str]) -> Outlook:
    """Outlook from daily candles, oldest first; there is at least one."""
    newest = candles[-1]
    close = columns(closed(candles)).close
    current_trend = trend.trend(close[-TREND_DAYS - 1 :])
    try:
        result = forecast(close, days, models)
    except NotEnoughHistory as error:
        return Outlook(newest.close, (), None, current_trend, str(error))
    scale = float(newest.close) / float(close[-1])
    today = newest.opens + DAY if newest.closed else newest.opens
    coming = tuple(
        ForecastDay(
            step.day,
            today + step.day * DAY,
            price(step.price * scale),
            price(step.lower * scale),
            price(step.upper * scale),
        )
        for step in result.steps
    )
    return Outlook(newest.close, coming, result, current_trend, None)
