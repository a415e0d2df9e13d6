"""What a feed's memory was good for since it was made: counted in passing, read by whoever asks. Pure."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CacheStats:
    """Values looked up in one feed, up to a moment. Every value is a hit or a miss, and a miss may end stale or empty.

    ``hits`` were answered from memory, without waiting; ``misses`` were waited for. Of the misses ``stale`` got the
    last known good and ``unanswered`` nothing. ``revalidations`` are fetches behind an answer that was served.
    """

    since: datetime
    entries: int
    hits: int
    misses: int
    stale: int
    unanswered: int
    revalidations: int

    @property
    def lookups(self) -> int:
        return self.hits + self.misses


class CacheCounters:
    """One feed's counters. A few additions under a lock that is held for nothing else."""

    __slots__ = ("_hits", "_lock", "_misses", "_revalidations", "_stale", "_unanswered", "since")

    def __init__(self, since: datetime) -> None:
        self.since = since
        self._lock = threading.Lock()
        self._hits = self._misses = self._stale = self._unanswered = self._revalidations = 0

    def count(self, hits: int, misses: int = 0, stale: int = 0, unanswered: int = 0) -> None:
        with self._lock:
            self._hits += hits
            self._misses += misses
            self._stale += stale
            self._unanswered += unanswered

    def count_revalidations(self, values: int) -> None:
        with self._lock:
            self._revalidations += values

    def stats(self, entries: int) -> CacheStats:
        """The counters of this moment, beside the count of values held."""
        with self._lock:
            return CacheStats(
                self.since, entries, self._hits, self._misses, self._stale, self._unanswered, self._revalidations
            )
