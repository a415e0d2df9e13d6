"""Candidate selection: which endpoints of a chain to call now, in which order, and why the others are skipped. Pure.

``candidates`` yields candidates and skips lazily in the order they are reached, so that a healthy call pays for the
first candidate only. Order:

1. Healthy endpoints, link by link as the chain's strategy says.
2. Endpoints in slow start that drew a later turn, and providers whose limit is nearly used up by our own count.
3. Last resorts: endpoints behind a suspect, half-open or open breaker, one of each provider before a second one.

Endpoints that are cooling down, disabled, tripped by an operator or not configured are never called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from providers.domain.adapter import Adapter
from providers.domain.categories import Category, Strategy
from providers.domain.config import ChainConf, EndpointConf, LinkConf, ProviderConf
from providers.domain.scope_keys import breaker_keys, cooldown_keys, endpoint_key
from providers.resilience.breaker import SEVERITY, Breaker, BreakerState, slow_start_share, worst_breaker
from providers.resilience.eligibility import cooldown_for, eligibility
from providers.resilience.quota import STOP_AT, CooldownPeriod, QuotaUsage

SUSPECT_TRIAL_S = 2.0
"""Age of a suspicion, in seconds, from which a user call may be its trial."""
TICKET_STRIDE = 1009
"""Multiplier for a second draw from one ticket: its first digits chose the link, so within a link they are uneven."""


@dataclass(frozen=True, slots=True)
class View:
    """Facts that selection works on, at ``now`` (unix seconds).

    ``ticket`` in [0, 1) decides shares of traffic. ``used`` gives the used share of a provider's limit; ``by_latency``
    orders links for the ``fastest`` strategy. ``prober_alive`` is True while a prober holds its lease: half-open
    trials are then its task, and user calls stay away.
    """

    category: Category
    now: float
    ticket: float
    breakers: Mapping[str, Breaker]
    cooldowns: Mapping[str, CooldownPeriod]
    adapters: Mapping[str, Adapter]
    used: Callable[[ProviderConf], QuotaUsage]
    by_latency: Callable[[Sequence[LinkConf]], Sequence[LinkConf]]
    prober_alive: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """An endpoint to call, and the reason for its rank.

    A ``last_resort`` is behind a shut breaker; a ``trial`` is the user call that tests a half-open or suspect one.
    """

    link: LinkConf
    endpoint: EndpointConf
    why: str
    last_resort: bool = False
    trial: bool = False

    @property
    def provider(self) -> ProviderConf:
        """The link's provider."""
        return self.link.provider


@dataclass(frozen=True, slots=True)
class Skip:
    """A provider (``host`` None) or endpoint that is passed over; ``until`` is when the reason ends, if known."""

    provider: str
    host: str | None
    reason: str
    until: float | None = None


ShutEndpoints = list[tuple[BreakerState, Candidate]]


def candidates(chain: ChainConf, view: View) -> Iterator[Candidate | Skip]:
    """Yield candidates and skips in order; those marked ``last_resort`` come at the very end."""
    later: list[Candidate] = []
    shut: ShutEndpoints = []
    for position, link in enumerate(_ordered(chain, view)):
        skip = _provider_skip(link, view)
        if skip is not None:
            yield skip
            continue
        yield from _endpoints(link, view, position, later, shut)
    yield from later
    yield from _last_resorts(shut)


def _last_resorts(shut: ShutEndpoints) -> list[Candidate]:
    """Order last resorts: of every provider the least suspicious endpoint first, then each one's next endpoint.

    The budget is small, and endpoints of one provider mostly fail together.
    """
    turns: dict[int, int] = {}
    ordered: list[tuple[int, Candidate]] = []
    for _, candidate in sorted(shut, key=lambda entry: SEVERITY[entry[0]]):
        turn = turns[candidate.provider.id] = turns.get(candidate.provider.id, 0) + 1
        ordered.append((turn, candidate))
    return [candidate for _, candidate in sorted(ordered, key=lambda entry: entry[0])]


def blocked(candidate: Candidate, view: View) -> Skip | None:
    """Return why a candidate listed earlier must not be called any more, or None if it still may be."""
    skip = _provider_skip(candidate.link, view) or _cooldown_skip(candidate.provider, candidate.endpoint, view)
    if skip is not None or candidate.last_resort or candidate.trial:
        return skip
    shut = _shut_breaker(candidate.link, candidate.endpoint, view)
    return _shut_skip(candidate.provider, candidate.endpoint, *shut) if shut else None


def has_other_provider(chain: ChainConf, provider: ProviderConf, view: View) -> bool:
    """Return True if the chain has another provider that may be called, healthy or not."""
    return any(link.provider.id != provider.id and _provider_skip(link, view) is None for link in chain.links)


def as_last_resort(candidate: Candidate, view: View) -> Candidate | None:
    """Turn a blocked candidate into a last resort if only an automatic breaker blocks it, else return None."""
    shut = _shut_breaker(candidate.link, candidate.endpoint, view)
    if shut is None or shut[1].forced_open or candidate.last_resort:
        return None
    if _provider_skip(candidate.link, view) or _cooldown_skip(candidate.provider, candidate.endpoint, view):
        return None
    return replace(candidate, why=f"last resort: breaker {shut[0].value}", last_resort=True)


def _ordered(chain: ChainConf, view: View) -> Sequence[LinkConf]:
    """Order the links by tier, and within a tier by the chain's strategy."""
    if chain.strategy is Strategy.PRIORITY:
        return chain.links
    tiers: dict[int, list[LinkConf]] = {}
    for link in chain.links:
        tiers.setdefault(link.tier, []).append(link)
    ordered: list[LinkConf] = []
    for tier in sorted(tiers):
        links = tiers[tier]
        ordered += weighted(links, view.ticket) if chain.strategy is Strategy.WEIGHTED else _fastest(links, view)
    return ordered


def _fastest(links: Sequence[LinkConf], view: View) -> Sequence[LinkConf]:
    """Order eligible links by latency; ineligible ones come last, as they can never be measured."""
    eligible = [link for link in links if eligibility(link, view.category, view.adapters) is None]
    return [*view.by_latency(eligible), *(link for link in links if link not in eligible)]


def weighted(links: Sequence[LinkConf], ticket: float) -> list[LinkConf]:
    """Draw the links one after another without replacement, each with its share of the remaining weight.

    One uniform ticket serves all draws: within the interval it fell into, it is uniform again. If the first link drawn
    fails, its share therefore goes to the others in proportion. Links of weight 0 come last, in their order.
    """
    remaining = [link for link in links if link.weight > 0]
    drawn: list[LinkConf] = []
    while remaining:
        total = float(sum(link.weight for link in remaining))
        low = 0.0
        for link in remaining:
            share = link.weight / total
            if ticket < low + share or link is remaining[-1]:
                ticket = min(max((ticket - low) / share, 0.0), 1.0 - 1e-12)
                drawn.append(link)
                remaining.remove(link)
                break
            low += share
    return drawn + [link for link in links if link.weight == 0]


def _provider_skip(link: LinkConf, view: View) -> Skip | None:
    """Return what keeps all endpoints of the link out, or None."""
    provider = link.provider
    reason = eligibility(link, view.category, view.adapters)
    if reason is not None:
        return Skip(provider.slug, None, reason.value)
    if view.cooldowns:
        cooldown = cooldown_for(cooldown_keys(provider), view.cooldowns, view.now)
        if cooldown is not None:
            return Skip(provider.slug, None, f"in cooldown: {cooldown.outcome.value}", cooldown.until)
    if view.used(provider).reported >= STOP_AT:
        return Skip(provider.slug, None, "its limit is nearly used up")
    return None


def _cooldown_skip(provider: ProviderConf, endpoint: EndpointConf, view: View) -> Skip | None:
    """Return the endpoint's own cooldown as a skip, or None."""
    if not view.cooldowns:
        return None
    cooldown = cooldown_for((endpoint_key(endpoint),), view.cooldowns, view.now)
    if cooldown is None:
        return None
    return Skip(provider.slug, endpoint.host, f"in cooldown: {cooldown.outcome.value}", cooldown.until)


def _shut_breaker(link: LinkConf, endpoint: EndpointConf, view: View) -> tuple[BreakerState, Breaker] | None:
    """Return the most severe breaker that is suspect, half-open or open over an endpoint, or None."""
    worst = worst_breaker(view.breakers, breaker_keys(link.provider, endpoint, view.category), view.now)
    if worst is None or worst[0] is BreakerState.SLOW_START:
        return None
    return worst[:2]


def _shut_skip(provider: ProviderConf, endpoint: EndpointConf, current: BreakerState, breaker: Breaker) -> Skip:
    reason = "tripped by hand" if breaker.forced_open else f"breaker {current.value}"
    return Skip(provider.slug, endpoint.host, reason, breaker.open_until)


def _endpoints(
    link: LinkConf, view: View, position: int, later: list[Candidate], shut: ShutEndpoints
) -> Iterator[Candidate | Skip]:
    """Yield the link's endpoints that are callable now and the skips; append the others to ``later`` and ``shut``."""
    first = True
    is_used_up = view.used(link.provider).estimated >= STOP_AT
    for endpoint in link.provider.endpoints:
        if not endpoint.enabled:
            yield Skip(link.provider.slug, endpoint.host, "endpoint switched off")
            continue
        skip = _cooldown_skip(link.provider, endpoint, view)
        if skip is not None:
            yield skip
            continue
        breaker = _shut_breaker(link, endpoint, view)
        if breaker is not None:
            yield from _shut_endpoint(link, endpoint, view, breaker, shut)
            continue
        why = ("first choice" if position == 0 else "next in the chain") if first else "another endpoint of it"
        first = False
        if is_used_up:
            later.append(Candidate(link, endpoint, "by our count its limit is nearly used up: after the others"))
        elif _yields_turn(link, endpoint, view):
            later.append(Candidate(link, endpoint, "ramping back"))
        else:
            yield Candidate(link, endpoint, why)


def _shut_endpoint(
    link: LinkConf, endpoint: EndpointConf, view: View, found: tuple[BreakerState, Breaker], shut: ShutEndpoints
) -> Iterator[Candidate | Skip]:
    """Yield a trial if no prober is alive, else a skip with a last resort; tripped endpoints are only skipped."""
    current, breaker = found
    if not view.prober_alive and _is_due_for_trial(current, breaker, view.now):
        yield Candidate(link, endpoint, "trial: no prober is alive", trial=True)
        return
    yield _shut_skip(link.provider, endpoint, current, breaker)
    if not breaker.forced_open:
        shut.append((current, Candidate(link, endpoint, f"last resort: breaker {current.value}", last_resort=True)))


def _is_due_for_trial(current: BreakerState, breaker: Breaker, now: float) -> bool:
    if current is BreakerState.SUSPECT:
        return breaker.suspect_since is not None and now - breaker.suspect_since >= SUSPECT_TRIAL_S
    return current is BreakerState.HALF_OPEN


def _yields_turn(link: LinkConf, endpoint: EndpointConf, view: View) -> bool:
    """Return True if a scope in slow start leaves this call to others."""
    ticket = view.ticket * TICKET_STRIDE % 1.0
    for key in breaker_keys(link.provider, endpoint, view.category):
        breaker = view.breakers.get(key)
        if breaker is not None and breaker.closed_at is not None and ticket >= slow_start_share(breaker, view.now):
            return True
    return False
