"""Single flight: of many callers that want the same thing at once, one fetches and the others wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Generic, TypeVar

K = TypeVar("K")


class InflightFetch:
    """A fetch under way; ``done`` is set when its outcome can be looked up. Began monotonic, and by the clock.

    What it brings counts as fetched for whoever waits for it, from ``since`` (unix seconds) on.
    """

    __slots__ = ("done", "since", "started", "started_at")

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.started_at = self.since = time.time()
        self.done = threading.Event()


class InflightFetches(Generic[K]):
    """The fetches under way in this process, by key."""

    def __init__(self) -> None:
        self._fetches: dict[K, InflightFetch] = {}
        self._lock = threading.Lock()

    def join(self, keys: Sequence[K]) -> tuple[list[K], InflightFetch, set[InflightFetch]]:
        """Split keys into those to fetch now (as the given flight), and the flights that others already are."""
        flight = InflightFetch()
        with self._lock:
            mine = [key for key in keys if key not in self._fetches]
            others = {self._fetches[key] for key in keys if key in self._fetches}
            for key in mine:
                self._fetches[key] = flight
        return mine, flight, others

    def leave(self, keys: Sequence[K], flight: InflightFetch) -> None:
        """These need not be fetched after all."""
        with self._lock:
            for key in keys:
                if self._fetches.get(key) is flight:
                    del self._fetches[key]

    def complete(self, keys: Sequence[K], flight: InflightFetch) -> None:
        """The fetch has ended, well or not."""
        self.leave(keys, flight)
        flight.done.set()
