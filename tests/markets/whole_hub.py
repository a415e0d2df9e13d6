"""The hub as shipped, with the sandbox in place of every provider: all chains, all coins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from markets.assets import seed as asset_seed
from providers.catalogue import seed
from providers.models import Chain
from providers.sandbox.client import Sandbox
from providers.state import runtime
from tests.small_hub import restart

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
def whole_hub(sandbox: Sandbox) -> Iterator[None]:
    """Seed the database and start as a new server would; forget all afterwards. Answers are fresh for a minute."""
    seed.seed({(slug, n): url for (slug, n), url in sandbox.endpoints.items()})
    asset_seed.seed()
    Chain.objects.filter(cache_s__lt=60).update(cache_s=60)
    restart()
    runtime.start()
    try:
        yield
    finally:
        restart()
