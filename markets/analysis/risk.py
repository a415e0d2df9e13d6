"""What holding a coin has been like: volatility, drawdown, and what was lost on its worst candles. Pure.

Percentages are of 100. What too few candles cannot say is None, with a reason. Value at risk is read off past returns,
without a distribution: the loss that one in twenty (95 %) or one in a hundred (99 %) of them exceeded.
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
"""Losses beyond a quantile that are needed to name it: 95 % wants 100 returns, 99 % wants 500."""
MIN_RANKED = 60
BANDS = ((90.0, "very high"), (70.0, "high"), (30.0, "usual"), (10.0, "low"))


@dataclass(frozen=True, slots=True)
class Volatility:
    """Annualised, in percent, as expected of the next candle. ``rank`` is the percentage of ``ranked`` past values
    that were lower: the coin's own, nobody else's.
    """

    annual: float | None
    rank: float | None
    ranked: int
    level: str | None
    unknown: dict[str, str]


@dataclass(frozen=True, slots=True)
class Drawdown:
    """In percent below the highest close before. Times are unix seconds of candles' opens."""

    now: float
    deepest: float
    peak_t: int
    trough_t: int


@dataclass(frozen=True, slots=True)
class ValueAtRisk:
    """The loss of one candle, in percent, that a fraction ``1 - level`` of ``observations`` exceeded, and their mean
    beyond it. None, with the reason, where they are too few for the level.
    """

    level: float
    loss: float | None
    shortfall: float | None
    observations: int
    reason: str | None = None


def volatility(close: Floats, interval: str) -> Volatility:
    """How much the price moves now, and how that compares with before."""
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
    """Where the price stands below its highest close of the span, and where it stood lowest."""
    depths = drawdowns(table.close)
    trough = int(depths.argmax())
    peak = int(table.close[: trough + 1].argmax())
    return Drawdown(float(depths[-1]) * 100, max_drawdown(table.close), int(table.t[peak]), int(table.t[trough]))


def value_at_risk(close: Floats, levels: Sequence[float] = (0.95, 0.99)) -> list[ValueAtRisk]:
    """The losses of single candles at each level, by history."""
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
    """All of it, ready to be said. An overall word needs the rank: without one it is None."""
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
