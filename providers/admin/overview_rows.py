"""Rows of the failover overview: texts and tones computed from the configuration and the health facts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from providers.admin.text import ago, cooldown_advice, latency, share, time_left
from providers.domain.categories import Category, Strategy
from providers.domain.config import ChainConf, Configuration, EndpointConf
from providers.domain.scope_keys import breaker_keys, cooldown_keys, endpoint_key
from providers.resilience.breaker import CLOSED, BreakerState
from providers.resilience.eligibility import cooldown_for
from providers.status.link_status import (
    HealthFacts,
    LinkStatus,
    ScopeCounters,
    Status,
    StatusReason,
    chain_status,
    endpoint_status,
)

TONES = {
    Status.HEALTHY: "good",
    Status.UNKNOWN: "quiet",
    Status.DEGRADED: "warn",
    Status.RECOVERING: "warn",
    Status.SUSPECT: "warn",
    Status.DOWN: "bad",
    Status.COOLDOWN: "bad",
    Status.NOT_CONFIGURED: "quiet",
    Status.UNSUPPORTED: "quiet",
    Status.SWITCHED_OFF: "off",
}


@dataclass(frozen=True, slots=True)
class StatusBadge:
    """A status as text: ``retry`` says when it is tried again (``in 29 s``), ``advice`` what an operator can do."""

    label: str
    tone: str
    reason: str
    retry: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """Row of an endpoint. ``is_open`` decides between the actions close and trip; ``in_cooldown`` offers to end it."""

    id: int
    host: str
    status: StatusBadge
    calls: int
    success_rate: str
    latency: str
    last_success: str
    failures: int
    is_open: bool
    in_cooldown: bool


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Row of a link, with its provider's endpoints. ``position`` counts from 1."""

    id: int
    position: int
    provider: str
    provider_id: int
    lineage: str
    tier: int
    weight: int
    enabled: bool
    status: StatusBadge
    endpoints: tuple[EndpointRow, ...]

    @property
    def only_endpoint(self) -> EndpointRow | None:
        """The endpoint of a provider that has just one: its figures are the link's."""
        return self.endpoints[0] if len(self.endpoints) == 1 else None


@dataclass(frozen=True, slots=True)
class ChainSection:
    """Section of a category's chain, with the numbers of its links that are available and failing."""

    id: int
    category: Category
    strategy: Strategy
    deadline_ms: int
    cache_s: int
    links: tuple[LinkRow, ...]
    available: int
    failing: int

    @property
    def tone(self) -> str:
        """``bad`` if no link is available, ``warn`` if one fails, else ``good``."""
        if self.links and not self.available:
            return "bad"
        return "warn" if self.failing else "good"


@dataclass(frozen=True, slots=True)
class Overview:
    """All chains that have links; the categories of the others are listed in ``empty_categories``."""

    chains: tuple[ChainSection, ...]
    empty_categories: tuple[Category, ...]
    available: int
    failing: int
    total: int
    cooldowns: int
    made_at: datetime

    @property
    def tone(self) -> str:
        """The worst tone of its chains; ``warn`` if there are none."""
        return max((chain.tone for chain in self.chains), key=("good", "warn", "bad").index, default="warn")


def build_overview(
    configuration: Configuration, facts: HealthFacts, now: datetime, chain_ids: Mapping[str, int]
) -> Overview:
    """Build the overview at ``now``; ``chain_ids`` maps each category to the primary key of its chain's row."""
    chains = [configuration.chains[category] for category in Category if category in configuration.chains]
    sections = tuple(
        _chain_section(chain, facts, now, chain_ids[chain.category])
        for chain in chains
        if chain.links and chain.category in chain_ids
    )
    return Overview(
        chains=sections,
        empty_categories=tuple(chain.category for chain in chains if not chain.links),
        available=sum(section.available for section in sections),
        failing=sum(section.failing for section in sections),
        total=sum(len(section.links) for section in sections),
        cooldowns=sum(entry.until > facts.now for entry in facts.cooldowns.values()),
        made_at=now,
    )


def _chain_section(chain: ChainConf, facts: HealthFacts, now: datetime, chain_id: int) -> ChainSection:
    links = chain_status(chain, facts)
    return ChainSection(
        id=chain_id,
        category=chain.category,
        strategy=chain.strategy,
        deadline_ms=round(chain.deadline_s * 1000),
        cache_s=round(chain.cache_s),
        links=tuple(_link_row(link, chain.category, facts, now) for link in links),
        available=sum(link.condition.status.available for link in links),
        failing=sum(link.condition.status.failing for link in links),
    )


def _link_row(status: LinkStatus, category: Category, facts: HealthFacts, now: datetime) -> LinkRow:
    link = status.link
    return LinkRow(
        id=link.id,
        position=status.priority,
        provider=link.provider.name,
        provider_id=link.provider.id,
        lineage="" if link.lineage == link.provider.slug else link.lineage,
        tier=link.tier,
        weight=link.weight,
        enabled=link.enabled,
        status=_status_badge(status.condition, now, _advice(status, facts)),
        endpoints=tuple(_endpoint_row(status, endpoint, category, facts, now) for endpoint in link.provider.endpoints),
    )


def _advice(link: LinkStatus, facts: HealthFacts) -> str:
    """Return what to do about a link that lacks its key or has an endpoint in cooldown; "" for others."""
    provider = link.link.provider
    if link.condition.status is Status.NOT_CONFIGURED:
        return "Set its API key on the provider's page."
    keys = (*cooldown_keys(provider), *map(endpoint_key, provider.endpoints))
    cooldown = cooldown_for(keys, facts.cooldowns, facts.now)
    return "" if cooldown is None else cooldown_advice(cooldown.outcome)


def _endpoint_row(
    link: LinkStatus, endpoint: EndpointConf, category: Category, facts: HealthFacts, now: datetime
) -> EndpointRow:
    provider = link.link.provider
    status = endpoint_status(provider, endpoint, category, facts)
    own = facts.counters_for(endpoint_key(endpoint))
    switched_off = StatusReason(Status.SWITCHED_OFF, "the endpoint is switched off")
    breakers = [facts.breakers.get(key, CLOSED) for key in breaker_keys(provider, endpoint, category)]
    measured = status.counters if status.counters.p50_ms is not None else own
    return EndpointRow(
        id=endpoint.id,
        host=endpoint.host,
        status=_status_badge(status.condition if endpoint.enabled else switched_off, now),
        calls=status.counters.requests + status.counters.probes + own.failures,
        success_rate=_success_rate(status.counters, own),
        latency=latency(measured.p50_ms, measured.p95_ms),
        last_success=ago(_last_success([status.counters, own]), now),
        failures=status.consecutive_failures,
        is_open=status.condition.circuit not in (BreakerState.CLOSED, BreakerState.SLOW_START)
        or any(breaker.forced_open for breaker in breakers),
        in_cooldown=status.condition.status is Status.COOLDOWN,
    )


def _status_badge(condition: StatusReason, now: datetime, advice: str = "") -> StatusBadge:
    retry = "" if condition.retry_at is None else time_left(datetime.fromtimestamp(condition.retry_at, UTC), now)
    return StatusBadge(condition.status.label, TONES[condition.status], condition.reason, retry, advice)


def _success_rate(in_category: ScopeCounters, own: ScopeCounters) -> str:
    """Return the share of successful calls; failures of the endpoint as a whole are counted in its own scope."""
    calls = in_category.successes + in_category.failures + own.failures
    return share(in_category.successes, calls)


def _last_success(counters: Sequence[ScopeCounters]) -> datetime | None:
    return max((entry.last_success_at for entry in counters if entry.last_success_at), default=None)
