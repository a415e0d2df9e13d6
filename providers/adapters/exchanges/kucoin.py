"""KuCoin spot: prices from one pair's 24-hour statistics, or all tickers where several are asked; candles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting
from providers.adapters.shared.rows import VENUE, Row, index, quote, read_each
from providers.adapters.shared.volumes import venue_volume
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response, Usage, V
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Candles, Instrument, OrderBook, OrderBookQuery, Quote, Volume
from providers.domain.outcomes import Outcome

QUOTING = Quoting(
    dollar="USDT", currencies=frozenset({"USDT", "USDC", "EUR", "BRL", "BTC", "ETH", "KCS"}), separator="-"
)

WINDOW_S = 30.0

KINDS = {
    "1m": "1min",
    "5m": "5min",
    "15m": "15min",
    "30m": "30min",
    "1h": "1hour",
    "4h": "4hour",
    "1d": "1day",
}
"""Its weeks begin on Thursdays: they are not ours."""

MOST_NEWEST, MOST_CANDLES = 100, 1500
DEPTHS = (20, 100)
CANDLE = candles.Columns(
    parsing.from_seconds, opens=0, open=1, close=2, high=3, low=4, volume=5, quote_volume=6, width=7
)

SUCCESS = "200000"
CODES = {
    "900001": Outcome.UNKNOWN_ASSET,
    "429000": Outcome.RATE_LIMITED,
    "400100": Outcome.BAD_REQUEST,
    "400302": Outcome.GEO_BLOCKED,
}
"""Errors come with HTTP 200. Any other code but that of success is an outage."""


def answer(response: Response) -> object:
    """The ``data`` of a success. Raises Failure for everything else."""
    body = errors.document(response)
    code = errors.code(errors.text(body, "code"))
    said = _meaning(response, code)
    errors.check(response, said, f"code {code}" if code else "", _reset(response, said))
    return parsing.field(parsing.mapping(body), "data")


def usage(headers: Mapping[str, str]) -> Usage | None:
    """The share of the address's quota used in this window."""
    limit, remaining = headers.get("gw-ratelimit-limit", ""), headers.get("gw-ratelimit-remaining", "")
    return errors.used(limit, remaining, WINDOW_S)


class Tickers(Generic[V]):
    """Prices and volumes from ``/api/v1/market/stats`` (one pair) or ``/allTickers``. ``changeRate`` is a fraction."""

    max_items = 500

    def __init__(self, read: Callable[[Lookup[Instrument], Row, datetime | None], V | None]) -> None:
        self._read = read

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        pairs = QUOTING.pairs(lookups)
        if len(pairs) == 1:
            return Request("/api/v1/market/stats", (("symbol", pairs[0]),))
        return Request("/api/v1/market/allTickers")

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, V]:
        data = answer(response)
        if data is None:  # what a single pair's ticker says of one that does not exist
            return {}
        body = parsing.mapping(data, "data")
        rows = _rows(body, QUOTING.pairs(lookups))
        as_of = parsing.from_millis(body.get("time"))
        return read_each(lookups, lambda ask: rows.get(QUOTING.pair(ask)), lambda ask, row: self._read(ask, row, as_of))


class Candlesticks:
    """Candles from ``/api/v1/market/candles``, newest first, the close before high and low.

    Without a range the newest 100 come; with one, 1500. The last candle is asked for one second past its opening,
    which is right whether a range's end is included or not.
    """

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        most = MOST_NEWEST if lookup.item.end is None else MOST_CANDLES
        return QUOTING.accepts(lookup) and candles.fits(lookup.item, KINDS, most)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        span, asked = lookups[0].item, candles.bounds(lookups[0].item)
        within = (("startAt", str(asked[0])), ("endAt", str(asked[1] + 1))) if asked else ()
        named = (("symbol", QUOTING.pair(lookups[0])), ("type", KINDS[span.interval]))
        return Request("/api/v1/market/candles", named + within)

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        rows, span = answer(response), lookups[0].item
        if rows is None:
            return {}
        return candles.read(span, QUOTING.currency(span), rows, CANDLE, response)


class Books:
    """An order book from ``level2_20`` or ``level2_100``: the whole one needs a key. Asks came worst first once."""

    max_items = 1
    most_levels = DEPTHS[-1]

    def accepts(self, lookup: Lookup[OrderBookQuery]) -> bool:
        return QUOTING.accepts(lookup) and order_books.fits(lookup.item, self.most_levels)

    def request(self, lookups: Sequence[Lookup[OrderBookQuery]]) -> Request:
        path = f"/api/v1/market/orderbook/level2_{order_books.deep_enough(DEPTHS, lookups[0].item.levels)}"
        return Request(path, (("symbol", QUOTING.pair(lookups[0])),))

    def parse(self, lookups: Sequence[Lookup[OrderBookQuery]], response: Response) -> dict[OrderBookQuery, OrderBook]:
        data, depth = answer(response), lookups[0].item
        if data is None:
            return {}
        book = parsing.mapping(data, "data")
        as_of = parsing.from_millis(book.get("time"))
        return order_books.read(depth, QUOTING.currency(depth), order_books.sides(book), as_of=as_of)


def _rows(body: Row, pairs: Sequence[str]) -> Mapping[str, Row]:
    """All tickers are a list; a single pair's statistics name it, its level 1 does not."""
    if "ticker" in body:
        return index(body["ticker"], "symbol", pairs)
    if len(pairs) != 1:
        raise parsing.broken("one pair where several were asked")
    return index([{"symbol": pairs[0], **body}], "symbol", pairs)


def _quote(lookup: Lookup[Instrument], row: Row, as_of: datetime | None) -> Quote | None:
    return quote(
        lookup,
        QUOTING.currency(lookup.item),
        parsing.price(parsing.field(row, "last", "price")),
        change=parsing.fraction(row.get("changeRate")),
        volume=parsing.amount(row.get("volValue")),
        scope=VENUE,
        as_of=as_of,
    )


def _volume(lookup: Lookup[Instrument], row: Row, as_of: datetime | None) -> Volume | None:
    return venue_volume(
        lookup,
        QUOTING.currency(lookup.item),
        base=parsing.measure(parsing.field(row, "vol")),
        quoted=parsing.measure(parsing.field(row, "volValue")),
        last=row.get("last"),
        change=parsing.fraction(row.get("changeRate")),
        as_of=as_of,
    )


def _meaning(response: Response, code: str) -> Outcome | None:
    if code in CODES:
        return CODES[code]
    return Outcome.BROKEN if code != SUCCESS and errors.succeeded(response) else None


def _reset(response: Response, said: Outcome | None) -> datetime | None:
    """The end of the window, given in milliseconds from now, where its limit was hit."""
    reset = response.headers.get("gw-ratelimit-reset", "")
    if not errors.limited(response, said) or not errors.is_count(reset):
        return None
    return response.received_at + min(timedelta(milliseconds=int(reset)), errors.LONGEST_WAIT)


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Tickers(_quote),
        Category.MARKET_VOLUME: Tickers(_volume),
        Category.MARKET_OHLCV: Candlesticks(),
        Category.MARKET_ORDERBOOK: Books(),
    },
    # 2000 weight in 30 s for public calls; statistics and all tickers weigh 15 each.
    budget=Budget(133, WINDOW_S),
    usage=usage,
)
