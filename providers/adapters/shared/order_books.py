"""From a venue's levels to an order book: sorted, cut, and possible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from providers.adapters.shared import parsing
from providers.adapters.shared.parsing import broken
from providers.domain.market_data import OrderBook, OrderBookQuery
from providers.domain.outcomes import Failure, Outcome

Key = int | str
Level = tuple[Decimal, Decimal]


def read(
    depth: OrderBookQuery,
    currency: str,
    sides: tuple[object, object],
    *,
    price: Key = 0,
    quantity: Key = 1,
    width: int = 2,
    as_of: datetime | None = None,
) -> dict[OrderBookQuery, OrderBook]:
    """The best levels of both ``sides``, bids and asks, in whatever order they came. A level that is a list has
    ``width`` places at least.

    A quantity of zero is a level that is gone. Where nobody buys, or nobody sells, the venue has no two-sided market
    to tell of, and none is told: that is a thin market's fault, not the venue's, and the next is asked. A book without
    any level is no answer (BROKEN); a bid at or above an ask, or a price or quantity that cannot be, is IMPLAUSIBLE.
    """
    bids, asks = (_levels(side, price, quantity, width) for side in sides)
    if not bids and not asks:
        raise broken("a book without levels")
    if not bids or not asks:
        return {}
    bids.sort(reverse=True)
    asks.sort()
    if bids[0][0] >= asks[0][0]:
        raise Failure(Outcome.IMPLAUSIBLE, "a crossed book")
    best = slice(depth.levels)
    return {depth: OrderBook(depth.asset, currency, tuple(bids[best]), tuple(asks[best]), as_of)}


def sides(row: object, bids: str = "bids", asks: str = "asks") -> tuple[object, object]:
    """The two sides of a book that is an object."""
    book = parsing.mapping(row, "a book")
    return parsing.field(book, bids), parsing.field(book, asks)


def fits(depth: OrderBookQuery, most: int) -> bool:
    """Whether one answer holds so many levels."""
    return 1 <= depth.levels <= most


def _levels(side: object, price: Key, quantity: Key, width: int) -> list[Level]:
    levels = [_level(row, price, quantity, width) for row in parsing.sequence(side, "a book's side")]
    kept = [level for level in levels if level[1]]
    if len({level[0] for level in kept}) < len(kept):
        raise broken("two levels at one price")
    return kept


def _level(row: object, price: Key, quantity: Key, width: int) -> Level:
    at, size = parsing.price(_at(row, price, width)), parsing.measure(_at(row, quantity, width))
    if at is None or size is None:
        raise broken("a level without a price or a quantity")
    return at, size


def _at(row: object, key: Key, width: int) -> object:
    if isinstance(key, int):
        return parsing.item(row, key, "a level", width)
    return parsing.field(parsing.mapping(row, "a level"), key)


def deep_enough(choices: Sequence[int], levels: int) -> int:
    """The least of a venue's depths that holds so many levels."""
    return min(choice for choice in choices if choice >= levels)
