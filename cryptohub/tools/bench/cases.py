"""Cases of the bench: requests with warm answers, and paths with cold ones. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Case:
    """A request; ``unchanged``: sent with the answer's ETag; ``keyed``: sent with an API key."""

    about: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    unchanged: bool = False
    keyed: bool = False


PRICE = "/api/prices?symbols=BTC,ETH"
CANDLES = "/api/ohlcv/BTC?limit=1000"

CASES: dict[str, Case] = {
    "price": Case("two warm prices, 1 kB", PRICE),
    "table": Case("a table of 100 kB", "/api/coins/bitcoin/history?interval=hourly&days=18"),
    "candles": Case("1000 candles", CANDLES),
    "gzip": Case("1000 candles, compressed", CANDLES, {"Accept-Encoding": "gzip"}),
    "unchanged": Case("304: unchanged prices", PRICE, unchanged=True),
    "keyed": Case("two warm prices, with a key", PRICE, keyed=True),
    "keyed 304": Case("304 with a key", PRICE, unchanged=True, keyed=True),
}
HANGING = "hanging"
"""Warm prices while every upstream hangs and many clients request cold answers."""


def cold_paths(coins: Sequence[str]) -> list[str]:
    """Paths with cold answers, of many kinds, for the coins that no case uses."""
    paths: list[str] = []
    for coin in coins[2:]:
        paths += [
            f"/api/prices?symbols={coin}",
            f"/api/ohlcv/{coin}?interval=4h",
            f"/api/indicators/{coin}?interval=1d",
            f"/api/trading/orderbook?symbol={coin}",
            f"/api/coins/{coin}/details",
        ]
    return paths
