"""Database of the drill: create, reset to the shipped configuration, edit, query."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management import call_command
from django.db import transaction

from markets.assets import seed as asset_seed
from providers.catalogue import seed
from providers.models import (
    Chain,
    ChainLink,
    Cooldown,
    DecisionRecord,
    Endpoint,
    Health,
    LastKnown,
    Lease,
    PeerPrice,
    Provider,
    Quarantine,
)

RUNTIME_MODELS = (Health, Cooldown, LastKnown, PeerPrice, Quarantine, DecisionRecord, Lease)
"""Models with state that a running hub collects."""
PRICES = Chain.objects.filter(category="MARKET_PRICE")
LINKS = ChainLink.objects.filter(chain__category="MARKET_PRICE")


def prepare(urls: Sequence[tuple[str, int, str]]) -> None:
    """Create tables, catalogue and coins, with the sandbox's endpoints instead of the real ones."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    seed.seed({(slug, n): url for slug, n, url in urls})
    asset_seed.seed()


def shipped() -> dict[type[Any], list[dict[str, Any]]]:
    """Read the present configuration, to be restored later."""
    models: tuple[type[Any], ...] = (Provider, Endpoint, Chain, ChainLink)
    return {model: list(model.objects.values()) for model in models}


def restore(configuration: Mapping[type[Any], Sequence[Mapping[str, Any]]], cache_s: int, mirrors: bool) -> None:
    """Restore the shipped configuration with another cache time for prices and, optionally, Binance's mirrors off."""
    with transaction.atomic():
        for model, rows in configuration.items():
            for row in rows:
                model.objects.filter(pk=row["id"]).update(**row)
        PRICES.update(cache_s=cache_s)
        if not mirrors:
            Endpoint.objects.filter(provider__slug="binance", position__gt=0).update(enabled=False)
        for model in RUNTIME_MODELS:
            model.objects.all().delete()


def set_latencies(ms: float) -> None:
    """Preset the latency of every endpoint for prices, as if learned before."""
    Health.objects.bulk_create(
        Health(key=f"endpoint:{pk}|MARKET_PRICE", p50_ms=ms, p95_ms=ms)
        for pk in Endpoint.objects.values_list("pk", flat=True)
    )


def reorder(slugs: Sequence[str]) -> float:
    """Move these providers to the front, in this order, in one transaction; returns the time of the commit."""
    with transaction.atomic():
        positions = {slug: place for place, slug in enumerate(slugs)}
        for link in LINKS.select_related("provider").order_by("position"):
            position = positions.get(link.provider.slug, len(slugs) + link.position)
            ChainLink.objects.filter(pk=link.pk).update(position=position)
    return time.time()


def switch_link(slug: str, enabled: bool) -> float:
    """Switch one link on or off with ``.update()``, which sends no signal; returns the time."""
    LINKS.filter(provider__slug=slug).update(enabled=enabled)
    return time.time()


def set_weights(weights: Mapping[str, int]) -> None:
    """Set the weighted strategy over these providers in one tier, and switch off all others."""
    with transaction.atomic():
        PRICES.update(strategy="weighted")
        LINKS.update(enabled=False)
        for slug, weight in weights.items():
            LINKS.filter(provider__slug=slug).update(enabled=True, tier=1, weight=weight)


def assets_with_peers() -> int:
    """Number of assets with a price of a second lineage."""
    return PeerPrice.objects.values("asset").distinct().count()
