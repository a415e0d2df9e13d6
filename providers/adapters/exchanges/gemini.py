"""Gemini: prices from a pair's public ticker, its candles and order book; one pair a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Q, Quoting, path_part
from providers.adapters.shared.rows import VENUE, Row, entry, quote, read_each
from providers.adapters.shared.volumes import venue_volume
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response, V
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Candles, Instrument, OrderBook, OrderBookQuery, Quote, Volume
from providers.domain.outcomes import Outcome

QUOTING = Quoting(
    dollar="USD", currencies=frozenset({"USD", "GUSD", "USDT", "USDC", "EUR", "GBP", "SGD", "BTC", "ETH"})
)

FRAMES = {"1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1hr", "1d": "1day"}
"""There are neither four hours nor weeks; its six hours are none of ours."""

MOST_CANDLES = 365
"""A year of days. Of shorter ones more come, how many is nowhere said."""
CANDLE = candles.Columns(parsing.from_millis, opens=0, open=1, high=2, low=3, close=4, volume=5, width=6)

REASONS = {
    "InvalidSymbol": Outcome.UNKNOWN_ASSET,
    "RateLimit": Outcome.RATE_LIMITED,
    "RateLimited": Outcome.RATE_LIMITED,
    "RateLimitExceeded": Outcome.RATE_LIMITED,
}
"""Other reasons (System, Maintenance, ...) mean what their status means, and an outage in a 200."""


def answer(response: Response) -> object:
    """The body of a success. An error is ``result: error`` with a reason and a message. Raises Failure for it."""
    body = errors.document(response)
    failed = errors.text(body, "result") == "error"
    reason = errors.code(errors.text(body, "reason")) if failed else ""
    errors.check(response, _meaning(reason, errors.text(body, "message")), reason)
    if failed:
        raise parsing.broken("an error instead of data")
    return body


class Tickers(Generic[V]):
    """Prices and volumes from ``/v1/pubticker/{symbol}``; the volume is an object: base, quote, its time in ms.

    That time, taken every few minutes, is the only one: the price is at least as new. ``/v2/ticker`` would have the
    change, but neither volume nor time; its body is read too.
    """

    max_items = 1

    def __init__(self, read: Callable[[Lookup[Instrument], Row], V | None]) -> None:
        self._read = read

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        return Request(f"/v1/pubticker/{_pair(lookups[0])}")

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, V]:
        row = parsing.mapping(answer(response))
        return read_each(lookups[:1], lambda _ask: row, self._read)


class Candlesticks:
    """Candles from ``/v2/candles/{symbol}/{frame}``, newest first, base volume only: the newest, however many.

    Neither a number nor an end can be asked for.
    """

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        return QUOTING.accepts(lookup) and lookup.item.end is None and candles.fits(lookup.item, FRAMES, MOST_CANDLES)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        return Request(f"/v2/candles/{_pair(lookups[0])}/{FRAMES[lookups[0].item.interval]}")

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        span = lookups[0].item
        return candles.read(span, QUOTING.currency(span), answer(response), CANDLE, response)


class Books:
    """An order book from ``/v1/book/{symbol}``; its levels are objects, whose times are no longer kept."""

    max_items = 1
    most_levels = 500

    def accepts(self, lookup: Lookup[OrderBookQuery]) -> bool:
        return QUOTING.accepts(lookup) and order_books.fits(lookup.item, self.most_levels)

    def request(self, lookups: Sequence[Lookup[OrderBookQuery]]) -> Request:
        levels = str(lookups[0].item.levels)
        return Request(f"/v1/book/{_pair(lookups[0])}", (("limit_bids", levels), ("limit_asks", levels)))

    def parse(self, lookups: Sequence[Lookup[OrderBookQuery]], response: Response) -> dict[OrderBookQuery, OrderBook]:
        depth, found = lookups[0].item, order_books.sides(answer(response))
        return order_books.read(depth, QUOTING.currency(depth), found, price="price", quantity="amount")


def _pair(lookup: Lookup[Q]) -> str:
    return path_part(QUOTING.pair(lookup).lower())


def _quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    currency = QUOTING.currency(lookup.item)
    price = parsing.price(parsing.field(row, "last", "close"))
    volumes = entry(row, "volume") or {}
    if volumes and currency not in volumes:
        raise parsing.broken("the volume is not in the pair's currency")
    return quote(
        lookup,
        currency,
        price,
        change=parsing.change(price, row.get("open")),
        volume=parsing.amount(volumes.get(currency)),
        scope=VENUE,
        as_of=parsing.from_millis(volumes.get("timestamp")),
    )


def _volume(lookup: Lookup[Instrument], row: Row) -> Volume | None:
    currency = QUOTING.currency(lookup.item)
    volumes = parsing.mapping(parsing.field(row, "volume"), "a volume")
    return venue_volume(
        lookup,
        currency,
        base=parsing.measure(parsing.field(volumes, lookup.name.upper())),
        quoted=parsing.measure(parsing.field(volumes, currency)),
        last=row.get("last"),
        as_of=parsing.from_millis(volumes.get("timestamp")),
    )


def _meaning(reason: str, message: str) -> Outcome | None:
    if reason == "Bad Request" and "symbol" in message.lower():
        return Outcome.UNKNOWN_ASSET
    return REASONS.get(reason)


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Tickers(_quote),
        Category.MARKET_VOLUME: Tickers(_volume),
        Category.MARKET_OHLCV: Candlesticks(),
        Category.MARKET_ORDERBOOK: Books(),
    },
    budget=Budget(120, 60.0),
)
