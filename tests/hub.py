"""Hubs over the sandbox for tests: coins, providers with their endpoints, chains over them; started and forgotten.

``small_hub``, ``hub_of`` and ``candle_hub`` hold what a test needs; ``whole_hub`` is the hub as shipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db.models import F

from markets.assets import registry
from markets.assets import seed as asset_seed
from markets.models import Asset, AssetAlias
from providers.catalogue import seed
from providers.domain.categories import Category
from providers.models import Chain, ChainLink, Endpoint, Health, Provider
from providers.sandbox.client import Sandbox
from providers.state import runtime

Coins = Mapping[str, tuple[str, str, Mapping[str, str]]]
"""By slug: symbol, name, and each provider's own name for the coin."""

EXCHANGE_COINS: Coins = {
    "bitcoin": ("BTC", "Bitcoin", {"binance": "BTC", "kraken": "XBT", "okx": "BTC", "coingecko": "bitcoin"}),
    "ethereum": ("ETH", "Ethereum", {"binance": "ETH", "kraken": "ETH", "okx": "ETH", "coingecko": "ethereum"}),
    "solana": ("SOL", "Solana", {"kraken": "SOL", "okx": "SOL", "coingecko": "solana"}),
}
LISTED_COINS: Coins = {
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
NAMES = {"binance": "Binance", "kraken": "Kraken", "okx": "OKX", "coingecko": "CoinGecko", "coincap": "CoinCap"}

ROUTES = (
    "/api/prices?symbols=BTC,ETH",
    "/api/ohlcv/BTC",
    "/api/ohlcv/BTC?interval=4h&limit=50",
    "/api/coins/search?q=bit",
    "/api/coins/bitcoin/details",
    "/api/metadata/coins?limit=500",
    "/api/market/gainers",
    "/api/market/losers",
    "/api/market/categories",
    "/api/market/global",
    "/api/exchanges",
    "/api/coins/bitcoin/history?days=30",
    "/api/coins/bitcoin/chart?timeframe=7d",
    "/api/trading/orderbook?symbol=BTC",
    "/api/trading/volume?symbol=BTC",
    "/api/news/latest",
    "/api/news/BTC",
    "/api/events",
    "/api/ai/sentiment/BTC",
    "/api/social/trending",
    "/api/social/sentiment?coin=BTC",
    "/api/indicators/BTC",
    "/api/correlations?symbols=BTC,ETH",
    "/api/ai/predictions/BTC",
    "/api/ai/models",
    "/api/alerts/prices?symbols=BTC",
)
"""A request to every public GET route whose answer can be cached."""


@contextmanager
def started() -> Iterator[None]:
    """Start as a new process would; forget everything afterwards."""
    restart()
    try:
        yield
    finally:
        restart()


@contextmanager
def small_hub(sandbox: Sandbox, providers: Iterable[str] = ("binance", "kraken", "okx")) -> Iterator[Chain]:
    """Three coins, a few providers, and one chain of prices that caches nothing."""
    add_coins(EXCHANGE_COINS)
    chain = add_chain(sandbox, Category.MARKET_PRICE, providers)
    with started():
        yield chain


@contextmanager
def hub_of(sandbox: Sandbox, settings: Any, category: Category, providers: Iterable[str]) -> Iterator[Chain]:
    """Four coins and one chain of a category, which caches nothing but remembers for a day."""
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    add_coins(LISTED_COINS)
    chain = add_chain(sandbox, category, providers, stale_s=86_400)
    with started():
        yield chain


@contextmanager
def candle_hub(sandbox: Sandbox) -> Iterator[Chain]:
    """A small hub with a chain of candles beside: Binance, then Kraken, then OKX. Candles are cached for a minute."""
    with small_hub(sandbox):
        providers = Provider.objects.order_by("pk").values_list("slug", flat=True)
        chain = add_chain(sandbox, Category.MARKET_OHLCV, list(providers), cache_s=60, stale_s=86_400, deadline_ms=4000)
        restart()
        yield chain


@contextmanager
def whole_hub(sandbox: Sandbox) -> Iterator[None]:
    """All chains and coins as shipped, with the sandbox in place of every provider. Answers are fresh for a minute."""
    seed.seed({(slug, n): url for (slug, n), url in sandbox.endpoints.items()})
    asset_seed.seed()
    Chain.objects.filter(cache_s__lt=60).update(cache_s=60)
    with started():
        runtime.start()
        yield


def restart() -> None:
    """Forget what is in memory, as a restarted process would."""
    runtime.reset()
    registry.reset()


def add_coins(coins: Coins) -> None:
    for rank, (slug, (symbol, name, names)) in enumerate(coins.items(), 1):
        asset = Asset.objects.create(slug=slug, symbol=symbol, name=name, rank=rank)
        AssetAlias.objects.bulk_create(
            AssetAlias(asset=asset, provider=provider, name=own) for provider, own in names.items()
        )


def add_chain(sandbox: Sandbox, category: Category, providers: Iterable[str], **fields: Any) -> Chain:
    """A chain over these providers, in order; those that do not exist yet are added."""
    chain = Chain.objects.create(category=category.value, **{"cache_s": 0, "deadline_ms": 3000, **fields})
    for position, slug in enumerate(providers):
        provider = Provider.objects.filter(slug=slug).first() or add_provider(sandbox, slug)
        ChainLink.objects.create(chain=chain, provider=provider, position=position)
    return chain


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
