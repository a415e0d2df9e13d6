"""Shared state of the threads of a process: counters, fetches in progress, and a bulkhead.

Nothing here knows about markets; each lock is held for a few operations only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

K = TypeVar("K")

SLOW_S = 0.3
"""Upstreams count as hanging when half of the callers inside a bulkhead have been there for longer."""


@dataclass(frozen=True, slots=True)
class CacheStats:
    """Lookups in one cache since ``since``. Each is a hit or a miss; a miss may end stale or unanswered.

    ``hits`` were answered from memory without waiting, ``misses`` waited. Of the misses, ``stale`` got the last known
    good and ``unanswered`` nothing. ``revalidations`` are background fetches behind an answer already served.
    """

    since: datetime
    entries: int = 0
    hits: int = 0
    misses: int = 0
    stale: int = 0
    unanswered: int = 0
    revalidations: int = 0

    @property
    def lookups(self) -> int:
        """The number of values looked up."""
        return self.hits + self.misses


class CacheCounters:
    """The counters of one cache, safe for use by several threads."""

    __slots__ = ("_hits", "_lock", "_misses", "_revalidations", "_stale", "_unanswered", "since")

    def __init__(self, since: datetime) -> None:
        self.since = since
        self._lock = threading.Lock()
        self._hits = self._misses = self._stale = self._unanswered = self._revalidations = 0

    def count(self, hits: int, misses: int = 0, stale: int = 0, unanswered: int = 0) -> None:
        """Add lookups. See ``CacheStats``."""
        with self._lock:
            self._hits += hits
            self._misses += misses
            self._stale += stale
            self._unanswered += unanswered

    def count_revalidations(self, values: int) -> None:
        """Add values that are fetched in the background."""
        with self._lock:
            self._revalidations += values

    def stats(self, entries: int) -> CacheStats:
        """Return the current figures, given the number of entries in the cache."""
        with self._lock:
            return CacheStats(
                self.since, entries, self._hits, self._misses, self._stale, self._unanswered, self._revalidations
            )


class InflightFetch(Generic[K]):
    """A fetch in progress. ``done`` is set when its outcome can be looked up.

    ``started`` is monotonic, ``started_at`` unix seconds. Values fetched since ``since`` (unix seconds) count as fresh
    for every caller that waits for it.
    """

    __slots__ = ("done", "keys", "since", "started", "started_at")

    def __init__(self, keys: Sequence[K]) -> None:
        self.keys = list(keys)
        self.started = time.monotonic()
        self.started_at = self.since = time.time()
        self.done = threading.Event()


class InflightFetches(Generic[K]):
    """Single flight: of many callers that need a key at once, one fetches it and the others wait."""

    def __init__(self) -> None:
        self._fetches: dict[K, InflightFetch[K]] = {}
        self._lock = threading.Lock()

    def join(self, keys: Sequence[K]) -> tuple[InflightFetch[K], set[InflightFetch[K]]]:
        """Return a new fetch of the keys nobody is fetching (maybe none), and those in progress for the others."""
        with self._lock:
            own = InflightFetch([key for key in keys if key not in self._fetches])
            others = {self._fetches[key] for key in keys if key in self._fetches}
            for key in own.keys:
                self._fetches[key] = own
        return own, others

    def leave(self, fetch: InflightFetch[K], keys: Sequence[K]) -> None:
        """Take keys out of a fetch that has not begun: they need not be fetched after all."""
        if keys:
            self._remove(fetch, keys)
            fetch.keys = [key for key in fetch.keys if key not in keys]

    def complete(self, fetch: InflightFetch[K]) -> None:
        """End a fetch, successful or not, and wake the callers that wait for it."""
        self._remove(fetch, fetch.keys)
        fetch.done.set()

    def _remove(self, fetch: InflightFetch[K], keys: Sequence[K]) -> None:
        with self._lock:
            for key in keys:
                if self._fetches.get(key) is fetch:
                    del self._fetches[key]


class Bulkhead:
    """A bounded number of callers that may wait for upstreams at a time, so that threads are left for warm answers.

    While upstreams answer, any number may queue for a slot: they get one in a moment. While upstreams hang at most
    ``max_queued`` may; the rest are turned away at once.
    """

    def __init__(self, slots: int, max_queued: int, slow_s: float = SLOW_S) -> None:
        self._slots = slots
        self._max_queued = max_queued
        self._slow_s = slow_s
        self._entered: dict[int, float] = {}
        self._queued = 0
        self._freed = threading.Condition()

    @property
    def inside(self) -> int:
        """The number of callers with a slot."""
        return len(self._entered)

    @property
    def queued(self) -> int:
        """The number of callers waiting for a slot."""
        return self._queued

    def enter(self, timeout_s: float) -> bool:
        """Take a slot (one per thread), or wait for one at most ``timeout_s``; return False if there is none."""
        with self._freed:
            if len(self._entered) >= self._slots and not self._wait(timeout_s):
                return False
            self._entered[threading.get_ident()] = time.monotonic()
            return True

    def leave(self) -> None:
        """Give this thread's slot back."""
        with self._freed:
            self._entered.pop(threading.get_ident(), None)
            self._freed.notify()

    def _wait(self, timeout_s: float) -> bool:
        if timeout_s <= 0 or (self._queued >= self._max_queued and self._is_hanging()):
            return False
        self._queued += 1
        try:
            return self._freed.wait_for(lambda: len(self._entered) < self._slots, timeout_s)
        finally:
            self._queued -= 1

    def _is_hanging(self) -> bool:
        """Tell if the older half of the callers inside have been there for long (dicts keep insertion order)."""
        return time.monotonic() - list(self._entered.values())[self._slots // 2] > self._slow_s
