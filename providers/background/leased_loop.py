"""A looping task: work every few seconds in a queue whose scheduler ticks every thirty.

The queue starts one a minute; each runs longer than that, so there is always one, and a lease sees to it that there is
never more than one at work. A newcomer claims the lease, the one at work hands it over at its next turn and ends.
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

LASTS = 85.0
"""Seconds one task loops: longer than the minute between two, shorter than the queue's timeout of 100."""

LATEST = timedelta(minutes=2)
"""A task older than this is a leftover of a killed worker: another has long taken its place."""

_SLICE = 0.5
"""How long the loop sleeps before it looks at the stop flag again: a cluster waits for its workers when it stops."""


@dataclass(frozen=True, slots=True)
class Shell:
    """What a loop needs of the world: the time, a way to wait, and whether to stop."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep
    stopping: Callable[[], bool] = lambda: False


def overdue(due: str | None, now: datetime) -> bool:
    """Whether a task that was due at ``due`` (ISO 8601, as the scheduler gives it) comes too late to be of use."""
    return due is not None and now - datetime.fromisoformat(due) > LATEST


def run(
    name: str,
    turn: Callable[[], object],
    *,
    every: float,
    lasts: float = LASTS,
    term: timedelta | None = None,
    shell: Shell | None = None,
) -> int:
    """Take ``turn`` every ``every`` seconds while we hold the lease ``name``; the number of turns taken.

    1. Wait for the lease, or leave when somebody newer waits for it.
    2. Take a turn; renew; leave when the lease is lost, wanted by another, or our time is over.
    3. Give the lease back, however we leave.
    """
    shell = shell or Shell(stopping=cluster_watch())
    holder, ends = leases.new_holder(), shell.clock() + lasts
    term = term or timedelta(seconds=4 * every)
    turns = 0
    try:
        if not _take(name, holder, term, ends, shell):
            return 0
        while True:
            _patiently(turn, shell)
            turns += 1
            holding = leases.renew(name, holder, term, shell.now())
            if not holding.held or holding.wanted or not _rest(every, ends, shell):
                return turns
    finally:
        leases.release(name, holder, shell.now())


def _take(name: str, holder: str, term: timedelta, ends: float, shell: Shell) -> bool:
    """Get the lease, waiting for its holder to hand it over."""
    if leases.acquire(name, holder, term, shell.now()):
        return True
    leases.claim_next(name, holder)
    while _rest(_SLICE, ends, shell):
        if leases.acquire(name, holder, term, shell.now()):
            return True
        if not leases.is_claimed_by(name, holder):
            return False
    return False


def _rest(seconds: float, ends: float, shell: Shell) -> bool:
    """Wait in slices; False as soon as it is time to leave."""
    until = shell.clock() + seconds
    while (left := until - shell.clock()) > 0:
        if shell.stopping():
            return False
        shell.wait(min(left, _SLICE))
    return shell.clock() < ends and not shell.stopping()


def _patiently(turn: Callable[[], object], shell: Shell) -> None:
    """A turn, tried again on a new connection when the database drops ours."""
    retrying = Retrying(
        retry=retry_if_exception_type((OperationalError, InterfaceError)),
        stop=stop_after_attempt(3),
        wait=wait_fixed(0.5),
        sleep=shell.wait,
        before_sleep=_drop_connections,
        reraise=True,
    )
    retrying(turn)


def _drop_connections(_state: RetryCallState) -> None:
    connections.close_all()


def cluster_watch() -> Callable[[], bool]:
    """A stop flag: true once the queue's cluster that this process works for is stopping, or is gone.

    The cluster publishes its status in the cache twice a second, and on stopping waits for its workers to end. Outside
    a cluster the flag only says whether the parent process has gone.
    """
    parent = os.getppid()
    found: list[str] = []

    def stopping() -> bool:
        if os.getppid() != parent:
            return True
        if not found:
            found.extend(key for key, stat in _stats() if stat.sentinel == parent and stat.host == socket.gethostname())
        stat = _stat(found[0]) if found else None
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
