"""Bitstamp: prices from a pair's ticker, its candles and order book; one pair a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Q, Quoting, path_part
from providers.adapters.shared.rows import VENUE, Row, quote, read_each
from providers.adapters.shared.volumes import venue_volume
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response, V
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Candles, Instrument, OrderBook, OrderBookQuery, Quote, Volume
from providers.domain.outcomes import Outcome

QUOTING = Quoting(dollar="USD", currencies=frozenset({"USD", "USDT", "USDC", "EUR", "GBP", "BTC", "ETH"}))


STEPS = {"1m": "60", "5m": "300", "15m": "900", "30m": "1800", "1h": "3600", "4h": "14400", "1d": "86400"}
"""Seconds. There are no weeks; its three days are none of ours."""

MOST_CANDLES = 1000
CANDLE = candles.Columns(
    parsing.from_seconds, opens="timestamp", open="open", high="high", low="low", close="close", volume="volume"
)


def answer(response: Response) -> object:
    """The body of a success. An error has a ``reason`` or an ``error``. Raises Failure for it.

    A 404 that is Bitstamp's own JSON means the pair; a page, or any other's JSON, that the address leads elsewhere.
    """
    body = errors.document(response)
    failed = isinstance(body, Mapping) and ("reason" in body or "error" in body)
    errors.check(response, _meaning(response, body) if failed else None)
    if failed:
        raise parsing.broken("an error instead of data")
    return body


class Tickers(Generic[V]):
    """Prices and volumes from ``/api/v2/ticker/{pair}/``; the slash at the end belongs to it.

    ``open`` is today's open, only ``open_24`` and ``percent_change_24`` are of 24 hours; ``volume`` is base volume,
    and times ``vwap`` the quote volume. The tickers of 2017 have no 24-hour fields.
    """

    max_items = 1

    def __init__(self, read: Callable[[Lookup[Instrument], Row], V | None]) -> None:
        self._read = read

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        return Request(f"/api/v2/ticker/{_pair(lookups[0])}/")

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, V]:
        row = parsing.mapping(answer(response))
        return read_each(lookups[:1], lambda _ask: row, self._read)


class Candlesticks:
    """Candles from ``/api/v2/ohlc/{pair}/``, oldest first, base volume only. ``end`` is included.

    No start is asked for: with start, end and limit together the end wins, and older candles than asked for come.
    """

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        return QUOTING.accepts(lookup) and candles.fits(lookup.item, STEPS, MOST_CANDLES)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        span, asked = lookups[0].item, candles.bounds(lookups[0].item)
        until = (("end", str(asked[1])),) if asked else ()
        params = (("step", STEPS[span.interval]), ("limit", str(span.limit)))
        return Request(f"/api/v2/ohlc/{_pair(lookups[0])}/", params + until)

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        body, span = parsing.mapping(answer(response)), lookups[0].item
        data = parsing.mapping(parsing.field(body, "data"), "data")
        pair = errors.text(data, "pair").replace("/", "").lower()
        if pair not in ("", QUOTING.pair(lookups[0]).lower()):
            raise parsing.broken("another pair's candles")
        return candles.read(span, QUOTING.currency(span), parsing.field(data, "ohlc"), CANDLE, response)


class Books:
    """An order book from ``/api/v2/order_book/{pair}/``: always the whole of it."""

    max_items = 1
    most_levels = 1000

    def accepts(self, lookup: Lookup[OrderBookQuery]) -> bool:
        return QUOTING.accepts(lookup) and order_books.fits(lookup.item, self.most_levels)

    def request(self, lookups: Sequence[Lookup[OrderBookQuery]]) -> Request:
        return Request(f"/api/v2/order_book/{_pair(lookups[0])}/")

    def parse(self, lookups: Sequence[Lookup[OrderBookQuery]], response: Response) -> dict[OrderBookQuery, OrderBook]:
        depth, body = lookups[0].item, parsing.mapping(answer(response))
        as_of = parsing.from_micros(body.get("microtimestamp")) or parsing.from_seconds(body.get("timestamp"))
        return order_books.read(depth, QUOTING.currency(depth), order_books.sides(body), as_of=as_of)


def _pair(lookup: Lookup[Q]) -> str:
    return path_part(QUOTING.pair(lookup).lower())


def _quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    return quote(
        lookup,
        QUOTING.currency(lookup.item),
        parsing.price(parsing.field(row, "last")),
        change=parsing.percent(row.get("percent_change_24")),
        volume=parsing.product(row.get("volume"), row.get("vwap")),
        scope=VENUE,
        as_of=parsing.from_seconds(row.get("timestamp")),
    )


def _volume(lookup: Lookup[Instrument], row: Row) -> Volume | None:
    base = parsing.measure(parsing.field(row, "volume"))
    return venue_volume(
        lookup,
        QUOTING.currency(lookup.item),
        base=base,
        quoted=parsing.measured_product(row["volume"], parsing.field(row, "vwap")),
        last=row.get("last"),
        change=parsing.percent(row.get("percent_change_24")),
        as_of=parsing.from_seconds(row.get("timestamp")),
    )


def _meaning(response: Response, body: object) -> Outcome | None:
    code = errors.text(body, "response_code") or errors.text(body, "code")
    if code == "400.002":
        return Outcome.RATE_LIMITED
    return Outcome.UNKNOWN_ASSET if response.status == 404 else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Tickers(_quote),
        Category.MARKET_VOLUME: Tickers(_volume),
        Category.MARKET_OHLCV: Candlesticks(),
        Category.MARKET_ORDERBOOK: Books(),
    },
    # 10,000 in 10 minutes, 400 in any second.
    budget=Budget(10_000, 600.0),
)
