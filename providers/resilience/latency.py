"""Latency quantiles of one endpoint, and the sticky choice of the ``fastest`` strategy. Pure; milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

KEEP = 64
"""Number of samples kept."""
REFRESH = 8
"""New samples after which the quantiles are computed again; sorting on every call would cost more than it tells."""
BETTER, FOR_S = 0.7, 30.0
"""A challenger replaces the chosen link if its latency is below BETTER times the chosen one's for FOR_S seconds."""


class Latency:
    """Latencies of the newest successful calls, in a ring. Not thread-safe: the owner holds a lock."""

    __slots__ = ("_position", "_samples", "_since", "p50", "p95")

    def __init__(self, p50: float | None = None, p95: float | None = None) -> None:
        self._samples: list[float] = []
        self._position = 0
        self._since = 0
        self.p50 = p50
        self.p95 = p95

    def record(self, ms: float) -> None:
        """Add a sample; update the quantiles if they are due."""
        if len(self._samples) < KEEP:
            self._samples.append(ms)
        else:
            self._samples[self._position] = ms
            self._position = (self._position + 1) % KEEP
        self._since += 1
        if self._since >= REFRESH or self.p95 is None:
            self._refresh()

    def _refresh(self) -> None:
        ordered = sorted(self._samples)
        self.p50 = ordered[len(ordered) // 2]
        self.p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
        self._since = 0


@dataclass(slots=True)
class StickyChoice:
    """The link that the ``fastest`` strategy keeps using, and the challenger that is faster since ``since``."""

    link: int | None = None
    challenger: int | None = None
    since: float = 0.0

    def update(self, latencies: Mapping[int, float], now: float) -> None:
        """Choose anew from median latencies by link id; hysteresis keeps the choice from flapping."""
        best = min(latencies, key=lambda link: latencies[link])
        if self.link is None or self.link not in latencies:
            self.link, self.challenger = best, None
        elif best != self.link and latencies[best] < BETTER * latencies[self.link]:
            if self.challenger != best:
                self.challenger, self.since = best, now
            elif now - self.since >= FOR_S:
                self.link, self.challenger = best, None
        else:
            self.challenger = None
