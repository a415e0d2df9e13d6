"""Hedge delay of an attempt, and the budget of extra calls. Pure.

Hedges and last-resort calls share one budget: a tenth of the calls of the last minute, plus three. Failover after an
explicit error is not charged.
"""

from __future__ import annotations

import math
from collections import deque

FACTOR = 1.5
"""Hedge delay as a multiple of the endpoint's p95 latency."""
MIN_S, MAX_S, UNKNOWN_S = 0.012, 1.0, 0.25
"""Bounds of the hedge delay in seconds, and its value while the p95 is unknown."""
SHARE, EXTRA, WINDOW_S = 0.10, 3, 60.0
"""Extra calls allowed: this share of the window's calls, plus a constant; the window's length in seconds."""
GIVEN_UP_S, GIVEN_UP_FACTOR = 0.3, 4.0
"""An attempt is given up after this many seconds, or this multiple of its hedge delay if that is longer."""


def delay(p95_ms: float | None, left: float) -> float:
    """Return the seconds after which an attempt is hedged: at most a third of the time left (seconds)."""
    usual = UNKNOWN_S if p95_ms is None else max(MIN_S, min(MAX_S, FACTOR * p95_ms / 1000))
    return min(usual, left / 3)


def given_up(p95_ms: float | None, waited: float) -> bool:
    """Return True if an attempt took so long that going on to the next candidate is failover, not a hedge.

    Without this rule an exhausted budget would leave a caller with a hung endpoint until the deadline.
    """
    return waited >= max(GIVEN_UP_S, GIVEN_UP_FACTOR * delay(p95_ms, math.inf))


class CallBudget:
    """Budget of extra calls. Not thread-safe: the owner holds a lock. Times in seconds of any one clock."""

    def __init__(self) -> None:
        self._calls: deque[list[float]] = deque()
        self._extra: deque[float] = deque()
        self._total = 0.0

    def count(self, now: float) -> None:
        """Count an ordinary call."""
        second = float(int(now))
        if self._calls and self._calls[-1][0] == second:
            self._calls[-1][1] += 1
        else:
            self._calls.append([second, 1.0])
        self._total += 1
        self._forget(now)

    def take(self, now: float) -> bool:
        """Take one extra call from the budget; return False if none is left."""
        if self.left(now) < 1:
            return False
        self._extra.append(now)
        return True

    def left(self, now: float) -> float:
        """Return the number of extra calls left at ``now``."""
        self._forget(now)
        return EXTRA + SHARE * self._total - len(self._extra)

    def _forget(self, now: float) -> None:
        while self._calls and self._calls[0][0] <= now - WINDOW_S:
            self._total -= self._calls.popleft()[1]
        while self._extra and self._extra[0] <= now - WINDOW_S:
            self._extra.popleft()
