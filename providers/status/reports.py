"""What the system routes say: how providers, endpoints and breakers are, as plain data for JSON. Pure.

Nothing an outsider must not know is in here: hosts instead of URLs (Binance's public base URLs apart), a word for each
outcome instead of an upstream's or an exception's text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from providers.domain.categories import Category
from providers.domain.config import Configuration
from providers.domain.wire_format import moment, unix
from providers.resilience.breaker import BreakerState
from providers.status.link_status import EndpointStatus, HealthFacts, LinkStatus, Status, chain_status
from providers.status.mirrors import MirrorStatus, mirror_statuses

BINANCE = "binance"

LinkStatuses = Mapping[Category, Sequence[LinkStatus]]


def link_statuses(configuration: Configuration, facts: HealthFacts, only: Category | None = None) -> LinkStatuses:
    """Every category's links as they stand; a category without a chain has none."""
    categories = [only] if only else list(Category)
    chains = configuration.chains
    return {name: chain_status(chains[name], facts) if name in chains else () for name in categories}


def percent(part: float, total: float) -> float | None:
    """A share in percent; unknown where there is nothing to share."""
    return round(100 * part / total, 2) if total else None


def milliseconds(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def local_meta(source: str, now: float) -> dict[str, Any]:
    """The provenance of what the hub tells of itself at ``now`` (unix seconds): no chain, and nobody was asked."""
    time = unix(now)
    unknown = {"endpoint": None, "stale_reason": None, "chain": None, "decision": None}
    fetch = {"age_s": 0.0, "stale": False, "verified": False, "cache": "miss", "attempts": 0, "asset": {}}
    return {"source": f"local:{source}", "as_of": time, "fetched_at": time} | unknown | fetch


# -- /api/system/providers/health ---------------------------------------------------------------------------------


def providers_health(configuration: Configuration, facts: HealthFacts, only: Category | None = None) -> dict[str, Any]:
    """Each category's providers in their order, each blamed only for what is its own."""
    statuses = link_statuses(configuration, facts, only)
    return {
        "providers": {
            category.value: [_provider_row(standing) for standing in links] for category, links in statuses.items()
        }
        | {"binance_dns": _mirror_summary(mirror_statuses(BINANCE, configuration, facts))},
        "summary": health_summary(statuses),
    }


def _provider_row(link: LinkStatus) -> dict[str, Any]:
    condition = link.condition
    return {
        "name": link.link.provider.slug,
        "priority": link.priority,
        "status": condition.status.value,
        "available": condition.status.available,
        "success_rate": percent(link.successes, link.attempts),
        "consecutive_failures": link.consecutive_failures,
        "response_time_ms": milliseconds(link.busiest.p50_ms),
        "last_check": moment(link.last_check),
        "retry_at": unix(condition.retry_at),
        "reason": condition.reason or None,
    }


def health_summary(statuses: LinkStatuses) -> dict[str, Any]:
    """How many links there are, how many can be asked, and how many are in each state."""
    links = [standing for row in statuses.values() for standing in row]
    counts = Counter(standing.condition.status for standing in links)
    return {
        "total": len(links),
        "available": sum(standing.condition.status.available for standing in links),
        "failing": sum(standing.condition.status.failing for standing in links),
        "by_status": {status.value: counts[status] for status in Status},
    }


# -- /api/system/binance/health -----------------------------------------------------------------------------------


def binance_health(configuration: Configuration, facts: HealthFacts) -> dict[str, Any]:
    """Binance's mirrors, which share one quota and fail each on its own."""
    mirrors = mirror_statuses(BINANCE, configuration, facts)
    rows = [_mirror_row(mirror) for mirror in mirrors]
    health = {"connector_type": "endpoint_failover", "total_endpoints": len(rows), "endpoints": rows}
    return {"binance_health": health, "summary": _mirror_summary(mirrors)}


def _mirror_row(mirror: MirrorStatus) -> dict[str, Any]:
    condition = mirror.condition
    return {
        "url": mirror.endpoint.base_url,
        "available": mirror.available,
        "unavailable_in": [category.value for category in mirror.unavailable_in],
        "status": condition.status.value,
        "consecutive_failures": mirror.consecutive_failures,
        "success_rate": percent(mirror.successes, mirror.calls),
        "total_requests": mirror.calls,
        "avg_response_time_ms": milliseconds(mirror.average_ms),
        "last_success": moment(mirror.last_success_at),
        "last_failure": moment(mirror.last_failure_at),
        "backoff_until": unix(condition.retry_at),
        "reason": condition.reason or None,
    }


def _mirror_summary(mirrors: Sequence[MirrorStatus]) -> dict[str, Any]:
    available = sum(mirror.available for mirror in mirrors)
    return {
        "total_endpoints": len(mirrors),
        "available_endpoints": available,
        "unavailable_endpoints": len(mirrors) - available,
    }


# -- /api/system/circuit-breakers ---------------------------------------------------------------------------------


def circuit_breakers(configuration: Configuration, facts: HealthFacts, only: Category | None = None) -> dict[str, Any]:
    """Each category's endpoints with the breaker over them, in the order they are asked."""
    statuses = link_statuses(configuration, facts, only)
    rows = {
        category.value: [_breaker_row(standing, endpoint) for standing in links for endpoint in standing.endpoints]
        for category, links in statuses.items()
    }
    return {"circuit_breakers": rows, "summary": _breaker_summary(rows.values())}


def _breaker_row(link: LinkStatus, endpoint: EndpointStatus) -> dict[str, Any]:
    excluded = link.condition.status in (Status.SWITCHED_OFF, Status.UNSUPPORTED, Status.NOT_CONFIGURED)
    condition = link.condition if excluded else endpoint.condition
    circuit = endpoint.condition.circuit
    return {
        "provider": link.link.provider.slug,
        "endpoint": endpoint.endpoint.host,
        "circuit_open": circuit in (BreakerState.OPEN, BreakerState.HALF_OPEN),
        "state": circuit.value,
        "consecutive_failures": endpoint.consecutive_failures,
        "status": condition.status.value,
        "available": condition.status.available,
        "priority": link.priority,
        "retry_at": unix(condition.retry_at),
        "reason": condition.reason or None,
    }


def _breaker_summary(rows: Iterable[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    every = [row for category in rows for row in category]
    states = Counter(row["state"] for row in every)
    return {
        "total": len(every),
        "open": sum(row["circuit_open"] for row in every),
        "available": sum(row["available"] for row in every),
        "parked": sum(row["status"] == Status.COOLDOWN.value for row in every),
        "by_state": {state.value: states[state.value] for state in BreakerState},
    }


# -- /api/system/providers/stats ----------------------------------------------------------------------------------


def providers_stats(configuration: Configuration, facts: HealthFacts, only: Category | None = None) -> dict[str, Any]:
    """Who answered how much, how well and how fast, by category."""
    found = link_statuses(configuration, facts, only)
    return {"statistics": {category.value: _category_stats(links) for category, links in found.items()}}


def _category_stats(links: Sequence[LinkStatus]) -> dict[str, Any]:
    requests = sum(standing.requests for standing in links)
    return {
        "providers": [_share_row(standing, requests) for standing in links],
        "total_providers": len(links),
        "requests": requests,
        "avg_success_rate": percent(
            sum(standing.successes for standing in links), sum(standing.attempts for standing in links)
        ),
        "p50_ms": milliseconds(weighted_quantile([(s.busiest.p50_ms, s.requests) for s in links], 0.50)),
        "p95_ms": milliseconds(weighted_quantile([(s.busiest.p95_ms, s.requests) for s in links], 0.95)),
    }


def _share_row(link: LinkStatus, requests: int) -> dict[str, Any]:
    return {
        "name": link.link.provider.slug,
        "priority": link.priority,
        "requests": link.requests,
        "share": percent(link.requests, requests),
        "success_rate": percent(link.successes, link.attempts),
        "p50_ms": milliseconds(link.busiest.p50_ms),
        "p95_ms": milliseconds(link.busiest.p95_ms),
    }


def weighted_quantile(values: Iterable[tuple[float | None, int]], quantile: float) -> float | None:
    """The value that ``share`` of the weight lies at or below: providers' own quantiles, by how much each answered."""
    known = sorted((value, weight) for value, weight in values if value is not None and weight > 0)
    target = quantile * sum(weight for _, weight in known)
    covered = 0
    for value, weight in known:
        covered += weight
        if covered >= target:
            return value
    return None
