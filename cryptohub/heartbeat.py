"""The worker's heartbeat: a task that passes through the queue every few seconds and so shows that the queue works.

The cluster's own status does not suffice: if an idle worker is killed while it holds the queue's lock, the cluster
still reports itself idle but never takes a task again.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q.tasks import async_task

from providers.background import queue_clock
from providers.state import marks

INTERVAL_S = 5.0
FIRST_DELAY_S = 2.0
LIMIT_S = 45
"""If no task has started for this long, the worker has stopped.

A busy worker starts tasks more often: the looping tasks occupy at most three of its four processes, and no other task
may take longer than 30 seconds.
"""

_SEEN = "cryptohub:worker:seen"
_NEXT = "cryptohub:worker:next"
_RECORD_INTERVAL_S = 1.0
_recorded_at = 0.0


def age(now: float | None = None) -> float | None:
    """Return the seconds since a worker last started a task; None if none is known. Raises the cache's errors.

    A heartbeat in the future was recorded before the clock was set back, and says nothing.
    """
    seen = cache.get(_SEEN)
    passed = None if seen is None else (time.time() if now is None else now) - seen
    return None if passed is None or passed < -LIMIT_S else max(0.0, passed)


def task_started(**kwargs: Any) -> None:
    """Record that a task starts, at most once a second per process (django-q2's pre_execute signal)."""
    global _recorded_at  # noqa: PLW0603 - each process throttles itself
    if time.monotonic() - _recorded_at >= _RECORD_INTERVAL_S:
        _recorded_at = time.monotonic()
        record()


def record() -> None:
    """Store the current time as that of the last task."""
    cache.set(_SEEN, time.time(), None)


def beat() -> None:
    """Queue the next heartbeat. This is the task itself; its start has been recorded by the signal."""
    schedule()


def process_started(**kwargs: Any) -> None:
    """Queue a heartbeat when a process of the cluster starts (django-q2's post_spawn signal)."""
    queue_clock.forget_future(timezone.now())
    schedule(FIRST_DELAY_S)


def schedule(delay_s: float = INTERVAL_S) -> None:
    """Queue one heartbeat, due in `delay_s`, unless another process has just done so.

    A mark in the cache tells the other processes. It must be gone when the task runs and queues the next one, so it
    lasts a second less. If two heartbeats are queued at once, only the first one finds no mark, so one goes on.
    """
    if marks.take(_NEXT, delay_s - 1.0):
        broker = _DelayedBroker(get_broker(), delay_s)
        async_task("cryptohub.heartbeat.beat", group="heartbeat", broker=broker)  # type: ignore[no-untyped-call]  # django-q2 ships no types


class _DelayedBroker:
    """Wraps the ORM broker to queue tasks with a delay.

    The ORM broker hands out a row once its lock time has passed, so a lock in the future is a delay.
    """

    def __init__(self, broker: Any, delay_s: float) -> None:
        self._broker = broker
        self._delay = timedelta(seconds=delay_s)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    def enqueue(self, task: str) -> int:
        """Queue a task and return its id."""
        due = timezone.now() + self._delay
        return int(OrmQ.objects.create(key=self._broker.list_key, payload=task, lock=due).pk)
