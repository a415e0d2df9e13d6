"""Add the shipped catalogue to the database: only what is missing, and each item only once.

Added items are remembered, so that a link deleted by an operator stays deleted, while a provider that a later release
ships is added at the end of its chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from django.db import transaction

from providers.catalogue.shipped import CHAINS, PROVIDERS, ShippedChain, ShippedLink, ShippedProvider
from providers.models import Chain, ChainLink, Endpoint, Provider, SeededItem


class SeedLog:
    """Keys of the items seeded so far."""

    def __init__(self) -> None:
        self._seen = set(SeededItem.objects.values_list("key", flat=True))
        self._new: list[str] = []

    def is_first(self, key: str) -> bool:
        """Return True the first time a key is seen, and remember it."""
        if key in self._seen:
            return False
        self._seen.add(key)
        self._new.append(key)
        return True

    def save(self) -> None:
        """Store the new keys."""
        SeededItem.objects.bulk_create([SeededItem(key=key) for key in self._new], ignore_conflicts=True)


SandboxUrls = Mapping[tuple[str, int], str]
"""Base URLs of a sandbox's endpoints by provider slug and number."""


def seed(sandbox: SandboxUrls | None = None) -> list[str]:
    """Add what is missing; return one line for each addition. A sandbox's endpoints replace the real ones."""
    with transaction.atomic():
        seed_log = SeedLog()
        stored = {provider.slug: provider for provider in Provider.objects.prefetch_related("endpoints")}
        lines = [line for shipped in PROVIDERS for line in _seed_provider(shipped, stored, seed_log, sandbox)]
        lines += [line for shipped in CHAINS for line in _seed_chain(shipped, stored, seed_log)]
        seed_log.save()
    return lines


def _seed_provider(
    shipped: ShippedProvider, stored: dict[str, Provider], seed_log: SeedLog, sandbox: SandboxUrls | None
) -> Iterable[str]:
    """Add a provider and its new endpoints. A provider that existed before its first seed is the operator's."""
    provider = stored.get(shipped.slug)
    first = seed_log.is_first(f"provider:{shipped.slug}")
    new_urls = [
        (number, url)
        for number, url in enumerate(shipped.endpoints)
        if seed_log.is_first(f"endpoint:{shipped.slug}:{url}")
    ]
    known = list(provider.endpoints.all()) if provider else []
    if first and provider is None:
        provider = stored[shipped.slug] = Provider.objects.create(
            slug=shipped.slug,
            name=shipped.name,
            adapter=shipped.adapter or shipped.slug,
            quota_group=shipped.quota_group,
        )
        yield f"provider {shipped.slug}: added"
    elif first or provider is None:
        return
    urls = [sandbox[shipped.slug, number] if sandbox else url for number, url in new_urls]
    yield from _add_endpoints(provider, urls, known)
    if sandbox:
        yield from _follow_sandbox(provider, sandbox)


def _add_endpoints(provider: Provider, urls: Iterable[str], known: Iterable[Endpoint]) -> Iterable[str]:
    """Append endpoints, except URLs that the provider already has."""
    existing_urls = {endpoint.base_url for endpoint in known}
    next_position = max((endpoint.position + 1 for endpoint in known), default=0)
    new = [
        Endpoint(provider=provider, base_url=url, position=position)
        for position, url in enumerate((url for url in urls if url not in existing_urls), next_position)
    ]
    Endpoint.objects.bulk_create(new)
    for endpoint in new:
        yield f"provider {provider.slug}: endpoint {endpoint.base_url} added"


def _follow_sandbox(provider: Provider, sandbox: SandboxUrls) -> Iterable[str]:
    """Replace endpoints of an earlier sandbox, which used other ports, by those of the current one."""
    urls = [url for (slug, _), url in sorted(sandbox.items()) if slug == provider.slug]
    stored = list(provider.endpoints.order_by("position", "pk"))
    obsolete = [endpoint for endpoint in stored if endpoint.base_url not in urls and _is_loopback(endpoint.base_url)]
    new = [url for url in urls if url not in {endpoint.base_url for endpoint in stored}]
    for endpoint, url in zip(obsolete, new, strict=False):
        endpoint.delete()
        Endpoint.objects.create(provider=provider, base_url=url, position=endpoint.position, enabled=endpoint.enabled)
        yield f"provider {provider.slug}: endpoint {endpoint.base_url} -> {url}"


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


def _seed_chain(shipped: ShippedChain, providers: Mapping[str, Provider], seed_log: SeedLog) -> Iterable[str]:
    """Add a chain and its new links. A chain that existed before its first seed is the operator's."""
    category = shipped.category.value
    chain = Chain.objects.filter(category=category).first()
    first = seed_log.is_first(f"chain:{category}")
    is_operators = first and chain is not None
    if first and chain is None:
        chain = Chain.objects.create(
            category=category,
            strategy=shipped.strategy.value,
            deadline_ms=shipped.deadline_ms,
            cache_s=shipped.cache_s,
            stale_s=shipped.stale_s,
        )
        yield f"chain {category}: added"
    new = [
        link
        for link in shipped.links
        if link.provider in providers and seed_log.is_first(f"link:{category}:{link.provider}")
    ]
    if new and chain is not None and not is_operators:
        yield from _add_links(chain, new, providers)


def _add_links(chain: Chain, shipped: Iterable[ShippedLink], providers: Mapping[str, Provider]) -> Iterable[str]:
    """Append links, in tiers that do not decrease; an existing link stays as it is."""
    stored = list(chain.links.order_by("position", "pk"))
    linked = {link.provider_id for link in stored}
    position, tier = (stored[-1].position + 1, stored[-1].tier) if stored else (0, 0)
    new: list[ChainLink] = []
    for link in shipped:
        provider = providers[link.provider]
        if provider.pk not in linked:
            tier = max(tier, link.tier)
            fields = {"position": position + len(new), "tier": tier, "weight": link.weight, "lineage": link.lineage}
            new.append(ChainLink(chain=chain, provider=provider, **fields))
    ChainLink.objects.bulk_create(new)
    for created in new:
        yield f"chain {chain.category}: link {created.provider.slug} added"
