"""Gathers what a report needs: the process's snapshot, the counters every process adds to, and what it has yet to add.

So a report knows at once what this process has seen, and within about a second what the others have.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from providers.adapters import ADAPTERS
from providers.domain.config import Configuration
from providers.models import Health
from providers.state import runtime
from providers.state.health_registry import Counters
from providers.status.link_status import NOTHING, HealthFacts, ScopeCounters

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
    """The configuration, and how everyone in it is at ``now`` (unix seconds). One query, for the counters."""
    here = runtime.runtime()
    configuration = here.current()
    tallies = {key: ScopeCounters(*counted) for key, *counted in _rows()}
    for key, counters in here.book.pending().items():
        tallies[key] = _added(tallies.get(key, NOTHING), counters)
    return configuration, HealthFacts(now, here.book.breakers, here.book.cooldowns, tallies, ADAPTERS)


def _rows() -> list[tuple[Any, ...]]:
    return list(Health.objects.values_list("key", *_COLUMNS))


def _added(known: ScopeCounters, counters: Counters) -> ScopeCounters:
    """The tally with what happened since: sums grow, what is newer replaces what was known."""
    return ScopeCounters(
        requests=known.requests + counters.requests,
        successes=known.successes + counters.successes,
        probes=known.probes + counters.probes,
        latency_ms_sum=known.latency_ms_sum + counters.latency_ms_sum,
        consecutive_failures=counters.consecutive_failures,
        p50_ms=known.p50_ms if counters.p50_ms is None else counters.p50_ms,
        p95_ms=known.p95_ms if counters.p95_ms is None else counters.p95_ms,
        last_success_at=_newer(known.last_success_at, counters.last_success_at),
        last_failure_at=_newer(known.last_failure_at, counters.last_failure_at),
        last_outcome=counters.last_outcome or known.last_outcome,
    )


def _newer(known: datetime | None, seen: float | None) -> datetime | None:
    if seen is None:
        return known
    at = datetime.fromtimestamp(seen, UTC)
    return at if known is None else max(at, known)
