"""Looping tasks: work every few seconds, although the queue's scheduler ticks only every thirty.

The queue starts one task a minute and each loops for longer than that, so one is always running; a lease ensures that
only one works. A new task claims the lease; the current holder hands it over after its next turn and ends.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.cache import caches
from django.db import InterfaceError, OperationalError, connections
from django_q.conf import Conf
from django_q.signing import BadSignature, SignedPackage
from django_q.status import Stat
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from providers.state import leases

DURATION_S = 85.0
"""Seconds that one task loops: longer than the minute between two tasks, shorter than the queue's timeout of 100."""

MAX_LATENESS = timedelta(minutes=2)
"""A task later than this was left over by a killed worker; a newer task has replaced it."""

_POLL_S = 0.5
"""Longest sleep between two looks at the stop flag: a stopping cluster waits for its workers."""


@dataclass(frozen=True, slots=True)
class LoopEnvironment:
    """Clock, sleep and stop flag of a loop; tests replace them."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep
    stopping: Callable[[], bool] = lambda: False


def is_overdue(due: str | None, now: datetime) -> bool:
    """Return True if a task due at ``due`` (ISO 8601, as the scheduler writes it) comes too late to be useful."""
    return due is not None and now - datetime.fromisoformat(due) > MAX_LATENESS


def run(
    name: str,
    turn: Callable[[], object],
    *,
    every_s: float,
    duration_s: float = DURATION_S,
    term: timedelta | None = None,
    environment: LoopEnvironment | None = None,
) -> int:
    """Call ``turn`` every ``every_s`` seconds while holding the lease ``name``; return the number of turns.

    1. Wait for the lease; leave if a newer task claims it.
    2. Call ``turn`` and renew the lease; leave if it was lost or claimed, or if ``duration_s`` is over.
    3. Release the lease in every case.

    ``term`` is how long the lease outlives its last renewal, by default four intervals.
    """
    environment = environment or LoopEnvironment(stopping=cluster_watch())
    holder, ends = leases.new_holder(), environment.clock() + duration_s
    term = term or timedelta(seconds=4 * every_s)
    turns = 0
    try:
        if not _acquire(name, holder, term, ends, environment):
            return 0
        while True:
            _run_turn(turn, environment)
            turns += 1
            renewal = leases.renew(name, holder, term, environment.now())
            if not renewal.held or renewal.claimed or not _sleep(every_s, ends, environment):
                return turns
    finally:
        leases.release(name, holder, environment.now())


def _acquire(name: str, holder: str, term: timedelta, ends: float, environment: LoopEnvironment) -> bool:
    """Acquire the lease, waiting for its holder to hand it over."""
    if leases.acquire(name, holder, term, environment.now()):
        return True
    leases.claim_next(name, holder)
    while _sleep(_POLL_S, ends, environment):
        if leases.acquire(name, holder, term, environment.now()):
            return True
        if not leases.is_claimed_by(name, holder):
            return False
    return False


def _sleep(seconds: float, ends: float, environment: LoopEnvironment) -> bool:
    """Sleep in slices; return False as soon as the loop must end."""
    until = environment.clock() + seconds
    while (left := until - environment.clock()) > 0:
        if environment.stopping():
            return False
        environment.wait(min(left, _POLL_S))
    return environment.clock() < ends and not environment.stopping()


def _run_turn(turn: Callable[[], object], environment: LoopEnvironment) -> None:
    """Call ``turn``, and retry on a new connection if the database drops the current one."""
    retrying = Retrying(
        retry=retry_if_exception_type((OperationalError, InterfaceError)),
        stop=stop_after_attempt(3),
        wait=wait_fixed(0.5),
        sleep=environment.wait,
        before_sleep=_drop_connections,
        reraise=True,
    )
    retrying(turn)


def _drop_connections(_state: RetryCallState) -> None:
    connections.close_all()


def cluster_watch() -> Callable[[], bool]:
    """Return a stop flag: true once the queue cluster of this process is stopping or gone.

    The cluster publishes its status in the cache twice a second. Outside a cluster the flag turns true only if the
    parent process has exited.
    """
    parent = os.getppid()
    status_keys: list[str] = []

    def stopping() -> bool:
        if os.getppid() != parent:
            return True
        if not status_keys:
            status_keys.extend(
                key for key, stat in _stats() if stat.sentinel == parent and stat.host == socket.gethostname()
            )
        stat = _stat(status_keys[0]) if status_keys else None
        return stat is not None and str(stat.status) in (str(Conf.STOPPING), str(Conf.STOPPED))

    return stopping


def _stats() -> list[tuple[str, Stat]]:
    keys: list[str] = caches[str(Conf.CACHE)].get(Conf.Q_STAT) or []
    return [(key, stat) for key in keys if (stat := _stat(key)) is not None]


def _stat(key: str) -> Stat | None:
    package = caches[str(Conf.CACHE)].get(key)
    try:
        return SignedPackage.loads(package) if package else None
    except BadSignature:
        return None
