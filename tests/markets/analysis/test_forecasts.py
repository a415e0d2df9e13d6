"""Forecasts know their worth: calibrated intervals, skill where there is some, and none claimed where there is none."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from markets.analysis import forecasts
from markets.analysis.forecast_models import MODELS
from markets.analysis.forecasts import NotEnoughHistory, days_needed, forecast, gain_t
from markets.analysis.volatility import ewma

ALL = list(MODELS)
NAMES = tuple(MODELS)


def calm(rng: np.random.Generator, count: int) -> Any:
    """Independent returns of one size."""
    return rng.normal(0, 0.03, count)


def stormy(rng: np.random.Generator, count: int) -> Any:
    """Fat tails and volatility in clusters, as GARCH(1,1) makes them."""
    shocks, returns, spread = rng.standard_t(4, count) / np.sqrt(2), [], 0.03
    for shock in shocks:
        returns.append(spread * shock)
        spread = np.sqrt(2e-5 + 0.1 * min(returns[-1] ** 2, 0.04) + 0.88 * spread**2)
    return np.array(returns)


def trending(rng: np.random.Generator, count: int) -> Any:
    """Returns that last: each is the mean of twenty shocks."""
    return np.convolve(rng.normal(0, 0.02, count + 19), np.ones(20) / 6, "valid")


def prices(returns: Any) -> Any:
    return 100 * np.exp(np.cumsum(returns))


@pytest.mark.parametrize("horizon", [1, 7, 14])
def test_80_percent_intervals_hold_what_comes_80_percent_of_the_time(horizon: int) -> None:
    rng = np.random.default_rng(20)
    held = []
    for market in (calm, stormy):
        for _ in range(200):
            close = prices(market(rng, 500 + horizon))
            last = forecast(close[:500], horizon, ALL).steps[-1]
            held.append(last.lower <= close[-1] <= last.upper)
    print(f"coverage {horizon} ahead over {len(held)} series: {np.mean(held):.3f}")
    assert np.mean(held) == pytest.approx(0.80, abs=0.05)


@pytest.mark.parametrize("horizon", [1, 7, 30])
def test_the_coverage_that_is_shipped_is_80_percent_over_many_windows(horizon: int) -> None:
    rng = np.random.default_rng(21)
    found = [forecast(prices(stormy(rng, 500)), horizon, ALL).skill for _ in range(60)]
    windows = sum(skill.windows for skill in found)
    coverage = sum(skill.coverage * skill.windows for skill in found) / windows
    print(f"shipped coverage {horizon} ahead over {windows} windows: {coverage:.3f}")
    assert windows > 15_000
    assert coverage == pytest.approx(0.80, abs=0.05)


def test_where_returns_last_a_model_beats_the_random_walk_and_says_so() -> None:
    found = forecast(prices(trending(np.random.default_rng(3), 500)), 7, ALL)
    assert found.model == "damped_trend"
    assert found.skill.mae_ratio < 0.9
    assert found.skill.proven


def test_where_there_is_nothing_to_know_skill_is_seldom_claimed() -> None:
    rng = np.random.default_rng(4)
    found = [forecast(prices(calm(rng, 500)), 7, ALL).skill for _ in range(100)]
    assert sum(skill.proven for skill in found) <= 7
    assert np.mean([skill.mae_ratio for skill in found]) > 0.99


def test_a_random_walk_alone_forecasts_the_last_close_and_claims_no_skill() -> None:
    close = prices(calm(np.random.default_rng(5), 500))
    found = forecast(close, 7, ["random_walk"])
    assert [step.price for step in found.steps] == pytest.approx([close[-1]] * 7)
    assert (found.skill.mae_ratio, found.skill.t, found.skill.proven) == (1.0, None, False)


def test_the_first_in_the_chain_stands_unless_another_is_clearly_better() -> None:
    close = prices(calm(np.random.default_rng(6), 500))
    rivals = forecast(close, 1, ALL).rivals
    close_ones = [name for name in ALL if abs(rivals[name] - 1) < 0.005]
    assert len(close_ones) > 1
    for first in close_ones:
        assert forecast(close, 1, [first, *(name for name in close_ones if name != first)]).model == first


def test_a_model_that_is_switched_off_is_not_used() -> None:
    close = prices(trending(np.random.default_rng(3), 500))
    found = forecast(close, 7, [name for name in ALL if name != "damped_trend"])
    assert found.model != "damped_trend"
    assert "damped_trend" not in found.rivals


def test_intervals_contain_the_forecast_and_widen_with_the_days() -> None:
    steps = forecast(prices(stormy(np.random.default_rng(7), 500)), 30, ALL).steps
    assert [step.day for step in steps] == list(range(1, 31))
    assert all(step.lower < step.price < step.upper for step in steps)
    widths = [np.log(step.upper / step.lower) for step in steps]
    assert widths[29] > 1.5 * widths[6] > 2 * widths[0]


def test_after_a_storm_intervals_are_wider_than_after_a_calm() -> None:
    rng = np.random.default_rng(8)
    quiet = rng.normal(0, 0.01, 480)
    calm_now = forecast(prices(np.concatenate([quiet, rng.normal(0, 0.01, 20)])), 1, ALL).steps[0]
    storm_now = forecast(prices(np.concatenate([quiet, rng.normal(0, 0.05, 20)])), 1, ALL).steps[0]
    assert storm_now.upper / storm_now.lower > (calm_now.upper / calm_now.lower) ** 2


@pytest.mark.parametrize("name", NAMES)
def test_no_model_sees_ahead(name: str) -> None:
    logs = np.log(prices(stormy(np.random.default_rng(9), 300)))
    changed = np.concatenate([logs[:200], logs[200:] + 1])
    assert MODELS[name].expected(changed, 7)[:200].tolist() == MODELS[name].expected(logs, 7)[:200].tolist()


def test_volatility_does_not_see_ahead_and_follows_its_formula() -> None:
    returns = stormy(np.random.default_rng(10), 100)
    found = ewma(returns)
    assert np.isnan(found[:19]).all()
    assert found[19] == pytest.approx(np.sqrt(np.mean(returns[:20] ** 2)))
    assert found[20] ** 2 == pytest.approx(0.94 * found[19] ** 2 + 0.06 * returns[20] ** 2)
    assert ewma(returns[:50])[:50].tolist()[19:] == found[:50].tolist()[19:]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("random_walk", 0.0),
        ("random_walk_drift", 0.01 * 3),
        ("momentum", 0.01 * 3),
        ("damped_trend", 0.01 * (0.85 + 0.85**2 + 0.85**3)),
        ("mean_reversion", -0.01 * 14.5 * (1 - 0.97**3)),
    ],
)
def test_on_a_straight_line_each_model_says_what_it_promises(name: str, expected: float) -> None:
    assert MODELS[name].expected(np.arange(500, dtype=np.float64) * 0.01, 3)[-1] == pytest.approx(expected, rel=1e-9)


def test_the_gains_statistic_is_a_t_test_where_nothing_overlaps() -> None:
    gains = np.random.default_rng(11).normal(0.1, 1, 200)
    assert gain_t(gains, 1) == pytest.approx(gains.mean() / gains.std() * np.sqrt(200))
    assert gain_t(np.zeros(50), 7) is None


def test_overlapping_windows_weigh_less() -> None:
    gains = np.repeat(np.random.default_rng(12).normal(0.3, 1, 40), 7)
    overlapping, apart = gain_t(gains, 7), gain_t(gains, 1)
    assert overlapping is not None
    assert apart is not None
    assert abs(overlapping) < abs(apart) / 2


@pytest.mark.parametrize("horizon", [1, 30])
def test_too_short_a_history_is_refused_and_just_enough_is_not(horizon: int) -> None:
    close = prices(calm(np.random.default_rng(13), days_needed(horizon)))
    assert forecast(close, horizon, ALL).skill.windows >= forecasts.MIN_WINDOWS
    with pytest.raises(NotEnoughHistory, match=f"{days_needed(horizon)} closed days are needed"):
        forecast(close[1:], horizon, ALL)


def test_a_price_that_is_always_the_same_at_that_distance_is_not_forecast() -> None:
    with pytest.raises(NotEnoughHistory, match="did not move over so many days"):
        forecast(np.array([100.0, 101.0] * 250), 2, ALL)


def test_a_price_that_does_not_move_is_not_forecast() -> None:
    with pytest.raises(NotEnoughHistory, match="did not move"):
        forecast(np.ones(500), 7, ALL)


def test_how_long_a_forecast_takes_on_500_days() -> None:
    close = prices(stormy(np.random.default_rng(14), 500))
    forecast(close, 30, ALL)
    began = time.perf_counter()
    found = forecast(close, 30, ALL)
    print(f"30 days ahead from 500 closes: {(time.perf_counter() - began) * 1000:.1f} ms")
    assert len(found.steps) == 30
