"""Status of each of a provider's endpoints, over all categories that it serves. Pure."""

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
    """The status of one endpoint, with its counters as a whole (``own``) and by category."""

    endpoint: EndpointConf
    condition: StatusReason
    unavailable_in: tuple[Category, ...]
    consecutive_failures: int
    own: ScopeCounters
    by_category: tuple[ScopeCounters, ...]

    @property
    def available(self) -> bool:
        """True if it is available in every category that it serves."""
        return not self.unavailable_in

    @property
    def successes(self) -> int:
        """Successful calls, probes included."""
        return self.own.successes

    @property
    def calls(self) -> int:
        """All calls, probes included."""
        return self.own.requests + self.own.probes + sum(counters.failures for counters in self.by_category)

    @property
    def average_ms(self) -> float | None:
        """Mean latency of the successful calls."""
        return self.own.latency_ms_sum / self.own.successes if self.own.successes else None

    @property
    def last_success_at(self) -> datetime | None:
        """Time of the last success in any category."""
        return self.own.last_success_at

    @property
    def last_failure_at(self) -> datetime | None:
        """Time of the last failure in any category."""
        times = [counters.last_failure_at for counters in (self.own, *self.by_category) if counters.last_failure_at]
        return max(times, default=None)


def mirror_statuses(slug: str, configuration: Configuration, facts: HealthFacts) -> tuple[MirrorStatus, ...]:
    """Return the status of a provider's enabled endpoints in order; none if it is unknown or switched off."""
    provider = configuration.providers.get(slug)
    if provider is None or not provider.enabled:
        return ()
    categories = _served_categories(provider, configuration)
    return tuple(
        _mirror_status(provider, endpoint, categories, facts) for endpoint in provider.endpoints if endpoint.enabled
    )


def _served_categories(provider: ProviderConf, configuration: Configuration) -> list[Category]:
    """Return the categories with an enabled link to the provider; prices if there is none, to show its own failures."""
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
    conditions = [status.condition for status in by_category.values()]
    key = endpoint_key(endpoint)
    return MirrorStatus(
        endpoint,
        min(conditions, key=lambda condition: _WORST_FIRST.index(condition.status)),
        tuple(category for category, status in by_category.items() if not status.condition.status.available),
        max(status.consecutive_failures for status in by_category.values()),
        facts.counters_for(key),
        tuple(facts.counters_for(in_category(key, category)) for category in categories),
    )
