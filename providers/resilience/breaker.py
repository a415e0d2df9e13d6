"""The circuit breaker as a value: facts in, state computed from ``now``. Pure; times are unix seconds.

A breaker opens for ``min(2**trips, 300)`` seconds with jitter. Openings that follow each other without a lasting
recovery count up; after ``FORGET_S`` of peace the next one is the first again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

CONSECUTIVE = 3
"""Failures in a row that open a breaker."""
RATE, RATE_CALLS, WINDOW_S = 0.5, 10, 30.0
"""Or: this share of failures, among at least so many calls, in a sliding window."""
MAX_OPEN_S = 300.0
FORGET_S = 300.0
RAMP_S = 5.0
"""After closing, traffic returns over this time."""


class BreakerState(StrEnum):
    """What a scope may be used for now."""

    CLOSED = "closed"
    SLOW_START = "ramping"
    SUSPECT = "suspect"
    HALF_OPEN = "half_open"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """The facts of one scope. ``revision`` counts changes, for compare-and-set between processes."""

    trips: int = 0
    opened_at: float | None = None
    open_until: float | None = None
    closed_at: float | None = None
    suspect_since: float | None = None
    forced_open: bool = False
    revision: int = 0


CLOSED = Breaker()


def state(breaker: Breaker, now: float) -> BreakerState:
    """The state at ``now``."""
    if breaker.forced_open:
        return BreakerState.OPEN
    if breaker.open_until is not None:
        return BreakerState.OPEN if now < breaker.open_until else BreakerState.HALF_OPEN
    if breaker.suspect_since is not None:
        return BreakerState.SUSPECT
    if breaker.closed_at is not None and now - breaker.closed_at < RAMP_S:
        return BreakerState.SLOW_START
    return BreakerState.CLOSED


def is_shut(breaker: Breaker, now: float) -> bool:
    """Whether user traffic stays away (a closed or ramping breaker lets it through)."""
    return state(breaker, now) in (BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.SUSPECT)


def opened(breaker: Breaker, now: float, jitter: float) -> Breaker:
    """The breaker after an opening at ``now``; ``jitter`` in [0, 1) lengthens it by up to a fifth."""
    at_peace = breaker.closed_at is not None and now - breaker.closed_at > FORGET_S
    trips = 1 if at_peace else breaker.trips + 1
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
    """The breaker after a success that proves recovery. Who was only suspect has nothing to recover from: no ramp."""
    if breaker.open_until is None:
        return replace(breaker, suspect_since=None, revision=breaker.revision + 1)
    return Breaker(trips=breaker.trips, closed_at=now, revision=breaker.revision + 1)


def suspected(breaker: Breaker, now: float) -> Breaker:
    """The breaker of an endpoint whose siblings fail: ranked behind the next provider until probed."""
    return replace(breaker, suspect_since=now, revision=breaker.revision + 1)


def slow_start_share(breaker: Breaker, now: float) -> float:
    """How much of its share a scope takes: rises from a tenth to 1 over RAMP_S after closing."""
    if breaker.closed_at is None:
        return 1.0
    return min(1.0, max(0.1, (now - breaker.closed_at) / RAMP_S))


class Window:
    """Recent results of one scope: failures in a row, and the failure rate over a sliding window.

    Kept in ten slots of a tenth of the window each. Not thread-safe: its owner holds the lock.
    """

    __slots__ = ("_fail", "_ok", "_slot", "consecutive")
    SLOTS = 10

    def __init__(self) -> None:
        self.consecutive = 0
        self._slot = 0
        self._ok = [0] * self.SLOTS
        self._fail = [0] * self.SLOTS

    def record(self, ok: bool, now: float) -> None:
        slot = self._advance(now)
        if ok:
            self.consecutive = 0
            self._ok[slot] += 1
        else:
            self.consecutive += 1
            self._fail[slot] += 1

    def should_open(self, now: float) -> bool:
        self._advance(now)
        failed = sum(self._fail)
        calls = failed + sum(self._ok)
        return self.consecutive >= CONSECUTIVE or (calls >= RATE_CALLS and failed >= RATE * calls)

    def clear(self) -> None:
        self.consecutive = 0
        self._ok = [0] * self.SLOTS
        self._fail = [0] * self.SLOTS

    def _advance(self, now: float) -> int:
        current = int(now / (WINDOW_S / self.SLOTS))
        for passed in range(self._slot + 1, min(current, self._slot + self.SLOTS) + 1):
            self._ok[passed % self.SLOTS] = self._fail[passed % self.SLOTS] = 0
        self._slot = max(self._slot, current)
        return current % self.SLOTS
