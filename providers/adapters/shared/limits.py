"""Limits of an upstream's answer by category, checked before it is decoded. Pure.

A decoded number takes sixty times the room of its digit: 8 MiB of ``[0,0,…]`` would become 500 MiB.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from providers.domain.categories import Category
from providers.domain.outcomes import Failure, Outcome

MEBIBYTE = 1024 * 1024
MAX_VALUES = 600_000
"""Values of any JSON body: a list of all 60,000 coins that a provider ever had."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest body in bytes, and the most values in it."""

    bytes: int
    values: int


LIMITS: Mapping[Category, Limit] = {
    Category.MARKET_PRICE: Limit(4 * MEBIBYTE, 250_000),
    Category.MARKET_OHLCV: Limit(2 * MEBIBYTE, 60_000),
    Category.MARKET_VOLUME: Limit(4 * MEBIBYTE, 250_000),
    Category.MARKET_ORDERBOOK: Limit(2 * MEBIBYTE, 60_000),
    Category.MARKET_METADATA: Limit(8 * MEBIBYTE, MAX_VALUES),
    Category.NEWS: Limit(4 * MEBIBYTE, 100_000),
    Category.SENTIMENT: Limit(MEBIBYTE, 20_000),
    Category.SOCIAL: Limit(4 * MEBIBYTE, 100_000),
}
"""An exchange lists 3,000 pairs of 20 fields in one answer; a book has 5,000 levels a side, a series 2,000 candles."""
OTHER = Limit(2 * MEBIBYTE, 60_000)


def check(category: Category, body: bytes) -> None:
    """Raise Failure (BROKEN) if a body is larger than any answer in this category."""
    limit = LIMITS.get(category, OTHER)
    if len(body) > limit.bytes or count_values(body) > limit.values:
        raise Failure(Outcome.BROKEN, "the body is larger than any answer to this")


def count_values(body: bytes) -> int:
    """Return at least the number of values in a JSON body: commas in texts count too."""
    return body.count(b",") + 1
