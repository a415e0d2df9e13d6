"""When a second candidate is asked while the first still works, and how many such extra calls there may be. Pure.

Hedges and last-resort calls share one budget: a tenth of the calls of the last minute, and three. Failover after an
explicit error is not charged.
"""

from __future__ import annotations

import math
from collections import deque

FACTOR = 1.5
"""Times the endpoint's p95."""
MIN_S, MAX_S, UNKNOWN_S = 0.012, 1.0, 0.25
SHARE, EXTRA, WINDOW_S = 0.10, 3, 60.0


def delay(p95_ms: float | None, left: float) -> float:
    """Seconds after which an attempt is hedged; never more than a third of the time left."""
    wanted = UNKNOWN_S if p95_ms is None else max(MIN_S, min(MAX_S, FACTOR * p95_ms / 1000))
    return min(wanted, left / 3)


GIVEN_UP_S, GIVEN_UP_FACTOR = 0.3, 4.0


def given_up(p95_ms: float | None, waited: float) -> bool:
    """Whether an attempt has outlasted its hedge delay so far that going on to the next is failover, not a hedge.

    Without this a used-up budget would leave a caller with a hung endpoint until its deadline.
    """
    return waited >= max(GIVEN_UP_S, GIVEN_UP_FACTOR * delay(p95_ms, math.inf))


class CallBudget:
    """Extra calls allowed now. Not thread-safe: its owner holds the lock. Times in seconds, any one clock."""

    def __init__(self) -> None:
        self._calls: deque[list[float]] = deque()
        self._extra: deque[float] = deque()
        self._total = 0.0

    def count(self, now: float) -> None:
        """An ordinary call was made."""
        second = float(int(now))
        if self._calls and self._calls[-1][0] == second:
            self._calls[-1][1] += 1
        else:
            self._calls.append([second, 1.0])
        self._total += 1
        self._forget(now)

    def take(self, now: float) -> bool:
        """Take one extra call from the budget, if there is one."""
        if self.left(now) < 1:
            return False
        self._extra.append(now)
        return True

    def left(self, now: float) -> float:
        self._forget(now)
        return EXTRA + SHARE * self._total - len(self._extra)

    def _forget(self, now: float) -> None:
        while self._calls and self._calls[0][0] <= now - WINDOW_S:
            self._total -= self._calls.popleft()[1]
        while self._extra and self._extra[0] <= now - WINDOW_S:
            self._extra.popleft()
