"""Threads for what must go on behind a caller: a timer that starts hedges, helpers that run them.

Helpers are made when there is none idle, so hung attempts cannot starve new ones; each dies of its deadline. At
``MOST`` busy helpers a request for one more is refused, and the caller goes on alone.
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
MOST = 64
IDLE_S = 30.0


class ThreadPool:
    """A pool that grows with need and shrinks with idleness."""

    def __init__(self, most: int = MOST) -> None:
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._most = most
        self._idle = 0
        self._alive = 0
        self._lock = threading.Lock()

    @property
    def busy(self) -> int:
        """How many are at work now."""
        with self._lock:
            return self._alive - self._idle

    def run(self, job: Job) -> bool:
        """Have the job run at once; False when every helper there may be is busy."""
        with self._lock:
            if self._idle > 0:
                self._idle -= 1
            elif self._alive < self._most:
                self._alive += 1
                threading.Thread(target=self._work, name="helper", daemon=True).start()
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
                    if self._idle > 0:  # nobody has counted on this one
                        self._idle -= 1
                        self._alive -= 1
                        return
                continue
            try:
                job()
            except Exception:
                log.exception("a helper's job failed")
            _drop_connections()
            with self._lock:
                self._idle += 1


def _drop_connections() -> None:
    """An idle helper holds no connection to the database; most jobs never make one."""
    for connection in connections.all(initialized_only=True):
        connection.close()


class TimerHandle:
    """A job that will be called at its time, unless it is called off before."""

    __slots__ = ("job",)

    def __init__(self, job: Job) -> None:
        self.job: Job | None = job

    def call_off(self) -> None:
        self.job = None


class Timer:
    """Calls jobs at their time, in one thread; they must be short.

    The thread wakes for the first job that stands: those called off before it, nearly all, go with it for nothing.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, TimerHandle]] = []
        self._wake = threading.Condition()
        self._count = itertools.count()
        self._thread: threading.Thread | None = None

    def at(self, moment: float, job: Job) -> TimerHandle:
        """Call the job at ``moment`` (monotonic)."""
        alarm = TimerHandle(job)
        with self._wake:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="timer", daemon=True)
                self._thread.start()
            heapq.heappush(self._heap, (moment, next(self._count), alarm))
            if self._heap[0][2] is alarm:
                self._wake.notify()
        return alarm

    def _run(self) -> None:
        while True:
            job = self._next()
            try:
                job()
            except Exception:
                log.exception("a timer's job failed")

    def _next(self) -> Job:
        """Wait for the next job that stands and is due."""
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


helpers = ThreadPool()
timer = Timer()


def _after_fork() -> None:
    """Threads do not survive a fork: the child starts with none."""
    global helpers, timer
    helpers, timer = ThreadPool(), Timer()


os.register_at_fork(after_in_child=_after_fork)
