"""Small configurations for tests of the pure engine: providers, chains and views as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from providers.domain.adapter import Adapter, KeyUse
from providers.domain.categories import Category, Strategy
from providers.domain.config import ChainConf, EndpointConf, LinkConf, ProviderConf
from providers.resilience.breaker import Breaker
from providers.resilience.quota import NOTHING_USED, CooldownPeriod, QuotaUsage
from providers.resilience.selection import Candidate, Skip, View, candidates

PRICE = Category.MARKET_PRICE
NOW = 1_700_000_000.0


def provider(number: int, endpoints: int = 1, **changes: Any) -> ProviderConf:
    """Provider ``p<number>`` with endpoints ``<number>0``, ``<number>1`` and so on."""
    slug = f"p{number}"
    hosts = tuple(
        EndpointConf(number * 10 + n, f"https://{slug}-{n}.example", f"{slug}-{n}.example") for n in range(endpoints)
    )
    return replace(ProviderConf(number, slug, slug, "plain", slug, True, hosts), **changes)


def link(to: ProviderConf, *, weight: int = 1, tier: int = 1, enabled: bool = True, lineage: str = "") -> LinkConf:
    return LinkConf(to.id, to, lineage or to.slug, tier, to.id, weight, enabled)


def chain(*links: LinkConf, strategy: Strategy = Strategy.PRIORITY) -> ChainConf:
    return ChainConf(PRICE, strategy, 1.0, 10.0, 60.0, links, "g")


class Answers:
    """Stands for a handler: selection only asks whether there is one."""

    max_items = 10


ADAPTERS: Mapping[str, Adapter] = {
    "plain": Adapter({PRICE: Answers()}),  # type: ignore[dict-item]  # selection never calls it
    "keyed": Adapter({PRICE: Answers()}, key_use=KeyUse.REQUIRED),  # type: ignore[dict-item]  # the same
    "other": Adapter({}),
}


def view(
    *,
    ticket: float = 0.0,
    breakers: Mapping[str, Breaker] | None = None,
    cooldowns: Mapping[str, CooldownPeriod] | None = None,
    used: Callable[[ProviderConf], QuotaUsage] = lambda _: NOTHING_USED,
    by_latency: Callable[[Sequence[LinkConf]], Sequence[LinkConf]] = lambda links: links,
    prober_alive: bool = True,
    now: float = NOW,
) -> View:
    return View(PRICE, now, ticket, breakers or {}, cooldowns or {}, ADAPTERS, used, by_latency, prober_alive)


def steps(of: ChainConf, seen: View) -> list[Candidate | Skip]:
    return list(candidates(of, seen))


def hosts(of: ChainConf, seen: View, *, last_resort: bool = False) -> list[str]:
    """The hosts that would be asked, in order; with those asked only as a last resort, or only those."""
    return [
        s.endpoint.host.partition(".")[0]
        for s in candidates(of, seen)
        if isinstance(s, Candidate) and s.last_resort is last_resort
    ]


def skipped(of: ChainConf, seen: View) -> dict[str, str]:
    """Why whom was passed over: by host, or by provider where it is all of it."""
    return {(s.host or s.provider).partition(".")[0]: s.reason for s in candidates(of, seen) if isinstance(s, Skip)}
