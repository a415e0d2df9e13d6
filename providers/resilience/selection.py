"""Who would be asked now, in what order, and why. Pure: the explanation is a value too.

``walk`` yields candidates and skips lazily, in the order they are met, so that a healthy call pays for the first
candidate only. The order: healthy endpoints link by link as the strategy says; those ramping back that drew a later
place; then, as a last resort, what is suspect or open. What is parked, switched off, tripped by hand or not
configured is never asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from providers.domain.adapter import Adapter, KeyUse
from providers.domain.categories import Category, Strategy
from providers.domain.config import ChainConf, EndpointConf, LinkConf, ProviderConf
from providers.domain.scope_keys import breaker_keys, endpoint_key, group_key, provider_key
from providers.resilience.breaker import CLOSED, Breaker, BreakerState, slow_start_share, state
from providers.resilience.quota import STOP_AT, Parked, QuotaUsage


@dataclass(frozen=True, slots=True)
class View:
    """What selection may look at: facts, the time, and a ticket in [0, 1) that decides shares.

    ``used`` gives the used share of a provider's limit, ``p50`` an endpoint's median latency in ms or None;
    ``favourites`` are links in order of latency for the ``fastest`` strategy. ``prober_alive`` says whether a prober
    holds its lease: then half-open trials are its business and users stay away.
    """

    category: Category
    now: float
    ticket: float
    breakers: Mapping[str, Breaker]
    cooldowns: Mapping[str, Parked]
    adapters: Mapping[str, Adapter]
    used: Callable[[ProviderConf], QuotaUsage]
    favourites: Callable[[Sequence[LinkConf]], Sequence[LinkConf]]
    prober_alive: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """An endpoint to ask, and why it stands where it does."""

    link: LinkConf
    endpoint: EndpointConf
    why: str
    last_resort: bool = False
    trial: bool = False

    @property
    def provider(self) -> ProviderConf:
        return self.link.provider


@dataclass(frozen=True, slots=True)
class Skip:
    """A provider or endpoint that is passed over, with the reason and, where there is one, the time it ends."""

    provider: str
    host: str | None
    reason: str
    until: float | None = None


def candidates(chain: ChainConf, view: View) -> Iterator[Candidate | Skip]:
    """Candidates and skips in order; candidates marked ``last_resort`` come at the very end."""
    later: list[Candidate] = []
    shut: list[tuple[BreakerState, Candidate]] = []
    for place, link in enumerate(_ordered(chain, view)):
        skip = _whole_provider(link, view)
        if skip is not None:
            yield skip
            continue
        yield from _endpoints(link, view, place, later, shut)
    yield from later
    order = [BreakerState.SUSPECT, BreakerState.HALF_OPEN, BreakerState.OPEN]
    for _, candidate in sorted(shut, key=lambda entry: order.index(entry[0])):
        yield candidate


def blocked(candidate: Candidate, view: View) -> Skip | None:
    """Why a candidate must not be asked any more, if something happened since it was listed."""
    skip = _whole_provider(candidate.link, view) or _parked_endpoint(candidate.provider, candidate.endpoint, view)
    if skip is not None or candidate.last_resort or candidate.trial:
        return skip
    found = _worst(candidate.link, candidate.endpoint, view)
    return _shut_skip(candidate.provider, candidate.endpoint, *found) if found else None


def has_others(chain: ChainConf, provider: ProviderConf, view: View) -> bool:
    """Whether the chain has another provider that may be asked, healthy or not."""
    return any(link.provider.id != provider.id and _whole_provider(link, view) is None for link in chain.links)


def resort(candidate: Candidate, view: View) -> Candidate | None:
    """A blocked candidate as a last resort, if it is only a breaker that keeps it out, and not an operator's hand."""
    found = _worst(candidate.link, candidate.endpoint, view)
    if found is None or found[1].forced_open or candidate.last_resort:
        return None
    if _whole_provider(candidate.link, view) or _parked_endpoint(candidate.provider, candidate.endpoint, view):
        return None
    return replace(candidate, why=f"last resort: breaker {found[0].value}", last_resort=True)


def _ordered(chain: ChainConf, view: View) -> Sequence[LinkConf]:
    if chain.strategy is Strategy.PRIORITY:
        return chain.links
    tiers: dict[int, list[LinkConf]] = {}
    for link in chain.links:
        tiers.setdefault(link.tier, []).append(link)
    within = _weighted_now if chain.strategy is Strategy.WEIGHTED else _fastest
    return [link for tier in sorted(tiers) for link in within(tiers[tier], view)]


def _weighted_now(links: Sequence[LinkConf], view: View) -> Sequence[LinkConf]:
    return weighted(links, view.ticket)


def _fastest(links: Sequence[LinkConf], view: View) -> Sequence[LinkConf]:
    """The favourites among those that may be asked: one that can never be measured must not be held on to."""
    usable = [link for link in links if not _not_usable(link, view)]
    return [*view.favourites(usable), *(link for link in links if link not in usable)]


def weighted(links: Sequence[LinkConf], ticket: float) -> list[LinkConf]:
    """Draw the links one after another, each with its share of the weight that is left.

    One uniform ticket serves all draws: within the interval it fell into, it is uniform again. Skipping the first
    drawn therefore redistributes its share in proportion. Links of weight 0 come last, in their order.
    """
    left = [link for link in links if link.weight > 0]
    drawn: list[LinkConf] = []
    while left:
        total = float(sum(link.weight for link in left))
        low = 0.0
        for link in left:
            share = link.weight / total
            if ticket < low + share or link is left[-1]:
                ticket = min(max((ticket - low) / share, 0.0), 1.0 - 1e-12)
                drawn.append(link)
                left.remove(link)
                break
            low += share
    return drawn + [link for link in links if link.weight == 0]


def _whole_provider(link: LinkConf, view: View) -> Skip | None:
    provider = link.provider
    reason = _not_usable(link, view)
    if reason:
        return Skip(provider.slug, None, reason)
    for key in (provider_key(provider), group_key(provider)):
        parked = view.cooldowns.get(key)
        if parked is not None and view.now < parked.until:
            return Skip(provider.slug, None, f"parked: {parked.outcome.value}", parked.until)
    if view.used(provider).reported >= STOP_AT:
        return Skip(provider.slug, None, "its limit is nearly used up")
    return None


def _not_usable(link: LinkConf, view: View) -> str:
    if not link.enabled:
        return "link switched off"
    if not link.provider.enabled:
        return "provider switched off"
    adapter = link.provider.resolve_adapter(view.adapters)
    if adapter is None or view.category not in adapter.handlers:
        return "no adapter for this category"
    if adapter.key_use is KeyUse.REQUIRED and not link.provider.key:
        unreadable = link.provider.key_state == "unreadable"
        return "not configured: its API key cannot be decrypted" if unreadable else "not configured: needs an API key"
    return ""


def _parked_endpoint(provider: ProviderConf, endpoint: EndpointConf, view: View) -> Skip | None:
    parked = view.cooldowns.get(endpoint_key(endpoint))
    if parked is not None and view.now < parked.until:
        return Skip(provider.slug, endpoint.host, f"parked: {parked.outcome.value}", parked.until)
    return None


_SEVERITY = {BreakerState.OPEN: 3, BreakerState.HALF_OPEN: 2, BreakerState.SUSPECT: 1}


def _worst(link: LinkConf, endpoint: EndpointConf, view: View) -> tuple[BreakerState, Breaker] | None:
    """The worst shut breaker over an endpoint, if any is shut."""
    worst: tuple[BreakerState, Breaker] | None = None
    for key in breaker_keys(link.provider, endpoint, view.category):
        breaker = view.breakers.get(key, CLOSED)
        if breaker is CLOSED:
            continue
        found = state(breaker, view.now)
        if found in _SEVERITY and (worst is None or _SEVERITY[found] > _SEVERITY[worst[0]]):
            worst = (found, breaker)
    return worst


def _shut_skip(provider: ProviderConf, endpoint: EndpointConf, found: BreakerState, breaker: Breaker) -> Skip:
    reason = "tripped by hand" if breaker.forced_open else f"breaker {found.value}"
    return Skip(provider.slug, endpoint.host, reason, breaker.open_until)


def _endpoints(
    link: LinkConf, view: View, place: int, later: list[Candidate], shut: list[tuple[BreakerState, Candidate]]
) -> Iterator[Candidate | Skip]:
    first = True
    spent = view.used(link.provider).estimated >= STOP_AT
    for endpoint in link.provider.endpoints:
        if not endpoint.enabled:
            yield Skip(link.provider.slug, endpoint.host, "endpoint switched off")
            continue
        skip = _parked_endpoint(link.provider, endpoint, view)
        if skip is not None:
            yield skip
            continue
        found = _worst(link, endpoint, view)
        if found is not None:
            yield from _shut_endpoint(link, endpoint, view, found, shut)
            continue
        why = ("first choice" if place == 0 else "next in the chain") if first else "another endpoint of it"
        first = False
        candidate = Candidate(link, endpoint, why)
        if spent:
            later.append(Candidate(link, endpoint, "by our count its limit is nearly used up: after the others"))
        elif _ramped_out(link, endpoint, view):
            later.append(Candidate(link, endpoint, "ramping back"))
        else:
            yield candidate


def _shut_endpoint(
    link: LinkConf,
    endpoint: EndpointConf,
    view: View,
    found: tuple[BreakerState, Breaker],
    shut: list[tuple[BreakerState, Candidate]],
) -> Iterator[Candidate | Skip]:
    """A shut endpoint: a trial where nobody probes, else a last resort; never one that was tripped by hand."""
    standing, breaker = found
    if not view.prober_alive and _due_for_trial(standing, breaker, view.now):
        yield Candidate(link, endpoint, "trial: no prober is alive", trial=True)
        return
    yield _shut_skip(link.provider, endpoint, standing, breaker)
    if not breaker.forced_open:
        shut.append((standing, Candidate(link, endpoint, f"last resort: breaker {standing.value}", last_resort=True)))


SUSPECT_TRIAL_S = 2.0


def _due_for_trial(standing: BreakerState, breaker: Breaker, now: float) -> bool:
    if standing is BreakerState.SUSPECT:
        return breaker.suspect_since is not None and now - breaker.suspect_since >= SUSPECT_TRIAL_S
    return standing is BreakerState.HALF_OPEN


RAMP_STRIDE = 1009
"""The ticket's finer digits: its first ones have chosen the weighted link, so within that link they are not uniform."""


def _ramped_out(link: LinkConf, endpoint: EndpointConf, view: View) -> bool:
    """Whether a scope that is ramping back leaves this call to others."""
    ticket = view.ticket * RAMP_STRIDE % 1.0
    for key in breaker_keys(link.provider, endpoint, view.category):
        breaker = view.breakers.get(key)
        if breaker is not None and breaker.closed_at is not None and ticket >= slow_start_share(breaker, view.now):
            return True
    return False
