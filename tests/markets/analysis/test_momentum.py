"""A coin's momentum from its own closes, and what several scores come to together."""

from __future__ import annotations

import math

import pytest

from markets.analysis.momentum import MIN_CLOSES, combine_scores, momentum


def random_walk(steps: list[float], start: float = 100.0) -> list[float]:
    closes = [start]
    for step in steps:
        closes.append(closes[-1] * math.exp(step))
    return closes


def test_a_weeks_rise_over_its_own_volatility_is_the_score() -> None:
    closes = random_walk([0.01, -0.01] * 10 + [0.02, 0.0] * 4)
    found = momentum(closes)
    assert found is not None
    strength = math.log(closes[-1] / closes[-8]) / (found.volatility * math.sqrt(7))
    assert found.score == pytest.approx(math.tanh(strength / 2), abs=1e-4)
    assert found.return_7d == pytest.approx(closes[-1] / closes[-8] - 1)


def test_the_same_fall_is_the_same_score_the_other_way_round() -> None:
    steps = [0.01, -0.01] * 8 + [0.03, 0.01] * 3
    up, down = momentum(random_walk(steps)), momentum(random_walk([-step for step in steps]))
    assert up is not None
    assert down is not None
    assert up.score == pytest.approx(-down.score)
    assert 0 < up.score < 1


@pytest.mark.parametrize("closes", [[1.0] * (MIN_CLOSES - 1), [1.0] * 40, [*range(40)], []])
def test_too_few_closes_or_none_that_moved_are_not_enough_to_say(closes: list[float]) -> None:
    assert momentum(closes) is None


def test_a_month_is_said_only_where_there_is_one() -> None:
    steps = [0.01, -0.02] * 20
    short, full = momentum(random_walk(steps[:20])), momentum(random_walk(steps))
    assert short is not None
    assert full is not None
    assert short.return_30d is None
    assert full.return_30d is not None


def test_one_part_alone_is_not_enough_to_say() -> None:
    assert combine_scores([0.5, None, None]) is None


def test_parts_that_agree_give_more_confidence_than_parts_that_do_not() -> None:
    agreed, torn = combine_scores([0.4, None, 0.6]), combine_scores([-0.9, None, 0.9])
    assert agreed is not None
    assert torn is not None
    assert (agreed.score, torn.score) == (0.5, 0.0)
    assert agreed.confidence == pytest.approx(2 / 3 * 0.9, abs=1e-4)
    assert torn.confidence < 0.1
