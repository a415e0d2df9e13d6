"""Local forecast models: from past log prices to the expected log return of each coming day. Pure.

For every past day at once a model gives the return expected of the next day, and the damping from day to day:
slope, slope × damping, slope × damping², … The value at a day depends on that day and earlier ones only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from markets.analysis.series import Floats

YEAR, MONTH = 365, 30
SMOOTHING = 0.1
FADING = 0.85
PULL = 0.03


@dataclass(frozen=True, slots=True)
class Model:
    """A forecast model.

    ``slope`` gives, at each day, the log return expected of the next day; zero while the history is too short.
    """

    name: str
    about: str
    slope: Callable[[Floats], Floats]
    damping: float = 1.0

    def expected(self, logs: Floats, days: int) -> Floats:
        """Log return expected over the coming ``days``, at each day."""
        return self.slope(logs) * float(np.sum(self.damping ** np.arange(days)))


def _none(logs: Floats) -> Floats:
    return np.zeros(len(logs))


def _mean_step(logs: Floats, days: int) -> Floats:
    """Mean daily return over up to ``days`` days before each day."""
    span = np.minimum(np.arange(len(logs)), days)
    return (logs - logs[np.arange(len(logs)) - span]) / np.maximum(span, 1)


def _drift(logs: Floats) -> Floats:
    return _mean_step(logs, YEAR)


def _momentum(logs: Floats) -> Floats:
    return _mean_step(logs, MONTH)


def _damped_trend(logs: Floats) -> Floats:
    """Exponentially smoothed return, damped from the first day on."""
    smoothed, level = [0.0], 0.0
    for step in np.diff(logs).tolist():
        level += SMOOTHING * (step - level)
        smoothed.append(level)
    return np.array(smoothed) * FADING


def _reversion(logs: Floats) -> Floats:
    """Pull towards the mean of the last 30 days."""
    sums = np.concatenate([[0.0], np.cumsum(logs)])
    end = np.arange(1, len(logs) + 1)
    start = np.maximum(end - MONTH, 0)
    mean = (sums[end] - sums[start]) / (end - start)
    return np.asarray((mean - logs) * PULL, dtype=np.float64)


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model("random_walk", "The price stays where it is: the benchmark of the other models.", _none),
        Model("random_walk_drift", "The price continues at the mean daily return of the last 365 days.", _drift),
        Model("damped_trend", "The smoothed daily return continues and fades by 15 % a day.", _damped_trend, FADING),
        Model("momentum", "The price continues at the mean daily return of the last 30 days.", _momentum),
        Model("mean_reversion", "The price closes 3 % of the gap to its 30-day mean per day.", _reversion, 1 - PULL),
    )
}
NAIVE = "random_walk"
