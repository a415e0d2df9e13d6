"""The worker runs tasks, notices a dead queue, and ends with its processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from django_q.models import OrmQ

from cryptohub import heartbeat, worker
from providers.models import Lease
from providers.state.snapshot import PROBER_LEASE
from tests.waiting import until

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.django_db(transaction=True)


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def running(child_environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    cache.clear()
    process = subprocess.Popen(
        [sys.executable, "-m", "cryptohub.worker"], cwd=ROOT, env=child_environment, start_new_session=True
    )
    try:
        assert until(lambda: heartbeat.age() is not None)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.slow
def test_the_heartbeat_goes_on_and_term_stops_all_processes(running: Any) -> None:
    first = cache.get(heartbeat._SEEN)
    assert until(lambda: cache.get(heartbeat._SEEN) > first)
    (sentinel,) = children(running.pid)
    family = [sentinel, *children(sentinel)]
    running.terminate()
    assert running.wait(20) == 0
    assert not [pid for pid in family if runs(pid)]


@pytest.mark.slow
def test_a_killed_worker_leaves_no_process(running: Any) -> None:
    (sentinel,) = children(running.pid)
    family = [sentinel, *children(sentinel)]
    assert len(family) >= 7
    running.kill()
    assert until(lambda: not [pid for pid in family if runs(pid)])


@pytest.mark.slow
def test_term_releases_the_leases_and_a_kill_frees_them_within_five_seconds(
    running: Any, child_environment: dict[str, str]
) -> None:
    assert until(lambda: len(holders()) == len(LEASES))
    first = holders()
    other = subprocess.Popen(
        [sys.executable, "-m", "cryptohub.worker"], cwd=ROOT, env=child_environment, start_new_session=True
    )
    try:
        later = timezone.now() + timedelta(seconds=8)
        assert until(lambda: Lease.objects.filter(name="alerts.watch", until__gt=later).exists(), 30)
        assert holders() == first, "a worker that stands by takes nothing from a living one"
        running.kill()
        assert until(lambda: holders().keys() == LEASES and not holders().items() & first.items(), 30)
        other.terminate()
        assert other.wait(20) == 0
        assert holders() == {}
    finally:
        if other.poll() is None:
            os.killpg(other.pid, signal.SIGKILL)
        other.wait()


LEASES = {"alerts.watch", PROBER_LEASE}


def holders() -> dict[str, str]:
    rows = Lease.objects.filter(name__in=LEASES, until__gt=timezone.now())
    return dict(rows.values_list("name", "holder"))


@pytest.mark.parametrize(
    ("seen", "started", "verdict"),
    [(None, 10, False), (None, 60, True), (3, 600, False), (60, 600, True), (600, 10, False)],
)
def test_a_queue_is_stuck_if_no_task_has_started_for_long(seen: int | None, started: int, verdict: bool) -> None:
    cache.clear()
    now = time.time()
    if seen is not None:
        cache.set(heartbeat._SEEN, now - seen, None)
    assert worker.HeartbeatWatch(now - started).is_stuck(now) is verdict


def test_a_cache_that_lost_the_heartbeat_is_no_reason_to_restart() -> None:
    now = time.time()
    watch = worker.HeartbeatWatch(now - 600)
    cache.set(heartbeat._SEEN, now, None)
    assert not watch.is_stuck(now)
    cache.clear()
    OrmQ.objects.all().delete()
    assert not watch.is_stuck(now + 1)
    assert OrmQ.objects.count() == 1, "the heartbeat is queued again"
    assert not watch.is_stuck(now + 30)
    assert watch.is_stuck(now + 60)
