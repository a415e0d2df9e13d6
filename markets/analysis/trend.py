"""Direction and strength of a price trend, with a test against noise. Pure.

Direction is a t-test of the mean log return against zero. Strength is Kaufman's efficiency ratio: net change over the
sum of absolute changes, 0 to 1 (P. Kaufman, Trading Systems and Methods, 1995).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from markets.analysis.series import Floats, log_returns

MIN_RETURNS = 10
SURE_T = 1.96


@dataclass(frozen=True, slots=True)
class Trend:
    """Trend of a price. ``direction`` is up, down, or sideways if not significant; ``change`` is in percent."""

    direction: str | None
    strength: float | None
    t: float | None
    change: float | None
    returns: int
    reason: str | None = None


def trend(close: Floats) -> Trend:
    """Trend over all the closes."""
    steps = log_returns(close)
    if len(steps) < MIN_RETURNS:
        return Trend(
            None, None, None, None, len(steps), f"{MIN_RETURNS} returns are needed, and there are {len(steps)}"
        )
    change = (float(close[-1] / close[0]) - 1) * 100
    path = float(np.abs(steps).sum())
    deviation = float(steps.std(ddof=1))
    if path == 0:
        return Trend("sideways", 0.0, None, change, len(steps))
    t = float(steps.mean()) / deviation * math.sqrt(len(steps)) if deviation > 1e-12 else math.copysign(99.0, change)
    return Trend(_direction(t), abs(float(steps.sum())) / path, t, change, len(steps))


def _direction(t: float) -> str:
    if abs(t) < SURE_T:
        return "sideways"
    return "up" if t > 0 else "down"
