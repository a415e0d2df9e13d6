"""Background threads of the engine: a timer that starts hedges, and a pool that runs them.

The pool starts a thread when none is idle, so hung attempts cannot starve new ones; each attempt ends at its deadline.
With ``MAX_THREADS`` busy threads a further job is refused, and the caller goes on alone.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import os
import queue
import threading
import time
from collections.abc import Callable

from django.db import connections

log = logging.getLogger(__name__)

Job = Callable[[], object]
MAX_THREADS = 64
IDLE_S = 30.0
"""Seconds after which an idle thread ends."""


class ThreadPool:
    """Pool that starts threads on demand and ends idle ones."""

    def __init__(self, max_threads: int = MAX_THREADS) -> None:
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._max_threads = max_threads
        self._idle = 0
        self._alive = 0
        self._lock = threading.Lock()

    @property
    def busy(self) -> int:
        """Number of threads that run a job now."""
        with self._lock:
            return self._alive - self._idle

    def run(self, job: Job) -> bool:
        """Run the job in a thread at once; return False if all threads are busy and no more may start."""
        with self._lock:
            if self._idle > 0:
                self._idle -= 1
            elif self._alive < self._max_threads:
                self._alive += 1
                threading.Thread(target=self._work, name="pool", daemon=True).start()
            else:
                return False
        self._jobs.put(job)
        return True

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=IDLE_S)
            except queue.Empty:
                with self._lock:
                    if self._idle > 0:  # no job was promised to this thread
                        self._idle -= 1
                        self._alive -= 1
                        return
                continue
            try:
                job()
            except Exception:
                log.exception("a job of the thread pool failed")
            _drop_connections()
            with self._lock:
                self._idle += 1


def _drop_connections() -> None:
    """Close database connections, which most jobs never open: an idle thread must not hold one."""
    for connection in connections.all(initialized_only=True):
        connection.close()


class TimerHandle:
    """A scheduled job, until it runs or is cancelled."""

    __slots__ = ("job",)

    def __init__(self, job: Job) -> None:
        self.job: Job | None = job

    def cancel(self) -> None:
        """Keep the job from running, if it has not started."""
        self.job = None


class Timer:
    """Calls short jobs at their time, in one thread.

    The thread wakes for the first job not cancelled; the cancelled ones before it, nearly all, cost nothing.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, TimerHandle]] = []
        self._wake = threading.Condition()
        self._count = itertools.count()
        self._thread: threading.Thread | None = None

    def at(self, moment: float, job: Job) -> TimerHandle:
        """Schedule the job for ``moment`` (monotonic)."""
        handle = TimerHandle(job)
        with self._wake:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="timer", daemon=True)
                self._thread.start()
            heapq.heappush(self._heap, (moment, next(self._count), handle))
            if self._heap[0][2] is handle:
                self._wake.notify()
        return handle

    def _run(self) -> None:
        while True:
            job = self._next()
            try:
                job()
            except Exception:
                log.exception("a job of the timer failed")

    def _next(self) -> Job:
        """Wait for the next due job that is not cancelled."""
        with self._wake:
            while True:
                while self._heap and self._heap[0][2].job is None:
                    heapq.heappop(self._heap)
                if self._heap and self._heap[0][0] <= time.monotonic():
                    job = heapq.heappop(self._heap)[2].job
                    if job is not None:
                        return job
                    continue
                self._wake.wait(self._heap[0][0] - time.monotonic() if self._heap else None)


pool = ThreadPool()
timer = Timer()


def _after_fork() -> None:
    """Start without threads in a forked child, as they do not survive a fork."""
    global pool, timer
    pool, timer = ThreadPool(), Timer()


os.register_at_fork(after_in_child=_after_fork)
