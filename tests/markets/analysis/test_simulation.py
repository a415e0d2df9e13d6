"""Simulated paths are made of days that happened, together for all coins, and the strategies differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from markets.analysis.simulation import REBALANCE_DAYS, NotEnoughHistory, Plan, joint_returns, percentiles_of, simulate

HALF = np.array([0.5, 0.5])


def history(days: int = 300, seed: int = 1, correlation: float = 0.8, drift: float = 0.0) -> Any:
    rng = np.random.default_rng(seed)
    common, own = rng.normal(0, 0.03, days), rng.normal(0, 0.03, days)
    other = correlation * common + np.sqrt(1 - correlation**2) * own
    return np.column_stack([common, other]) + drift


def plan(strategy: str = "hodl", days: int = 30, paths: int = 400, seed: int = 1, weights: Any = HALF) -> Any:
    return Plan(10_000.0, weights, strategy, days, paths, seed)


def test_the_same_seed_gives_the_same_paths_and_another_others() -> None:
    once, again, other = (simulate(history(), plan(seed=seed)).wealth for seed in (5, 5, 6))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


@pytest.mark.parametrize("strategy", ["hodl", "rebalance", "dca"])
def test_every_path_begins_with_the_money_and_has_every_day(strategy: str) -> None:
    wealth = simulate(history(), plan(strategy, days=45)).wealth
    assert wealth.shape == (400, 46)
    assert (wealth[:, 0] == 10_000).all()


def test_a_drawn_day_is_one_that_happened() -> None:
    days = history(days=60)
    wealth = simulate(days, plan(weights=np.array([1.0, 0.0]))).wealth
    drawn = np.diff(np.log(wealth), axis=1)
    nearest = np.abs(drawn[:, :, None] - days[:, 0]).min(axis=2)
    assert nearest.max() < 1e-12


def test_days_are_drawn_in_weeks() -> None:
    days = np.column_stack([np.arange(100) / 1000, np.zeros(100)])
    wealth = simulate(days, plan(days=14, weights=np.array([1.0, 0.0]))).wealth
    places = np.rint(np.diff(np.log(wealth), axis=1) * 1000).astype(int)
    steps = np.diff(places, axis=1) % 100
    within = [place for place in range(13) if (place + 1) % 7]
    assert (steps[:, within] == 1).all()
    assert len(set(steps[:, 6].tolist())) > 10


def test_coins_that_moved_against_each_other_go_on_doing_so() -> None:
    one = np.random.default_rng(2).normal(0, 0.05, 300)
    opposed = np.column_stack([one, np.log(2 - np.exp(one))])
    wealth = simulate(opposed, plan("hodl", days=1)).wealth
    assert np.ptp(wealth[:, 1]) < 1e-6
    together = simulate(np.column_stack([one, one]), plan("hodl", days=1)).wealth
    assert np.ptp(together[:, 1]) > 500


def test_the_strategies_differ_as_their_names_say() -> None:
    days = np.column_stack([np.full(300, np.log(1.01)), np.zeros(300)])
    hodl, rebalance, dca = (simulate(days, plan(name, paths=10)).final[0] for name in ("hodl", "rebalance", "dca"))
    assert hodl == pytest.approx(5000 + 5000 * 1.01**30)
    weeks = 1.0
    for length in (7, 7, 7, 7, 2):
        weeks *= 0.5 + 0.5 * 1.01**length
    assert rebalance == pytest.approx(10_000 * weeks)
    invested = [30 - REBALANCE_DAYS * turn for turn in range(5)]
    assert dca == pytest.approx(5000 + sum(1000 * 1.01**left for left in invested))


def test_money_not_yet_invested_keeps_its_worth() -> None:
    falling = np.column_stack([np.full(300, -0.02)] * 2)
    hodl, dca = simulate(falling, plan("hodl")).final[0], simulate(falling, plan("dca")).final[0]
    assert hodl == pytest.approx(10_000 * np.exp(-0.6))
    assert dca > hodl * 1.2


def test_the_median_of_many_paths_is_the_median_of_the_history() -> None:
    days = history(days=1000, drift=0.002)
    found = simulate(days, plan("hodl", days=60, paths=2000, weights=np.array([1.0, 0.0])))
    assert np.median(np.log(found.final / 10_000)) == pytest.approx(60 * days[:, 0].mean(), abs=0.03)
    assert np.log(found.final).std() == pytest.approx(days[:, 0].std() * 60**0.5, rel=0.15)


def test_percentiles_are_in_order_and_named() -> None:
    answer = percentiles_of(simulate(history(), plan()).final)
    assert list(answer) == ["p5", "p25", "p50", "p75", "p95"]
    assert list(answer.values()) == sorted(answer.values())


def test_what_too_short_a_period_cannot_say_is_none() -> None:
    short, long = simulate(history(), plan(days=20)), simulate(history(), plan(days=30))
    assert (short.annualized, short.sharpe) == (None, None)
    assert long.annualized is not None
    assert long.sharpe is not None
    assert simulate(history(), plan(days=1)).volatility is None


def test_growth_beyond_all_measure_is_not_annualised() -> None:
    assert simulate(np.full((100, 2), 3.0), plan(days=30)).annualized is None


def test_drawdowns_are_between_nothing_and_all() -> None:
    found = simulate(history(), plan()).max_drawdown
    assert (found >= 0).all()
    assert (found < 100).all()
    assert found.max() > 5


def test_only_days_that_all_coins_have_are_drawn_from() -> None:
    one = {day: day / 1000 for day in range(100)}
    other = {day: -day / 1000 for day in range(30, 130)}
    found = joint_returns({"A": one, "B": other})
    assert found.shape == (70, 2)
    assert found[0].tolist() == [0.03, -0.03]
    with pytest.raises(NotEnoughHistory, match="60 days of common history are needed, and there are 50"):
        joint_returns({"A": one, "B": dict.fromkeys(range(50, 150), 0.0)})
