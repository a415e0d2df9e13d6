"""Momentum of a coin from its own returns, and combination of several scores. Pure. No advice.

Momentum is the week's log return over the volatility of one week, mapped to (-1, 1) by tanh(z / 2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WEEK = 7
MIN_CLOSES = 15
"""One week's return needs at least two weeks of returns to compare it with."""
MIN_SCORES = 2


@dataclass(frozen=True, slots=True)
class Momentum:
    """Returns as fractions; ``volatility`` is the standard deviation of daily log returns; ``count`` of closes."""

    score: float
    return_1d: float
    return_7d: float
    return_30d: float | None
    volatility: float
    count: int


@dataclass(frozen=True, slots=True)
class Overall:
    """Mean of the scores, and their agreement: confidence is 1 if all scores are known and equal."""

    score: float
    confidence: float


def momentum(closes: Sequence[float]) -> Momentum | None:
    """Momentum of daily closes, oldest first; None if they are too few or never moved."""
    if len(closes) < MIN_CLOSES or min(closes) <= 0:
        return None
    returns = [math.log(after / before) for before, after in pairwise(closes)]
    mean = math.fsum(returns) / len(returns)
    volatility = math.sqrt(math.fsum((value - mean) ** 2 for value in returns) / (len(returns) - 1))
    if volatility == 0:
        return None
    strength = math.log(closes[-1] / closes[-1 - WEEK]) / (volatility * math.sqrt(WEEK))
    month = closes[-1] / closes[-31] - 1 if len(closes) > 30 else None
    return Momentum(
        score=round(math.tanh(strength / 2), 4),
        return_1d=closes[-1] / closes[-2] - 1,
        return_7d=closes[-1] / closes[-1 - WEEK] - 1,
        return_30d=month,
        volatility=volatility,
        count=len(closes),
    )


def combine_scores(scores: Sequence[float | None]) -> Overall | None:
    """Combine the known scores; None if fewer than ``MIN_SCORES`` are known."""
    known = [score for score in scores if score is not None]
    if len(known) < MIN_SCORES:
        return None
    agreement = 1 - (max(known) - min(known)) / 2
    return Overall(round(math.fsum(known) / len(known), 4), round(len(known) / len(scores) * agreement, 4))
