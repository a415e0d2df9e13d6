"""Status of links and endpoints: which ones are available, and if not, why and until when. Pure.

Only scopes that contain a link count against it: not the breaker of another category or of another provider.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from providers.domain.adapter import Adapter
from providers.domain.categories import Category
from providers.domain.config import ChainConf, Configuration, EndpointConf, LinkConf, ProviderConf
from providers.domain.local_models import LOCAL_ADAPTERS
from providers.domain.outcomes import Outcome
from providers.domain.scope_keys import breaker_keys, cooldown_keys, endpoint_key, group_key, in_category, provider_key
from providers.resilience.breaker import Breaker, BreakerState, worst_breaker
from providers.resilience.eligibility import Ineligible, cooldown_for, eligibility
from providers.resilience.quota import CooldownPeriod


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
        """True if it is called in its turn, as an unknown one is."""
        return self in _AVAILABLE

    @property
    def failing(self) -> bool:
        """True if it is set up to work and does not."""
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
    """Counters of one scope. ``requests`` are users' calls and ``probes`` the others; ``successes`` covers both."""

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
        """Failed calls, users' and probes."""
        return max(0, self.requests + self.probes - self.successes)

    @property
    def was_called(self) -> bool:
        """True after the first call."""
        return self.requests + self.probes > 0


NO_CALLS = ScopeCounters()


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """Health of all scopes at ``now`` (unix seconds), by the keys of Health and Cooldown rows."""

    now: float
    breakers: Mapping[str, Breaker]
    cooldowns: Mapping[str, CooldownPeriod]
    counters: Mapping[str, ScopeCounters]
    adapters: Mapping[str, Adapter]

    def counters_for(self, key: str) -> ScopeCounters:
        """Return the counters of a scope; zeros if it was never called."""
        return self.counters.get(key, NO_CALLS)


@dataclass(frozen=True, slots=True)
class StatusReason:
    """A status with its reason for people, the time of the next try (unix seconds) if known, and the breaker state."""

    status: Status
    reason: str = ""
    retry_at: float | None = None
    circuit: BreakerState = BreakerState.CLOSED


@dataclass(frozen=True, slots=True)
class EndpointStatus:
    """The status of one endpoint in one category, with its counters there."""

    endpoint: EndpointConf
    condition: StatusReason
    consecutive_failures: int
    counters: ScopeCounters


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """The status of one link over all its endpoints. ``priority`` is its position in the chain, from 1."""

    link: LinkConf
    priority: int
    condition: StatusReason
    endpoints: tuple[EndpointStatus, ...]
    counters: tuple[ScopeCounters, ...]

    @property
    def attempts(self) -> int:
        """Successes in this category, and failures in every scope that contains the link."""
        return self.successes + sum(scope.failures for scope in self.counters)

    @property
    def successes(self) -> int:
        """Successful calls in this category, users' and probes."""
        return sum(endpoint.counters.successes for endpoint in self.endpoints)

    @property
    def requests(self) -> int:
        """Users' calls in this category, without those that failed for the endpoint as a whole."""
        return sum(endpoint.counters.requests for endpoint in self.endpoints)

    @property
    def consecutive_failures(self) -> int:
        """The least over the endpoints while the link is available, else the most."""
        choose = min if self.condition.status.available else max
        return choose((endpoint.consecutive_failures for endpoint in self.endpoints), default=0)

    @property
    def last_check(self) -> datetime | None:
        """The time of the last call in any scope that contains the link."""
        times = [time for scope in self.counters for time in (scope.last_success_at, scope.last_failure_at) if time]
        return max(times, default=None)

    @property
    def busiest(self) -> ScopeCounters:
        """The counters of the endpoint with the most successes: its latency is the link's."""
        counters = [endpoint.counters for endpoint in self.endpoints]
        return max(counters, key=lambda endpoint: endpoint.successes, default=NO_CALLS)


LinkStatuses = Mapping[Category, Sequence[LinkStatus]]


def link_statuses(configuration: Configuration, facts: HealthFacts, only: Category | None = None) -> LinkStatuses:
    """Return the status of every category's links, or of ``only`` one; a category without a chain has none."""
    categories = [only] if only else list(Category)
    chains = configuration.chains
    return {name: chain_status(chains[name], facts) if name in chains else () for name in categories}


def chain_status(chain: ChainConf, facts: HealthFacts) -> tuple[LinkStatus, ...]:
    """Return the status of every link of a chain, in order."""
    return tuple(link_status(link, chain.category, position, facts) for position, link in enumerate(chain.links, 1))


def link_status(link: LinkConf, category: Category, priority: int, facts: HealthFacts) -> LinkStatus:
    """Return the status of one link, from the configuration and its endpoints' status."""
    provider = link.provider
    enabled = [endpoint for endpoint in provider.endpoints if endpoint.enabled]
    endpoints = tuple(endpoint_status(provider, endpoint, category, facts) for endpoint in enabled)
    condition = _exclusion(link, category, facts) or _local_model(link, category) or _combined_condition(endpoints)
    return LinkStatus(link, priority, condition, endpoints, tuple(_scope_counters(provider, enabled, category, facts)))


def endpoint_status(
    provider: ProviderConf, endpoint: EndpointConf, category: Category, facts: HealthFacts
) -> EndpointStatus:
    """Return the status of one endpoint in one category: a cooldown first, then its breakers, then its last calls."""
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
    """Return why the link is not called as it is configured, whatever its endpoints' health."""
    reason = eligibility(link, category, facts.adapters)
    if reason is None or (reason is Ineligible.UNSUPPORTED and _local_model(link, category)):
        return None
    return StatusReason(*_BY_INELIGIBILITY[reason])


def _local_model(link: LinkConf, category: Category) -> StatusReason | None:
    """Return healthy for a forecast model of the hub's own: it needs no upstream."""
    if link.provider.adapter in LOCAL_ADAPTERS and category is Category.AI_PREDICTION:
        return StatusReason(Status.HEALTHY, "computed here")
    return None


def _cooldown(provider: ProviderConf, endpoint: EndpointConf, facts: HealthFacts) -> StatusReason | None:
    """Return the longest cooldown over an endpoint: its provider's, its quota group's or its own."""
    longest = cooldown_for((*cooldown_keys(provider), endpoint_key(endpoint)), facts.cooldowns, facts.now)
    if longest is None:
        return None
    return StatusReason(Status.COOLDOWN, COOLDOWN_REASONS.get(longest.outcome, longest.outcome.value), longest.until)


COOLDOWN_REASONS = {
    Outcome.RATE_LIMITED: "its rate limit is reached",
    Outcome.BANNED: "it has banned this server's address for a while",
    Outcome.GEO_BLOCKED: "it does not serve this location",
    Outcome.UNAUTHORIZED: "it refuses the API key",
}
FAILURE_REASONS = {
    Outcome.REFUSED: "it refuses connections",
    Outcome.RESET: "it breaks connections off",
    Outcome.TIMEOUT: "it does not answer in time",
    Outcome.LOST_HEDGE: "it answers too slowly",
    Outcome.BROKEN: "its answers are broken",
    Outcome.IMPLAUSIBLE: "its answers are implausible",
}


def _breaker_condition(keys: Sequence[str], facts: HealthFacts) -> StatusReason | None:
    """Return the state of the worst breaker over an endpoint; None if all are closed."""
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
        return "other endpoints of its provider fail; waiting for a probe"
    if circuit is BreakerState.SLOW_START:
        return "slow start: traffic is increasing again"
    return _failure_reason(counters.last_outcome) or "it failed"


def _condition_from_calls(counters: Iterable[ScopeCounters], consecutive_failures: int) -> StatusReason:
    """Return the condition of an endpoint that is called in its turn, from the results of its calls."""
    called = [scope for scope in counters if scope.was_called]
    if consecutive_failures:
        worst = max(called, key=lambda scope: scope.consecutive_failures, default=NO_CALLS)
        return StatusReason(Status.DEGRADED, _failure_reason(worst.last_outcome) or "its last call failed")
    if not called:
        return StatusReason(Status.UNKNOWN, "never called")
    return StatusReason(Status.HEALTHY)


def _failure_reason(outcome: str) -> str:
    return {known.value: reason for known, reason in FAILURE_REASONS.items()}.get(outcome, "")


def _combined_condition(endpoints: Sequence[EndpointStatus]) -> StatusReason:
    """Return a link's condition: it is available as long as one of its endpoints is."""
    if not endpoints:
        return StatusReason(Status.SWITCHED_OFF, "none of its endpoints is switched on")
    available = [endpoint.condition for endpoint in endpoints if endpoint.condition.status.available]
    unavailable = [endpoint.condition for endpoint in endpoints if not endpoint.condition.status.available]
    if not available:
        return min(unavailable, key=_retry_order)
    if unavailable:
        return StatusReason(
            Status.DEGRADED, f"{len(unavailable)} of {len(endpoints)} endpoints unavailable: {unavailable[0].reason}"
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
    """Yield the counters of every scope that contains a link, each once."""
    yield facts.counters_for(group_key(provider))
    yield facts.counters_for(provider_key(provider))
    yield facts.counters_for(in_category(provider_key(provider), category))
    for endpoint in endpoints:
        yield facts.counters_for(endpoint_key(endpoint))
        yield facts.counters_for(in_category(endpoint_key(endpoint), category))
