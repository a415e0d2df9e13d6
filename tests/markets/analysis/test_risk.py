"""Risk and trend are read off what happened, with the count it rests on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from markets.analysis.risk import assess, drawdown, value_at_risk, volatility
from markets.analysis.series import columns
from markets.analysis.trend import trend
from tests.markets.candle_maker import from_closes, random_market


def closes(returns: Any) -> Any:
    return 100 * np.exp(np.cumsum(np.concatenate([[0.0], returns])))


def test_volatility_is_annualised_for_the_interval() -> None:
    steady = closes([0.01, -0.01] * 100)
    assert volatility(steady, "1d").annual == pytest.approx(1 * 365.25**0.5, rel=1e-6)
    assert volatility(steady, "1h").annual == pytest.approx(1 * 8766**0.5, rel=1e-6)


def test_volatility_is_ranked_among_the_coins_own_past() -> None:
    rng = np.random.default_rng(1)
    now = volatility(closes([*rng.normal(0, 0.01, 300), *rng.normal(0, 0.05, 10)]), "1d")
    assert (now.level, now.ranked) == ("very high", 290)
    assert now.rank is not None
    assert now.rank > 95
    assert volatility(closes([*rng.normal(0, 0.05, 300), *rng.normal(0, 0.005, 40)]), "1d").level in {"low", "very low"}


def test_without_enough_history_there_is_no_rank_and_no_level() -> None:
    found = volatility(closes(np.random.default_rng(2).normal(0, 0.01, 50)), "1d")
    assert found.annual is not None
    assert (found.rank, found.level) == (None, None)
    assert found.unknown == {"rank": "60 earlier values are needed, and there are 30"}
    assert volatility(closes([0.01] * 5), "1d").annual is None


def test_the_drawdown_names_its_peak_and_its_trough() -> None:
    table = columns(from_closes([100, 120, 90, 130, 104, 117]))
    found = drawdown(table)
    assert (found.deepest, found.now) == (pytest.approx(25), pytest.approx(10))
    assert (found.peak_t, found.trough_t) == (int(table.t[1]), int(table.t[2]))


def test_value_at_risk_is_the_loss_that_one_in_twenty_exceeded() -> None:
    losses = np.arange(1, 101) / 1000
    close = np.concatenate([[100.0], 100 * np.cumprod(1 - np.random.default_rng(3).permutation(losses))])
    (found,) = value_at_risk(close, [0.95])
    assert (found.loss, found.observations) == (pytest.approx(9.5), 100)
    assert found.shortfall == pytest.approx(np.mean([9.6, 9.7, 9.8, 9.9, 10.0]))


def test_value_at_risk_of_too_few_returns_is_none_with_the_reason() -> None:
    usual, rare = value_at_risk(closes(np.random.default_rng(4).normal(0, 0.02, 200)))
    assert usual.loss is not None
    assert (rare.loss, rare.reason) == (None, "500 returns are needed, and there are 200")


def test_an_assessment_has_every_part() -> None:
    answer = assess(columns(random_market(600)), "1h")
    assert set(answer) == {"volatility", "drawdown", "value_at_risk", "risk_level"}
    assert [tail["level"] for tail in answer["value_at_risk"]] == [0.95, 0.99]
    assert answer["value_at_risk"][0]["horizon"] == "one candle of 1h"


@pytest.mark.parametrize(("drift", "direction"), [(0.01, "up"), (-0.01, "down"), (0.0, "sideways")])
def test_a_trend_is_what_stands_out_from_the_noise(drift: float, direction: str) -> None:
    noise = np.random.default_rng(5).normal(0, 0.02, 100)
    assert trend(closes(noise - noise.mean() + drift)).direction == direction


def test_noise_is_seldom_called_a_trend() -> None:
    rng = np.random.default_rng(6)
    called = [trend(closes(rng.normal(0, 0.02, 60))).direction for _ in range(400)]
    assert 0.9 < called.count("sideways") / 400 < 0.99


def test_strength_is_how_straight_the_way_was() -> None:
    assert trend(np.array([100.0 * 1.01**i for i in range(20)])).strength == pytest.approx(1)
    assert trend(closes([0.02, -0.01] * 10)).strength == pytest.approx(1 / 3)


def test_a_price_that_never_moved_has_no_trend_and_too_few_say_nothing() -> None:
    assert (trend(np.ones(20)).direction, trend(np.ones(20)).strength) == ("sideways", 0.0)
    assert trend(np.ones(5)).reason == "10 returns are needed, and there are 4"
