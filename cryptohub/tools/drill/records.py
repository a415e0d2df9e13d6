"""What a drill writes down: users' requests, the attempts behind them, the calls upstreams saw. Pure values.

All times are unix seconds of this machine's one clock, durations are milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Scope = frozenset[tuple[str, int]]
"""Endpoints, as provider slug and number."""
USERS = "drill worker"
PROBER = "drill prober"
"""How the processes of a drill name themselves to upstreams."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One user's request as a worker saw it. ``at`` is when it was due, so that waiting for a thread counts too."""

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
        return not self.missing

    @property
    def fresh(self) -> bool:
        return self.answered and not self.stale

    @property
    def end(self) -> float:
        return self.at + self.ms / 1000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP call on users' behalf, by the worker's own account. ``ms`` is None for one that was left in flight."""

    worker: str
    decision: str
    provider: str
    n: int
    at: float
    ms: float | None
    outcome: str
    why: str

    @property
    def explicit(self) -> bool:
        """Whether it ended with an error of its own, in its own time."""
        return self.ms is not None and self.outcome not in _NO_ERROR

    @property
    def end(self) -> float:
        return self.at + (self.ms or 0.0) / 1000


_NO_ERROR = frozenset({"ok", "cancelled", "lost_hedge", "in flight", "timeout"})


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the upstream saw it: the sandbox's log."""

    t: float
    provider: str
    n: int
    caller: str
    status: int | None
    done: float | None

    @property
    def by_user(self) -> bool:
        return self.caller.startswith(USERS)


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, its end left out."""

    start: float
    end: float

    def __contains__(self, t: object) -> bool:
        return isinstance(t, int | float) and self.start <= t < self.end

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was recorded while a scenario played, and when its parts were; ``retry`` is what a Retry-After said."""

    samples: tuple[Sample, ...]
    attempts: tuple[Attempt, ...]
    calls: tuple[Call, ...]
    healthy: Window
    fault: Window
    after: Window
    scope: Scope = frozenset()
    wrong: frozenset[Sample] = field(default_factory=frozenset)
    retry: float = 0.0

    def asked(self, window: Window) -> list[Sample]:
        """The requests that were due in a window, in order."""
        return sorted((sample for sample in self.samples if sample.at in window), key=lambda sample: sample.at)

    def calls_on(self, scope: Scope) -> list[Call]:
        """The calls to these endpoints, whoever made them."""
        return [call for call in self.calls if (call.provider, call.n) in scope]

    @property
    def whole(self) -> Window:
        return Window(self.healthy.start, self.after.end)


def calls_from_log(entries: Iterable[Mapping[str, Any]]) -> tuple[Call, ...]:
    """The sandbox's log as values."""
    return tuple(
        Call(entry["t"], entry["provider"], entry["n"], entry["caller"], entry["status"], entry["done"])
        for entry in entries
    )
