"""Risk of holding a coin: volatility, drawdown and value at risk. Pure.

Percentages are of 100. A figure that needs more candles is None, with a reason. Value at risk is historical, without a
fitted distribution: the loss that one in twenty (95 %) or one in a hundred (99 %) of past candles exceeded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from markets.analysis.performance import drawdowns, max_drawdown
from markets.analysis.series import Columns, Floats, log_returns, steps_per_year
from markets.analysis.volatility import SEED, ewma

MIN_TAIL = 5
"""Fewest losses beyond a quantile: the 95 % level needs 100 returns, the 99 % level 500."""
MIN_RANKED = 60
BANDS = ((90.0, "very high"), (70.0, "high"), (30.0, "usual"), (10.0, "low"))


@dataclass(frozen=True, slots=True)
class Volatility:
    """Annualised volatility expected of the next candle, in percent.

    ``rank`` is the percentage of the coin's own ``ranked`` past values that were lower.
    """

    annual: float | None
    rank: float | None
    ranked: int
    level: str | None
    unknown: dict[str, str]


@dataclass(frozen=True, slots=True)
class Drawdown:
    """Percent below the highest previous close. Times are opening times in unix seconds."""

    now: float
    deepest: float
    peak_t: int
    trough_t: int


@dataclass(frozen=True, slots=True)
class ValueAtRisk:
    """Loss of one candle, in percent, that a fraction ``1 - level`` of ``observations`` exceeded.

    ``shortfall`` is the mean of the losses beyond it. Both are None, with the reason, if observations are too few.
    """

    level: float
    loss: float | None
    shortfall: float | None
    observations: int
    reason: str | None = None


def volatility(close: Floats, interval: str) -> Volatility:
    """Current volatility, and its rank among earlier values."""
    past = ewma(log_returns(close))
    past = past[~np.isnan(past)]
    if not len(past):
        why = f"{SEED + 1} closed candles are needed, and {len(close)} are known"
        return Volatility(None, None, 0, None, {"annual": why, "rank": why})
    annual = float(past[-1]) * math.sqrt(steps_per_year(interval)) * 100
    before = past[:-1]
    if len(before) < MIN_RANKED:
        why = f"{MIN_RANKED} earlier values are needed, and there are {len(before)}"
        return Volatility(annual, None, len(before), None, {"rank": why})
    rank = float((before < past[-1]).mean()) * 100
    return Volatility(annual, rank, len(before), _band(rank), {})


def _band(rank: float) -> str:
    return next((word for least, word in BANDS if rank >= least), "very low")


def drawdown(table: Columns) -> Drawdown:
    """Current and largest drawdown of the closes, with the times of its peak and trough."""
    depths = drawdowns(table.close)
    trough = int(depths.argmax())
    peak = int(table.close[: trough + 1].argmax())
    return Drawdown(float(depths[-1]) * 100, max_drawdown(table.close), int(table.t[peak]), int(table.t[trough]))


def value_at_risk(close: Floats, levels: Sequence[float] = (0.95, 0.99)) -> list[ValueAtRisk]:
    """Historical value at risk of single candles at each level."""
    losses = np.sort(1 - close[1:] / close[:-1])[::-1]
    return [_tail(losses, level) for level in levels]


def _tail(losses: Floats, level: float) -> ValueAtRisk:
    needed = math.ceil(MIN_TAIL / (1 - level) - 1e-9)
    if len(losses) < needed:
        why = f"{needed} returns are needed, and there are {len(losses)}"
        return ValueAtRisk(level, None, None, len(losses), why)
    beyond = losses[: math.floor(len(losses) * (1 - level) + 1e-9)]
    return ValueAtRisk(level, float(losses[len(beyond)]) * 100, float(beyond.mean()) * 100, len(losses))


def assess(table: Columns, interval: str) -> dict[str, Any]:
    """Risk figures as the response body has them; ``risk_level`` is None without a volatility rank."""
    moves, fall, tails = volatility(table.close, interval), drawdown(table), value_at_risk(table.close)
    return {
        "volatility": {
            "annualized_percent": moves.annual,
            "percentile": moves.rank,
            "compared_with": moves.ranked,
            "level": moves.level,
            "unknown": moves.unknown,
            "method": "EWMA of squared log returns, decay 0.94; percentile among the coin's own earlier values",
        },
        "drawdown": {
            "current_percent": fall.now,
            "max_percent": fall.deepest,
            "peak_t": fall.peak_t,
            "trough_t": fall.trough_t,
        },
        "value_at_risk": [
            {
                "level": tail.level,
                "horizon": f"one candle of {interval}",
                "loss_percent": tail.loss,
                "expected_shortfall_percent": tail.shortfall,
                "observations": tail.observations,
                "reason": tail.reason,
            }
            for tail in tails
        ],
        "risk_level": moves.level,
    }
