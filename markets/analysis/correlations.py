"""How coins move together: correlations of log returns, aligned by time. Pure.

A return belongs to the candle it ends with, and is only taken where the candle just before it is known too: a gap is
not one long return. Of two coins, only the returns that both have at the same time are compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from markets.analysis.series import closed
from providers.domain.market_data import INTERVALS, Candle

MIN_COMMON_RETURNS = 20
"""Fewer common returns than this leave the correlation anywhere: ±0.4 and more by chance alone."""

MAX_CANDLES = 1000
"""Candles asked for per coin, at most."""

STRENGTHS = ((0.8, "very strong"), (0.6, "strong"), (0.4, "moderate"), (0.2, "weak"))


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's correlation of two coins over their common returns, or why there is none.

    ``low`` and ``high`` bound it with 95 % confidence (Fisher's transformation).
    """

    value: float | None
    observations: int
    low: float | None = None
    high: float | None = None
    reason: str | None = None


def interval_for(days: int) -> str:
    """The shortest of 1h, 4h and 1d whose candles of so many days can be had in one go."""
    return next(name for name in ("1h", "4h", "1d") if days * 86_400 / INTERVALS[name] + 1 <= MAX_CANDLES)


def returns_by_time(candles: Sequence[Candle], interval: str) -> dict[int, float]:
    """Log returns by the unix time their candle opens."""
    closes = {int(candle.opens.timestamp()): float(candle.close) for candle in closed(candles)}
    step = INTERVALS[interval]
    return {t: math.log(close / closes[t - step]) for t, close in closes.items() if t - step in closes}


def matrix(returns: Mapping[str, Mapping[int, float]]) -> dict[str, dict[str, Correlation]]:
    """Every coin against every coin."""
    names = list(returns)
    table: dict[str, dict[str, Correlation]] = {name: {} for name in names}
    for i, one in enumerate(names):
        for other in names[i:]:
            table[one][other] = table[other][one] = correlate(returns[one], returns[other], same=one == other)
    return {one: {other: table[one][other] for other in names} for one in names}


def correlate(one: Mapping[int, float], other: Mapping[int, float], *, same: bool = False) -> Correlation:
    """Two coins' returns by time, compared where both have one."""
    common = sorted(one.keys() & other.keys())
    count = len(common)
    if count < MIN_COMMON_RETURNS:
        return Correlation(None, count, reason=f"{MIN_COMMON_RETURNS} common returns are needed, and there are {count}")
    a, b = np.array([one[t] for t in common]), np.array([other[t] for t in common])
    if min(a.std(), b.std()) < 1e-12:
        return Correlation(None, count, reason="one of them did not move")
    if same:
        return Correlation(1.0, count, 1.0, 1.0)
    value = float(np.clip(np.corrcoef(a, b)[0, 1], -1.0, 1.0))
    reach = 1.96 / math.sqrt(count - 3)
    centre = math.atanh(min(max(value, -1 + 1e-12), 1 - 1e-12))
    return Correlation(value, count, math.tanh(centre - reach), math.tanh(centre + reach))


def in_words(found: Correlation) -> str:
    """A correlation for people; where chance alone explains it, that is what is said."""
    if found.value is None or found.low is None or found.high is None:
        return found.reason or "unknown"
    if found.low <= 0 <= found.high:
        return "not distinguishable from none"
    strength = next((word for least, word in STRENGTHS if abs(found.value) >= least), "very weak")
    return f"{strength} {'positive' if found.value > 0 else 'negative'}"
