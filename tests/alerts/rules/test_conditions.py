"""An alert fires once per crossing, on fresh and newer samples only."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.conditions import AlertFacts, AlertState, Direction, IgnoreReason, Sample, ignore_reason, is_met, step

START = datetime(2026, 1, 1, tzinfo=UTC)
ABOVE = AlertFacts(Direction.ABOVE, Decimal(100))
BELOW = AlertFacts(Direction.BELOW, Decimal(100))


def follow(facts: AlertFacts, *prices: str) -> tuple[AlertFacts, list[int]]:
    """The facts after samples a second apart, and which of them fired."""
    fired = []
    for second, price in enumerate(prices):
        facts, fires = step(facts, Sample(Decimal(price), START + timedelta(seconds=second)))
        if fires:
            fired.append(second)
    return facts, fired


def test_it_fires_on_the_first_sample_at_or_past_the_threshold_after_the_far_side_was_seen() -> None:
    assert follow(ABOVE, "99", "99.99", "100", "101")[1] == [2]
    assert follow(BELOW, "101", "100.01", "100", "99")[1] == [2]


def test_it_does_not_fire_when_the_price_was_past_the_threshold_from_the_start() -> None:
    facts, fired = follow(ABOVE, "105", "106", "104")
    assert (facts.state, fired) == (AlertState.WAITING, [])


def test_it_fires_when_the_price_jumps_far_past_the_threshold() -> None:
    assert follow(BELOW, "500", "1")[1] == [1]


def test_small_moves_around_the_threshold_fire_once() -> None:
    facts, fired = follow(ABOVE, "99", "100.1", "99.9", "100.1", "99.85", "100.1")
    assert (facts.state, fired) == (AlertState.FIRED, [1])


def test_beyond_the_hysteresis_it_is_armed_again() -> None:
    assert follow(ABOVE, "99", "101", "99.79", "101")[1] == [1, 3]
    assert follow(BELOW, "101", "99", "100.21", "99")[1] == [1, 3]


def test_exactly_at_the_hysteresis_it_is_not_armed_yet() -> None:
    assert follow(ABOVE, "99", "101", "99.8")[0].state is AlertState.FIRED


def test_once_armed_again_it_stays_armed_inside_the_hysteresis() -> None:
    assert follow(ABOVE, "99", "101", "99", "99.9", "100")[1] == [1, 4]


def test_its_state_follows_from_its_facts() -> None:
    assert ABOVE.state is AlertState.WAITING
    assert replace(ABOVE, armed=True, fired=True).state is AlertState.ARMED
    assert replace(ABOVE, fired=True).state is AlertState.FIRED


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (Sample(Decimal(101), START + timedelta(seconds=1), fresh=False), IgnoreReason.STALE),
        (Sample(Decimal(101), START), IgnoreReason.NOT_NEWER),
        (Sample(Decimal(101), START - timedelta(seconds=1)), IgnoreReason.NOT_NEWER),
        (Sample(Decimal(0), START + timedelta(seconds=1)), IgnoreReason.IMPOSSIBLE),
        (Sample(Decimal(-1), START + timedelta(seconds=1)), IgnoreReason.IMPOSSIBLE),
        (Sample(Decimal("NaN"), START + timedelta(seconds=1)), IgnoreReason.IMPOSSIBLE),
        (Sample(Decimal("Infinity"), START + timedelta(seconds=1)), IgnoreReason.IMPOSSIBLE),
    ],
)
def test_an_ignored_sample_changes_nothing(sample: Sample, reason: IgnoreReason) -> None:
    armed = replace(ABOVE, armed=True, last_at=START, last_price=Decimal(99))
    assert ignore_reason(armed, sample) is reason
    assert step(armed, sample) == (armed, False)


prices = st.decimals("0.00000001", "1000000", allow_nan=False, allow_infinity=False)
near = st.decimals("99", "101", places=2)
rules = st.builds(AlertFacts, st.sampled_from(Direction), st.one_of(prices, st.just(Decimal(100))))


@given(rules, st.lists(st.one_of(prices, near), max_size=60))
def test_between_two_firings_the_price_was_past_the_hysteresis(rule: AlertFacts, path: list[Decimal]) -> None:
    _, fired = follow(rule, *map(str, path))
    for before, after in itertools.pairwise(fired):
        between = path[before + 1 : after]
        past = [p < rule.rearms_at if rule.direction is Direction.ABOVE else p > rule.rearms_at for p in between]
        assert any(past)


@given(rules, st.lists(st.one_of(prices, near), max_size=60))
def test_every_firing_is_a_crossing(rule: AlertFacts, path: list[Decimal]) -> None:
    _, fired = follow(rule, *map(str, path))
    for index in fired:
        assert is_met(rule, path[index])
        assert index > 0
        assert not is_met(rule, path[index - 1])


@given(rules, st.lists(st.one_of(prices, near), min_size=2, max_size=60))
def test_the_first_crossing_never_goes_unnoticed(rule: AlertFacts, path: list[Decimal]) -> None:
    met = [is_met(rule, price) for price in path]
    first = next((i for i in range(1, len(met)) if met[i] and not met[i - 1]), None)
    _, fired = follow(rule, *map(str, path))
    assert (fired[0] if fired else None) == first


@given(rules, st.lists(st.one_of(prices, near), max_size=40), st.data())
def test_late_doubled_and_stale_samples_make_no_difference(
    rule: AlertFacts, path: list[Decimal], data: st.DataObject
) -> None:
    samples = [Sample(price, START + timedelta(seconds=second)) for second, price in enumerate(path)]
    clean, noisy, clean_fired, noisy_fired = rule, rule, 0, 0
    for index, sample in enumerate(samples):
        clean, fires = step(clean, sample)
        clean_fired += fires
        late = data.draw(st.sampled_from(samples[: index + 1]))
        for one in (sample, late, replace(sample, at=sample.at + timedelta(days=1), fresh=False)):
            noisy, fires = step(noisy, one)
            noisy_fired += fires
    assert (noisy, noisy_fired) == (clean, clean_fired)
