"""What the overview shows, from the configuration and the facts: words and tones, no markup. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from providers.admin.advice import advice
from providers.admin.ages import ago, to_go
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
    """A verdict in words: ``until`` says when it is tried again, ``advice`` what can be done."""

    word: str
    tone: str
    why: str
    until: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """One endpoint. ``shut`` says which lever it has, close or trip; ``parked`` whether it can be lifted."""

    id: int
    host: str
    standing: StatusBadge
    calls: int
    answered: str
    typical: str
    last_success: str
    failures: int
    shut: bool
    parked: bool


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link, and its provider's endpoints."""

    id: int
    place: int
    provider: str
    provider_id: int
    lineage: str
    tier: int
    weight: int
    enabled: bool
    standing: StatusBadge
    endpoints: tuple[EndpointRow, ...]

    @property
    def sole(self) -> EndpointRow | None:
        """The only endpoint: its figures are the link's."""
        return self.endpoints[0] if len(self.endpoints) == 1 else None


@dataclass(frozen=True, slots=True)
class ChainBoard:
    """One category's chain; ``available`` of its links can be asked."""

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
        if self.links and not self.available:
            return "bad"
        return "warn" if self.failing else "good"


@dataclass(frozen=True, slots=True)
class Board:
    """All chains; those that ask nobody are named apart."""

    chains: tuple[ChainBoard, ...]
    empty: tuple[Category, ...]
    available: int
    failing: int
    total: int
    parked: int
    made_at: datetime

    @property
    def tone(self) -> str:
        return max((chain.tone for chain in self.chains), key=("good", "warn", "bad").index, default="warn")


def board(configuration: Configuration, facts: HealthFacts, now: datetime, ids: Mapping[str, int]) -> Board:
    """The board at ``now``; ``ids`` are the chains' rows by category."""
    chains = [configuration.chains[category] for category in Category if category in configuration.chains]
    boards = tuple(
        _chain(chain, facts, now, ids[chain.category]) for chain in chains if chain.links and chain.category in ids
    )
    return Board(
        chains=boards,
        empty=tuple(chain.category for chain in chains if not chain.links),
        available=sum(found.available for found in boards),
        failing=sum(found.failing for found in boards),
        total=sum(len(found.links) for found in boards),
        parked=sum(entry.until > facts.now for entry in facts.cooldowns.values()),
        made_at=now,
    )


def _chain(chain: ChainConf, facts: HealthFacts, now: datetime, row: int) -> ChainBoard:
    standings = chain_status(chain, facts)
    return ChainBoard(
        id=row,
        category=chain.category,
        strategy=chain.strategy,
        deadline_ms=round(chain.deadline_s * 1000),
        cache_s=round(chain.cache_s),
        links=tuple(_link(standing, chain.category, facts, now) for standing in standings),
        available=sum(standing.condition.status.available for standing in standings),
        failing=sum(standing.condition.status.failing for standing in standings),
    )


def _link(found: LinkStatus, category: Category, facts: HealthFacts, now: datetime) -> LinkRow:
    link = found.link
    return LinkRow(
        id=link.id,
        place=found.priority,
        provider=link.provider.name,
        provider_id=link.provider.id,
        lineage="" if link.lineage == link.provider.slug else link.lineage,
        tier=link.tier,
        weight=link.weight,
        enabled=link.enabled,
        standing=_words(found.condition, now, _advice(found, facts)),
        endpoints=tuple(_endpoint(found, endpoint, category, facts, now) for endpoint in link.provider.endpoints),
    )


def _advice(found: LinkStatus, facts: HealthFacts) -> str:
    """What to do about a parked or unconfigured link."""
    provider = found.link.provider
    if found.condition.status is Status.NOT_CONFIGURED:
        return "Set its API key on the provider's page."
    keys = (*cooldown_keys(provider), *map(endpoint_key, provider.endpoints))
    cooldown = cooldown_for(keys, facts.cooldowns, facts.now)
    return advice(cooldown.outcome) if cooldown is not None else ""


def _endpoint(
    of: LinkStatus, endpoint: EndpointConf, category: Category, facts: HealthFacts, now: datetime
) -> EndpointRow:
    provider = of.link.provider
    found = endpoint_status(provider, endpoint, category, facts)
    own = facts.counters_for(endpoint_key(endpoint))
    verdict = found.condition if endpoint.enabled else StatusReason(Status.SWITCHED_OFF, "the endpoint is switched off")
    breakers = [facts.breakers.get(key, CLOSED) for key in breaker_keys(provider, endpoint, category)]
    return EndpointRow(
        id=endpoint.id,
        host=endpoint.host,
        standing=_words(verdict, now),
        calls=found.counters.requests + found.counters.probes + own.failures,
        answered=_share(found.counters, own),
        typical=_latency(found.counters if found.counters.p50_ms is not None else own),
        last_success=ago(_latest([found.counters, own]), now),
        failures=found.consecutive_failures,
        shut=found.condition.circuit not in (BreakerState.CLOSED, BreakerState.SLOW_START)
        or any(b.forced_open for b in breakers),
        parked=found.condition.status is Status.COOLDOWN,
    )


def _words(verdict: StatusReason, now: datetime, advised: str = "") -> StatusBadge:
    status = verdict.status
    until = to_go(datetime.fromtimestamp(verdict.retry_at, UTC), now) if verdict.retry_at is not None else ""
    return StatusBadge(status.value.replace("_", " "), TONES[status], verdict.reason, until, advised)


def _share(in_category: ScopeCounters, own: ScopeCounters) -> str:
    """Answered calls; failures of the whole endpoint are counted with its own scope."""
    calls = in_category.successes + in_category.failures + own.failures
    return f"{100 * in_category.successes / calls:.1f} %" if calls else "–"


def _latency(tally: ScopeCounters) -> str:
    if tally.p50_ms is None or tally.p95_ms is None:
        return "–"
    return f"{tally.p50_ms:.0f} / {tally.p95_ms:.0f} ms"


def _latest(tallies: Sequence[ScopeCounters]) -> datetime | None:
    return max((tally.last_success_at for tally in tallies if tally.last_success_at), default=None)
