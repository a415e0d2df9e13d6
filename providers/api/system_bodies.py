"""Bodies of the system routes, built from the status of links and endpoints.

They are public: hosts instead of URLs (Binance's public base URLs apart), and fixed texts instead of what upstreams or
exceptions say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated

from providers.api.structs import Answer, Body, Doc, Meta, Moment, by_category
from providers.domain.categories import Category
from providers.domain.config import Configuration
from providers.domain.wire_format import moment, unix
from providers.resilience.breaker import BreakerState
from providers.status.link_status import EndpointStatus, HealthFacts, LinkStatus, LinkStatuses, Status, link_statuses
from providers.status.mirrors import MirrorStatus, mirror_statuses
from providers.status.statistics import milliseconds, percent, weighted_quantile

BINANCE = "binance"
STATUSES = [status.value for status in Status]
CIRCUITS = [state.value for state in BreakerState]

Percent = Annotated[float | None, Doc(description="Percent of all calls; null before the first.")]


def local_meta(source: str, now: float) -> Meta:
    """Return the provenance of what the hub reports about itself at ``now`` (unix seconds): no chain, no calls."""
    time = unix(now)
    return Meta(
        source=f"local:{source}",
        endpoint=None,
        as_of=time,
        fetched_at=time,
        age_s=0.0,
        stale=False,
        stale_reason=None,
        verified=False,
        cache="miss",
        chain=None,
        attempts=0,
        decision=None,
        asset={},
    )


# -- /api/system/providers/health ---------------------------------------------------------------------------------


class ProviderHealth(Body):
    """The health of one link."""

    name: Annotated[str, Doc(description="The provider's slug.")]
    priority: Annotated[int, Doc(description="Its position in the chain, from 1.")]
    status: Annotated[
        str,
        Doc(
            description="unknown: never called; degraded: part of it fails; parked: in cooldown.",
            extra_json_schema={"enum": STATUSES},
        ),
    ]
    available: Annotated[bool, Doc(description="Whether it is called in its turn now.")]
    success_rate: Percent
    consecutive_failures: int
    response_time_ms: Annotated[float | None, Doc(description="Median of its busiest endpoint.")]
    last_check: Annotated[Moment | None, Doc(description="Time of the last call, by users or probes.")]
    retry_at: Annotated[Moment | None, Doc(description="Time of the next try, if it is not called until then.")]
    reason: Annotated[str | None, Doc(description="Why it has this status; null if there is nothing to explain.")]


class MirrorSummary(Body):
    """Numbers of Binance's endpoints."""

    total_endpoints: int
    available_endpoints: int
    unavailable_endpoints: int


class HealthSummary(Body):
    """Numbers of links over all chains in the answer."""

    total: int
    available: int
    failing: Annotated[int, Doc(description="Links that are set up to work and do not.")]
    by_status: dict[str, int]


ProvidersByCategory = by_category("ProvidersByCategory", list[ProviderHealth], binance_dns=MirrorSummary)


class ProvidersHealth(Answer):
    """The health of every provider, by category in chain order."""

    providers: ProvidersByCategory  # type: ignore[valid-type]  # a class made by a function
    summary: HealthSummary
    meta: Meta


def providers_health(
    configuration: Configuration, facts: HealthFacts, category: Category | None = None
) -> ProvidersHealth:
    """Return each category's links in chain order; only ``category`` if given."""
    statuses = link_statuses(configuration, facts, category)
    rows = {name.value: [_provider_health(link) for link in links] for name, links in statuses.items()}
    summary = _mirror_summary(mirror_statuses(BINANCE, configuration, facts))
    return ProvidersHealth(
        providers=ProvidersByCategory(**rows, binance_dns=summary),
        summary=_health_summary(statuses),
        meta=local_meta("health", facts.now),
    )


def _provider_health(link: LinkStatus) -> ProviderHealth:
    condition = link.condition
    return ProviderHealth(
        name=link.link.provider.slug,
        priority=link.priority,
        status=condition.status.value,
        available=condition.status.available,
        success_rate=percent(link.successes, link.attempts),
        consecutive_failures=link.consecutive_failures,
        response_time_ms=milliseconds(link.busiest.p50_ms),
        last_check=moment(link.last_check),
        retry_at=unix(condition.retry_at),
        reason=condition.reason or None,
    )


def _health_summary(statuses: LinkStatuses) -> HealthSummary:
    links = [link for row in statuses.values() for link in row]
    counts = Counter(link.condition.status for link in links)
    return HealthSummary(
        total=len(links),
        available=sum(link.condition.status.available for link in links),
        failing=sum(link.condition.status.failing for link in links),
        by_status={status.value: counts[status] for status in Status},
    )


# -- /api/system/binance/health -----------------------------------------------------------------------------------


class MirrorHealth(Body):
    """The health of one of Binance's endpoints."""

    url: str
    available: Annotated[bool, Doc(description="Whether it is available in every category it serves.")]
    unavailable_in: Annotated[list[str], Doc(description="Categories.")]
    status: Annotated[str, Doc(extra_json_schema={"enum": STATUSES})]
    consecutive_failures: int
    success_rate: Percent
    total_requests: Annotated[int, Doc(description="All calls, probes included.")]
    avg_response_time_ms: float | None
    last_success: Moment | None
    last_failure: Moment | None
    backoff_until: Moment | None
    reason: str | None


class Mirrors(Body):
    """Binance's endpoints in order."""

    connector_type: str
    total_endpoints: int
    endpoints: list[MirrorHealth]


class BinanceHealth(Answer):
    """The health of each of Binance's mirrors."""

    binance_health: Mirrors
    summary: MirrorSummary
    meta: Meta


def binance_health(configuration: Configuration, facts: HealthFacts) -> BinanceHealth:
    """Return Binance's mirrors, which share one quota and fail each on its own."""
    mirrors = mirror_statuses(BINANCE, configuration, facts)
    rows = [_mirror_health(mirror) for mirror in mirrors]
    return BinanceHealth(
        binance_health=Mirrors(connector_type="endpoint_failover", total_endpoints=len(rows), endpoints=rows),
        summary=_mirror_summary(mirrors),
        meta=local_meta("health", facts.now),
    )


def _mirror_health(mirror: MirrorStatus) -> MirrorHealth:
    condition = mirror.condition
    return MirrorHealth(
        url=mirror.endpoint.base_url,
        available=mirror.available,
        unavailable_in=[category.value for category in mirror.unavailable_in],
        status=condition.status.value,
        consecutive_failures=mirror.consecutive_failures,
        success_rate=percent(mirror.successes, mirror.calls),
        total_requests=mirror.calls,
        avg_response_time_ms=milliseconds(mirror.average_ms),
        last_success=moment(mirror.last_success_at),
        last_failure=moment(mirror.last_failure_at),
        backoff_until=unix(condition.retry_at),
        reason=condition.reason or None,
    )


def _mirror_summary(mirrors: Sequence[MirrorStatus]) -> MirrorSummary:
    available = sum(mirror.available for mirror in mirrors)
    return MirrorSummary(
        total_endpoints=len(mirrors),
        available_endpoints=available,
        unavailable_endpoints=len(mirrors) - available,
    )


# -- /api/system/circuit-breakers ---------------------------------------------------------------------------------


class CircuitBreaker(Body):
    """The breaker over one endpoint in one category."""

    provider: str
    endpoint: Annotated[str, Doc(description="Host only.")]
    circuit_open: Annotated[bool, Doc(description="Whether users' calls stay away.")]
    state: Annotated[str, Doc(description="ramping: slow start.", extra_json_schema={"enum": CIRCUITS})]
    consecutive_failures: int
    status: Annotated[str, Doc(extra_json_schema={"enum": STATUSES})]
    available: bool
    priority: int
    retry_at: Moment | None
    reason: str | None


class BreakerSummary(Body):
    """Numbers of breakers over all categories in the answer."""

    total: int
    open: int
    available: int
    # `parked` is the public name of release 1.0 for a cooldown.
    parked: Annotated[int, Doc(description="Endpoints in cooldown: not called until a time.")]
    by_state: dict[str, int]


BreakersByCategory = by_category("BreakersByCategory", list[CircuitBreaker])


class CircuitBreakers(Answer):
    """The breaker over every endpoint, by category."""

    circuit_breakers: BreakersByCategory  # type: ignore[valid-type]  # a class made by a function
    summary: BreakerSummary
    meta: Meta


def circuit_breakers(
    configuration: Configuration, facts: HealthFacts, category: Category | None = None
) -> CircuitBreakers:
    """Return each category's endpoints with the breaker over them, in the order of calls."""
    statuses = link_statuses(configuration, facts, category)
    rows = {
        name.value: [_circuit_breaker(link, endpoint) for link in links for endpoint in link.endpoints]
        for name, links in statuses.items()
    }
    return CircuitBreakers(
        circuit_breakers=BreakersByCategory(**rows),
        summary=_breaker_summary(row for category_rows in rows.values() for row in category_rows),
        meta=local_meta("health", facts.now),
    )


def _circuit_breaker(link: LinkStatus, endpoint: EndpointStatus) -> CircuitBreaker:
    excluded = link.condition.status in (Status.SWITCHED_OFF, Status.UNSUPPORTED, Status.NOT_CONFIGURED)
    condition = link.condition if excluded else endpoint.condition
    circuit = endpoint.condition.circuit
    return CircuitBreaker(
        provider=link.link.provider.slug,
        endpoint=endpoint.endpoint.host,
        circuit_open=circuit in (BreakerState.OPEN, BreakerState.HALF_OPEN),
        state=circuit.value,
        consecutive_failures=endpoint.consecutive_failures,
        status=condition.status.value,
        available=condition.status.available,
        priority=link.priority,
        retry_at=unix(condition.retry_at),
        reason=condition.reason or None,
    )


def _breaker_summary(rows: Iterable[CircuitBreaker]) -> BreakerSummary:
    breakers = list(rows)
    states = Counter(row.state for row in breakers)
    return BreakerSummary(
        total=len(breakers),
        open=sum(row.circuit_open for row in breakers),
        available=sum(row.available for row in breakers),
        parked=sum(row.status == Status.COOLDOWN.value for row in breakers),
        by_state={state: states[state] for state in CIRCUITS},
    )


# -- /api/system/providers/stats ----------------------------------------------------------------------------------


class ProviderShare(Body):
    """The share of one provider in the calls of a category."""

    name: str
    priority: int
    requests: Annotated[int, Doc(description="Users' calls in this category, without probes.")]
    share: Annotated[float | None, Doc(description="Percent of the category's requests.")]
    success_rate: float | None
    p50_ms: float | None
    p95_ms: float | None


class CategoryStats(Body):
    """The statistics of one category and of its providers."""

    providers: list[ProviderShare]
    total_providers: int
    requests: int
    avg_success_rate: float | None
    p50_ms: Annotated[float | None, Doc(description="Median of the providers' medians, weighted by their requests.")]
    p95_ms: Annotated[float | None, Doc(description="The same of their 95th percentiles.")]


StatsByCategory = by_category("StatsByCategory", CategoryStats)


class ProvidersStats(Answer):
    """Requests, success rates and latencies of every provider, by category."""

    statistics: StatsByCategory  # type: ignore[valid-type]  # a class made by a function
    meta: Meta


def providers_stats(
    configuration: Configuration, facts: HealthFacts, category: Category | None = None
) -> ProvidersStats:
    """Return the statistics of each category; only of ``category`` if given."""
    statuses = link_statuses(configuration, facts, category)
    stats = {name.value: _category_stats(links) for name, links in statuses.items()}
    return ProvidersStats(statistics=StatsByCategory(**stats), meta=local_meta("health", facts.now))


def _category_stats(links: Sequence[LinkStatus]) -> CategoryStats:
    requests = sum(link.requests for link in links)
    return CategoryStats(
        providers=[_provider_share(link, requests) for link in links],
        total_providers=len(links),
        requests=requests,
        avg_success_rate=percent(sum(link.successes for link in links), sum(link.attempts for link in links)),
        p50_ms=milliseconds(weighted_quantile([(link.busiest.p50_ms, link.requests) for link in links], 0.50)),
        p95_ms=milliseconds(weighted_quantile([(link.busiest.p95_ms, link.requests) for link in links], 0.95)),
    )


def _provider_share(link: LinkStatus, requests: int) -> ProviderShare:
    return ProviderShare(
        name=link.link.provider.slug,
        priority=link.priority,
        requests=link.requests,
        share=percent(link.requests, requests),
        success_rate=percent(link.successes, link.attempts),
        p50_ms=milliseconds(link.busiest.p50_ms),
        p95_ms=milliseconds(link.busiest.p95_ms),
    )
