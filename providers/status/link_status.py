"""How everyone in a chain stands: which link and endpoint can be asked, and if not, why and until when. Pure.

Each verdict names the narrowest scope that explains it, so an innocent neighbour is never shown as failing: another
category's breaker, or another provider's, does not count against a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from providers.domain.adapter import Adapter, KeyUse
from providers.domain.categories import Category
from providers.domain.config import ChainConf, EndpointConf, LinkConf, ProviderConf
from providers.domain.local_models import LOCAL_ADAPTERS
from providers.domain.outcomes import Outcome
from providers.domain.scope_keys import breaker_keys, endpoint_key, group_key, in_category, provider_key
from providers.resilience.breaker import CLOSED, Breaker, BreakerState, state
from providers.resilience.quota import Parked


class Status(StrEnum):
    """How a link or an endpoint is, in one word."""

    HEALTHY = "healthy"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    RECOVERING = "recovering"
    SUSPECT = "suspect"
    DOWN = "down"
    PARKED = "parked"
    NOT_CONFIGURED = "not_configured"
    UNSUPPORTED = "unsupported"
    SWITCHED_OFF = "switched_off"

    @property
    def available(self) -> bool:
        """Whether it is asked in its turn. What was never asked is available, though unknown."""
        return self in _AVAILABLE

    @property
    def failing(self) -> bool:
        """Whether it should be working and is not."""
        return self in _FAILING


_AVAILABLE = frozenset({Status.HEALTHY, Status.UNKNOWN, Status.DEGRADED, Status.RECOVERING})
_FAILING = frozenset({Status.SUSPECT, Status.DOWN, Status.PARKED})
_BY_STATE = {
    BreakerState.OPEN: Status.DOWN,
    BreakerState.HALF_OPEN: Status.DOWN,
    BreakerState.SUSPECT: Status.SUSPECT,
    BreakerState.SLOW_START: Status.RECOVERING,
}
_SEVERITY = [
    BreakerState.CLOSED,
    BreakerState.SLOW_START,
    BreakerState.SUSPECT,
    BreakerState.HALF_OPEN,
    BreakerState.OPEN,
]


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
    def used(self) -> bool:
        return self.requests + self.probes > 0


NOTHING = ScopeCounters()


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """All there is to know at ``now`` (unix seconds); keys are those of Health and Cooldown rows."""

    now: float
    breakers: Mapping[str, Breaker]
    cooldowns: Mapping[str, Parked]
    tallies: Mapping[str, ScopeCounters]
    adapters: Mapping[str, Adapter]

    def tally(self, key: str) -> ScopeCounters:
        return self.tallies.get(key, NOTHING)


@dataclass(frozen=True, slots=True)
class StatusReason:
    """A status with its reason for people; ``retry_at`` (unix seconds) is when it will be tried again, if known."""

    status: Status
    why: str = ""
    retry_at: float | None = None
    circuit: BreakerState = BreakerState.CLOSED


@dataclass(frozen=True, slots=True)
class EndpointStanding:
    """One endpoint in one category."""

    endpoint: EndpointConf
    verdict: StatusReason
    consecutive_failures: int
    tally: ScopeCounters


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """One link: the verdict over all its endpoints. ``priority`` counts from 1 through the whole chain."""

    link: LinkConf
    priority: int
    verdict: StatusReason
    endpoints: tuple[EndpointStanding, ...]
    tallies: tuple[ScopeCounters, ...]

    @property
    def attempts(self) -> int:
        return self.successes + sum(tally.failures for tally in self.tallies)

    @property
    def successes(self) -> int:
        return sum(standing.tally.successes for standing in self.endpoints)

    @property
    def requests(self) -> int:
        """Users' calls in this category; those that failed for the endpoint as a whole are counted there."""
        return sum(standing.tally.requests for standing in self.endpoints)

    @property
    def consecutive_failures(self) -> int:
        """Of the endpoint that fares best while one of them works, else of the one that fares worst."""
        pick = min if self.verdict.status.available else max
        return pick((standing.consecutive_failures for standing in self.endpoints), default=0)

    @property
    def last_check(self) -> datetime | None:
        moments = [at for tally in self.tallies for at in (tally.last_success_at, tally.last_failure_at) if at]
        return max(moments, default=None)

    @property
    def busiest(self) -> ScopeCounters:
        """The endpoint that answered most: its latency is the link's."""
        return max((standing.tally for standing in self.endpoints), key=lambda tally: tally.successes, default=NOTHING)


def chain_standing(chain: ChainConf, facts: HealthFacts) -> tuple[LinkStatus, ...]:
    """Every link of a chain in its order."""
    return tuple(link_standing(link, chain.category, place, facts) for place, link in enumerate(chain.links, 1))


def link_standing(link: LinkConf, category: Category, priority: int, facts: HealthFacts) -> LinkStatus:
    """One link, from its own switches, its provider's state and its endpoints'."""
    provider = link.provider
    on = [endpoint for endpoint in provider.endpoints if endpoint.enabled]
    standings = tuple(endpoint_standing(provider, endpoint, category, facts) for endpoint in on)
    verdict = _kept_out(link, category, facts) or _local(link, category) or _together(standings)
    return LinkStatus(link, priority, verdict, standings, tuple(_scopes(provider, on, category, facts)))


def endpoint_standing(
    provider: ProviderConf, endpoint: EndpointConf, category: Category, facts: HealthFacts
) -> EndpointStanding:
    """One endpoint in one category: parked, shut, failing, fine or never used."""
    keys = breaker_keys(provider, endpoint, category)
    failures = max(facts.tally(key).consecutive_failures for key in keys)
    verdict = (
        _parked(provider, endpoint, facts)
        or _shut(keys, facts)
        or _by_use([facts.tally(key) for key in keys], failures)
    )
    return EndpointStanding(endpoint, verdict, failures, facts.tally(in_category(endpoint_key(endpoint), category)))


def _kept_out(link: LinkConf, category: Category, facts: HealthFacts) -> StatusReason | None:
    """What keeps the whole link out, whatever its endpoints are like."""
    if not link.enabled:
        return StatusReason(Status.SWITCHED_OFF, "the link is switched off")
    if not link.provider.enabled:
        return StatusReason(Status.SWITCHED_OFF, "the provider is switched off")
    if _local(link, category):
        return None
    adapter = link.provider.resolve_adapter(facts.adapters)
    if adapter is None or category not in adapter.handlers:
        return StatusReason(Status.UNSUPPORTED, "its adapter does not serve this category")
    if adapter.key_use is KeyUse.REQUIRED and not link.provider.key:
        unreadable = link.provider.key_state == "unreadable"
        return StatusReason(
            Status.NOT_CONFIGURED, "its API key cannot be read" if unreadable else "it needs an API key"
        )
    return None


def _local(link: LinkConf, category: Category) -> StatusReason | None:
    """A model of the hub's own works as long as it is switched on."""
    if link.provider.adapter in LOCAL_ADAPTERS and category is Category.AI_PREDICTION:
        return StatusReason(Status.HEALTHY, "computed here")
    return None


def _parked(provider: ProviderConf, endpoint: EndpointConf, facts: HealthFacts) -> StatusReason | None:
    """The longest cooldown over an endpoint: its provider's, its quota group's or its own."""
    keys = (provider_key(provider), group_key(provider), endpoint_key(endpoint))
    parked = [entry for key in keys if (entry := facts.cooldowns.get(key)) and facts.now < entry.until]
    if not parked:
        return None
    longest = max(parked, key=lambda entry: entry.until)
    return StatusReason(Status.PARKED, PARKED_WHY.get(longest.outcome, longest.outcome.value), longest.until)


PARKED_WHY = {
    Outcome.RATE_LIMITED: "its rate limit is reached",
    Outcome.BANNED: "it has banned this address for a while",
    Outcome.GEO_BLOCKED: "it does not serve this location",
    Outcome.UNAUTHORIZED: "it refuses the API key",
}
TRIPPED_WHY = {
    Outcome.REFUSED: "it refuses connections",
    Outcome.RESET: "it breaks connections off",
    Outcome.TIMEOUT: "it does not answer in time",
    Outcome.LOST_HEDGE: "it answers too slowly",
    Outcome.BROKEN: "its answers are broken",
    Outcome.IMPLAUSIBLE: "its answers are not believable",
}


def _shut(keys: Sequence[str], facts: HealthFacts) -> StatusReason | None:
    """The worst breaker over an endpoint, if one is not simply closed."""
    standing, key = max(((_state(key, facts), key) for key in keys), key=lambda entry: _SEVERITY.index(entry[0]))
    if standing is BreakerState.CLOSED:
        return None
    breaker = facts.breakers[key]
    due = breaker.open_until if breaker.open_until is not None and breaker.open_until > facts.now else None
    return StatusReason(_BY_STATE[standing], _shut_why(standing, breaker, facts.tally(key)), due, standing)


def _state(key: str, facts: HealthFacts) -> BreakerState:
    return state(facts.breakers.get(key, CLOSED), facts.now)


def _shut_why(standing: BreakerState, breaker: Breaker, tally: ScopeCounters) -> str:
    if breaker.forced_open:
        return "tripped by hand"
    if standing is BreakerState.SUSPECT:
        return "others of its provider fail; waiting for a probe"
    if standing is BreakerState.SLOW_START:
        return "back; traffic is returning"
    return _outcome_why(tally.last_outcome) or "it failed"


def _by_use(tallies: Iterable[ScopeCounters], consecutive_failures: int) -> StatusReason:
    """An endpoint nothing keeps back, judged by how its calls went."""
    counted = [tally for tally in tallies if tally.used]
    if consecutive_failures:
        worst = max(counted, key=lambda tally: tally.consecutive_failures, default=NOTHING)
        return StatusReason(Status.DEGRADED, _outcome_why(worst.last_outcome) or "its last call failed")
    if not counted:
        return StatusReason(Status.UNKNOWN, "never asked")
    return StatusReason(Status.HEALTHY)


def _outcome_why(outcome: str) -> str:
    return {known.value: why for known, why in TRIPPED_WHY.items()}.get(outcome, "")


def _together(standings: Sequence[EndpointStanding]) -> StatusReason:
    """A link's verdict from its endpoints': it works as long as one of them does."""
    if not standings:
        return StatusReason(Status.SWITCHED_OFF, "none of its endpoints is switched on")
    open_ones = [standing.verdict for standing in standings if standing.verdict.status.available]
    shut = [standing.verdict for standing in standings if not standing.verdict.status.available]
    if not open_ones:
        return min(shut, key=_retry_order)
    if shut:
        return StatusReason(Status.DEGRADED, f"{len(shut)} of {len(standings)} endpoints out: {shut[0].why}")
    for status in (Status.HEALTHY, Status.RECOVERING, Status.DEGRADED):
        for verdict in open_ones:
            if verdict.status is status:
                return verdict
    return open_ones[0]


def _retry_order(verdict: StatusReason) -> float:
    return float("inf") if verdict.retry_at is None else verdict.retry_at


def _scopes(
    provider: ProviderConf, endpoints: Iterable[EndpointConf], category: Category, facts: HealthFacts
) -> Iterable[ScopeCounters]:
    """The tallies of every scope a link stands in, each once."""
    yield facts.tally(group_key(provider))
    yield facts.tally(provider_key(provider))
    yield facts.tally(in_category(provider_key(provider), category))
    for endpoint in endpoints:
        yield facts.tally(endpoint_key(endpoint))
        yield facts.tally(in_category(endpoint_key(endpoint), category))
