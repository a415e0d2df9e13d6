"""How much of a provider's limit is used, and how long a limited one is left alone. Pure; times are unix seconds."""

from __future__ import annotations

from dataclasses import dataclass

from providers.domain.adapter import Budget, Usage
from providers.domain.outcomes import Failure, Outcome

STOP_AT = 0.95
"""Share of a limit, as the provider itself counts it, at which we stop asking."""
HOURS = 3600.0
MAX_PARK_S = 7 * 24 * HOURS
"""No provider's word parks it for longer; an operator would notice before."""

BACKOFF_S = {
    Outcome.RATE_LIMITED: 60.0,
    Outcome.BANNED: 600.0,
    Outcome.GEO_BLOCKED: 6 * HOURS,
    Outcome.UNAUTHORIZED: 6 * HOURS,
}
"""How long a scope is parked when the provider names no time."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A scope that must not be asked before ``until``."""

    until: float
    outcome: Outcome
    detail: str
    since: float


def parked(failure: Failure, now: float) -> Parked:
    """How long a failure that parks does so: until the time the provider named, else the usual one."""
    named = failure.retry_at.timestamp() if failure.retry_at is not None else now + BACKOFF_S[failure.outcome]
    until = min(max(named, now + 1.0), now + MAX_PARK_S)
    return Parked(until, failure.outcome, failure.detail, now)


@dataclass(frozen=True, slots=True)
class QuotaUsage:
    """Shares of a limit. ``said`` by the provider itself stops us; ``counted`` by us only puts it behind the others,
    for our count knows neither other users of the address nor what the provider really allows.
    """

    reported: float
    estimated: float


NOTHING_USED = QuotaUsage(0.0, 0.0)


class Spending:
    """Calls to one quota group: our own count over the published window, and what its headers last said.

    Not thread-safe: its owner holds the lock.
    """

    __slots__ = ("_count", "_learned", "_learned_until", "_previous", "_window")

    def __init__(self) -> None:
        self._window = 0
        self._count = 0
        self._previous = 0
        self._learned = 0.0
        self._learned_until = 0.0

    def count(self, budget: Budget, now: float) -> None:
        self._advance(budget, now)
        self._count += 1

    def learn(self, usage: Usage, now: float) -> None:
        """Take the provider's own count; it holds until the window it counts in has turned."""
        self._learned = usage.fraction
        self._learned_until = (now // usage.seconds + 1) * usage.seconds

    def used(self, budget: Budget, now: float) -> QuotaUsage:
        """The used share of the limit, by the provider's word and by our own sliding count."""
        self._advance(budget, now)
        overlap = 1 - (now % budget.seconds) / budget.seconds
        ours = (self._count + self._previous * overlap) / budget.calls
        return QuotaUsage(self._learned if now < self._learned_until else 0.0, ours)

    def _advance(self, budget: Budget, now: float) -> None:
        window = int(now / budget.seconds)
        if window != self._window:
            self._previous = self._count if window == self._window + 1 else 0
            self._count = 0
            self._window = window
