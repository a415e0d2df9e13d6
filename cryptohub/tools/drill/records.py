"""Records of a drill: user requests, attempts behind them, calls seen by upstreams. Pure values.

All times are unix seconds of this machine's one clock, durations are milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Endpoints = frozenset[tuple[str, int]]
"""Endpoints as provider slug and number."""
USERS = "drill worker"
PROBER = "drill prober"
"""User agents of the drill's processes."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A user request as seen by a worker; ``at`` is its due time, so that waiting for a thread counts."""

    worker: str
    at: float
    ms: float
    coin: str
    source: str = ""
    currency: str = ""
    price: str = ""
    fetched_at: float = 0.0
    stale: bool = False
    missing: str = ""
    decision: str = ""

    @property
    def answered(self) -> bool:
        """True if the user got a value."""
        return not self.missing

    @property
    def fresh(self) -> bool:
        """True if the user got a value that is not stale."""
        return self.answered and not self.stale

    @property
    def end(self) -> float:
        """End time in unix seconds."""
        return self.at + self.ms / 1000


@dataclass(frozen=True, slots=True)
class Attempt:
    """An HTTP call for a user request, as reported by the worker; ``ms`` is None if still in flight."""

    worker: str
    decision: str
    provider: str
    n: int
    at: float
    ms: float | None
    outcome: str
    why: str

    @property
    def last_resort(self) -> bool:
        """Tell if the attempt was made behind a shut breaker, charged to the budget."""
        return self.why.startswith("last resort")

    @property
    def explicit(self) -> bool:
        """Tell if the attempt ended with an error, not by a timeout or cancellation."""
        return self.ms is not None and self.outcome not in _NO_ERROR

    @property
    def end(self) -> float:
        """End time in unix seconds."""
        return self.at + (self.ms or 0.0) / 1000


_NO_ERROR = frozenset({"ok", "cancelled", "lost_hedge", "in flight", "timeout"})


@dataclass(frozen=True, slots=True)
class Call:
    """A call as logged by the sandbox."""

    t: float
    provider: str
    n: int
    caller: str
    status: int | None
    done: float | None

    @property
    def by_user(self) -> bool:
        """True if a worker made the call for a user."""
        return self.caller.startswith(USERS)


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open time span [start, end)."""

    start: float
    end: float

    def __contains__(self, t: object) -> bool:
        return isinstance(t, int | float) and self.start <= t < self.end

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything recorded during a scenario, and the windows of its parts; ``retry`` is the value of Retry-After."""

    samples: tuple[Sample, ...]
    attempts: tuple[Attempt, ...]
    calls: tuple[Call, ...]
    healthy: Window
    fault: Window
    after: Window
    scope: Endpoints = frozenset()
    wrong: frozenset[Sample] = field(default_factory=frozenset)
    retry: float = 0.0

    def asked(self, window: Window) -> list[Sample]:
        """Requests due in a window, in order."""
        return sorted((sample for sample in self.samples if sample.at in window), key=lambda sample: sample.at)

    def calls_on(self, scope: Endpoints) -> list[Call]:
        """Calls to these endpoints, by any caller."""
        return [call for call in self.calls if (call.provider, call.n) in scope]

    @property
    def whole(self) -> Window:
        """From the start of the healthy part to the end of the scenario."""
        return Window(self.healthy.start, self.after.end)


def calls_from_log(entries: Iterable[Mapping[str, Any]]) -> tuple[Call, ...]:
    """Convert the sandbox's log."""
    return tuple(
        Call(entry["t"], entry["provider"], entry["n"], entry["caller"], entry["status"], entry["done"])
        for entry in entries
    )
