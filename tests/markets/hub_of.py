"""A hub over the sandbox with one category's chain, for tests of its routes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from markets.models import Asset, AssetAlias
from providers.domain.categories import Category
from providers.models import Chain, ChainLink, Provider
from providers.sandbox.client import Sandbox
from tests.small_hub import add_provider, restart

COINS = {
    "bitcoin": (
        "BTC",
        "Bitcoin",
        {"coingecko": "bitcoin", "kraken": "XBT", "coinpaprika": "btc-bitcoin", "coinmarketcap": "1"},
    ),
    "ethereum": (
        "ETH",
        "Ethereum",
        {"coingecko": "ethereum", "kraken": "ETH", "coinpaprika": "eth-ethereum", "coinmarketcap": "1027"},
    ),
    "solana": ("SOL", "Solana", {"coingecko": "solana", "coinpaprika": "sol-solana", "coinmarketcap": "5426"}),
    "mantle": ("MNT", "Mantle", {"coingecko": "mantle"}),
}


@contextmanager
def hub_of(sandbox: Sandbox, settings: Any, category: Category, providers: Sequence[str]) -> Iterator[Chain]:
    """Fill the database with one chain that caches nothing, and begin as a new process would."""
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    for rank, (slug, (symbol, name, names)) in enumerate(COINS.items(), 1):
        asset = Asset.objects.create(slug=slug, symbol=symbol, name=name, rank=rank)
        AssetAlias.objects.bulk_create(
            AssetAlias(asset=asset, provider=provider, name=own) for provider, own in names.items()
        )
    add_chain(sandbox, category, providers)
    restart()
    try:
        yield Chain.objects.get(category=category.value)
    finally:
        restart()


def add_chain(sandbox: Sandbox, category: Category, providers: Sequence[str], cache_s: int = 0) -> None:
    chain = Chain.objects.create(category=category.value, cache_s=cache_s, stale_s=86_400, deadline_ms=3000)
    for position, slug in enumerate(providers):
        provider = Provider.objects.filter(slug=slug).first() or add_provider(sandbox, slug)
        ChainLink.objects.create(chain=chain, provider=provider, position=position)
