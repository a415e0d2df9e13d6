"""Counters of calls by scope, and their sums."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Counters of one scope since the last flush."""

    requests: int = 0
    successes: int = 0
    probes: int = 0
    latency_ms_sum: float = 0.0
    consecutive_failures: int = 0
    last_success_at: float | None = None
    last_failure_at: float | None = None
    last_outcome: str = ""
    last_detail: str = ""
    p50_ms: float | None = None
    p95_ms: float | None = None


def merged(older: Counters, newer: Counters) -> Counters:
    """Return the sums of the counters; for other fields the newer value where there is one."""
    latest = newer if newer.last_outcome else older
    return Counters(
        requests=older.requests + newer.requests,
        successes=older.successes + newer.successes,
        probes=older.probes + newer.probes,
        latency_ms_sum=older.latency_ms_sum + newer.latency_ms_sum,
        consecutive_failures=newer.consecutive_failures,
        last_success_at=newer.last_success_at or older.last_success_at,
        last_failure_at=newer.last_failure_at or older.last_failure_at,
        last_outcome=latest.last_outcome,
        last_detail=latest.last_detail,
        p50_ms=older.p50_ms if newer.p50_ms is None else newer.p50_ms,
        p95_ms=older.p95_ms if newer.p95_ms is None else newer.p95_ms,
    )
