"""Moments stored before the clock was set back two hours count as past: nothing waits for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django_q.models import OrmQ, Schedule

from alerts.rules.conditions import AlertFacts, Direction, IgnoreReason, Sample, ignore_reason
from cryptohub import heartbeat
from providers.background import queue_clock
from providers.domain.outcomes import Outcome
from providers.resilience.breaker import Breaker, BreakerState, began_before, state
from providers.resilience.quota import CooldownPeriod
from providers.state import leases

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
BEFORE = NOW + timedelta(hours=2)
T, T_BEFORE = NOW.timestamp(), BEFORE.timestamp()
TERM = timedelta(seconds=20)


@pytest.mark.django_db
def test_a_lease_of_the_future_is_free_and_one_of_a_clock_slightly_ahead_is_not() -> None:
    assert leases.acquire("loop", "old", TERM, BEFORE)
    assert not leases.is_held("loop", NOW, TERM)
    assert leases.acquire("loop", "new", TERM, NOW)
    assert not leases.acquire("loop", "third", TERM, NOW - timedelta(seconds=10))


def test_a_breaker_and_a_cooldown_of_the_future_are_over() -> None:
    opened = Breaker(opened_at=T_BEFORE, open_until=T_BEFORE + 60)
    assert state(opened, T_BEFORE) is BreakerState.OPEN
    assert state(opened, T) is BreakerState.HALF_OPEN
    assert state(Breaker(closed_at=T_BEFORE), T) is BreakerState.CLOSED
    assert not began_before(T, T_BEFORE)
    cooled = CooldownPeriod(T_BEFORE + 30, Outcome.RATE_LIMITED, "", T_BEFORE)
    assert (cooled.is_active(T_BEFORE), cooled.is_active(T)) == (True, False)


def test_an_alert_judges_by_the_next_sample() -> None:
    facts = AlertFacts(Direction.ABOVE, Decimal(100), armed=True, last_at=BEFORE)
    assert ignore_reason(facts, Sample(Decimal(101), NOW)) is None
    assert ignore_reason(facts, Sample(Decimal(101), BEFORE - timedelta(seconds=5))) is IgnoreReason.NOT_NEWER


@pytest.mark.django_db
def test_a_heartbeat_of_the_future_is_not_a_fresh_one() -> None:
    cache.set("cryptohub:worker:seen", T_BEFORE, None)
    assert heartbeat.age(T) is None
    assert heartbeat.age(T_BEFORE + 3) == 3
    assert heartbeat.age(T_BEFORE - 1) == 0


@pytest.mark.django_db
def test_tasks_and_schedules_of_the_future_become_due_and_later_ones_of_today_stay() -> None:
    tonight = NOW + timedelta(hours=20)
    delayed = OrmQ.objects.create(key="q", payload="p", lock=BEFORE)
    soon = OrmQ.objects.create(key="q", payload="p", lock=NOW + timedelta(minutes=2))
    minutes = Schedule.objects.create(name="m", func="f", schedule_type=Schedule.MINUTES, minutes=1, next_run=BEFORE)
    daily = Schedule.objects.create(name="d", func="f", schedule_type=Schedule.DAILY, next_run=tonight)
    assert queue_clock.forget_future(NOW) == 2
    for row in (delayed, soon, minutes, daily):
        row.refresh_from_db()
    assert (delayed.lock, minutes.next_run) == (NOW, NOW)
    assert (soon.lock, daily.next_run) == (NOW + timedelta(minutes=2), tonight)
