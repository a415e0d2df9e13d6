"""How a provider's endpoints stand each on its own, over all categories they serve. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from providers.domain.categories import Category
from providers.domain.config import Configuration, EndpointConf, ProviderConf
from providers.domain.scope_keys import endpoint_key, in_category
from providers.status.link_status import HealthFacts, ScopeCounters, Status, StatusReason, endpoint_status

_WORST_FIRST = (
    Status.COOLDOWN,
    Status.DOWN,
    Status.SUSPECT,
    Status.DEGRADED,
    Status.RECOVERING,
    Status.HEALTHY,
    Status.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class MirrorStatus:
    """One endpoint. ``own`` counts what concerns the endpoint as a whole, ``broken`` its failures by category."""

    endpoint: EndpointConf
    condition: StatusReason
    unavailable_in: tuple[Category, ...]
    consecutive_failures: int
    own: ScopeCounters
    by_category: tuple[ScopeCounters, ...]

    @property
    def available(self) -> bool:
        """Whether it can be asked in every category it serves."""
        return not self.unavailable_in

    @property
    def successes(self) -> int:
        return self.own.successes

    @property
    def calls(self) -> int:
        """All calls, probes included."""
        return self.own.requests + self.own.probes + sum(tally.failures for tally in self.by_category)

    @property
    def average_ms(self) -> float | None:
        return self.own.latency_ms_sum / self.own.successes if self.own.successes else None

    @property
    def last_success_at(self) -> datetime | None:
        return self.own.last_success_at

    @property
    def last_failure_at(self) -> datetime | None:
        moments = [tally.last_failure_at for tally in (self.own, *self.by_category) if tally.last_failure_at]
        return max(moments, default=None)


def mirror_statuses(slug: str, configuration: Configuration, facts: HealthFacts) -> tuple[MirrorStatus, ...]:
    """A provider's switched-on endpoints in their order; none where it is unknown or switched off."""
    provider = configuration.providers.get(slug)
    if provider is None or not provider.enabled:
        return ()
    categories = _served_categories(provider, configuration)
    return tuple(
        _mirror_status(provider, endpoint, categories, facts) for endpoint in provider.endpoints if endpoint.enabled
    )


def _served_categories(provider: ProviderConf, configuration: Configuration) -> list[Category]:
    """Where it has a switched-on link; the prices where it has none, so that its own trouble still shows."""
    linked = [
        category
        for category, chain in configuration.chains.items()
        if any(link.enabled and link.provider.id == provider.id for link in chain.links)
    ]
    return linked or [Category.MARKET_PRICE]


def _mirror_status(
    provider: ProviderConf, endpoint: EndpointConf, categories: list[Category], facts: HealthFacts
) -> MirrorStatus:
    by_category = {category: endpoint_status(provider, endpoint, category, facts) for category in categories}
    conditions = [standing.condition for standing in by_category.values()]
    key = endpoint_key(endpoint)
    return MirrorStatus(
        endpoint,
        min(conditions, key=lambda verdict: _WORST_FIRST.index(verdict.status)),
        tuple(category for category, standing in by_category.items() if not standing.condition.status.available),
        max(standing.consecutive_failures for standing in by_category.values()),
        facts.counters_for(key),
        tuple(facts.counters_for(in_category(key, category)) for category in categories),
    )
