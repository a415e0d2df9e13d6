"""Price forecasts with measured skill: simple local models, selected and judged by a rolling backtest. Pure.

1. At every past day each model forecasts the days after it.
2. The first model of the chain is used unless a later one's mean absolute error so far is lower by over 1 %. The
   same rule is followed through the past, so skill is measured on days that had no part in the selection.
3. Intervals are split conformal: the quantile of the model's newest errors, each divided by the volatility expected
   at its origin (EWMA), times the volatility expected now.
4. Skill is the mean absolute error over that of a random walk on the same days, with a Diebold-Mariano test that
   allows for overlapping horizons. Coverage is the share of intervals, as computed at the time, that held.

Sources: V. Vovk et al., Algorithmic Learning in a Random World (2005); H. Papadopoulos et al., Normalized
Nonconformity Measures (2008); F. Diebold and R. Mariano, Comparing Predictive Accuracy (1995).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from markets.analysis.forecast_models import MODELS
from markets.analysis.series import Floats, Ints, log_returns
from markets.analysis.volatility import ewma

LEVEL = 0.8
CALIBRATION = 400
"""Number of newest errors that an interval is computed from, so that it follows the market."""
MIN_ERRORS = 30
"""Fewest errors for an interval or for preferring a model."""
MIN_WINDOWS = 30
"""Fewest windows for a measure of skill."""
WARM_UP = 60
"""Days of history before the first forecast that is judged."""
MARGIN = 0.01
SIGNIFICANT_T = 1.645
"""Critical value of a one-sided test at 5 %."""


class NotEnoughHistory(ValueError):  # noqa: N818 - a fact about the history, not a fault
    """The history is too short for a forecast with a measured skill."""


@dataclass(frozen=True, slots=True)
class Skill:
    """Skill of past forecasts against a random walk.

    ``mae_ratio`` below 1 is better than the random walk. ``coverage`` is the fraction of ``windows`` in which the
    interval held. ``t`` is the Diebold-Mariano statistic; None if the forecasts equal the random walk's.
    """

    horizon: int
    mae_ratio: float
    coverage: float
    windows: int
    t: float | None

    @property
    def independent(self) -> int:
        """Number of windows that do not overlap."""
        return self.windows // self.horizon

    @property
    def proven(self) -> bool:
        """Tell if the errors are significantly smaller than a random walk's."""
        return self.t is not None and self.t > SIGNIFICANT_T


@dataclass(frozen=True, slots=True)
class Step:
    """Forecast of one day: the expected price, and an interval that holds with probability ``LEVEL``."""

    day: int
    price: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Forecast of a model from the last close, day by day, with the skill at the last day.

    ``rivals`` holds each model's mean absolute error relative to a random walk's at that day, over ``windows`` past
    origins.
    """

    model: str
    steps: tuple[Step, ...]
    skill: Skill
    rivals: dict[str, float]
    windows: int


def days_needed(horizon: int) -> int:
    """Closed daily candles needed to forecast ``horizon`` days with a measured skill."""
    return WARM_UP + 2 * horizon + MIN_ERRORS + MIN_WINDOWS


def forecast(close: Floats, horizon: int, models: Sequence[str]) -> Forecast:
    """Forecast ``horizon`` days from daily closes, oldest first, by the best of the models.

    Raises NotEnoughHistory.
    """
    if len(close) < days_needed(horizon):
        raise NotEnoughHistory(
            f"{days_needed(horizon)} closed days are needed for {horizon} ahead, and {len(close)} are known"
        )
    logs = np.log(close)
    spread = np.concatenate([[np.nan], ewma(log_returns(close))])
    if not (spread[WARM_UP:] > 0).all():
        raise NotEnoughHistory("the price did not move")
    past = _past(logs, spread, horizon, models)
    name = models[past.choice[-1]]
    steps = tuple(_step(logs, spread, name, day) for day in range(1, horizon + 1))
    skill = _skill(past)
    return Forecast(name, steps, skill, _rivals(past, models), len(past.naive_errors))


# -- rolling backtest ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """Errors of forecasts at past origins over one horizon.

    ``errors`` is (model, origin) in log returns, ``naive_errors`` a random walk's; ``spread`` the volatility expected
    over the horizon; ``choice`` the index of the model selected at each origin and, last, now.
    """

    horizon: int
    errors: Floats
    naive_errors: Floats
    spread: Floats
    choice: Ints


def _past(logs: Floats, spread: Floats, horizon: int, models: Sequence[str]) -> _Past:
    origins = slice(WARM_UP, len(logs) - horizon)
    naive_errors = logs[WARM_UP + horizon :] - logs[origins]
    errors = np.array([naive_errors - MODELS[name].expected(logs, horizon)[origins] for name in models])
    return _Past(horizon, errors, naive_errors, spread[origins] * math.sqrt(horizon), _choices(np.abs(errors), horizon))


def _choices(errors: Floats, horizon: int) -> Ints:
    """Index of the model selected at each origin and now, from the errors known by then."""
    count = errors.shape[1]
    known = np.append(_known(count, horizon), count)
    totals = np.concatenate([np.zeros((len(errors), 1)), np.cumsum(errors, axis=1)], axis=1)
    means = totals[:, known] / np.maximum(known, 1)
    chosen, best = np.zeros(count + 1, dtype=np.int64), means[0].copy()
    for i in range(1, len(errors)):
        better = (means[i] < best * (1 - MARGIN)) & (known >= MIN_ERRORS)
        chosen[better], best[better] = i, means[i][better]
    return chosen


def _known(count: int, horizon: int) -> Ints:
    """Number of errors known at each origin: those of forecasts made at least a horizon earlier."""
    return np.maximum(np.arange(count, dtype=np.int64) - horizon + 1, 0)


def _rivals(past: _Past, models: Sequence[str]) -> dict[str, float]:
    naive = float(np.abs(past.naive_errors).mean())
    return {name: float(np.abs(past.errors[i]).mean()) / naive for i, name in enumerate(models)}


# -- intervals -------------------------------------------------------------------------------------------------------


def _step(logs: Floats, spread: Floats, name: str, day: int) -> Step:
    """Forecast of one day, with the interval from the model's past errors at that distance."""
    expected = MODELS[name].expected(logs, day)
    origins = slice(max(WARM_UP, len(logs) - day - CALIBRATION), len(logs) - day)
    errors = np.abs(logs[origins.start + day :] - logs[origins] - expected[origins])
    reach = conformal(errors / spread[origins], day) * spread[-1]
    price, middle = math.exp(logs[-1]), float(expected[-1])
    return Step(day, price * math.exp(middle), price * math.exp(middle - reach), price * math.exp(middle + reach))


def conformal(scores: Floats, horizon: int) -> float:
    """Smallest score that at least ``LEVEL`` of all scores, the coming one included, do not exceed.

    Errors over overlapping days are not independent: the coming one has the weight of the windows that equal one.
    """
    rank = math.ceil(LEVEL * (len(scores) + _overlap(horizon)))
    return float(np.partition(scores, min(rank, len(scores)) - 1)[min(rank, len(scores)) - 1])


def _overlap(horizon: int) -> float:
    """Number of overlapping windows worth one: 1 plus twice the sum of the autocorrelations of their squares."""
    return 1 + 2 * sum((1 - lag / horizon) ** 2 for lag in range(1, horizon))


# -- skill -----------------------------------------------------------------------------------------------------------


def _skill(past: _Past) -> Skill:
    """Skill of the selection rule over every origin for which an interval can be computed."""
    known = _known(len(past.naive_errors), past.horizon)
    judged = np.flatnonzero(known >= MIN_ERRORS)
    scores = np.abs(past.errors) / past.spread
    inside = sum(
        scores[past.choice[i], i]
        <= conformal(scores[past.choice[i], max(0, known[i] - CALIBRATION) : known[i]], past.horizon)
        for i in judged
    )
    ours, naive = np.abs(past.errors[past.choice[judged], judged]), np.abs(past.naive_errors[judged])
    if not naive.any():
        raise NotEnoughHistory("the price did not move over so many days")
    ratio = float(ours.mean() / naive.mean())
    return Skill(past.horizon, ratio, float(inside) / len(judged), len(judged), gain_t(naive - ours, past.horizon))


def gain_t(gains: Floats, horizon: int) -> float | None:
    """Diebold-Mariano statistic of the mean gain, with Newey-West variance over the overlap; None without any gain."""
    if not gains.any():
        return None
    centred = gains - gains.mean()
    variance = float(centred @ centred)
    for lag in range(1, horizon):
        variance += 2 * (1 - lag / horizon) * float(centred[lag:] @ centred[:-lag])
    error = math.sqrt(max(variance, 1e-30)) / len(gains)
    return float(gains.mean()) / error
