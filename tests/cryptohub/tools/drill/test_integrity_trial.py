"""The integrity check against a simulated market: what it catches, and whom it suspects in vain."""

from __future__ import annotations

from cryptohub.tools.drill.integrity_trial import TrialCounts, simulate


def test_wrong_prices_are_caught_and_right_ones_pass() -> None:
    found = simulate(seed=1, prices=5_000)
    assert found.usual.wrong > 500
    assert found.usual.caught_percent >= 99.9
    assert found.usual.alarms == 0


def test_a_tenfold_volatility_is_learned() -> None:
    wild = simulate(seed=2, prices=5_000).wild
    assert wild.right > 2_000
    assert wild.alarms_in_10k <= 20


def test_the_same_seed_gives_the_same_tallies() -> None:
    assert simulate(seed=3, prices=500) == simulate(seed=3, prices=500)


def test_of_nothing_nothing_is_caught_and_nothing_is_alarming() -> None:
    assert (TrialCounts().caught_percent, TrialCounts().alarms_in_10k) == (0.0, 0.0)
