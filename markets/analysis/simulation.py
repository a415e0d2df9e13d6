"""Simulation of a portfolio by a circular block bootstrap of past days. Pure.

1. Daily log returns of all coins are taken at their common times: a drawn day is the same day for every coin, which
   keeps their correlation.
2. Paths consist of blocks of consecutive days (a week by default), drawn with replacement and wrapping at the end,
   which keeps trends and volatility clusters within a block.
3. ``hodl`` keeps the amounts; ``rebalance`` restores the first weights every 7 days; ``dca`` begins with cash and
   invests an equal part every 7 days, at the first weights. Cash earns nothing; trading costs nothing.

Only days of the history are drawn: the range of outcomes is that of the past.

Source: H. R. Künsch (1989) and D. Politis and J. Romano, A Circular Block-Resampling Procedure (1992).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from markets.analysis.performance import MAX_LOG_GROWTH, drawdowns
from markets.analysis.series import Floats, Ints

STRATEGIES = ("hodl", "rebalance", "dca")
PERCENTILES = (5, 25, 50, 75, 95)
BLOCK = 7
REBALANCE_DAYS = 7
"""Days between rebalancings, and between instalments."""
MIN_COMMON_DAYS = 60
"""Fewest days of common history for a simulation."""
DAYS_A_YEAR = 365.25
MIN_ANNUALISED_DAYS = 30


class NotEnoughHistory(ValueError):  # noqa: N818 - a fact about the history, not a fault
    """The coins have too few common days."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Parameters of a simulation: initial money, weights by coin (adding up to 1), strategy, days, paths and seed."""

    money: float
    weights: Floats
    strategy: str
    days: int
    paths: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """Result of a simulation: wealth by path and day, the start included, and figures derived from it."""

    wealth: Floats
    drawn_from: int

    @property
    def final(self) -> Floats:
        """Final wealth by path."""
        return np.asarray(self.wealth[:, -1], dtype=np.float64)

    @property
    def returns(self) -> Floats:
        """Return of the whole period by path, in percent."""
        return (self.final / self.wealth[:, 0] - 1) * 100

    @property
    def annualized(self) -> Floats | None:
        """Annualised return by path in percent; None if the period is too short or a path grew too much."""
        days = self.wealth.shape[1] - 1
        if days < MIN_ANNUALISED_DAYS:
            return None
        a_year = np.log(self.final / self.wealth[:, 0]) * DAYS_A_YEAR / days
        return np.expm1(a_year) * 100 if a_year.max() <= MAX_LOG_GROWTH else None

    @property
    def max_drawdown(self) -> Floats:
        """Largest drawdown by path, in percent."""
        return np.asarray(drawdowns(self.wealth).max(axis=1) * 100, dtype=np.float64)

    @property
    def volatility(self) -> Floats | None:
        """Annualised standard deviation of daily returns, in percent; None with fewer than two days."""
        daily = self._daily()
        return daily.std(axis=1, ddof=1) * math.sqrt(DAYS_A_YEAR) * 100 if daily.shape[1] > 1 else None

    @property
    def sharpe(self) -> Floats | None:
        """Annualised Sharpe ratio with risk-free rate 0; None if the period is too short or a path never moved."""
        daily = self._daily()
        if daily.shape[1] < MIN_ANNUALISED_DAYS:
            return None
        deviation = daily.std(axis=1, ddof=1)
        return daily.mean(axis=1) / deviation * math.sqrt(DAYS_A_YEAR) if (deviation > 1e-12).all() else None

    def _daily(self) -> Floats:
        return np.diff(self.wealth, axis=1) / self.wealth[:, :-1]


def joint_returns(returns: Mapping[str, Mapping[int, float]]) -> Floats:
    """Log returns at the times that all coins have one, as (day, coin) in order of time. Raises NotEnoughHistory."""
    common = sorted(set.intersection(*(set(series) for series in returns.values())))
    if len(common) < MIN_COMMON_DAYS:
        raise NotEnoughHistory(f"{MIN_COMMON_DAYS} days of common history are needed, and there are {len(common)}")
    return np.array([[series[t] for series in returns.values()] for t in common])


def simulate(history: Floats, plan: Plan) -> Simulation:
    """Simulate the plan over drawn days; the same history, plan and seed give the same paths."""
    rng = np.random.default_rng(plan.seed)
    drawn = _blocks(len(history), plan.days, plan.paths, rng)
    growth = np.exp(history)
    wealth = np.empty((plan.paths, plan.days + 1))
    wealth[:, 0] = plan.money
    parts = _instalments(plan.days) if plan.strategy == "dca" else 1
    cash = np.full(plan.paths, plan.money * (1 - 1 / parts))
    holdings = np.tile(plan.money / parts * plan.weights, (plan.paths, 1))
    for day in range(1, plan.days + 1):
        holdings = holdings * growth[drawn[:, day - 1]]
        wealth[:, day] = holdings.sum(axis=1) + cash
        if plan.strategy == "rebalance" and day % REBALANCE_DAYS == 0:
            holdings = holdings.sum(axis=1)[:, None] * plan.weights
        elif plan.strategy == "dca" and day % REBALANCE_DAYS == 0 and day < plan.days:
            holdings = holdings + plan.money / parts * plan.weights
            cash = cash - plan.money / parts
    return Simulation(wealth, len(history))


def _instalments(days: int) -> int:
    """Number of dca instalments: one at the start, and one every seven days while at least one day is left."""
    return 1 + (days - 1) // REBALANCE_DAYS


def _blocks(length: int, days: int, paths: int, rng: np.random.Generator) -> Ints:
    """Indices into the history for each (path, day)."""
    starts = rng.integers(0, length, size=(paths, math.ceil(days / BLOCK)))
    indices = (starts[:, :, None] + np.arange(BLOCK)) % length
    return indices.reshape(paths, -1)[:, :days].astype(np.int64)


def percentiles_of(values: Floats, percentiles: Sequence[int] = PERCENTILES) -> dict[str, float]:
    """Percentiles over the paths: {"p5": ..., "p25": ...}."""
    return {f"p{q}": float(value) for q, value in zip(percentiles, np.percentile(values, percentiles), strict=True)}
