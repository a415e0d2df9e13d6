"""A small hub over the sandbox, for tests of what is built on the engine: three coins, a few providers, one chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db.models import F

from markets.assets import registry
from markets.models import Asset, AssetAlias
from providers.domain.categories import Category
from providers.models import Chain, ChainLink, Endpoint, Health, Provider
from providers.sandbox.client import Sandbox
from providers.state import runtime

COINS = {
    "bitcoin": ("BTC", "Bitcoin", {"binance": "BTC", "kraken": "XBT", "okx": "BTC", "coingecko": "bitcoin"}),
    "ethereum": ("ETH", "Ethereum", {"binance": "ETH", "kraken": "ETH", "okx": "ETH", "coingecko": "ethereum"}),
    "solana": ("SOL", "Solana", {"kraken": "SOL", "okx": "SOL", "coingecko": "solana"}),
}
NAMES = {"binance": "Binance", "kraken": "Kraken", "okx": "OKX", "coingecko": "CoinGecko", "coincap": "CoinCap"}


@contextmanager
def small_hub(sandbox: Sandbox, providers: Iterable[str] = ("binance", "kraken", "okx")) -> Iterator[Chain]:
    """Fill the database and start as a new process would; forget everything afterwards."""
    _add_coins()
    chain = Chain.objects.create(category=Category.MARKET_PRICE.value, cache_s=0, deadline_ms=3000)
    for position, slug in enumerate(providers):
        ChainLink.objects.create(chain=chain, provider=add_provider(sandbox, slug), position=position)
    restart()
    try:
        yield chain
    finally:
        restart()


def restart() -> None:
    """Forget what is in memory, as a restarted process would."""
    runtime.reset()
    registry.reset()


def _add_coins() -> None:
    for rank, (slug, (symbol, name, names)) in enumerate(COINS.items(), 1):
        asset = Asset.objects.create(slug=slug, symbol=symbol, name=name, rank=rank)
        AssetAlias.objects.bulk_create(
            AssetAlias(asset=asset, provider=provider, name=own) for provider, own in names.items()
        )


def add_provider(sandbox: Sandbox, slug: str) -> Provider:
    """A provider with all its endpoints in the sandbox."""
    provider = Provider.objects.create(slug=slug, name=NAMES.get(slug, slug.title()), adapter=slug)
    hosts = [url for (owner, _), url in sorted(sandbox.endpoints.items()) if owner == slug]
    Endpoint.objects.bulk_create(
        Endpoint(provider=provider, base_url=url, position=position) for position, url in enumerate(hosts)
    )
    return provider


def flush() -> None:
    """Write the process's counters now, as the writer does every second."""
    runtime.runtime().writer.flush()


def force_open(key: str) -> None:
    """Force a breaker open, as the admin does."""
    Health.objects.get_or_create(key=key)
    Health.objects.filter(key=key).update(forced_open=True, revision=F("revision") + 1)
    runtime.runtime().refresh()
