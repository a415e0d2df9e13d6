"""What a path of wealth was like: drawdown, Sharpe, Sortino, growth. Pure.

Ratios are of simple returns per step, without a risk-free rate, annualised by the square root of steps in a year of
365.25 days: the market never closes. Percentages are of 100. What too short a path cannot say is None, with a reason.

Sources: W. F. Sharpe, The Sharpe Ratio (1994); F. A. Sortino and R. van der Meer, Downside Risk (1991), target 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from markets.analysis.series import YEAR_S, Floats

MIN_RETURNS = 30
MIN_PERIOD_S = 30 * 86_400
"""Below a month, annual growth would be a guess."""
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
    """Ratios are plain numbers, the rest percentages; ``unknown`` says why a member is None."""

    max_drawdown: float
    sharpe: float | None
    sortino: float | None
    cagr: float | None
    volatility: float | None
    unknown: dict[str, str] = field(default_factory=dict)


def performance(equity: Floats, steps_a_year: float) -> Performance:
    """The performance of wealth at equally spaced times, its beginning included."""
    returns = np.diff(equity) / equity[:-1]
    years = len(returns) / steps_a_year
    unknown: dict[str, str] = {}
    sharpe = sortino = volatility = cagr = None
    if len(returns) < MIN_RETURNS:
        why = f"{MIN_RETURNS} returns are needed, and there are {len(returns)}"
        unknown |= dict.fromkeys(("sharpe", "sortino", "volatility"), why)
    else:
        sharpe, sortino = _ratio(returns, _deviation(returns)), _ratio(returns, _downside(returns))
        volatility = _deviation(returns) * 100 * float(np.sqrt(steps_a_year))
        sharpe, sortino = _annual(sharpe, steps_a_year), _annual(sortino, steps_a_year)
        unknown |= {"sharpe": "it never moved"} if sharpe is None else {}
        unknown |= {"sortino": "no return was negative"} if sortino is None else {}
    if years * YEAR_S < MIN_PERIOD_S:
        unknown["cagr"] = "less than 30 days are not annualised"
    else:
        cagr = growth(float(equity[-1] / equity[0]), years)
        unknown |= {"cagr": "beyond all measure"} if cagr is None else {}
    return Performance(max_drawdown(equity), sharpe, sortino, cagr, volatility, unknown)


def growth(ratio: float, years: float) -> float | None:
    """What a year's growth would be in percent; None where that is more than e to the 50th."""
    a_year = math.log(ratio) / years
    return math.expm1(a_year) * 100 if a_year <= MAX_LOG_GROWTH else None


def max_drawdown(equity: Floats) -> float:
    """The deepest fall from the highest value before it, in percent, 0 to 100."""
    return float(drawdowns(equity).max(initial=0.0)) * 100


def drawdowns(equity: Floats) -> Floats:
    """How far below its highest value so far it is at each time, as a fraction. Along the last axis."""
    highest = np.maximum.accumulate(equity, axis=-1)
    return np.asarray(1 - equity / highest, dtype=np.float64)


def _deviation(returns: Floats) -> float:
    """Zero for returns that differ by rounding alone."""
    deviation = float(returns.std(ddof=1))
    return deviation if deviation > 1e-12 else 0.0


def _downside(returns: Floats) -> float:
    return float(np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2)))


def _ratio(returns: Floats, risk: float) -> float | None:
    return float(returns.mean()) / risk if risk > 0 else None


def _annual(ratio: float | None, steps_a_year: float) -> float | None:
    return None if ratio is None else ratio * float(np.sqrt(steps_a_year))
