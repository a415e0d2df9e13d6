"""Performance of a path of wealth: drawdown, Sharpe and Sortino ratios, annual growth. Pure.

Ratios are of simple returns per step, without a risk-free rate, annualised by the square root of steps in a year of
365.25 days: the market never closes. Percentages are of 100. A figure that needs a longer path is None, with a reason.

Sources: W. F. Sharpe, The Sharpe Ratio (1994); F. A. Sortino and R. van der Meer, Downside Risk (1991), target 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from markets.analysis.series import YEAR_S, Floats

MIN_RETURNS = 30
MIN_PERIOD_S = 30 * 86_400
"""Shortest period for which growth is annualised: 30 days, in seconds."""
MAX_LOG_GROWTH = 50.0

FORMULAS = {
    "sharpe": "mean / standard deviation (n-1) of simple returns per candle × √(candles a year); risk-free rate 0",
    "sortino": "mean / √(mean of squared negative returns) per candle × √(candles a year); target 0",
    "max_drawdown": "percent lost from the highest equity before it, at candle closes",
    "cagr": "(final / initial) ^ (1 / years) - 1 in percent, a year being 365.25 days",
    "exposure": "percent of candles at whose close the position was open",
}


@dataclass(frozen=True, slots=True)
class Performance:
    """Performance figures: ratios are plain numbers, the rest percentages; ``unknown`` explains each None."""

    max_drawdown: float
    sharpe: float | None
    sortino: float | None
    cagr: float | None
    volatility: float | None
    unknown: dict[str, str] = field(default_factory=dict)


def performance(equity: Floats, steps_a_year: float) -> Performance:
    """Performance of wealth at equally spaced times, the initial value included."""
    returns = np.diff(equity) / equity[:-1]
    years = len(returns) / steps_a_year
    unknown: dict[str, str] = {}
    sharpe = sortino = volatility = cagr = None
    if len(returns) < MIN_RETURNS:
        reason = f"{MIN_RETURNS} returns are needed, and there are {len(returns)}"
        unknown |= dict.fromkeys(("sharpe", "sortino", "volatility"), reason)
    else:
        sharpe, sortino = _ratio(returns, _deviation(returns)), _ratio(returns, _downside(returns))
        volatility = _deviation(returns) * 100 * float(np.sqrt(steps_a_year))
        sharpe, sortino = _annual(sharpe, steps_a_year), _annual(sortino, steps_a_year)
        unknown |= {"sharpe": "the value never changed"} if sharpe is None else {}
        unknown |= {"sortino": "no return was negative"} if sortino is None else {}
    if years * YEAR_S < MIN_PERIOD_S:
        unknown["cagr"] = "less than 30 days are not annualised"
    else:
        cagr = growth(float(equity[-1] / equity[0]), years)
        unknown |= {"cagr": "too large to be meaningful"} if cagr is None else {}
    return Performance(max_drawdown(equity), sharpe, sortino, cagr, volatility, unknown)


def growth(ratio: float, years: float) -> float | None:
    """Annual growth in percent; None above e to the power of ``MAX_LOG_GROWTH``."""
    a_year = math.log(ratio) / years
    return math.expm1(a_year) * 100 if a_year <= MAX_LOG_GROWTH else None


def max_drawdown(equity: Floats) -> float:
    """Largest fall from a previous maximum, in percent, 0 to 100."""
    return float(drawdowns(equity).max(initial=0.0)) * 100


def drawdowns(equity: Floats) -> Floats:
    """Distance below the running maximum at each time, as a fraction, along the last axis."""
    highest = np.maximum.accumulate(equity, axis=-1)
    return np.asarray(1 - equity / highest, dtype=np.float64)


def _deviation(returns: Floats) -> float:
    """Standard deviation; zero for returns that differ by rounding only."""
    deviation = float(returns.std(ddof=1))
    return deviation if deviation > 1e-12 else 0.0


def _downside(returns: Floats) -> float:
    return float(np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2)))


def _ratio(returns: Floats, risk: float) -> float | None:
    return float(returns.mean()) / risk if risk > 0 else None


def _annual(ratio: float | None, steps_a_year: float) -> float | None:
    return None if ratio is None else ratio * float(np.sqrt(steps_a_year))
