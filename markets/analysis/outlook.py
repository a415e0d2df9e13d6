"""What is to be expected of a coin: the local models' forecast from its daily candles, applied to its price now. Pure.

Models see closed days only. What they expect of the days after the last one, in proportion, is said of the days after
now.
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
"""Daily candles asked for: 500 that have closed, and the one that is forming."""
TREND_DAYS = 30
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """One coming day, at the same time of day as the price now."""

    day: int
    date: datetime
    price: Decimal
    lower: Decimal
    upper: Decimal


@dataclass(frozen=True, slots=True)
class Outlook:
    """The forecast in prices; none, with the reason, where the history is too short for one."""

    current: Decimal
    days: tuple[ForecastDay, ...]
    forecast: Forecast | None
    trend: trend.Trend
    reason: str | None


def outlook(candles: Sequence[Candle], days: int, models: Sequence[str]) -> Outlook:
    """The models' forecast from daily candles, oldest first, of which there is at least one."""
    newest = candles[-1]
    close = columns(closed(candles)).close
    going = trend.trend(close[-TREND_DAYS - 1 :])
    try:
        found = forecast(close, days, models)
    except NotEnoughHistory as short:
        return Outlook(newest.close, (), None, going, str(short))
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
        for step in found.steps
    )
    return Outlook(newest.close, coming, found, going, None)
