"""OKX spot: prices from one ticker, or from all of them where several are asked; candles, books."""

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

QUOTING = Quoting(dollar="USDT", currencies=frozenset({"USDT", "USDC", "USD", "EUR", "BTC", "ETH"}), separator="-")

BARS = {"1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1H", "4h": "4H", "1d": "1Dutc", "1w": "1Wutc"}
"""Plain 1D and 1W are days and weeks of Hong Kong."""

MOST_NEWEST, MOST_OLDER = 300, 100
CANDLE = candles.Columns(
    parsing.from_millis, opens=0, open=1, high=2, low=3, close=4, volume=5, quote_volume=7, width=9
)
"""Position 6 is the quote volume too on spot, the base volume elsewhere; 8 says whether the candle is complete."""

CODES = {
    "51001": Outcome.UNKNOWN_ASSET,
    "50011": Outcome.RATE_LIMITED,
    "50061": Outcome.RATE_LIMITED,
    "50014": Outcome.BAD_REQUEST,
    "51000": Outcome.BAD_REQUEST,
}
"""Codes are text; errors come with HTTP 200. Any other but "0" is an outage."""


def answer(response: Response) -> object:
    """The ``data`` of a success. Raises Failure for everything else."""
    body = errors.document(response)
    code = errors.code(errors.text(body, "code"))
    errors.check(response, _meaning(response, code), f"code {code}" if code else "")
    return parsing.field(parsing.mapping(body), "data")


class Tickers(Generic[V]):
    """Prices and volumes from ``/api/v5/market/ticker`` or ``/tickers``.

    On spot ``vol24h`` is base, ``volCcy24h`` quote volume.
    """

    max_items = 500

    def __init__(self, read: Callable[[Lookup[Instrument], Row], V | None]) -> None:
        self._read = read

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        pairs = QUOTING.pairs(lookups)
        if len(pairs) == 1:
            return Request("/api/v5/market/ticker", (("instId", pairs[0]),))
        return Request("/api/v5/market/tickers", (("instType", "SPOT"),))

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, V]:
        rows = index(answer(response), "instId", QUOTING.pairs(lookups))
        return read_each(lookups, lambda ask: rows.get(QUOTING.pair(ask)), self._read)


class Candlesticks:
    """Candles from ``/api/v5/market/candles``, newest first; those before a time from ``history-candles``.

    ``after`` means older than.
    """

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        most = MOST_NEWEST if lookup.item.end is None else MOST_OLDER
        return QUOTING.accepts(lookup) and candles.fits(lookup.item, BARS, most)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        span, asked = lookups[0].item, candles.bounds(lookups[0].item)
        params = (("instId", QUOTING.pair(lookups[0])), ("bar", BARS[span.interval]), ("limit", str(span.limit)))
        if asked is None:
            return Request("/api/v5/market/candles", params)
        return Request("/api/v5/market/history-candles", (*params, ("after", f"{asked[1]}001")))

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        span = lookups[0].item
        return candles.read(span, QUOTING.currency(span), answer(response), CANDLE, response, closed=_confirmed)


class Books:
    """An order book from ``/api/v5/market/books``; a level's third and fourth places are no sizes."""

    max_items = 1
    most_levels = 400

    def accepts(self, lookup: Lookup[OrderBookQuery]) -> bool:
        return QUOTING.accepts(lookup) and order_books.fits(lookup.item, self.most_levels)

    def request(self, lookups: Sequence[Lookup[OrderBookQuery]]) -> Request:
        params = (("instId", QUOTING.pair(lookups[0])), ("sz", str(lookups[0].item.levels)))
        return Request("/api/v5/market/books", params)

    def parse(self, lookups: Sequence[Lookup[OrderBookQuery]], response: Response) -> dict[OrderBookQuery, OrderBook]:
        depth, found = lookups[0].item, parsing.sequence(answer(response), "the books")
        if not found:
            return {}
        book = parsing.mapping(found[0], "a book")
        as_of = parsing.from_millis(book.get("ts"))
        return order_books.read(depth, QUOTING.currency(depth), order_books.sides(book), width=4, as_of=as_of)


def _confirmed(row: object, _opens: datetime) -> bool:
    confirm = parsing.item(row, 8, "a candle")
    if confirm not in ("0", "1"):
        raise parsing.broken("a candle neither complete nor forming")
    return confirm == "1"


def _quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    if row.get("instType", "SPOT") != "SPOT":  # elsewhere volumes count contracts
        raise parsing.broken("not a spot instrument")
    price = parsing.price(parsing.field(row, "last"))
    return quote(
        lookup,
        QUOTING.currency(lookup.item),
        price,
        change=parsing.change(price, row.get("open24h")),
        volume=parsing.amount(row.get("volCcy24h")),
        scope=VENUE,
        as_of=parsing.from_millis(row.get("ts")),
    )


def _volume(lookup: Lookup[Instrument], row: Row) -> Volume | None:
    if row.get("instType", "SPOT") != "SPOT":  # elsewhere volumes count contracts
        raise parsing.broken("not a spot instrument")
    price = parsing.price(row.get("last"))
    return venue_volume(
        lookup,
        QUOTING.currency(lookup.item),
        base=parsing.measure(parsing.field(row, "vol24h")),
        quoted=parsing.measure(parsing.field(row, "volCcy24h")),
        last=row.get("last"),
        change=parsing.change(price, row.get("open24h")),
        as_of=parsing.from_millis(row.get("ts")),
    )


def _meaning(response: Response, code: str) -> Outcome | None:
    if code in CODES:
        return CODES[code]
    return Outcome.BROKEN if code != "0" and errors.succeeded(response) else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Tickers(_quote),
        Category.MARKET_VOLUME: Tickers(_volume),
        Category.MARKET_OHLCV: Candlesticks(),
        Category.MARKET_ORDERBOOK: Books(),
    },
    # For tickers and older candles; newest candles and books have twice as many.
    budget=Budget(20, 2.0),
)
