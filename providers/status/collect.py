"""Collects the facts for a report: this process's snapshot, the shared counters, and its own counts not yet written.

So a report includes this process's calls at once, and the others' within about a second.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from providers.adapters import ADAPTERS
from providers.domain.config import Configuration
from providers.models import Health
from providers.state import runtime
from providers.state.counters import Counters
from providers.status.link_status import NO_CALLS, HealthFacts, ScopeCounters

_COLUMNS = (
    "requests",
    "successes",
    "probes",
    "latency_ms_sum",
    "consecutive_failures",
    "p50_ms",
    "p95_ms",
    "last_success_at",
    "last_failure_at",
    "last_outcome",
)


def collect(now: float) -> tuple[Configuration, HealthFacts]:
    """Return the configuration and the health facts at ``now`` (unix seconds), by one query for the counters."""
    state = runtime.runtime()
    configuration = state.current()
    counters_by_key = {key: ScopeCounters(*columns) for key, *columns in _rows()}
    for key, counters in state.health.unwritten_counters().items():
        counters_by_key[key] = _combined(counters_by_key.get(key, NO_CALLS), counters)
    return configuration, HealthFacts(now, state.health.breakers, state.health.cooldowns, counters_by_key, ADAPTERS)


def _rows() -> list[tuple[Any, ...]]:
    return list(Health.objects.values_list("key", *_COLUMNS))


def _combined(stored: ScopeCounters, pending: Counters) -> ScopeCounters:
    """Return the stored counters with the pending ones: sums are added, newer values replace older ones."""
    return ScopeCounters(
        requests=stored.requests + pending.requests,
        successes=stored.successes + pending.successes,
        probes=stored.probes + pending.probes,
        latency_ms_sum=stored.latency_ms_sum + pending.latency_ms_sum,
        consecutive_failures=pending.consecutive_failures,
        p50_ms=stored.p50_ms if pending.p50_ms is None else pending.p50_ms,
        p95_ms=stored.p95_ms if pending.p95_ms is None else pending.p95_ms,
        last_success_at=_latest(stored.last_success_at, pending.last_success_at),
        last_failure_at=_latest(stored.last_failure_at, pending.last_failure_at),
        last_outcome=pending.last_outcome or stored.last_outcome,
    )


def _latest(stored: datetime | None, pending: float | None) -> datetime | None:
    if pending is None:
        return stored
    at = datetime.fromtimestamp(pending, UTC)
    return at if stored is None else max(at, stored)
