"""Cooldown until the time a provider names, and how much of a limit is used."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.domain.adapter import Budget, Usage
from providers.domain.outcomes import Failure, Outcome
from providers.resilience.quota import BACKOFF_S, MAX_COOLDOWN_S, NOTHING_USED, Spending, cooldown_after

NOW = 1_700_000_000.0
BUDGET = Budget(60, 60.0)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOW + seconds, UTC)


def test_a_named_time_is_kept_to_the_moment() -> None:
    entry = cooldown_after(Failure(Outcome.RATE_LIMITED, "", at(30)), NOW)
    assert (entry.until, entry.since) == (NOW + 30, NOW)


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome.starts_cooldown])
def test_every_outcome_that_parks_has_a_time_of_its_own_when_none_is_named(outcome: Outcome) -> None:
    assert cooldown_after(Failure(outcome, ""), NOW).until == NOW + BACKOFF_S[outcome]


def test_a_time_in_the_past_still_parks_for_a_second() -> None:
    assert cooldown_after(Failure(Outcome.RATE_LIMITED, "", at(-5)), NOW).until == NOW + 1


def test_nobody_is_parked_for_longer_than_a_week() -> None:
    assert cooldown_after(Failure(Outcome.BANNED, "", at(1e8)), NOW).until == NOW + MAX_COOLDOWN_S


@given(st.floats(-1e6, 1e8))
def test_no_call_is_allowed_before_a_named_time_within_the_week(seconds: float) -> None:
    named = at(seconds)
    until = cooldown_after(Failure(Outcome.RATE_LIMITED, "", named), NOW).until
    assert until >= min(named.timestamp(), NOW + MAX_COOLDOWN_S)


def test_nothing_asked_is_nothing_used() -> None:
    assert Spending().used(BUDGET, NOW) == NOTHING_USED


def test_our_own_calls_are_counted_against_the_published_limit() -> None:
    spending = Spending()
    for _ in range(30):
        spending.count(BUDGET, NOW)
    assert spending.used(BUDGET, NOW).estimated == pytest.approx(0.5)


def test_the_last_window_counts_on_as_far_as_it_overlaps() -> None:
    spending, start = Spending(), NOW - NOW % 60
    for _ in range(60):
        spending.count(BUDGET, start + 30)
    assert spending.used(BUDGET, start + 60).estimated == pytest.approx(1.0)
    assert spending.used(BUDGET, start + 75).estimated == pytest.approx(0.75)
    assert spending.used(BUDGET, start + 120).estimated == 0
    assert spending.used(BUDGET, start + 600).estimated == 0


def test_what_the_provider_says_holds_until_its_window_turns() -> None:
    spending, start = Spending(), NOW - NOW % 60
    spending.learn(Usage(0.96, 60.0), start + 50)
    assert spending.used(BUDGET, start + 59.9).reported == 0.96
    assert spending.used(BUDGET, start + 60).reported == 0


def test_the_newest_word_of_the_provider_counts() -> None:
    spending = Spending()
    spending.learn(Usage(0.96, 60.0), NOW)
    spending.learn(Usage(0.10, 60.0), NOW)
    assert spending.used(BUDGET, NOW).reported == 0.10


@given(st.lists(st.floats(0, 90), min_size=1, max_size=150))
def test_the_sliding_count_is_never_below_what_fits_the_window_evenly(pauses: list[float]) -> None:
    """It is an estimate: never above all calls of the last two windows, never below those of the current one."""
    spending, now, calls = Spending(), NOW, []
    for pause in pauses:
        now += pause
        spending.count(BUDGET, now)
        calls.append(now)
    used = spending.used(BUDGET, now).estimated * BUDGET.calls
    assert sum(then >= now - now % 60 for then in calls) <= used + 1e-9
    assert used <= sum(now - then <= 120 for then in calls) + 1e-9
