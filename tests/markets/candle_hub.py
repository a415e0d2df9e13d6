"""A hub whose candles come from the sandbox, for tests of what is computed from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from providers.domain.categories import Category
from providers.models import Chain, ChainLink, Provider
from providers.sandbox.client import Sandbox
from tests.small_hub import restart, small_hub


@contextmanager
def candle_hub(sandbox: Sandbox) -> Iterator[Chain]:
    """Binance, then Kraken, then OKX, for candles of BTC, ETH and SOL. Answers are kept for a minute."""
    with small_hub(sandbox):
        chain = Chain.objects.create(category=Category.MARKET_OHLCV.value, cache_s=60, stale_s=86_400, deadline_ms=4000)
        for position, provider in enumerate(Provider.objects.order_by("pk")):
            ChainLink.objects.create(chain=chain, provider=provider, position=position)
        restart()
        yield chain
