"""The heartbeat passes through the queue and never piles up."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone
from django_q.models import OrmQ

from cryptohub import heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clean() -> Any:
    cache.clear()
    yield
    cache.clear()


def test_the_age_is_unknown_before_the_first_task() -> None:
    assert heartbeat.age() is None


def test_the_age_counts_from_the_last_task() -> None:
    heartbeat.record()
    assert heartbeat.age(time.time() + 7) == pytest.approx(7, abs=0.5)


def test_a_heartbeat_queues_exactly_one_more_for_later() -> None:
    heartbeat.beat()
    heartbeat.beat()
    (task,) = OrmQ.objects.all()
    assert task.func() == "cryptohub.heartbeat.beat"
    assert task.lock is not None
    assert 3 < (task.lock - timezone.now()).total_seconds() <= heartbeat.INTERVAL_S


def test_processes_that_start_together_queue_one_heartbeat() -> None:
    for _ in range(6):
        heartbeat.process_started(proc_name="worker")
    assert OrmQ.objects.count() == 1


def test_a_lost_heartbeat_is_replaced_when_a_process_starts() -> None:
    heartbeat.beat()
    OrmQ.objects.all().delete()
    cache.delete(heartbeat._NEXT)  # its mark runs out by itself a little later
    heartbeat.process_started(proc_name="worker")
    assert OrmQ.objects.count() == 1


def test_heartbeats_go_on_after_the_clock_was_set_back() -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        heartbeat.beat()
    heartbeat.beat()
    assert OrmQ.objects.count() == 2
