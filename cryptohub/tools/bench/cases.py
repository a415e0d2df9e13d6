"""What is measured: questions whose answers are known, and questions whose answers are not. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Case:
    """A question. ``unchanged``: asked by who has the answer already; ``keyed``: asked with a key."""

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
"""Warm prices while every upstream hangs and a crowd asks for what is not known."""


def unknown(coins: Sequence[str]) -> list[str]:
    """Questions that nobody has asked yet, of many kinds, for the coins that no case is about."""
    found: list[str] = []
    for coin in coins[2:]:
        found += [
            f"/api/prices?symbols={coin}",
            f"/api/ohlcv/{coin}?interval=4h",
            f"/api/indicators/{coin}?interval=1d",
            f"/api/trading/orderbook?symbol={coin}",
            f"/api/coins/{coin}/details",
        ]
    return found
