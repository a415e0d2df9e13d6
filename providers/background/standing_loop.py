"""Loops that stand by in every worker: one holds the lease and works, the others take over when it ends.

The worker runs them in threads of its first process, not as tasks of the queue, so they resume as soon as the database
is back, whatever state the queue is in. A thread renews the lease while a turn is running; the lease's term therefore
need not cover a slow turn.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, close_old_connections, connections

from providers.background.outage_log import OutageLog
from providers.state import leases

logger = logging.getLogger("cryptohub.loops")

TERM = timedelta(seconds=3.5)
"""A killed holder is replaced after this and one look: within five seconds."""
LOOK_S = 0.5
RENEW_S = 1.0
LONGEST_TURN_S = 100.0
"""The lease of a turn that takes longer is renewed no more: it hangs."""

_in_this_worker = threading.Event()


def announce() -> None:
    """Note, before the queue's processes are forked, that this worker runs the loops itself."""
    _in_this_worker.set()


def is_announced() -> bool:
    """Return True if the worker of this process runs the loops, so that queued tasks need not."""
    return _in_this_worker.is_set()


def run(name: str, turn: Callable[[], object], *, every_s: float, stop: threading.Event) -> None:
    """Call ``turn`` every ``every_s`` seconds while holding the lease ``name``, until ``stop`` is set.

    1. Look for the lease every half second, and acquire it when it is free.
    2. Call ``turn`` until the lease is lost. A turn that fails is logged, and the next one comes at its time.
    3. Release the lease, so that another worker takes over at once.
    """
    holder, outage = leases.new_holder(), OutageLog(logger, f"loop {name}")
    try:
        while not stop.is_set():
            try:
                close_old_connections()
                if _acquire(name, holder):
                    _hold(name, holder, turn, every_s, stop, outage)
            except Exception as error:  # noqa: BLE001 - the loop must outlive every outage
                _note(error, outage)
            stop.wait(LOOK_S)
    finally:
        connections.close_all()


def _acquire(name: str, holder: str) -> bool:
    """Acquire the lease if it is free; reading first spares SQLite the write lock."""
    now = _now()
    return not leases.is_held(name, now, TERM) and leases.acquire(name, holder, TERM, now)


def _hold(
    name: str, holder: str, turn: Callable[[], object], every_s: float, stop: threading.Event, outage: OutageLog
) -> None:
    try:
        with _renewed(name, holder) as lease:
            while not stop.is_set() and lease.begin_turn():
                try:
                    close_old_connections()
                    turn()
                    outage.succeeded(time.monotonic())
                except Exception as error:  # noqa: BLE001 - a failed turn must not end the loop
                    _note(error, outage)
                stop.wait(every_s)
    finally:
        leases.release(name, holder, _now())


class _HeldLease:
    """State of a lease that a thread renews: lost or not, and since when the current turn runs."""

    def __init__(self) -> None:
        self.lost = threading.Event()
        self.ended = threading.Event()
        self._turn_began = time.monotonic()

    def begin_turn(self) -> bool:
        """Note that a turn begins; return False if the lease is lost."""
        self._turn_began = time.monotonic()
        return not self.lost.is_set()

    def hangs(self) -> bool:
        """Return True if the current turn has taken too long."""
        return time.monotonic() - self._turn_began > LONGEST_TURN_S


@contextmanager
def _renewed(name: str, holder: str) -> Iterator[_HeldLease]:
    lease = _HeldLease()
    thread = threading.Thread(target=_renew, args=(name, holder, lease), name=f"lease-{name}", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        lease.ended.set()
        thread.join(RENEW_S)


def _renew(name: str, holder: str, lease: _HeldLease) -> None:
    """Renew the lease every second until it has ended, is lost, or its turn hangs."""
    try:
        while not lease.ended.wait(RENEW_S) and not lease.hangs():
            try:
                if not leases.renew(name, holder, TERM, _now()).held:
                    lease.lost.set()
                    return
            except DatabaseError:
                connections.close_all()  # the turn logs the outage; nobody else can take the lease meanwhile
    finally:
        connections.close_all()


def _note(error: Exception, outage: OutageLog) -> None:
    if isinstance(error, DatabaseError):
        connections.close_all()
    else:
        logger.debug("a turn failed", exc_info=error)
    outage.failed(error, time.monotonic())


def _now() -> datetime:
    return datetime.now(UTC)
