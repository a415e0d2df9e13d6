"""Rows of the operator's configuration for tests of the engine, made in one line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.domain.categories import Category, Strategy
from providers.models import Chain, ChainLink, Endpoint, Provider


def provider(slug: str, *urls: str, **fields: Any) -> Provider:
    """A provider of that adapter, with its endpoints in order."""
    created = Provider.objects.create(slug=slug, **{"name": slug.title(), "adapter": slug, **fields})
    Endpoint.objects.bulk_create(
        [Endpoint(provider=created, base_url=url, position=place) for place, url in enumerate(urls)]
    )
    return created


def chain(
    *providers: Provider, strategy: Strategy = Strategy.PRIORITY, weights: Sequence[int] = (), **fields: Any
) -> Chain:
    """A chain of market prices over these providers, in order; nothing is cached unless ``cache_s`` says so."""
    chosen = {"deadline_ms": 1000, "cache_s": 0, "stale_s": 3600, **fields}
    created = Chain.objects.create(category=Category.MARKET_PRICE.value, strategy=strategy.value, **chosen)
    ChainLink.objects.bulk_create(
        [
            ChainLink(chain=created, provider=one, position=place, weight=weights[place] if weights else 1)
            for place, one in enumerate(providers)
        ]
    )
    return created
