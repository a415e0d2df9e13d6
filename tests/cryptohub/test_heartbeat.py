"""The worker's pulse goes through the queue and never piles up."""

from __future__ import annotations

import time

import pytest
from django.core.cache import cache
from django.utils import timezone
from django_q.models import OrmQ

from cryptohub import heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clean():
    cache.clear()
    yield
    cache.clear()


def test_nothing_is_known_of_a_worker_that_never_ran():
    assert heartbeat.age() is None


def test_the_age_counts_from_the_last_task():
    heartbeat.record()
    assert heartbeat.age(time.time() + 7) == pytest.approx(7, abs=0.5)


def test_a_beat_lays_exactly_one_more_on_the_queue_for_later():
    heartbeat.beat()
    heartbeat.beat()
    (task,) = OrmQ.objects.all()
    assert task.func() == "cryptohub.heartbeat.beat"
    assert 3 < (task.lock - timezone.now()).total_seconds() <= heartbeat.INTERVAL_S


def test_processes_that_start_together_lay_one_beat():
    for _ in range(6):
        heartbeat.process_started(proc_name="worker")
    assert OrmQ.objects.count() == 1


def test_a_beat_that_was_lost_is_replaced_when_a_process_starts():
    heartbeat.beat()
    OrmQ.objects.all().delete()
    cache.delete(heartbeat._NEXT)  # its mark runs out by itself a little later
    heartbeat.process_started(proc_name="worker")
    assert OrmQ.objects.count() == 1
