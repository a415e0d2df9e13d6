"""The drill's own database: made, put back to how it was shipped, edited under load, read."""

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

LEARNED = (Health, Cooldown, LastKnown, PeerPrice, Quarantine, DecisionRecord, Lease)
"""What a hub finds out while it runs."""
PRICES = Chain.objects.filter(category="MARKET_PRICE")
LINKS = ChainLink.objects.filter(chain__category="MARKET_PRICE")


def prepare(urls: Sequence[tuple[str, int, str]]) -> None:
    """Tables, catalogue and coins, with the sandbox's endpoints in place of the real ones."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    seed.seed({(slug, n): url for slug, n, url in urls})
    asset_seed.seed()


def shipped() -> dict[type[Any], list[dict[str, Any]]]:
    """The configuration as it stands, to come back to."""
    models: tuple[type[Any], ...] = (Provider, Endpoint, Chain, ChainLink)
    return {model: list(model.objects.values()) for model in models}


def restore(kept: Mapping[type[Any], Sequence[Mapping[str, Any]]], cache_s: int, mirrors: bool) -> None:
    """As shipped, but for the prices' cache time and, if asked, Binance's five mirrors switched off."""
    with transaction.atomic():
        for model, rows in kept.items():
            for row in rows:
                model.objects.filter(pk=row["id"]).update(**row)
        PRICES.update(cache_s=cache_s)
        if not mirrors:
            Endpoint.objects.filter(provider__slug="binance", position__gt=0).update(enabled=False)
        for learned in LEARNED:
            learned.objects.all().delete()


def remember(ms: float) -> None:
    """How long every endpoint takes to tell a price, as if the hub had learned it in an earlier life."""
    Health.objects.bulk_create(
        Health(key=f"endpoint:{pk}|MARKET_PRICE", p50_ms=ms, p95_ms=ms)
        for pk in Endpoint.objects.values_list("pk", flat=True)
    )


def order(slugs: Sequence[str]) -> float:
    """Put these providers first, in this order, as one revision; the time it was in force in the database."""
    with transaction.atomic():
        named = {slug: place for place, slug in enumerate(slugs)}
        for link in LINKS.select_related("provider").order_by("position"):
            place = named.get(link.provider.slug, len(slugs) + link.position)
            ChainLink.objects.filter(pk=link.pk).update(position=place)
    return time.time()


def switch(slug: str, enabled: bool) -> float:
    """Switch one link on or off with ``.update()``, which sends no signal."""
    LINKS.filter(provider__slug=slug).update(enabled=enabled)
    return time.time()


def weigh(weights: Mapping[str, int]) -> None:
    """The weighted strategy over these providers in one tier; all others switched off."""
    with transaction.atomic():
        PRICES.update(strategy="weighted")
        LINKS.update(enabled=False)
        for slug, weight in weights.items():
            LINKS.filter(provider__slug=slug).update(enabled=True, tier=1, weight=weight)


def peers() -> int:
    """How many assets a second lineage has spoken about."""
    return PeerPrice.objects.values("asset").distinct().count()
