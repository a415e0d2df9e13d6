"""Forecasts that know their worth: simple local models, chosen and judged by what they would have said before. Pure.

1. At every past day each model is asked for its forecast of the days after it: a rolling backtest.
2. The first model in the chain stands, unless a later one's mean absolute error so far was lower by over 1 %. That
   rule is itself followed through the past, so its skill is measured on days that had no part in the choice.
3. Intervals are split conformal: the quantile of the model's newest errors, each divided by the volatility expected
   when it was made (EWMA), times the volatility expected now.
4. Skill is the mean absolute error over that of a random walk on the same days, with a Diebold-Mariano test that
   allows for overlapping horizons. Coverage is how often the interval held that could have been given at the time.

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
"""Errors an interval is made from: the newest, so that it follows the market."""
MIN_ERRORS = 30
"""Fewer make no interval, and decide on no model."""
MIN_WINDOWS = 30
"""Fewer say nothing about skill."""
WARM_UP = 60
"""Days a model sees before its first forecast is judged."""
MARGIN = 0.01
SIGNIFICANT_T = 1.645
"""One-sided, 5 %."""


class NotEnoughHistory(ValueError):  # noqa: N818 - a fact about the history, not a fault
    """Too few candles to forecast and to say how well."""


@dataclass(frozen=True, slots=True)
class Skill:
    """How the forecasts would have done against a random walk.

    ``coverage`` is the fraction of ``windows`` in which the interval held; of overlapping windows, ``independent``
    is how many do not overlap. ``t`` is the Diebold-Mariano statistic; None where the forecasts are a random walk's.
    """

    horizon: int
    mae_ratio: float
    coverage: float
    windows: int
    t: float | None

    @property
    def independent(self) -> int:
        return self.windows // self.horizon

    @property
    def proven(self) -> bool:
        """Whether the errors are smaller than a random walk's by more than chance explains."""
        return self.t is not None and self.t > SIGNIFICANT_T


@dataclass(frozen=True, slots=True)
class Step:
    """One coming day: the price expected, and what it lies between with a probability of ``LEVEL``."""

    day: int
    price: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """A model's forecast from the last close, day by day, with the skill at its last day.

    ``rivals`` are the mean absolute errors of all models over a random walk's, at that day, over ``windows``: the
    whole past.
    """

    model: str
    steps: tuple[Step, ...]
    skill: Skill
    rivals: dict[str, float]
    windows: int


def days_needed(horizon: int) -> int:
    """Closed days needed for a forecast of so many days with a measured skill."""
    return WARM_UP + 2 * horizon + MIN_ERRORS + MIN_WINDOWS


def forecast(close: Floats, horizon: int, models: Sequence[str]) -> Forecast:
    """Forecast ``horizon`` days from daily closes, oldest first, by the best of the models named. Raises NotEnough."""
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


# -- the past --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """Forecasts at past origins over one horizon, and what came.

    ``errors`` is (model, origin) in log returns, ``came`` a random walk's errors; ``spread`` the volatility expected
    over the horizon; ``choice`` the model's place taken at each origin, and last of all now.
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
    """The model's place that the rule takes at each origin and now, by the errors that had come to light by then."""
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
    """How many of the first errors have come to light at each origin: those made at least a horizon before it."""
    return np.maximum(np.arange(count, dtype=np.int64) - horizon + 1, 0)


def _rivals(past: _Past, models: Sequence[str]) -> dict[str, float]:
    naive = float(np.abs(past.naive_errors).mean())
    return {name: float(np.abs(past.errors[place]).mean()) / naive for place, name in enumerate(models)}


# -- intervals -------------------------------------------------------------------------------------------------------


def _step(logs: Floats, spread: Floats, name: str, day: int) -> Step:
    """The forecast of one coming day, with the interval that the same model's past errors at that distance make."""
    expected = MODELS[name].expected(logs, day)
    origins = slice(max(WARM_UP, len(logs) - day - CALIBRATION), len(logs) - day)
    errors = np.abs(logs[origins.start + day :] - logs[origins] - expected[origins])
    reach = conformal(errors / spread[origins], day) * spread[-1]
    price, middle = math.exp(logs[-1]), float(expected[-1])
    return Step(day, price * math.exp(middle), price * math.exp(middle - reach), price * math.exp(middle + reach))


def conformal(scores: Floats, horizon: int) -> float:
    """The smallest score that at least ``LEVEL`` of all scores, the coming one counted in, do not exceed.

    Errors over overlapping days are not independent: the coming one weighs as much as the scores that stand for one.
    """
    rank = math.ceil(LEVEL * (len(scores) + _overlap(horizon)))
    return float(np.partition(scores, min(rank, len(scores)) - 1)[min(rank, len(scores)) - 1])


def _overlap(horizon: int) -> float:
    """How many overlapping windows know as much as one: 1 plus twice the sum of their squares' autocorrelations."""
    return 1 + 2 * sum((1 - lag / horizon) ** 2 for lag in range(1, horizon))


# -- skill -----------------------------------------------------------------------------------------------------------


def _skill(past: _Past) -> Skill:
    """What following the rule would have brought at each origin where an interval could be given."""
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
    """The Diebold-Mariano statistic of the mean gain, its variance by Newey and West over the overlap."""
    if not gains.any():
        return None
    centred = gains - gains.mean()
    variance = float(centred @ centred)
    for lag in range(1, horizon):
        variance += 2 * (1 - lag / horizon) * float(centred[lag:] @ centred[:-lag])
    error = math.sqrt(max(variance, 1e-30)) / len(gains)
    return float(gains.mean()) / error
