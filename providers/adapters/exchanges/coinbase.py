"""Coinbase Exchange: prices from a product's ticker, its volumes, candles and order book; one product a call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting, path_part
from providers.adapters.shared.rows import Row, quote, read_each
from providers.adapters.shared.trading_pairs import CoinbaseProducts
from providers.adapters.shared.volumes import venue_volume
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Candles, Instrument, OrderBook, OrderBookQuery, Quote, Volume
from providers.domain.outcomes import Outcome

QUOTING = Quoting(
    dollar="USD", currencies=frozenset({"USD", "USDT", "USDC", "EUR", "GBP", "BTC", "ETH"}), separator="-"
)


GRANULARITIES = {"1m": "60", "5m": "300", "15m": "900", "1h": "3600", "1d": "86400"}
"""Seconds. There are neither half hours nor four hours nor weeks; its six hours are none of ours."""

MOST_CANDLES = 300
CANDLE = candles.Columns(parsing.from_seconds, opens=0, low=1, high=2, open=3, close=4, volume=5, width=6)


def answer(response: Response) -> object:
    """The body of a success. An error is a status and a ``message``. Raises Failure for it."""
    body = errors.document(response)
    message = errors.text(body, "message")
    unknown = response.status == 404 and message.replace(" ", "").lower() == "notfound"
    errors.check(response, Outcome.UNKNOWN_ASSET if unknown else None)
    if message:
        raise parsing.broken("a message instead of data")
    return body


class Prices:
    """Prices from ``/products/{id}/ticker``: the only call that gives a price with its time.

    The change would need ``stats``, which has an opening price but no time: an age is worth more. Both bodies are
    read. Volumes are in the base coin without an average price, so there is no quote volume.
    """

    max_items = 1

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        return Request(f"/products/{path_part(QUOTING.pair(lookups[0]))}/ticker")

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Quote]:
        row = parsing.mapping(answer(response))
        return read_each(lookups[:1], lambda _ask: row, _quote)


class Volumes:
    """Volumes from ``/products/{id}/stats``: of the base coin only, as there is no average price to value them with."""

    max_items = 1

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        return Request(f"/products/{path_part(QUOTING.pair(lookups[0]))}/stats")

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Volume]:
        row = parsing.mapping(answer(response))
        return read_each(lookups[:1], lambda _ask: row, _volume)


class Candlesticks:
    """Candles from ``/products/{id}/candles``, newest first, low and high before open and close; base volume only.

    A range of more than 300 intervals is refused; both of its ends are included. Without one the newest 300 come.
    """

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        return QUOTING.accepts(lookup) and candles.fits(lookup.item, GRANULARITIES, MOST_CANDLES)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        span, asked = lookups[0].item, candles.bounds(lookups[0].item)
        within = (("start", _iso(asked[0])), ("end", _iso(asked[1]))) if asked else ()
        path = f"/products/{path_part(QUOTING.pair(lookups[0]))}/candles"
        return Request(path, (("granularity", GRANULARITIES[span.interval]), *within))

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        span = lookups[0].item
        return candles.read(span, QUOTING.currency(span), answer(response), CANDLE, response)


class Books:
    """An order book from ``/products/{id}/book``, level 2: the whole of it, thousands of levels, which are cut."""

    max_items = 1
    most_levels = 5000

    def accepts(self, lookup: Lookup[OrderBookQuery]) -> bool:
        return QUOTING.accepts(lookup) and order_books.fits(lookup.item, self.most_levels)

    def request(self, lookups: Sequence[Lookup[OrderBookQuery]]) -> Request:
        return Request(f"/products/{path_part(QUOTING.pair(lookups[0]))}/book", (("level", "2"),))

    def parse(self, lookups: Sequence[Lookup[OrderBookQuery]], response: Response) -> dict[OrderBookQuery, OrderBook]:
        depth, body = lookups[0].item, parsing.mapping(answer(response))
        as_of = parsing.from_iso(body.get("time"))
        return order_books.read(depth, QUOTING.currency(depth), order_books.sides(body), width=3, as_of=as_of)


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    price = parsing.price(parsing.field(row, "price", "last"))
    return quote(
        lookup,
        QUOTING.currency(lookup.item),
        price,
        change=parsing.change(price, row.get("open")),
        as_of=parsing.from_iso(row.get("time")),
    )


def _volume(lookup: Lookup[Instrument], row: Row) -> Volume | None:
    return venue_volume(
        lookup,
        QUOTING.currency(lookup.item),
        base=parsing.measure(parsing.field(row, "volume")),
        quoted=None,
        change=parsing.change(parsing.price(row.get("last")), row.get("open")),
    )


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Prices(),
        Category.MARKET_VOLUME: Volumes(),
        Category.MARKET_OHLCV: Candlesticks(),
        Category.MARKET_ORDERBOOK: Books(),
    },
    budget=Budget(10, 1.0),
    pairs=CoinbaseProducts(answer),
)
