"""Latencies of one endpoint: the newest successes, and their quantiles. Pure; milliseconds."""

from __future__ import annotations

KEEP = 64
REFRESH = 8
"""Quantiles are recomputed after so many new samples: sorting on every call would cost more than it tells."""


class Latency:
    """A ring of the newest successful calls. Not thread-safe: its owner holds the lock."""

    __slots__ = ("_at", "_samples", "_since", "p50", "p95")

    def __init__(self, p50: float | None = None, p95: float | None = None) -> None:
        self._samples: list[float] = []
        self._at = 0
        self._since = 0
        self.p50 = p50
        self.p95 = p95

    def record(self, ms: float) -> None:
        if len(self._samples) < KEEP:
            self._samples.append(ms)
        else:
            self._samples[self._at] = ms
            self._at = (self._at + 1) % KEEP
        self._since += 1
        if self._since >= REFRESH or self.p95 is None:
            self._refresh()

    def _refresh(self) -> None:
        ordered = sorted(self._samples)
        self.p50 = ordered[len(ordered) // 2]
        self.p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
        self._since = 0
