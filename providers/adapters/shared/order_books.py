"""From a venue's levels to an order book: sorted, cut, and possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from providers.adapters.shared import parsing
from providers.adapters.shared.parsing import broken
from providers.adapters.shared.quoting import Quoting
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.market_data import OrderBook, OrderBookQuery
from providers.domain.outcomes import Failure, Outcome

Key = int | str
Level = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class LevelColumns:
    """Positions (of a list with at least ``width`` elements) or names of a level's price and quantity."""

    price: Key = 0
    quantity: Key = 1
    width: int = 2


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a book as the provider sent them, in any order, with the provider's own time."""

    bids: object
    asks: object
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderBookHandler:
    """Answer order book queries from one route of an exchange.

    ``build_request`` receives the pair and the number of levels, at most ``most_levels``. ``read_sides`` returns the
    sides of a response about this pair, None where the exchange does not know the pair.
    """

    quoting: Quoting
    build_request: Callable[[str, int], Request]
    read_sides: Callable[[Response, str], Sides | None]
    max_levels: int
    columns: LevelColumns = LevelColumns()
    max_items: int = 1

    def accepts(self, lookup: Lookup[OrderBookQuery]) -> bool:
        """Return whether the exchange answers with so many levels."""
        return self.quoting.accepts(lookup) and fits(lookup.item, self.max_levels)

    def request(self, lookups: Sequence[Lookup[OrderBookQuery]]) -> Request:
        """Build the request for the only lookup."""
        return self.build_request(self.quoting.pair(lookups[0]), lookups[0].item.levels)

    def parse(self, lookups: Sequence[Lookup[OrderBookQuery]], response: Response) -> dict[OrderBookQuery, OrderBook]:
        """Read the order book of the only lookup. Raises Failure."""
        query = lookups[0].item
        sides = self.read_sides(response, self.quoting.pair(lookups[0]))
        if sides is None:
            return {}
        try:
            return read_book(query, self.quoting.currency(query), sides, self.columns)
        except Failure as failure:
            raise failure.about_item() from None


def read_book(
    query: OrderBookQuery, currency: str, sides: Sides, columns: LevelColumns = LevelColumns()
) -> dict[OrderBookQuery, OrderBook]:
    """Return the best levels of both sides, sorted.

    A level whose quantity is zero is left out. A book with an empty side, or without any, belongs to an inactive
    market: the result is empty. Raises IMPLAUSIBLE for a best bid at or above the best ask, and for an impossible price
    or quantity, BROKEN for levels of the wrong shape.
    """
    bids, asks = (_levels(side, columns) for side in (sides.bids, sides.asks))
    if not bids or not asks:
        return {}
    bids.sort(reverse=True)
    asks.sort()
    if bids[0][0] >= asks[0][0]:
        raise Failure(Outcome.IMPLAUSIBLE, "a crossed book")
    best = slice(query.levels)
    return {query: OrderBook(query.asset, currency, tuple(bids[best]), tuple(asks[best]), sides.as_of)}


def sides(body: object, bids: str = "bids", asks: str = "asks", as_of: datetime | None = None) -> Sides:
    """Return the two sides of a book that is an object."""
    book = parsing.mapping(body, "a book")
    try:
        return Sides(parsing.field(book, bids), parsing.field(book, asks), as_of)
    except Failure as failure:
        raise failure.about_item() from None


def fits(query: OrderBookQuery, max_levels: int) -> bool:
    """Return whether one answer can hold the requested number of levels."""
    return 1 <= query.levels <= max_levels


def smallest_depth(choices: Sequence[int], levels: int) -> int:
    """Return the smallest of a venue's depths that holds so many levels."""
    return min(choice for choice in choices if choice >= levels)


def _levels(side: object, columns: LevelColumns) -> list[Level]:
    levels = [_level(row, columns) for row in parsing.sequence(side, "a book's side")] if side is not None else []
    filled = [level for level in levels if level[1]]
    if len({price for price, _quantity in filled}) < len(filled):
        raise broken("two levels at one price")
    return filled


def _level(row: object, columns: LevelColumns) -> Level:
    price = parsing.price(_value(row, columns.price, columns.width))
    quantity = parsing.strict_amount(_value(row, columns.quantity, columns.width))
    if price is None or quantity is None:
        raise broken("a level without a price or a quantity")
    return price, quantity


def _value(row: object, key: Key, width: int) -> object:
    if isinstance(key, int):
        return parsing.item(row, key, "a level", width)
    return parsing.field(parsing.mapping(row, "a level"), key)
