"""The breaker as a value: states follow from facts and the time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.resilience.breaker import (
    CLOSED,
    FORGET_S,
    MAX_OPEN_S,
    SLOW_START_S,
    WINDOW_S,
    Breaker,
    BreakerState,
    Window,
    closed,
    is_shut,
    opened,
    slow_start_share,
    state,
    suspected,
)

NOW = 1_700_000_000.0


def test_a_scope_nobody_knows_anything_of_is_closed() -> None:
    assert state(CLOSED, NOW) is BreakerState.CLOSED
    assert not is_shut(CLOSED, NOW)


def test_an_opening_lasts_its_time_then_waits_for_a_trial() -> None:
    breaker = opened(CLOSED, NOW, jitter=0.0)
    assert state(breaker, NOW + 1.99) is BreakerState.OPEN
    assert state(breaker, NOW + 2.0) is BreakerState.HALF_OPEN
    assert is_shut(breaker, NOW + 1_000_000)


def test_openings_in_a_row_double_up_to_five_minutes() -> None:
    breaker, spans = CLOSED, []
    for _ in range(12):
        breaker = opened(breaker, NOW, jitter=0.0)
        spans.append((breaker.open_until or 0) - NOW)
    assert spans == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]


@given(st.integers(0, 100_000), st.floats(0, 1, exclude_max=True))
def test_jitter_lengthens_an_opening_by_a_fifth_at_most_and_never_past_the_longest(trips: int, jitter: float) -> None:
    plain = opened(Breaker(trips=trips), NOW, 0.0).open_until or 0
    shaken = opened(Breaker(trips=trips), NOW, jitter).open_until or 0
    assert plain <= shaken <= NOW + min((plain - NOW) * 1.2, MAX_OPEN_S) + 1e-6


def test_an_incident_keeps_its_beginning_over_reopenings() -> None:
    again = opened(opened(CLOSED, NOW, 0.0), NOW + 3, 0.0)
    assert again.opened_at == NOW
    assert again.trips == 2


def test_a_success_closes_and_the_next_opening_soon_after_counts_on() -> None:
    healed = closed(opened(CLOSED, NOW, 0.0), NOW + 3)
    assert state(healed, NOW + 3 + SLOW_START_S) is BreakerState.CLOSED
    assert opened(healed, NOW + 60, 0.0).trips == 2
    assert opened(healed, NOW + 60, 0.0).opened_at == NOW + 60


def test_after_a_time_of_peace_an_opening_is_the_first_again() -> None:
    healed = closed(replace(opened(CLOSED, NOW, 0.0), trips=9), NOW)
    assert opened(healed, NOW + FORGET_S + 1, 0.0).trips == 1


def test_after_closing_the_share_rises_from_a_tenth_to_all() -> None:
    healed = closed(opened(CLOSED, NOW, 0.0), NOW)
    assert state(healed, NOW + 1) is BreakerState.SLOW_START
    assert [slow_start_share(healed, NOW + s) for s in (0, SLOW_START_S / 2, SLOW_START_S, 100)] == [0.1, 0.5, 1.0, 1.0]
    assert slow_start_share(CLOSED, NOW) == 1.0


def test_a_suspect_is_shut_until_a_success() -> None:
    breaker = suspected(CLOSED, NOW)
    assert state(breaker, NOW + 10_000) is BreakerState.SUSPECT
    assert not is_shut(closed(breaker, NOW + 1), NOW + 1)


def test_who_was_only_suspect_is_back_at_once() -> None:
    assert state(closed(suspected(CLOSED, NOW), NOW + 1), NOW + 1) is BreakerState.CLOSED
    ramping = suspected(Breaker(trips=1, closed_at=NOW - 1), NOW)
    assert state(closed(ramping, NOW + 1), NOW + 1) is BreakerState.SLOW_START


def test_an_opening_ends_suspicion() -> None:
    assert opened(suspected(CLOSED, NOW), NOW + 1, 0.0).suspect_since is None


def test_what_was_tripped_by_hand_stays_open_whatever_the_time() -> None:
    assert state(Breaker(forced_open=True, opened_at=NOW), NOW + 1_000_000) is BreakerState.OPEN


@pytest.mark.parametrize("step", [lambda b: opened(b, NOW, 0.5), lambda b: closed(b, NOW), lambda b: suspected(b, NOW)])
def test_every_step_is_a_new_revision(step: object) -> None:
    assert step(Breaker(revision=7)).revision == 8  # type: ignore[operator]  # one of the lambdas above


def test_three_failures_in_a_row_open() -> None:
    window = Window()
    verdicts = []
    for _ in range(3):
        window.record(False, NOW)
        verdicts.append(window.should_open(NOW))
    assert verdicts == [False, False, True]


def test_a_success_between_starts_the_row_anew() -> None:
    window = Window()
    for ok in (False, False, True, False, False):
        window.record(ok, NOW)
    assert window.consecutive == 2
    assert not window.should_open(NOW)


def test_half_of_ten_calls_failing_opens_though_never_three_in_a_row() -> None:
    window = Window()
    for n in range(9):
        window.record(n % 2 == 0, NOW)
    assert not window.should_open(NOW), "nine calls are too few to judge"
    window.record(False, NOW)
    assert window.should_open(NOW)


def test_failures_past_the_window_no_longer_count_in_the_rate() -> None:
    window = Window()
    for n in range(10):
        window.record(n % 2 == 0, NOW)
    assert window.should_open(NOW + 1)
    assert not window.should_open(NOW + WINDOW_S + 1)


def test_a_cleared_window_knows_of_nothing() -> None:
    window = Window()
    for _ in range(20):
        window.record(False, NOW)
    window.clear()
    assert not window.should_open(NOW)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 100)), max_size=60))
def test_the_window_agrees_with_a_plain_count_of_the_last_thirty_seconds(calls: list[tuple[bool, float]]) -> None:
    """Slots make it coarse by a tenth: what is younger than 27 s counts, what is older than 30 s does not."""
    window, at, seen = Window(), NOW, []
    for ok, pause in calls:
        at += pause
        window.record(ok, at)
        seen.append((ok, at))
    surely = [ok for ok, then in seen if at - then < WINDOW_S * 0.9]
    possibly = [ok for ok, then in seen if at - then <= WINDOW_S]
    row = next((n for n, (ok, _) in enumerate(reversed(seen)) if ok), len(seen))
    if row >= 3:
        assert window.should_open(at)
    elif len(possibly) < 10:
        assert not window.should_open(at)
    elif len(surely) == len(possibly):
        assert window.should_open(at) is (surely.count(False) * 2 >= len(surely))


def test_a_clock_that_steps_back_breaks_nothing() -> None:
    window = Window()
    window.record(False, NOW)
    window.record(False, NOW - 100)
    window.record(False, NOW)
    assert window.should_open(NOW)
