"""Bybit v5 spot: prices from one ticker, or from all of them where several are asked; candles, books."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting
from providers.adapters.shared.rows import VENUE, Row, index, quote, read_each
from providers.adapters.shared.volumes import venue_volume
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response, V
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Candles, Instrument, OrderBook, OrderBookQuery, Quote, Volume
from providers.domain.outcomes import Outcome

QUOTING = Quoting(dollar="USDT", currencies=frozenset({"USDT", "USDC", "EUR", "BTC", "ETH", "DAI", "BRL"}))

INTERVALS = {"1m": "1", "5m": "5", "15m": "15", "30m": "30", "1h": "60", "4h": "240", "1d": "D", "1w": "W"}
MOST_CANDLES = 1000
CANDLE = candles.Columns(
    parsing.from_millis, opens=0, open=1, high=2, low=3, close=4, volume=5, quote_volume=6, width=7
)

CODES = {
    "10006": Outcome.RATE_LIMITED,
    "10018": Outcome.RATE_LIMITED,
    "10009": Outcome.BANNED,
    "10024": Outcome.GEO_BLOCKED,
    "10003": Outcome.UNAUTHORIZED,
    "10004": Outcome.UNAUTHORIZED,
    "10005": Outcome.UNAUTHORIZED,
    "10010": Outcome.UNAUTHORIZED,
}
"""Errors come with HTTP 200. 10001 is a bad parameter, most often the symbol; any other but 0 is an outage."""


def answer(response: Response) -> Row:
    """The whole body of a success, whose ``result`` and ``time`` belong together. Raises Failure for all else."""
    body = errors.document(response)
    code = errors.code(errors.text(body, "retCode"))
    said = _forbidden(response) or _meaning(response, code, errors.text(body, "retMsg"))
    errors.check(response, said, f"retCode {code}" if code else "", _reset(response, said))
    return parsing.mapping(body)


class Tickers(Generic[V]):
    """Prices and volumes from ``/v5/market/tickers``. An unknown symbol is a success with an empty list."""

    max_items = 500

    def __init__(self, read: Callable[[Lookup[Instrument], Row, datetime | None], V | None]) -> None:
        self._read = read

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        pairs = QUOTING.pairs(lookups)
        one = (("symbol", pairs[0]),) if len(pairs) == 1 else ()
        return Request("/v5/market/tickers", (("category", "spot"), *one))

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, V]:
        body = answer(response)
        result = _result(body)
        rows = index(parsing.field(result, "list"), "symbol", QUOTING.pairs(lookups))
        as_of = parsing.from_millis(body.get("time"))
        return read_each(lookups, lambda ask: rows.get(QUOTING.pair(ask)), lambda ask, row: self._read(ask, row, as_of))


class Candlesticks:
    """Candles from ``/v5/market/kline``, newest first. ``end`` bounds the opening time and is included."""

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        return QUOTING.accepts(lookup) and candles.fits(lookup.item, INTERVALS, MOST_CANDLES)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        span, asked = lookups[0].item, candles.bounds(lookups[0].item)
        named = (("category", "spot"), ("symbol", QUOTING.pair(lookups[0])), ("interval", INTERVALS[span.interval]))
        until = (("end", f"{asked[1]}000"),) if asked else ()
        return Request("/v5/market/kline", (*named, ("limit", str(span.limit)), *until))

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        body, span = answer(response), lookups[0].item
        result = _result(body)
        if result.get("symbol", QUOTING.pair(lookups[0])) != QUOTING.pair(lookups[0]):
            raise parsing.broken("another pair's candles")
        rows, as_of = parsing.field(result, "list"), parsing.from_millis(body.get("time"))
        return candles.read(span, QUOTING.currency(span), rows, CANDLE, response, as_of=as_of)


class Books:
    """An order book from ``/v5/market/orderbook``: bids are ``b``, asks ``a``."""

    max_items = 1
    most_levels = 200

    def accepts(self, lookup: Lookup[OrderBookQuery]) -> bool:
        return QUOTING.accepts(lookup) and order_books.fits(lookup.item, self.most_levels)

    def request(self, lookups: Sequence[Lookup[OrderBookQuery]]) -> Request:
        named = (("category", "spot"), ("symbol", QUOTING.pair(lookups[0])))
        return Request("/v5/market/orderbook", (*named, ("limit", str(lookups[0].item.levels))))

    def parse(self, lookups: Sequence[Lookup[OrderBookQuery]], response: Response) -> dict[OrderBookQuery, OrderBook]:
        depth, book = lookups[0].item, _result(answer(response))
        if not book:
            return {}
        if parsing.field(book, "s") != QUOTING.pair(lookups[0]):
            raise parsing.broken("another pair's book")
        as_of = parsing.from_millis(book.get("ts"))
        return order_books.read(depth, QUOTING.currency(depth), order_books.sides(book, "b", "a"), as_of=as_of)


def _result(body: Row) -> Row:
    result = parsing.mapping(parsing.field(body, "result"), "a result")
    if result.get("category", "spot") != "spot":
        raise parsing.broken("not the spot market")
    return result


def _quote(lookup: Lookup[Instrument], row: Row, as_of: datetime | None) -> Quote | None:
    price = parsing.price(parsing.field(row, "lastPrice"))
    return quote(
        lookup,
        QUOTING.currency(lookup.item),
        price,
        change=parsing.fraction(row.get("price24hPcnt")),
        volume=parsing.amount(row.get("turnover24h")),
        scope=VENUE,
        as_of=as_of,
    )


def _volume(lookup: Lookup[Instrument], row: Row, as_of: datetime | None) -> Volume | None:
    return venue_volume(
        lookup,
        QUOTING.currency(lookup.item),
        base=parsing.measure(parsing.field(row, "volume24h")),
        quoted=parsing.measure(parsing.field(row, "turnover24h")),
        last=row.get("lastPrice"),
        change=parsing.fraction(row.get("price24hPcnt")),
        as_of=as_of,
    )


def _meaning(response: Response, code: str, message: str) -> Outcome | None:
    if code == "10001":
        return Outcome.UNKNOWN_ASSET if "symbol" in message.lower() else Outcome.BAD_REQUEST
    if code in CODES:
        return CODES[code]
    return Outcome.BROKEN if code != "0" and errors.succeeded(response) else None


def _forbidden(response: Response) -> Outcome | None:
    """A 403 is CloudFront's, for the country (a text that looks like JSON and is not), or for too many calls."""
    if response.status != 403:
        return None
    body = response.body[:20_000].lower()
    return Outcome.GEO_BLOCKED if b"cloudfront" in body or b"country" in body else Outcome.RATE_LIMITED


def _reset(response: Response, said: Outcome | None) -> datetime | None:
    """The end of the limit's window in Unix milliseconds, where it was hit."""
    reset = response.headers.get("x-bapi-limit-reset-timestamp", "")
    return parsing.from_millis(reset) if errors.limited(response, said) and errors.is_count(reset) else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Tickers(_quote),
        Category.MARKET_VOLUME: Tickers(_volume),
        Category.MARKET_OHLCV: Candlesticks(),
        Category.MARKET_ORDERBOOK: Books(),
    },
    budget=Budget(600, 5.0),
)
