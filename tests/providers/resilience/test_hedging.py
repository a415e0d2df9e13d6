"""When a second candidate is asked, and how many such extra calls there may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.resilience.hedging import EXTRA, MAX_S, MIN_S, SHARE, UNKNOWN_S, WINDOW_S, CallBudget, delay, given_up

NOW = 1_700_000_000.0


def taken(budget: CallBudget, now: float, tries: int = 100) -> int:
    return sum(budget.take(now) for _ in range(tries))


def test_an_attempt_is_hedged_after_one_and_a_half_times_its_p95() -> None:
    assert delay(100.0, 10.0) == pytest.approx(0.15)


def test_the_delay_is_bounded_on_both_sides_and_guessed_where_nothing_is_known() -> None:
    assert delay(0.5, 10.0) == MIN_S
    assert delay(60_000.0, 10.0) == MAX_S
    assert delay(None, 10.0) == UNKNOWN_S


@given(st.none() | st.floats(0, 100_000), st.floats(0, 60))
def test_two_thirds_of_the_time_left_remain_for_the_others(p95: float | None, left: float) -> None:
    assert 0 <= delay(p95, left) <= left / 3


def test_an_idle_process_has_three_extra_calls_a_minute() -> None:
    budget = CallBudget()
    assert taken(budget, NOW) == EXTRA
    assert taken(budget, NOW + WINDOW_S - 1) == 0
    assert taken(budget, NOW + WINDOW_S) == EXTRA


def test_a_tenth_of_the_calls_of_the_last_minute_is_added() -> None:
    budget = CallBudget()
    for n in range(100):
        budget.count(NOW + n / 10)
    assert taken(budget, NOW + 10) == 10 + EXTRA
    assert budget.left(NOW + 10) == pytest.approx(0)


def test_calls_and_extra_calls_past_the_minute_are_forgotten() -> None:
    budget = CallBudget()
    for n in range(100):
        budget.count(NOW + n / 100)
    taken(budget, NOW + 1)
    assert budget.left(NOW + 2 * WINDOW_S) == EXTRA


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 5)), max_size=200))
def test_never_more_than_a_tenth_and_three_in_any_minute(steps: list[tuple[bool, float]]) -> None:
    """Calls are counted by the second: one that is almost a minute old may or may not count."""
    budget, now = CallBudget(), NOW
    calls: list[float] = []
    extra: list[float] = []
    for hedge, pause in steps:
        now += pause
        if hedge and budget.take(now):
            extra.append(now)
        elif not hedge:
            budget.count(now)
            calls.append(now)
        lately = sum(now - at <= WINDOW_S for at in calls)
        if hedge and extra and extra[-1] == now:
            assert sum(now - at < WINDOW_S for at in extra) <= EXTRA + SHARE * lately


def test_a_hopelessly_long_attempt_is_given_up_whatever_the_budget() -> None:
    assert not given_up(10.0, 0.29)
    assert given_up(10.0, 0.3)
    assert not given_up(200.0, 1.1)
    assert given_up(200.0, 1.2)
