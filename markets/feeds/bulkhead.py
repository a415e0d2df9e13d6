"""How many callers may wait for upstreams at a time, so that threads are left for those who can be answered at once.

A crowd that asks for one new thing is let wait for its place: it has it in a moment. When upstreams hang it would not,
and every thread that waits is one less for warm answers: then only a few may, and the rest are turned away at once.
"""

from __future__ import annotations

import threading
import time

SLOW_S = 0.3
"""When half of those inside have been there for longer, upstreams hang."""


class Bulkhead:
    """So many places; and so many who may wait for one while upstreams hang."""

    def __init__(self, places: int, waiting: int, slow_s: float = SLOW_S) -> None:
        self._slow_s = slow_s
        self._most = places
        self._most_waiting = waiting
        self._inside: dict[int, float] = {}
        self._waiting = 0
        self._free = threading.Condition()

    @property
    def inside(self) -> int:
        """How many have a place now."""
        return len(self._inside)

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return self._waiting

    def enter(self, patience: float) -> bool:
        """Take a place, one a thread, or wait for it so many seconds; False when there is none."""
        with self._free:
            if len(self._inside) >= self._most and not self._wait(patience):
                return False
            self._inside[threading.get_ident()] = time.monotonic()
            return True

    def leave(self) -> None:
        with self._free:
            self._inside.pop(threading.get_ident(), None)
            self._free.notify()

    def _wait(self, patience: float) -> bool:
        if patience <= 0 or (self._waiting >= self._most_waiting and self._hangs()):
            return False
        self._waiting += 1
        try:
            return self._free.wait_for(lambda: len(self._inside) < self._most, patience)
        finally:
            self._waiting -= 1

    def _hangs(self) -> bool:
        """Whether half of those inside, who came first, have been there for long."""
        return time.monotonic() - list(self._inside.values())[self._most // 2] > self._slow_s
