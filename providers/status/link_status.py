"""How everyone in a chain stands: which link and endpoint can be asked, and if not, why and until when. Pure.

Each verdict names the narrowest scope that explains it, so an innocent neighbour is never shown as failing: another
category's breaker, or another provider's, does not count against a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from providers.domain.adapter import Adapter
from providers.domain.categories import Category
from providers.domain.config import ChainConf, EndpointConf, LinkConf, ProviderConf
from providers.domain.local_models import LOCAL_ADAPTERS
from providers.domain.outcomes import Outcome
from providers.domain.scope_keys import breaker_keys, cooldown_keys, endpoint_key, group_key, in_category, provider_key
from providers.resilience.breaker import Breaker, BreakerState, worst_breaker
from providers.resilience.eligibility import Ineligible, cooldown_for, eligibility
from providers.resilience.quota import Parked


class Status(StrEnum):
    """The status of a link or an endpoint; the values are public."""

    HEALTHY = "healthy"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    RECOVERING = "recovering"
    SUSPECT = "suspect"
    DOWN = "down"
    COOLDOWN = "parked"  # the public value of release 1.0 for a cooldown
    NOT_CONFIGURED = "not_configured"
    UNSUPPORTED = "unsupported"
    SWITCHED_OFF = "switched_off"

    @property
    def label(self) -> str:
        """The status for people, in lower case."""
        return _LABELS.get(self, self.value.replace("_", " "))

    @property
    def available(self) -> bool:
        """Whether it is called in its turn; an unknown one is."""
        return self in _AVAILABLE

    @property
    def failing(self) -> bool:
        """Whether it is set up to work and does not."""
        return self in _FAILING


_LABELS = {
    Status.UNKNOWN: "not called yet",
    Status.COOLDOWN: "in cooldown",
    Status.UNSUPPORTED: "not served",
}
_AVAILABLE = frozenset({Status.HEALTHY, Status.UNKNOWN, Status.DEGRADED, Status.RECOVERING})
_FAILING = frozenset({Status.SUSPECT, Status.DOWN, Status.COOLDOWN})
_BY_STATE = {
    BreakerState.OPEN: Status.DOWN,
    BreakerState.HALF_OPEN: Status.DOWN,
    BreakerState.SUSPECT: Status.SUSPECT,
    BreakerState.SLOW_START: Status.RECOVERING,
}
_BY_INELIGIBILITY = {
    Ineligible.LINK_DISABLED: (Status.SWITCHED_OFF, "the link is switched off"),
    Ineligible.PROVIDER_DISABLED: (Status.SWITCHED_OFF, "the provider is switched off"),
    Ineligible.UNSUPPORTED: (Status.UNSUPPORTED, "its adapter does not serve this category"),
    Ineligible.KEY_MISSING: (Status.NOT_CONFIGURED, "it needs an API key"),
    Ineligible.KEY_UNREADABLE: (Status.NOT_CONFIGURED, "its API key cannot be read"),
}


@dataclass(frozen=True, slots=True)
class ScopeCounters:
    """What one scope has counted. Probes are counted apart from users' requests; successes are of both."""

    requests: int = 0
    successes: int = 0
    probes: int = 0
    latency_ms_sum: float = 0.0
    consecutive_failures: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_outcome: str = ""

    @property
    def failures(self) -> int:
        return max(0, self.requests + self.probes - self.successes)

    @property
    def was_called(self) -> bool:
        return self.requests + self.probes > 0


NO_CALLS = ScopeCounters()


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """All there is to know at ``now`` (unix seconds); keys are those of Health and Cooldown rows."""

    now: float
    breakers: Mapping[str, Breaker]
    cooldowns: Mapping[str, Parked]
    counters: Mapping[str, ScopeCounters]
    adapters: Mapping[str, Adapter]

    def counters_for(self, key: str) -> ScopeCounters:
        return self.counters.get(key, NO_CALLS)


@dataclass(frozen=True, slots=True)
class StatusReason:
    """A status with its reason for people; ``retry_at`` (unix seconds) is when it will be tried again, if known."""

    status: Status
    reason: str = ""
    retry_at: float | None = None
    circuit: BreakerState = BreakerState.CLOSED


@dataclass(frozen=True, slots=True)
class EndpointStatus:
    """One endpoint in one category."""

    endpoint: EndpointConf
    condition: StatusReason
    consecutive_failures: int
    counters: ScopeCounters


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """One link: the verdict over all its endpoints. ``priority`` counts from 1 through the whole chain."""

    link: LinkConf
    priority: int
    condition: StatusReason
    endpoints: tuple[EndpointStatus, ...]
    counters: tuple[ScopeCounters, ...]

    @property
    def attempts(self) -> int:
        return self.successes + sum(tally.failures for tally in self.counters)

    @property
    def successes(self) -> int:
        return sum(standing.counters.successes for standing in self.endpoints)

    @property
    def requests(self) -> int:
        """Users' calls in this category; those that failed for the endpoint as a whole are counted there."""
        return sum(standing.counters.requests for standing in self.endpoints)

    @property
    def consecutive_failures(self) -> int:
        """Of the endpoint that fares best while one of them works, else of the one that fares worst."""
        pick = min if self.condition.status.available else max
        return pick((standing.consecutive_failures for standing in self.endpoints), default=0)

    @property
    def last_check(self) -> datetime | None:
        moments = [at for tally in self.counters for at in (tally.last_success_at, tally.last_failure_at) if at]
        return max(moments, default=None)

    @property
    def busiest(self) -> ScopeCounters:
        """The endpoint that answered most: its latency is the link's."""
        return max(
            (standing.counters for standing in self.endpoints), key=lambda tally: tally.successes, default=NO_CALLS
        )


def chain_status(chain: ChainConf, facts: HealthFacts) -> tuple[LinkStatus, ...]:
    """Every link of a chain in its order."""
    return tuple(link_status(link, chain.category, position, facts) for position, link in enumerate(chain.links, 1))


def link_status(link: LinkConf, category: Category, priority: int, facts: HealthFacts) -> LinkStatus:
    """One link, from its own switches, its provider's state and its endpoints'."""
    provider = link.provider
    enabled = [endpoint for endpoint in provider.endpoints if endpoint.enabled]
    endpoints = tuple(endpoint_status(provider, endpoint, category, facts) for endpoint in enabled)
    condition = _exclusion(link, category, facts) or _local_model(link, category) or _combined_condition(endpoints)
    return LinkStatus(link, priority, condition, endpoints, tuple(_scope_counters(provider, enabled, category, facts)))


def endpoint_status(
    provider: ProviderConf, endpoint: EndpointConf, category: Category, facts: HealthFacts
) -> EndpointStatus:
    """One endpoint in one category: parked, shut, failing, fine or never used."""
    keys = breaker_keys(provider, endpoint, category)
    failures = max(facts.counters_for(key).consecutive_failures for key in keys)
    condition = (
        _cooldown(provider, endpoint, facts)
        or _breaker_condition(keys, facts)
        or _condition_from_calls([facts.counters_for(key) for key in keys], failures)
    )
    return EndpointStatus(
        endpoint, condition, failures, facts.counters_for(in_category(endpoint_key(endpoint), category))
    )


def _exclusion(link: LinkConf, category: Category, facts: HealthFacts) -> StatusReason | None:
    """What keeps the whole link out, whatever its endpoints are like."""
    reason = eligibility(link, category, facts.adapters)
    if reason is None or (reason is Ineligible.UNSUPPORTED and _local_model(link, category)):
        return None
    return StatusReason(*_BY_INELIGIBILITY[reason])


def _local_model(link: LinkConf, category: Category) -> StatusReason | None:
    """A model of the hub's own works as long as it is switched on."""
    if link.provider.adapter in LOCAL_ADAPTERS and category is Category.AI_PREDICTION:
        return StatusReason(Status.HEALTHY, "computed here")
    return None


def _cooldown(provider: ProviderConf, endpoint: EndpointConf, facts: HealthFacts) -> StatusReason | None:
    """The longest cooldown over an endpoint: its provider's, its quota group's or its own."""
    longest = cooldown_for((*cooldown_keys(provider), endpoint_key(endpoint)), facts.cooldowns, facts.now)
    if longest is None:
        return None
    return StatusReason(Status.COOLDOWN, COOLDOWN_REASONS.get(longest.outcome, longest.outcome.value), longest.until)


COOLDOWN_REASONS = {
    Outcome.RATE_LIMITED: "its rate limit is reached",
    Outcome.BANNED: "it has banned this address for a while",
    Outcome.GEO_BLOCKED: "it does not serve this location",
    Outcome.UNAUTHORIZED: "it refuses the API key",
}
FAILURE_REASONS = {
    Outcome.REFUSED: "it refuses connections",
    Outcome.RESET: "it breaks connections off",
    Outcome.TIMEOUT: "it does not answer in time",
    Outcome.LOST_HEDGE: "it answers too slowly",
    Outcome.BROKEN: "its answers are broken",
    Outcome.IMPLAUSIBLE: "its answers are not believable",
}


def _breaker_condition(keys: Sequence[str], facts: HealthFacts) -> StatusReason | None:
    """The worst breaker over an endpoint, if one is not simply closed."""
    worst = worst_breaker(facts.breakers, keys, facts.now)
    if worst is None:
        return None
    circuit, breaker, key = worst
    retry_at = breaker.open_until if breaker.open_until is not None and breaker.open_until > facts.now else None
    return StatusReason(
        _BY_STATE[circuit], _breaker_reason(circuit, breaker, facts.counters_for(key)), retry_at, circuit
    )


def _breaker_reason(circuit: BreakerState, breaker: Breaker, counters: ScopeCounters) -> str:
    if breaker.forced_open:
        return "tripped by hand"
    if circuit is BreakerState.SUSPECT:
        return "others of its provider fail; waiting for a probe"
    if circuit is BreakerState.SLOW_START:
        return "back; traffic is returning"
    return _failure_reason(counters.last_outcome) or "it failed"


def _condition_from_calls(counters: Iterable[ScopeCounters], consecutive_failures: int) -> StatusReason:
    """An endpoint nothing keeps back, judged by how its calls went."""
    called = [tally for tally in counters if tally.was_called]
    if consecutive_failures:
        worst = max(called, key=lambda tally: tally.consecutive_failures, default=NO_CALLS)
        return StatusReason(Status.DEGRADED, _failure_reason(worst.last_outcome) or "its last call failed")
    if not called:
        return StatusReason(Status.UNKNOWN, "never asked")
    return StatusReason(Status.HEALTHY)


def _failure_reason(outcome: str) -> str:
    return {known.value: why for known, why in FAILURE_REASONS.items()}.get(outcome, "")


def _combined_condition(endpoints: Sequence[EndpointStatus]) -> StatusReason:
    """A link's verdict from its endpoints': it works as long as one of them does."""
    if not endpoints:
        return StatusReason(Status.SWITCHED_OFF, "none of its endpoints is switched on")
    available = [standing.condition for standing in endpoints if standing.condition.status.available]
    unavailable = [standing.condition for standing in endpoints if not standing.condition.status.available]
    if not available:
        return min(unavailable, key=_retry_order)
    if unavailable:
        return StatusReason(
            Status.DEGRADED, f"{len(unavailable)} of {len(endpoints)} endpoints out: {unavailable[0].reason}"
        )
    for status in (Status.HEALTHY, Status.RECOVERING, Status.DEGRADED):
        for condition in available:
            if condition.status is status:
                return condition
    return available[0]


def _retry_order(condition: StatusReason) -> float:
    return float("inf") if condition.retry_at is None else condition.retry_at


def _scope_counters(
    provider: ProviderConf, endpoints: Iterable[EndpointConf], category: Category, facts: HealthFacts
) -> Iterable[ScopeCounters]:
    """The tallies of every scope a link stands in, each once."""
    yield facts.counters_for(group_key(provider))
    yield facts.counters_for(provider_key(provider))
    yield facts.counters_for(in_category(provider_key(provider), category))
    for endpoint in endpoints:
        yield facts.counters_for(endpoint_key(endpoint))
        yield facts.counters_for(in_category(endpoint_key(endpoint), category))
