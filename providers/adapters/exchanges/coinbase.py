"""Coinbase Exchange: prices from a product's ticker, its 24-hour volume, candles, order books; one product a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting, path_segment
from providers.adapters.shared.rows import Row
from providers.adapters.shared.tickers import TickerColumns, TickerHandler
from providers.domain.adapter import Adapter, Budget, Pair, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery
from providers.domain.outcomes import InactiveMarket, Outcome

QUOTING = Quoting(
    dollar="USD", currencies=frozenset({"USD", "USDT", "USDC", "EUR", "GBP", "BTC", "ETH"}), separator="-"
)

TICKER = TickerColumns(
    price=("price", "last"), base_volume="volume", open="open", time="time", read_time=parsing.from_iso
)
"""Of ``/ticker``, which has a time but no ``open``. Quotes from ``/stats`` are read too."""

STATS = TickerColumns(price=("last",), base_volume="volume", open="open")
"""Of ``/stats``, which has no time. The volume is in the base coin; no average price gives a quote volume."""

GRANULARITIES = {"1m": "60", "5m": "300", "15m": "900", "1h": "3600", "1d": "86400"}
"""Seconds. Coinbase has no 30 minutes, 4 hours and weeks; the hub does not use its 6-hour interval."""

MOST_CANDLES = 300
CANDLE = candles.Columns(parsing.from_seconds, opens=0, low=1, high=2, open=3, close=4, volume=5, width=6)


def read_body(response: Response) -> object:
    """Return the body of a success. Raises Failure for an error, which has a status and a ``message``."""
    body = errors.decode_body(response)
    message = errors.text(body, "message")
    unknown = response.status == 404 and message.replace(" ", "").lower() == "notfound"
    errors.raise_for_outcome(response, Outcome.UNKNOWN_ASSET if unknown else None)
    if message:
        raise parsing.broken("a message instead of data")
    return body


def ticker_request(pairs: Sequence[str]) -> Request:
    """Request ``/products/{id}/ticker``: the only route with a time, which matters more than the change."""
    return Request(f"/products/{path_segment(pairs[0])}/ticker")


def stats_request(pairs: Sequence[str]) -> Request:
    """Request ``/products/{id}/stats``."""
    return Request(f"/products/{path_segment(pairs[0])}/stats")


def ticker_rows(response: Response, pairs: Sequence[str]) -> Mapping[str, Row]:
    """Read the only row, which does not name its pair."""
    return {pairs[0]: parsing.mapping(read_body(response))}


def candle_request(pair: str, query: CandleQuery) -> Request:
    """Request ``/products/{id}/candles``: the newest 300, or a range with both ends included.

    A range of more than 300 intervals is refused.
    """
    bounds = candles.bounds(query)
    limits = (("start", _iso(bounds[0])), ("end", _iso(bounds[1]))) if bounds else ()
    return Request(f"/products/{path_segment(pair)}/candles", (("granularity", GRANULARITIES[query.interval]), *limits))


def candle_rows(response: Response, pair: str) -> candles.CandleRows:
    """Read the candles, newest first, with base volume only."""
    return candles.CandleRows(read_body(response))


def book_request(pair: str, levels: int) -> Request:
    """Request level 2 of ``/products/{id}/book``: all levels, often thousands."""
    return Request(f"/products/{path_segment(pair)}/book", (("level", "2"),))


def book_sides(response: Response, pair: str) -> order_books.Sides:
    """Read the book with its time in ISO 8601.

    In an auction the levels are indicative and may be crossed: that is no live book, and nobody's fault.
    """
    book = parsing.mapping(read_body(response))
    if book.get("auction_mode") is True:
        raise InactiveMarket("an auction instead of a live book")
    return order_books.sides(book, as_of=parsing.from_iso(book.get("time")))


class Products:
    """The list of products from ``/products``; a single product is read too."""

    def request(self) -> Request:
        """Build the request for the list."""
        return Request("/products")

    def parse(self, response: Response) -> tuple[Pair, ...]:
        """Read all products as pairs. Raises Failure."""
        body = read_body(response)
        rows = [body] if isinstance(body, Mapping) else parsing.sequence(body, "the products")
        return tuple(_product(parsing.mapping(row, "a product")) for row in rows)

    def spelled(self, name: str) -> str:
        """Return the name unchanged: a coin has one name."""
        return name


def _product(row: Row) -> Pair:
    """Read a product. One that is online may still be closed to trading."""
    stopped = any(row.get(flag) is True for flag in ("trading_disabled", "cancel_only"))
    tradable = parsing.required_text(row, "status") == "online" and not stopped
    name, base, quoted = (parsing.required_text(row, key) for key in ("id", "base_currency", "quote_currency"))
    return Pair(name, base, quoted, tradable)


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.quote),
        Category.MARKET_VOLUME: TickerHandler(QUOTING, stats_request, ticker_rows, STATS.volume),
        Category.MARKET_OHLCV: candles.CandleHandler(
            QUOTING,
            candle_request,
            candle_rows,
            CANDLE,
            GRANULARITIES,
            max_newest=MOST_CANDLES,
            max_older=MOST_CANDLES,
        ),
        Category.MARKET_ORDERBOOK: order_books.OrderBookHandler(
            QUOTING, book_request, book_sides, max_levels=5000, columns=order_books.LevelColumns(width=3)
        ),
    },
    budget=Budget(10, 1.0),
    pairs=Products(),
)
