"""The queue's part: a loop that evaluates, deliveries apart from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django_q.models import OrmQ, Schedule

from alerts import tasks
from alerts.models import Delivery
from providers.state import leases

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def queued() -> list[str]:
    return [row.task["func"] for row in OrmQ.objects.order_by("pk")]


@pytest.fixture(autouse=True)
def _nothing_queued(db: None) -> None:
    cache.clear()


def test_the_loop_is_scheduled_every_minute_once_and_started_at_once() -> None:
    tasks.ensure_schedules()
    tasks.ensure_schedules()
    (schedule,) = Schedule.objects.filter(name="alerts.watch")
    assert (schedule.func, schedule.minutes, schedule.repeats) == ("alerts.tasks.watch", 1, -1)
    assert queued() == ["alerts.tasks.watch"] * 2


def test_a_loop_that_a_killed_worker_left_in_the_queue_ends_itself() -> None:
    old = datetime.now(UTC) - timedelta(minutes=3)
    assert tasks.watch(due=old.isoformat()) == 0
    assert not leases.is_held(tasks.EVALUATION_LEASE, datetime.now(UTC))


def test_an_evaluation_queues_one_delivery_task_for_due_rows(make_delivery: Make) -> None:
    make_delivery()
    tasks.evaluate_once()
    tasks.evaluate_once()
    assert queued() == ["alerts.tasks.deliver"]
    assert mail.outbox == []


def test_an_evaluation_without_due_rows_queues_nothing(make_delivery: Make) -> None:
    make_delivery(next_try_at=datetime.now(UTC) + timedelta(hours=1))
    tasks.evaluate_once()
    assert queued() == []


def test_the_delivery_task_returns_the_outcomes(make_delivery: Make) -> None:
    make_delivery()
    assert tasks.deliver() == {"sent": 1}
    assert Delivery.objects.get().status == "sent"


def test_a_delivery_due_in_hours_is_due_now_because_the_clock_was_set_back(make_delivery: Make) -> None:
    make_delivery(next_try_at=datetime.now(UTC) + timedelta(hours=2))
    tasks.evaluate_once()
    assert queued() == ["alerts.tasks.deliver"]
