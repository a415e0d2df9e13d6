"""Circuit breaker as an immutable value: facts are stored, the state is computed from ``now``. Pure.

Times are unix seconds. A breaker opens for ``min(2**trips, 300)`` seconds plus jitter. Consecutive openings raise
``trips``; after ``FORGET_S`` without one the next opening counts as the first again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

CONSECUTIVE = 3
"""Failures in a row that open a breaker."""
RATE, RATE_CALLS, WINDOW_S = 0.5, 10, 30.0
"""Failure rate that opens a breaker, the least number of calls it needs, and the sliding window in seconds."""
CLOCK_LEAD_S = 60.0
"""Lead of another host's clock, in seconds; a stored moment further ahead counts as past."""
MAX_OPEN_S = 300.0
FORGET_S = 300.0
SLOW_START_S = 5.0
"""Seconds over which traffic returns after closing (slow start)."""


class BreakerState(StrEnum):
    """State of a scope, from the least to the most severe."""

    CLOSED = "closed"
    SLOW_START = "ramping"
    SUSPECT = "suspect"
    HALF_OPEN = "half_open"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """Breaker facts of one scope. ``revision`` counts changes, for compare-and-set between processes."""

    trips: int = 0
    opened_at: float | None = None
    open_until: float | None = None
    closed_at: float | None = None
    suspect_since: float | None = None
    forced_open: bool = False
    revision: int = 0


CLOSED = Breaker()

SEVERITY = {name: rank for rank, name in enumerate(BreakerState)}
"""Rank of each state, 0 (closed) to 4 (open)."""


def worst_breaker(
    breakers: Mapping[str, Breaker], keys: Iterable[str], now: float
) -> tuple[BreakerState, Breaker, str] | None:
    """Return state, breaker and key of the most severe breaker under these keys, or None if all are closed."""
    worst: tuple[BreakerState, Breaker, str] | None = None
    for key in keys:
        breaker = breakers.get(key, CLOSED)
        if breaker is CLOSED:
            continue
        current = state(breaker, now)
        if current is not BreakerState.CLOSED and (worst is None or SEVERITY[current] > SEVERITY[worst[0]]):
            worst = (current, breaker, key)
    return worst


def state(breaker: Breaker, now: float) -> BreakerState:
    """Compute the state at ``now``."""
    if breaker.forced_open:
        return BreakerState.OPEN
    if breaker.open_until is not None:
        is_open = now < breaker.open_until <= now + MAX_OPEN_S + CLOCK_LEAD_S
        return BreakerState.OPEN if is_open else BreakerState.HALF_OPEN
    if breaker.suspect_since is not None:
        return BreakerState.SUSPECT
    if breaker.closed_at is not None and -CLOCK_LEAD_S <= now - breaker.closed_at < SLOW_START_S:
        return BreakerState.SLOW_START
    return BreakerState.CLOSED


def began_before(started: float, moment: float | None) -> bool:
    """Return whether an attempt began before a stored moment; one far ahead is from before the clock was set back."""
    return moment is not None and started < moment <= started + CLOCK_LEAD_S


def is_shut(breaker: Breaker, now: float) -> bool:
    """Return True if user traffic stays away; closed and slow-start breakers let it through."""
    return SEVERITY[state(breaker, now)] >= SEVERITY[BreakerState.SUSPECT]


def distrusted_before(breaker: Breaker, now: float) -> float:
    """Return the time before which fetched values are distrusted: no end while shut, then its closing, or 0."""
    if is_shut(breaker, now):
        return math.inf
    return 0.0 if breaker.closed_at is None or breaker.closed_at > now + CLOCK_LEAD_S else breaker.closed_at


def opened(breaker: Breaker, now: float, jitter: float) -> Breaker:
    """Open the breaker at ``now``; ``jitter`` in [0, 1) lengthens the time by up to a fifth."""
    is_recovered = breaker.closed_at is not None and now - breaker.closed_at > FORGET_S
    trips = 1 if is_recovered else breaker.trips + 1
    seconds = min(2.0 ** min(trips, 16), MAX_OPEN_S) * (1 + 0.2 * jitter)
    return replace(
        breaker,
        trips=trips,
        opened_at=breaker.opened_at or now,
        open_until=now + min(seconds, MAX_OPEN_S),
        suspect_since=None,
        revision=breaker.revision + 1,
    )


def closed(breaker: Breaker, now: float) -> Breaker:
    """Close the breaker after a success that proves recovery; one that was only suspect closes without slow start."""
    if breaker.open_until is None:
        return replace(breaker, suspect_since=None, revision=breaker.revision + 1)
    return Breaker(trips=breaker.trips, closed_at=now, revision=breaker.revision + 1)


def suspected(breaker: Breaker, now: float) -> Breaker:
    """Mark an endpoint whose siblings fail as suspect: it ranks behind the next provider until a probe succeeds."""
    return replace(breaker, suspect_since=now, revision=breaker.revision + 1)


def slow_start_share(breaker: Breaker, now: float) -> float:
    """Fraction of its usual traffic that a scope takes: rises from 0.1 to 1 over SLOW_START_S after closing."""
    if breaker.closed_at is None:
        return 1.0
    return min(1.0, max(0.1, (now - breaker.closed_at) / SLOW_START_S))


class Window:
    """Recent results of one scope: consecutive failures, and the failure rate over a sliding window.

    Counts are kept in ten slots of a tenth of the window each. Not thread-safe: the owner holds a lock.
    """

    __slots__ = ("_fail", "_ok", "_slot", "consecutive")
    SLOTS = 10

    def __init__(self) -> None:
        self.consecutive = 0
        self._slot = 0
        self._ok = [0] * self.SLOTS
        self._fail = [0] * self.SLOTS

    def record(self, ok: bool, now: float) -> None:
        """Count one success or failure at ``now``."""
        slot = self._advance(now)
        if ok:
            self.consecutive = 0
            self._ok[slot] += 1
        else:
            self.consecutive += 1
            self._fail[slot] += 1

    def should_open(self, now: float) -> bool:
        """Return True if the consecutive failures or the failure rate reach their threshold."""
        self._advance(now)
        failed = sum(self._fail)
        calls = failed + sum(self._ok)
        return self.consecutive >= CONSECUTIVE or (calls >= RATE_CALLS and failed >= RATE * calls)

    def clear(self) -> None:
        """Forget all results."""
        self.consecutive = 0
        self._ok = [0] * self.SLOTS
        self._fail = [0] * self.SLOTS

    def _advance(self, now: float) -> int:
        current = int(now / (WINDOW_S / self.SLOTS))
        for passed in range(self._slot + 1, min(current, self._slot + self.SLOTS) + 1):
            self._ok[passed % self.SLOTS] = self._fail[passed % self.SLOTS] = 0
        self._slot = max(self._slot, current)
        return current % self.SLOTS
