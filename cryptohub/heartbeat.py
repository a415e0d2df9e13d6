"""The worker's pulse: a task that runs through the real queue every few seconds, and so shows that the queue moves.

Asking the cluster's own status would not do: when an idle worker is killed while it holds the queue's lock, the
cluster goes on reporting itself idle and never takes a task again.
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

INTERVAL_S = 5.0
FIRST_DELAY_S = 2.0
LIMIT_S = 45
"""Nothing taken from the queue for this long means that the worker has stopped.

A worker that is merely busy starts a task more often than that: of its four processes the looping tasks keep at most
three, and no other task may take longer than 30 seconds.
"""

_SEEN = "cryptohub:worker:seen"
_NEXT = "cryptohub:worker:next"
_RECORD_INTERVAL_S = 1.0
_recorded_at = 0.0


def age(now: float | None = None) -> float | None:
    """Seconds since a worker last started a task; None when it is not known to have started one."""
    seen = cache.get(_SEEN)
    return None if seen is None else max(0.0, (time.time() if now is None else now) - seen)


def task_started(**kwargs: Any) -> None:
    """A task is being started: note the time, at most once a second in each process."""
    global _recorded_at  # noqa: PLW0603 - each process throttles itself
    if time.monotonic() - _recorded_at >= _RECORD_INTERVAL_S:
        _recorded_at = time.monotonic()
        record()


def record() -> None:
    """The queue moves now."""
    cache.set(_SEEN, time.time(), None)


def beat() -> None:
    """The task: lay the next beat on the queue. That it was started has been noted already."""
    schedule()


def process_started(**kwargs: Any) -> None:
    """A process of the cluster has started: see to it that a beat is on its way at once."""
    schedule(FIRST_DELAY_S)


def schedule(delay_s: float = INTERVAL_S) -> None:
    """Lay one beat on the queue, due in ``delay_s``, unless another process has just done so.

    The mark that says so must be gone when that beat runs and plans the next one, so it lasts a second less. Should
    two beats be on their way at once, only the first finds no mark: one goes on.
    """
    if cache.add(_NEXT, "1", delay_s - 1.0):
        later = _DelayedBroker(get_broker(), delay_s)
        async_task("cryptohub.heartbeat.beat", group="heartbeat", broker=later)  # type: ignore[no-untyped-call]  # theirs


class _DelayedBroker:
    """A broker that enqueues for later and is otherwise the one it wraps.

    The ORM broker hands a row out once its lock time has passed, so a lock in the future is a delay.
    """

    def __init__(self, broker: Any, delay_s: float) -> None:
        self._broker = broker
        self._delay = timedelta(seconds=delay_s)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    def enqueue(self, task: str) -> int:
        due = timezone.now() + self._delay
        return int(OrmQ.objects.create(key=self._broker.list_key, payload=task, lock=due).pk)
