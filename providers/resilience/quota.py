"""Used share of a provider's rate limit, and the length of cooldowns. Pure; times are unix seconds."""

from __future__ import annotations

from dataclasses import dataclass

from providers.domain.adapter import Budget, Usage
from providers.domain.outcomes import Failure, Outcome

STOP_AT = 0.95
"""Used share of a limit, as the provider reports it, at which calls stop."""
HOURS = 3600.0
CLOCK_LEAD_S = 60.0
"""Lead of another host's clock, in seconds; a stored moment further ahead counts as past."""
MAX_COOLDOWN_S = 7 * 24 * HOURS
"""Longest cooldown, whatever time the provider names."""

BACKOFF_S = {
    Outcome.RATE_LIMITED: 60.0,
    Outcome.BANNED: 600.0,
    Outcome.GEO_BLOCKED: 6 * HOURS,
    Outcome.UNAUTHORIZED: 6 * HOURS,
}
"""Length of a cooldown in seconds if the provider names no time."""


@dataclass(frozen=True, slots=True)
class CooldownPeriod:
    """Cooldown of a scope: no calls before ``until``."""

    until: float
    outcome: Outcome
    detail: str
    since: float

    def is_active(self, now: float) -> bool:
        """Return whether the cooldown lasts; one that began in the future was written before the clock was set back."""
        return now < self.until and self.since <= now + CLOCK_LEAD_S


def cooldown_after(failure: Failure, now: float) -> CooldownPeriod:
    """Compute the cooldown after a failure: until the time the provider named, else the usual one of its outcome."""
    named = failure.retry_at.timestamp() if failure.retry_at is not None else now + BACKOFF_S[failure.outcome]
    until = min(max(named, now + 1.0), now + MAX_COOLDOWN_S)
    return CooldownPeriod(until, failure.outcome, failure.detail, now)


@dataclass(frozen=True, slots=True)
class QuotaUsage:
    """Used shares of a limit, ``reported`` by the provider and ``estimated`` from our own count.

    A reported share of STOP_AT stops calls. An estimated one only ranks the provider behind the others, as our count
    knows neither other users of the address nor the limit the provider really applies.
    """

    reported: float
    estimated: float


NOTHING_USED = QuotaUsage(0.0, 0.0)


class Spending:
    """Calls to one quota group: our count over the published window, and the share its headers last reported.

    Not thread-safe: the owner holds a lock.
    """

    __slots__ = ("_count", "_previous", "_reported", "_reported_until", "_window")

    def __init__(self) -> None:
        self._window = 0
        self._count = 0
        self._previous = 0
        self._reported = 0.0
        self._reported_until = 0.0

    def count(self, budget: Budget, now: float) -> None:
        """Count one call."""
        self._advance(budget, now)
        self._count += 1

    def learn(self, usage: Usage, now: float) -> None:
        """Store the share the provider reports; it is valid until its window ends."""
        self._reported = usage.fraction
        self._reported_until = (now // usage.seconds + 1) * usage.seconds

    def used(self, budget: Budget, now: float) -> QuotaUsage:
        """Return the used shares of the limit; ours is a sliding count over two windows."""
        self._advance(budget, now)
        overlap = 1 - (now % budget.seconds) / budget.seconds
        estimated = (self._count + self._previous * overlap) / budget.calls
        return QuotaUsage(self._reported if now < self._reported_until else 0.0, estimated)

    def _advance(self, budget: Budget, now: float) -> None:
        window = int(now / budget.seconds)
        if window != self._window:
            self._previous = self._count if window == self._window + 1 else 0
            self._count = 0
            self._window = window
