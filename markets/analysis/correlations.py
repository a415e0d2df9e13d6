"""Correlations of log returns between coins, aligned by time. Pure.

A return belongs to the candle it ends with, and counts only if the candle just before is known too: a gap is not one
long return. Two coins are compared over the returns that both have at the same time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from markets.analysis.series import closed
from providers.domain.market_data import INTERVALS, Candle

MIN_COMMON_RETURNS = 20
"""With fewer common returns chance alone explains a correlation of ±0.4 and more."""

MAX_CANDLES = 1000
"""Most candles requested per coin."""

STRENGTHS = ((0.8, "very strong"), (0.6, "strong"), (0.4, "moderate"), (0.2, "weak"))


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's correlation of two coins over their common returns, or the reason why it is unknown.

    ``low`` and ``high`` are the bounds of the 95 % confidence interval (Fisher's transformation).
    """

    value: float | None
    observations: int
    low: float | None = None
    high: float | None = None
    reason: str | None = None


def interval_for(days: int) -> str:
    """Shortest of 1h, 4h and 1d that covers ``days`` in one request."""
    return next(name for name in ("1h", "4h", "1d") if days * 86_400 / INTERVALS[name] + 1 <= MAX_CANDLES)


def returns_by_time(candles: Sequence[Candle], interval: str) -> dict[int, float]:
    """Log returns of closed candles, by the opening time of their candle in unix seconds."""
    closes = {int(candle.opens.timestamp()): float(candle.close) for candle in closed(candles)}
    step = INTERVALS[interval]
    return {t: math.log(close / closes[t - step]) for t, close in closes.items() if t - step in closes}


def matrix(returns: Mapping[str, Mapping[int, float]]) -> dict[str, dict[str, Correlation]]:
    """Correlations of every coin with every coin, by name."""
    names = list(returns)
    table: dict[str, dict[str, Correlation]] = {name: {} for name in names}
    for i, name in enumerate(names):
        for other in names[i:]:
            table[name][other] = table[other][name] = correlate(returns[name], returns[other], same=name == other)
    return {name: {other: table[name][other] for other in names} for name in names}


def correlate(first: Mapping[int, float], second: Mapping[int, float], *, same: bool = False) -> Correlation:
    """Correlate two series of returns by time over their common times."""
    common = sorted(first.keys() & second.keys())
    count = len(common)
    if count < MIN_COMMON_RETURNS:
        return Correlation(None, count, reason=f"{MIN_COMMON_RETURNS} common returns are needed, and there are {count}")
    a, b = np.array([first[t] for t in common]), np.array([second[t] for t in common])
    if min(a.std(), b.std()) < 1e-12:
        return Correlation(None, count, reason="one of the coins did not move")
    if same:
        return Correlation(1.0, count, 1.0, 1.0)
    value = float(np.clip(np.corrcoef(a, b)[0, 1], -1.0, 1.0))
    reach = 1.96 / math.sqrt(count - 3)
    centre = math.atanh(min(max(value, -1 + 1e-12), 1 - 1e-12))
    return Correlation(value, count, math.tanh(centre - reach), math.tanh(centre + reach))


def in_words(correlation: Correlation) -> str:
    """Describe a correlation in words; one that chance explains is "not distinguishable from none"."""
    if correlation.value is None or correlation.low is None or correlation.high is None:
        return correlation.reason or "unknown"
    if correlation.low <= 0 <= correlation.high:
        return "not distinguishable from none"
    strength = next((word for least, word in STRENGTHS if abs(correlation.value) >= least), "very weak")
    return f"{strength} {'positive' if correlation.value > 0 else 'negative'}"
